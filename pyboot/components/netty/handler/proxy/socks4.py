"""Socks4ProxyHandler: through a proxy of SOCKS 4; of 4a, where the target is a name. Source: Netty's class of that name."""

from __future__ import annotations

from typing import Any, final

from pyboot.components.netty.wire.socks.kinds import SocksCommand
from pyboot.components.netty.wire.socks.message import Socks4CommandRequest, Socks4CommandResponse
from pyboot.components.netty.wire.socks.reader import SocksPart, SocksReader
from pyboot.components.netty.wire.socks.writer import encode_socks

from .handler import ProxyHandler

__all__ = ["Socks4ProxyHandler"]


@final
class Socks4ProxyHandler(ProxyHandler):
    """Asks *proxy* for the target by SOCKS 4. A name goes to the proxy as it is (4a), so nothing is looked up here; IPv6 has no form.

    Args:
        proxy: host and port, or the path of a Unix socket.
        user_id: as whom to ask; it proves nothing.
        connect_timeout_seconds: for the answer; 0: any time.
    """

    protocol = "SOCKS 4"

    def __init__(self, proxy: tuple[str, int] | str, user_id: str = "", *, connect_timeout_seconds: float = 10.0) -> None:
        super().__init__(proxy, SocksReader(SocksPart.RESPONSE4), connect_timeout_seconds)
        self._user_id = user_id
        self.first_message("127.0.0.1", 0)  # a user that has no form is told now

    def first_message(self, host: str, port: int, /) -> bytes:
        return encode_socks(Socks4CommandRequest(SocksCommand.CONNECT, host, port, self._user_id))

    def answered(self, message: Any, /) -> bytes | None:
        assert isinstance(message, Socks4CommandResponse)
        if not message.is_success:
            raise self.refusal(f"it answered {int(message.status)} {message.status.name}", int(message.status))
        return None
