"""HttpProxy: a proxy that requests go through, and whether they do. No I/O here.

A request of http is sent to the proxy, with the whole URL as its target; one of https goes through a tunnel that CONNECT opens, so the
proxy sees the name of the host and nothing else. Credentials of a proxy are the proxy's: they are never sent to an origin.
Source: RFC 9110 7.3.2, 9.3.6.
"""

from __future__ import annotations

import base64
from typing import final

from .errors import HttpUrlError
from .url import HttpUrl, Origin

__all__ = ["HttpProxy", "basic", "proxy_of_environment"]


@final
class HttpProxy:
    """The proxy at *url*, ``http://user:password@host:port``; user and password go with ``Proxy-Authorization``.

    Raises `HttpUrlError` for a scheme but http: what is inside of a tunnel has TLS of its own.
    """

    __slots__ = ("authorization", "origin")

    def __init__(self, url: str) -> None:
        parts = HttpUrl(url)
        if parts.origin.is_secure:
            raise HttpUrlError(f"the proxy {parts.origin} is one of https, allowed is http: a request of https has TLS of its own inside")
        self.origin: Origin = parts.origin
        self.authorization = None if parts.user is None else basic(parts.user, parts.password or "")

    def __repr__(self) -> str:
        return f"HttpProxy({str(self.origin)!r})"


def basic(user: str, password: str) -> str:
    """The value of ``Authorization`` for *user* and *password* (RFC 7617)."""
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode("ascii")


def proxy_of_environment(origin: Origin) -> HttpProxy | None:
    """The proxy that ``http_proxy``, ``https_proxy`` and ``no_proxy`` name for *origin*; None where they name none."""
    # Inside, for it imports a client of its own.
    from urllib.request import getproxies_environment, proxy_bypass_environment  # type: ignore[attr-defined]  # typeshed has only one

    proxies = getproxies_environment()
    url = proxies.get(origin.scheme)
    if not url or proxy_bypass_environment(origin.target, proxies):
        return None
    return HttpProxy(url if "://" in url else f"http://{url}")
