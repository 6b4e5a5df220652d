"""SMTP on the side of a server."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any

from pyboot.components.netty.channel.promise import ChannelPromise
from pyboot.components.netty.codec.frames import FrameDecoder
from pyboot.components.netty.wire.smtp.message import SmtpResponse
from pyboot.components.netty.wire.smtp.request_reader import SmtpRequestReader
from pyboot.components.netty.wire.smtp.writer import response_bytes

if TYPE_CHECKING:
    from pyboot.components.netty.channel.context import ChannelHandlerContext

__all__ = ["SmtpServerCodec"]


class SmtpServerCodec(FrameDecoder):
    """Cuts bytes into `SmtpRequest`, `SmtpContent` and `LastSmtpContent`, and writes `SmtpResponse`.

    Args:
        max_line_bytes: longest command line; 2048 by default, with which AUTH and extensions of MAIL fit.
        max_content_bytes: most bytes of a mail, 32 MiB by default.

    What breaks the protocol goes to exception_caught as `CorruptedSmtpError`, which knows the reply to it, a longer line as
    `TooLongFrameError`. Behind one that is fatal nothing is read: reply, and close. The reply 354 to DATA lets the content come.
    """

    def __init__(self, max_line_bytes: int = 2048, max_content_bytes: int = 32 * 1024 * 1024) -> None:
        self._requests = SmtpRequestReader(max_line_bytes, max_content_bytes)
        super().__init__(self._requests)

    def write(self, ctx: ChannelHandlerContext, msg: Any, promise: ChannelPromise | None, /) -> Awaitable[None] | None:
        if not isinstance(msg, SmtpResponse):
            return ctx.write(msg, promise)
        data = response_bytes(msg)
        self._requests.replied(msg.code)
        return ctx.write(data, promise)
