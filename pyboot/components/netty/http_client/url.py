"""HttpUrl: a URL that a request can be sent to, in the parts that the request is made of. No I/O here.

A URL comes from a program, or from a peer's ``Location``. Either way it is read once, here, and what goes out is made of the parts:
so the host that is connected to, the one in ``Host`` and the one that a certificate is compared with are the same text.
Source: RFC 3986, RFC 9110 4.2.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple, final
from urllib.parse import quote, unquote, urlencode, urljoin, urlsplit

from .errors import HttpUrlError

__all__ = ["HttpUrl", "Origin", "QueryParameters"]

type QueryParameters = dict[str, object] | list[tuple[str, object]] | None

_PORTS: Final = {"http": 80, "https": 443}
# Characters that stand for themselves in a target; "%" too, for what is encoded already stays as it is.
_PLAIN: Final = "!$%&'()*+,-./:;=?@_~"
_CONTROLS: Final = re.compile(r"[\x00-\x20\x7f]")
_HOST: Final = re.compile(r"[a-z0-9._~!$&'()*+,;=-]+|[0-9a-f:.]+", re.IGNORECASE)


class Origin(NamedTuple):
    """The scheme, host and port of a URL: who is asked (RFC 9110 4.3.1). Credentials are one origin's, and no other's."""

    scheme: str
    host: str
    port: int

    def __str__(self) -> str:
        return f"{self.scheme}://{self.authority}"

    @property
    def is_secure(self) -> bool:
        """True for https."""
        return self.scheme == "https"

    @property
    def named_host(self) -> str:
        """The host as it stands in a URL: an address of IPv6 in brackets."""
        return f"[{self.host}]" if ":" in self.host else self.host

    @property
    def authority(self) -> str:
        """Host and port, as in ``Host``: without the port that the scheme has anyway."""
        return self.named_host if self.port == _PORTS[self.scheme] else f"{self.named_host}:{self.port}"

    @property
    def target(self) -> str:
        """Host and port, as CONNECT asks for them."""
        return f"{self.named_host}:{self.port}"


@final
class HttpUrl:
    """The parts of *text*: *origin*, *target* (path and query, encoded), and *user* with *password* where it has them.

    Raises `HttpUrlError` for what is no URL of http or https, with a control character or white space in it, or without a host.
    """

    __slots__ = ("origin", "password", "target", "user")

    def __init__(self, text: str, parameters: QueryParameters = None) -> None:
        _check_controls(text)
        try:
            parts = urlsplit(text)
            port = parts.port
        except ValueError as error:
            raise HttpUrlError(f"{text!r} is no URL: {error}") from error
        if parts.scheme not in _PORTS:
            raise HttpUrlError(f"{text!r} has the scheme {parts.scheme!r}, allowed are http and https")
        self.origin = Origin(parts.scheme, _host(parts.hostname, text), _PORTS[parts.scheme] if port is None else port)
        if self.origin.port == 0:
            raise HttpUrlError(f"{text!r} has the port 0, allowed are 1 to 65535")
        self.user = None if parts.username is None else unquote(parts.username)
        self.password = None if parts.password is None else unquote(parts.password)
        query = parts.query
        if parameters:
            query = "&".join(part for part in (query, urlencode(parameters, doseq=True)) if part)
        self.target = quote(parts.path or "/", safe=_PLAIN.replace("?", "")) + (f"?{quote(query, safe=_PLAIN)}" if query else "")

    def join(self, location: str, parameters: QueryParameters = None) -> HttpUrl:
        """The URL that *location*, absolute or relative to this one, stands for; raises `HttpUrlError`."""
        _check_controls(location)
        try:
            # One with a scheme is whole: urljoin would take a scheme alone for the place where we are.
            return HttpUrl(location if urlsplit(location).scheme else urljoin(str(self), location), parameters)
        except ValueError as error:
            if isinstance(error, HttpUrlError):
                raise
            raise HttpUrlError(f"{location!r} is no URL: {error}") from error

    def __str__(self) -> str:
        """The URL without user and password: it is shown in logs and errors."""
        return f"{self.origin}{self.target}"

    def __repr__(self) -> str:
        return f"HttpUrl({str(self)!r})"


def _check_controls(text: str) -> None:
    """Refuse what urlsplit and urljoin take out in silence: what was checked would not be what is sent."""
    if found := _CONTROLS.search(text):
        raise HttpUrlError(f"{text!r} is no URL: it holds {found[0]!r}, allowed is its percent-encoded form")


def _host(host: str | None, text: str) -> str:
    if not host:
        raise HttpUrlError(f"{text!r} has no host")
    try:
        name = host if host.isascii() else host.encode("idna").decode("ascii")
    except UnicodeError as error:
        raise HttpUrlError(f"{text!r} has the host {host!r}, which cannot be a name: {error}") from error
    if not _HOST.fullmatch(name):
        raise HttpUrlError(f"{text!r} has the host {host!r}, which is neither a name nor an address")
    return name.lower()
