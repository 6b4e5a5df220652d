"""Redirects: where a request goes from here, and what of it may go there. No I/O here.

Law 1. Credentials belong to the origin they were given for. A request that leaves it, for another host, port or scheme, leaves
``Authorization``, ``Cookie``, ``Proxy-Authorization`` and ``Host`` behind, and user and password of a URL too. Law 2. From https
nothing goes on in clear unless that was allowed. Law 3. A request that becomes GET loses its content and every field that described it.
Law 4. A ``Location`` is read as strictly as what a program gives; user and password in it are not sent. Source: RFC 9110 15.4.
"""

from __future__ import annotations

from typing import Final

from .errors import HttpRedirectError, HttpUrlError
from .request import ClientRequest

__all__ = ["is_redirect", "redirected"]

_STATUSES: Final = frozenset({301, 302, 303, 307, 308})
_OF_ORIGIN: Final = ("authorization", "cookie", "proxy-authorization", "host")
_OF_CONTENT: Final = (
    "content-type",
    "content-length",
    "content-encoding",
    "content-language",
    "content-location",
    "transfer-encoding",
    "trailer",
    "expect",
    "digest",
)


def is_redirect(status: int, location: str | None) -> bool:
    """True if a response says where to go instead."""
    return status in _STATUSES and location is not None


def redirected(request: ClientRequest, status: int, location: str, *, allow_insecure: bool) -> ClientRequest:
    """The request to send instead of *request*, which was answered *status* and *location*.

    Raises `HttpRedirectError` where it must not be followed: from https to http unless *allow_insecure*, to what is no URL of http or
    https, and with content that was sent already and cannot be sent again.
    """
    try:
        url = request.url.join(_as_text(location))
    except HttpUrlError as error:
        raise HttpRedirectError(f"redirect {status} to {location!r}: {error.text}", status=status, location=location) from error
    url.user = url.password = None
    if request.url.origin.is_secure and not url.origin.is_secure and not allow_insecure:
        raise HttpRedirectError(
            f"redirect {status} from https to {url}, which everybody on the way can read and change: "
            "ask for that URL itself, or pass allow_insecure_redirects=True",
            status=status,
            location=location,
        )
    becomes_get = _becomes_get(status, request.method)
    if not becomes_get and not request.is_replayable:
        raise HttpRedirectError(
            f"redirect {status} to {url} wants the content again, which is gone: pass bytes, or ask for that URL itself",
            status=status,
            location=location,
        )
    headers = request.headers.copy()
    if url.origin != request.url.origin:
        for name in _OF_ORIGIN:
            headers.remove(name)
    else:
        url.user, url.password = request.url.user, request.url.password
    if not becomes_get:
        return ClientRequest(request.method, url, headers, request.content)
    for name in _OF_CONTENT:
        headers.remove(name)
    return ClientRequest("GET", url, headers, None)


def _as_text(location: str) -> str:
    """A ``Location`` as it was meant: fields are ISO 8859-1, and what is not ASCII in a URL is UTF-8, as every browser reads it."""
    try:
        return location.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return location


def _becomes_get(status: int, method: str) -> bool:
    """True where the answer is at the new place, and not the request's work: 303, and 301 and 302 to POST, as every browser does."""
    if status == 303:
        return method not in ("GET", "HEAD")
    return status in (301, 302) and method == "POST"
