"""SocksClientCodec: SOCKS of a client, message by message. Source: Netty's client encoders and decoders of versions 4 and 5."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any, Final, final

from pyboot.components.netty.channel.promise import ChannelPromise
from pyboot.components.netty.codec.frames import FrameDecoder
from pyboot.components.netty.wire.socks.message import (
    Socks4CommandRequest,
    Socks5CommandRequest,
    Socks5InitialRequest,
    Socks5PasswordAuthRequest,
)
from pyboot.components.netty.wire.socks.reader import SocksPart, SocksReader
from pyboot.components.netty.wire.socks.writer import encode_socks

if TYPE_CHECKING:
    from pyboot.components.netty.channel.context import ChannelHandlerContext

__all__ = ["SocksClientCodec"]

_ANSWERS: Final[dict[type[Any], SocksPart]] = {
    Socks4CommandRequest: SocksPart.RESPONSE4,
    Socks5InitialRequest: SocksPart.INITIAL_RESPONSE,
    Socks5PasswordAuthRequest: SocksPart.PASSWORD_RESPONSE,
    Socks5CommandRequest: SocksPart.RESPONSE5,
}


@final
class SocksClientCodec(FrameDecoder):
    """Writes requests of `wire.socks`, and reads the answer that each has; other messages that are written pass.

    Remove it when a command was answered with success: what has come behind the answer goes on to the next handler. Bytes that no request
    waits for are kept until then.
    """

    def __init__(self) -> None:
        self._socks = SocksReader(None, once=True)
        super().__init__(self._socks)

    def write(self, ctx: ChannelHandlerContext, msg: Any, promise: ChannelPromise | None, /) -> Awaitable[None] | None:
        part = _ANSWERS.get(type(msg))
        if part is None:
            return ctx.write(msg, promise)
        data = encode_socks(msg)
        self._socks.expect(part)
        return ctx.write(data, promise)
