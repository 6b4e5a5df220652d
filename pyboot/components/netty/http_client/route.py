"""Routes: how a request gets to its origin, which is what connections are pooled by. No I/O here."""

from __future__ import annotations

from typing import NamedTuple, final

from .proxy import HttpProxy, proxy_of_environment
from .url import Origin

__all__ = ["Route", "Routes"]


class Route(NamedTuple):
    """The way to a peer: itself, or a proxy that forwards; through a tunnel of a proxy; or over a Unix socket."""

    origin: Origin
    tunnel_of: Origin | None = None
    path: str | None = None

    def __str__(self) -> str:
        way = f" over {self.path}" if self.path else f" through {self.tunnel_of}" if self.tunnel_of else ""
        return f"{self.origin}{way}"


@final
class Routes:
    """The route of a request, and what its proxy asks for: by *proxy*, *unix_socket*, or the environment."""

    def __init__(self, proxy: HttpProxy | None, unix_socket: str | None, *, trust_environment: bool) -> None:
        self._proxy = proxy
        self._path = unix_socket
        self._trusts = trust_environment
        self._authorizations: dict[Origin, str | None] = {}

    def of(self, origin: Origin) -> tuple[Route, str | None]:
        """The route to *origin*; and None, or where its requests are forwarded by a proxy the credentials for that, "" for none."""
        if self._path is not None:
            return Route(origin, path=self._path), None
        proxy = self._proxy or (proxy_of_environment(origin) if self._trusts else None)
        if proxy is None:
            return Route(origin), None
        self._authorizations[proxy.origin] = proxy.authorization
        if origin.is_secure:
            return Route(origin, tunnel_of=proxy.origin), None
        return Route(proxy.origin), proxy.authorization or ""

    def authorization(self, route: Route) -> str | None:
        """The credentials for the tunnel of *route*."""
        return None if route.tunnel_of is None else self._authorizations.get(route.tunnel_of)
