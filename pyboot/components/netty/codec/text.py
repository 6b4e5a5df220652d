"""Text in a pipeline: bytes to ``str`` and back."""

from __future__ import annotations

import codecs
from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any, ClassVar

from mypy_extensions import mypyc_attr

from pyboot.components.netty.buffer.byte_buffer import ByteBuffer
from pyboot.components.netty.buffer.message import take_bytes
from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.components.netty.channel.promise import ChannelPromise
from pyboot.components.netty.errors import EncoderError
from pyboot.components.netty.wire.text import TextReader, no_text

from .frames import FrameDecoder

if TYPE_CHECKING:
    from pyboot.components.netty.channel.context import ChannelHandlerContext

__all__ = ["StringDecoder", "StringEncoder"]


@mypyc_attr(allow_interpreted_subclasses=True)
class StringDecoder(FrameDecoder):
    """Turns bytes into ``str``: each frame alone, or a stream whose characters may be cut anywhere.

    Args:
        charset: any encoding Python knows.
        strip: whether white space around each text is cut off.
        stream: True puts a character together again that the border of two messages cuts; False decodes each message alone, so
            that a wrong one costs no other. By default the handlers in front decide (`ChannelHandler.makes_frames`): behind a frame
            decoder each frame is alone, and bytes as the network gives them are a stream. When the pipeline changes they are asked anew.

    Raises `DecoderError` into exception_caught for bytes that are not text: that is the end of the frame, while a stream goes on
    behind them. `PrematureCloseError` tells that the peer left within a character of a stream.
    """

    makes_frames: ClassVar[bool | None] = None

    def __init__(self, charset: str = "utf-8", strip: bool = False, *, stream: bool | None = None) -> None:
        super().__init__(TextReader(charset, strip))
        self._charset = charset
        self._strip = strip
        self._asks = stream is None
        self._is_stream = stream is True
        self._asked_at = -1

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any, /) -> Awaitable[None] | None:
        # hot path: once for each message.
        if isinstance(msg, ByteBuffer):
            data = msg.take_bytes()
        else:
            other = take_bytes(msg)
            if other is None:
                return ctx.fire_channel_read(msg)
            data = other
        if self._asks and self._asked_at != ctx.pipeline.revision:
            self._asked_at = ctx.pipeline.revision
            self._is_stream = not _is_behind_frames(ctx)
        if self._is_stream and data:
            return super().channel_read(ctx, data)
        try:
            text = data.decode(self._charset)
        except UnicodeError as error:
            if not ctx.channel.config.auto_read:
                ctx.read()  # whoever asked for a message has not got one yet
            raise no_text(self._charset, error) from error
        return ctx.fire_channel_read(text.strip() if self._strip else text)

    def premature_close(self) -> str:
        return f"the peer left in the middle of a {self._charset} character"


def _is_behind_frames(ctx: ChannelHandlerContext) -> bool:
    """True if what comes to *ctx* are frames: the nearest handler in front that says so, or the opposite, decides."""
    said = False
    for each in ctx.pipeline.contexts():
        makes_frames = each.handler.makes_frames
        if makes_frames is not None:
            said = makes_frames
        if each is ctx:
            break
    return said


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

    def write(self, ctx: ChannelHandlerContext, msg: Any, promise: ChannelPromise | None, /) -> Awaitable[None] | None:
        # hot path: once for each message that leaves.
        return ctx.write(self.encode(ctx, msg) if isinstance(msg, str) else msg, promise)

    def accept_outbound_message(self, msg: object, /) -> bool:
        """True if *msg* is text."""
        return isinstance(msg, str)

    def encode(self, ctx: ChannelHandlerContext, msg: str, /) -> bytes:
        """*msg* as bytes; raises `EncoderError` for what the encoding cannot hold."""
        try:
            return (msg + self._end if self._end else msg).encode(self._charset)
        except UnicodeEncodeError as error:
            raise EncoderError(f"text that {self._charset} cannot hold: {error.reason} at {error.start}") from error
