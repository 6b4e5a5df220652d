"""Socks5ProxyHandler: through a proxy of SOCKS 5. Source: RFC 1928 and 1929; Netty's class of that name."""

from __future__ import annotations

from typing import Any, final

from pyboot.components.netty.wire.socks.kinds import Socks5AuthMethod, Socks5CommandStatus, SocksCommand
from pyboot.components.netty.wire.socks.message import (
    Socks5CommandRequest,
    Socks5CommandResponse,
    Socks5InitialRequest,
    Socks5InitialResponse,
    Socks5PasswordAuthRequest,
    Socks5PasswordAuthResponse,
)
from pyboot.components.netty.wire.socks.reader import SocksPart, SocksReader
from pyboot.components.netty.wire.socks.writer import encode_socks

from .handler import ProxyHandler

__all__ = ["Socks5ProxyHandler"]


@final
class Socks5ProxyHandler(ProxyHandler):
    """Asks *proxy* for the target by SOCKS 5. A name goes to the proxy as it is, so nothing is looked up here.

    Args:
        proxy: host and port, or the path of a Unix socket.
        username, password: who to be, where the proxy wants to know; both or neither. They leave in clear (RFC 1929, 3).
        connect_timeout_seconds: for all answers together; 0: any time.
    """

    protocol = "SOCKS 5"

    def __init__(
        self,
        proxy: tuple[str, int] | str,
        username: str | None = None,
        password: str | None = None,
        *,
        connect_timeout_seconds: float = 10.0,
    ) -> None:
        self._socks = SocksReader(SocksPart.INITIAL_RESPONSE)
        super().__init__(proxy, self._socks, connect_timeout_seconds)
        self._methods: tuple[int, ...] = (Socks5AuthMethod.NO_AUTH,)
        self._auth = b""
        if username is not None or password is not None:
            self._methods = (Socks5AuthMethod.NO_AUTH, Socks5AuthMethod.PASSWORD)
            self._auth = encode_socks(Socks5PasswordAuthRequest(username or "", password or ""))
        self._request = b""

    def first_message(self, host: str, port: int, /) -> bytes:
        self._request = encode_socks(Socks5CommandRequest(SocksCommand.CONNECT, host, port))
        return encode_socks(Socks5InitialRequest(self._methods))

    def answered(self, message: Any, /) -> bytes | None:
        if isinstance(message, Socks5CommandResponse):
            if not message.is_success:
                raise self.refusal(f"it answered {message.status} {Socks5CommandStatus(message.status).name}", message.status)
            return None
        if isinstance(message, Socks5PasswordAuthResponse):
            if not message.is_success:
                raise self.refusal(f"it does not believe user and password, and answered {message.status}", message.status)
        else:
            assert isinstance(message, Socks5InitialResponse)
            if message.method == Socks5AuthMethod.PASSWORD and self._auth:
                self._socks.expect(SocksPart.PASSWORD_RESPONSE)
                return self._auth
            if message.method != Socks5AuthMethod.NO_AUTH:
                raise self.refusal(self._no_method(message.method))
        self._socks.expect(SocksPart.RESPONSE5)
        return self._request

    def _no_method(self, method: int) -> str:
        offered = " and ".join(Socks5AuthMethod(each).name for each in self._methods)
        if method == Socks5AuthMethod.UNACCEPTED:
            return f"it takes none of the methods that are offered, {offered}"
        return f"it has chosen the method {method}, {offered} were offered"
