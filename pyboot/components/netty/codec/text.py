"""Text in a pipeline: bytes to ``str`` and back."""

from __future__ import annotations

import codecs
from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any

from mypy_extensions import mypyc_attr

from pyboot.components.netty.buffer.byte_buffer import ByteBuffer
from pyboot.components.netty.buffer.message import take_bytes
from pyboot.components.netty.channel.event import INPUT_SHUTDOWN
from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.components.netty.channel.promise import ChannelPromise
from pyboot.components.netty.errors import DecoderError, EncoderError, PrematureCloseError

if TYPE_CHECKING:
    from pyboot.components.netty.channel.context import ChannelHandlerContext

__all__ = ["StringDecoder", "StringEncoder"]


@mypyc_attr(allow_interpreted_subclasses=True)
class StringDecoder(ChannelHandler[Any]):
    """Turns bytes into ``str``: each frame alone, or a stream whose characters may be cut anywhere.

    Args:
        charset: any encoding Python knows.
        strip: whether white space around each text is cut off.
        stream: True puts a character together again that the border of two messages cuts; False decodes each message alone, so
            that a wrong one costs no other. By default the handlers in front decide (`ChannelHandler.makes_frames`): behind a frame
            decoder each frame is alone, and bytes as the network gives them are a stream.

    Raises `DecoderError` into exception_caught for bytes that are not text: that is the end of the frame, while a stream goes on
    behind them. `PrematureCloseError` tells that the peer left within a character of a stream.
    """

    def __init__(self, charset: str = "utf-8", strip: bool = False, *, stream: bool | None = None) -> None:
        self._charset = charset
        self._strip = strip
        self._is_known = stream is not None
        self._is_stream = stream is True
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
        if not self._is_known:
            self._is_known = True
            self._is_stream = not _is_behind_frames(ctx)
        if self._is_stream:
            self._go_on(ctx, data)
            return None
        try:
            text = data.decode(self._charset)
        except UnicodeDecodeError as error:
            raise self._wrong(error) from error
        return ctx.fire_channel_read(text.strip() if self._strip else text)

    def _go_on(self, ctx: ChannelHandlerContext, data: bytes) -> None:
        """Decode the next piece of a stream. What is no text ends nothing: text in front of it and behind it is the peer's too."""
        is_barren = True
        error: UnicodeDecodeError | None = None
        while True:
            # What a decoder remembers besides bytes, an escape sequence or a byte order, holds behind what was wrong as well.
            state = self._decoder.getstate()
            try:
                text: str = self._decoder.decode(data)
                rest = unread = b""
                error = None
            except UnicodeDecodeError as wrong:
                error = wrong
                whole: bytes = wrong.object
                self._decoder.setstate((b"", state[1]))
                text = self._decoder.decode(whole[: wrong.start])
                rest = whole[wrong.end :]
                unread = whole[wrong.start :]
            if text or not (data or error):
                is_barren = False
                ctx.fire_channel_read(text.strip() if self._strip else text)
            if error is None:
                break
            if not ctx.is_removed:
                ctx.callback_raised(self._wrong(error))
                if not ctx.channel.is_open:
                    return
                unread = rest
            if ctx.is_removed:
                if unread:
                    ctx.fire_channel_read(ByteBuffer(unread))
                return
            if not rest:
                break
            data = rest
        if is_barren and not ctx.is_removed and not ctx.channel.config.auto_read:
            ctx.read()  # whoever asked for a message has not got one yet

    def _wrong(self, error: UnicodeDecodeError) -> DecoderError:
        wrapper = DecoderError(f"bytes that are not {self._charset}: {error.reason} at {error.start}")
        wrapper.__cause__ = error
        return wrapper

    def user_event_triggered(self, ctx: ChannelHandlerContext, event: object) -> Awaitable[None] | None:
        if event is INPUT_SHUTDOWN:
            self._end_input(ctx)
        return ctx.fire_user_event_triggered(event)

    def channel_inactive(self, ctx: ChannelHandlerContext) -> Awaitable[None] | None:
        self._end_input(ctx)
        return ctx.fire_channel_inactive()

    def _end_input(self, ctx: ChannelHandlerContext) -> None:
        if self._unfinished() and not ctx.channel.closed_here:
            ctx.callback_raised(PrematureCloseError(f"the peer left in the middle of a {self._charset} character"))

    def handler_removed(self, ctx: ChannelHandlerContext) -> Awaitable[None] | None:
        rest = self._unfinished()
        if rest:
            ctx.fire_channel_read(ByteBuffer(rest))
        return None

    def _unfinished(self) -> bytes:
        """Take the bytes of a character that is not whole yet."""
        rest: bytes = self._decoder.getstate()[0]
        self._decoder.reset()
        return rest


def _is_behind_frames(ctx: ChannelHandlerContext) -> bool:
    """Whether what comes to *ctx* are frames: the nearest handler in front that says so, or the opposite, decides."""
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

    def write(self, ctx: ChannelHandlerContext, msg: Any, promise: ChannelPromise | None) -> Awaitable[None] | None:
        # hot path: once for each message that leaves.
        return ctx.write(self.encode(ctx, msg) if isinstance(msg, str) else msg, promise)

    def accept_outbound_message(self, msg: object) -> bool:
        """Whether *msg* is text."""
        return isinstance(msg, str)

    def encode(self, ctx: ChannelHandlerContext, msg: str) -> bytes:
        """*msg* as bytes; raises `EncoderError` for what the encoding cannot hold."""
        try:
            return (msg + self._end if self._end else msg).encode(self._charset)
        except UnicodeEncodeError as error:
            raise EncoderError(f"text that {self._charset} cannot hold: {error.reason} at {error.start}") from error
