"""SMTP on the side of a client."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any

from pyboot.components.netty.channel.promise import ChannelPromise
from pyboot.components.netty.codec.frames import FrameDecoder
from pyboot.components.netty.errors import EncoderError
from pyboot.components.netty.wire.smtp.message import LastSmtpContent, SmtpContent, SmtpRequest
from pyboot.components.netty.wire.smtp.response_reader import SmtpResponseReader
from pyboot.components.netty.wire.smtp.writer import SmtpContentWriter, request_bytes

if TYPE_CHECKING:
    from pyboot.components.netty.channel.context import ChannelHandlerContext

__all__ = ["SmtpClientCodec"]


class SmtpClientCodec(FrameDecoder):
    """Cuts bytes into `SmtpResponse`, and writes `SmtpRequest`, `SmtpContent` and `LastSmtpContent`, the dots of the protocol put in.

    Args:
        max_line_bytes: longest line of a reply, 2048 by default.
        max_lines: most lines of a reply, 128 by default.

    Content is for behind the reply 354 to DATA, which the caller waits for; once it has begun, a command before its last piece fails with
    `EncoderError`, as does a bare CR or LF in either. What is no reply goes to exception_caught as `CorruptedSmtpError`.
    """

    def __init__(self, max_line_bytes: int = 2048, max_lines: int = 128) -> None:
        super().__init__(SmtpResponseReader(max_line_bytes, max_lines))
        self._contents = SmtpContentWriter()
        self._is_in_content = False

    def write(self, ctx: ChannelHandlerContext, msg: Any, promise: ChannelPromise | None, /) -> Awaitable[None] | None:
        if isinstance(msg, SmtpContent):
            data = self._contents.write(msg)
            self._is_in_content = not isinstance(msg, LastSmtpContent)
            return ctx.write(data, promise)
        if not isinstance(msg, SmtpRequest):
            return ctx.write(msg, promise)
        if self._is_in_content:
            raise EncoderError(f"{msg.name} within a mail: write its LastSmtpContent first")
        return ctx.write(request_bytes(msg), promise)
