"""ClientProxy: a proxy by its URL, and the handler that it needs. Its text, and that of its errors, has neither user nor password."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, final
from urllib.parse import unquote, urlsplit

from pyboot.components.netty.errors import EncoderError

from .handler import HANDLER_NAME, ProxyHandler

if TYPE_CHECKING:
    from pyboot.components.netty.channel.channel import Channel

__all__ = ["ClientProxy"]

_PORTS: Final = {"http": 8080, "socks4": 1080, "socks5": 1080}


@final
class ClientProxy:
    """The proxy at *url*: ``http://``, ``socks4://`` or ``socks5://``, then ``user:password@`` if it wants them, host and port.

    The port is 8080 of HTTP and 1080 of SOCKS where it is left out. Raises ValueError, which shows no password, for anything else.
    """

    __slots__ = ("_password", "_seconds", "_user", "host", "port", "scheme")

    def __init__(self, url: str, *, connect_timeout_seconds: float = 10.0) -> None:
        try:
            parts = urlsplit(url)
            host, port = parts.hostname, parts.port
        except ValueError:
            raise ValueError("the URL of a proxy cannot be read: write socks5://host:1080") from None
        if parts.scheme not in _PORTS or not host:
            raise ValueError(f"a proxy {parts.scheme}://{host or ''}: allowed are {', '.join(f'{each}://host' for each in _PORTS)}")
        if parts.path.strip("/") or parts.query or parts.fragment:
            raise ValueError(f"the proxy {parts.scheme}://{host} has nothing behind its port")
        self.scheme = parts.scheme
        self.host = host
        self.port = _PORTS[parts.scheme] if port is None else port
        self._user = None if parts.username is None else unquote(parts.username)
        self._password = None if parts.password is None else unquote(parts.password)
        self._seconds = connect_timeout_seconds
        if self._password is not None and self.scheme == "socks4":
            raise ValueError(f"the proxy {self}: SOCKS 4 has no passwords")
        try:
            self.new_handler()  # what it refuses is told now
        except EncoderError as error:
            raise ValueError(f"the proxy {self}: {error}") from error

    def __str__(self) -> str:
        return f"{self.scheme}://[{self.host}]:{self.port}" if ":" in self.host else f"{self.scheme}://{self.host}:{self.port}"

    def __repr__(self) -> str:
        return f"ClientProxy({str(self)!r})"

    def new_handler(self) -> ProxyHandler:
        """The handler of one connection."""
        place = (self.host, self.port)
        if self.scheme == "socks4":
            from .socks4 import Socks4ProxyHandler  # each imports a protocol that the others do not need

            return Socks4ProxyHandler(place, self._user or "", connect_timeout_seconds=self._seconds)
        if self.scheme == "socks5":
            from .socks5 import Socks5ProxyHandler

            return Socks5ProxyHandler(place, self._user, self._password, connect_timeout_seconds=self._seconds)
        from .http import HttpProxyHandler

        return HttpProxyHandler(place, self._user, self._password, connect_timeout_seconds=self._seconds)

    def precede(self, channel: Channel) -> None:
        """Put the handler in front of everything that stands in the pipeline of *channel*."""
        channel.pipeline().add_first(self.new_handler(), name=HANDLER_NAME)
