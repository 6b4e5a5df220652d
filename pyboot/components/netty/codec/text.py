"""Text in a pipeline: bytes to ``str`` and back."""

from __future__ import annotations

import codecs
from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any

from mypy_extensions import mypyc_attr

from pyboot.components.netty.buffer.byte_buffer import ByteBuffer
from pyboot.components.netty.buffer.message import take_bytes
from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.components.netty.channel.promise import ChannelPromise
from pyboot.components.netty.errors import DecoderError, EncoderError, PrematureCloseError

if TYPE_CHECKING:
    from pyboot.components.netty.channel.context import ChannelHandlerContext

__all__ = ["StringDecoder", "StringEncoder"]


@mypyc_attr(allow_interpreted_subclasses=True)
class StringDecoder(ChannelHandler[Any]):
    """Turns bytes into ``str``; a character cut by the border of two messages is put together again.

    Args:
        charset: any encoding Python knows.
        strip: whether white space around each text is cut off.

    Raises `DecoderError` into exception_caught for bytes that are not text, and reads on behind them; and
    `PrematureCloseError` where the peer leaves within a character.
    """

    def __init__(self, charset: str = "utf-8", strip: bool = False) -> None:
        self._charset = charset
        self._strip = strip
        self._decoder = codecs.getincrementaldecoder(charset)()

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> Awaitable[None] | None:
        # hot path: once for each message.
        if isinstance(msg, ByteBuffer):
            data = msg.take_bytes()
        else:
            other = take_bytes(msg)
            if other is None:
                return ctx.fire_channel_read(msg)
            data = other
        try:
            text: str = self._decoder.decode(data)
        except UnicodeDecodeError as error:
            self._decoder.reset()
            raise DecoderError(f"bytes that are not {self._charset}: {error.reason} at {error.start}") from error
        if not text and data:
            return None  # a character is not whole yet
        return ctx.fire_channel_read(text.strip() if self._strip else text)

    def channel_inactive(self, ctx: ChannelHandlerContext) -> Awaitable[None] | None:
        if self._unfinished() and not ctx.channel.closed_here:
            ctx.callback_raised(PrematureCloseError(f"the peer left in the middle of a {self._charset} character"))
        return ctx.fire_channel_inactive()

    def handler_removed(self, ctx: ChannelHandlerContext) -> Awaitable[None] | None:
        rest = self._unfinished()
        if rest and ctx.channel.is_active:
            ctx.fire_channel_read(ByteBuffer(rest))
        return None

    def _unfinished(self) -> bytes:
        """Take the bytes of a character that is not whole yet."""
        rest: bytes = self._decoder.getstate()[0]
        self._decoder.reset()
        return rest


@mypyc_attr(allow_interpreted_subclasses=True)
class StringEncoder(ChannelHandler[Any]):
    """Turns ``str`` into bytes in the encoding *charset*; other messages pass through.

    *end* is put behind each text: nothing by default, as in Netty. The published package's default was the line end of the
    operating system.
    """

    sharable = True

    def __init__(self, charset: str = "utf-8", end: str = "") -> None:
        codecs.lookup(charset)
        self._charset = charset
        self._end = end

    def write(self, ctx: ChannelHandlerContext, msg: Any, promise: ChannelPromise | None) -> Awaitable[None] | None:
        # hot path: once for each message that leaves.
        if not isinstance(msg, str):
            return ctx.write(msg, promise)
        try:
            data = (msg + self._end if self._end else msg).encode(self._charset)
        except UnicodeEncodeError as error:
            raise EncoderError(f"text that {self._charset} cannot hold: {error.reason} at {error.start}") from error
        return ctx.write(data, promise)
