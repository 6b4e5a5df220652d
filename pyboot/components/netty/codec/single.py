"""SingleMessageDecoder: one message of a reader, and then everything else as it comes."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any, ClassVar

from pyboot.components.netty.buffer.byte_buffer import ByteBuffer
from pyboot.components.netty.buffer.message import take_bytes
from pyboot.components.netty.channel.event import INPUT_SHUTDOWN
from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.components.netty.errors import DecoderError, PrematureCloseError
from pyboot.components.netty.wire.reader import FrameReader

if TYPE_CHECKING:
    from pyboot.components.netty.channel.context import ChannelHandlerContext

__all__ = ["SingleMessageDecoder"]


class SingleMessageDecoder(ChannelHandler[Any]):
    """Fires the first message of *reader*, leaves the pipeline, and hands on what stands behind it, as bytes.

    A message that is wrong goes to exception_caught; nothing is read behind it. The peer's end in the middle of the message is
    `PrematureCloseError`.
    """

    makes_frames: ClassVar[bool | None] = None

    def __init__(self, reader: FrameReader) -> None:
        self._reader = reader
        self._is_over = False

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any, /) -> Awaitable[None] | None:
        data = None if self._is_over else take_bytes(msg)
        if data is None:
            return ctx.fire_channel_read(msg)
        self._reader.feed(data)
        try:
            message = self._reader.next_frame()
        except DecoderError as error:
            ctx.fire_exception_caught(error)
            return None
        if message is not None:
            self._hand_on(ctx, message)
        elif not ctx.channel.auto_read:
            ctx.read()
        return None

    def _hand_on(self, ctx: ChannelHandlerContext, message: Any) -> None:  # Any: of the reader
        self._is_over = True
        rest = self._reader.unread()
        ctx.pipeline.remove(self)
        ctx.channel.messages_in += 1
        ctx.fire_channel_read(message)
        if rest:
            ctx.fire_channel_read(ByteBuffer(rest))

    def user_event_triggered(self, ctx: ChannelHandlerContext, event: object, /) -> Awaitable[None] | None:
        if event is INPUT_SHUTDOWN:
            self._input_ended(ctx)
        return ctx.fire_user_event_triggered(event)

    def channel_inactive(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        self._input_ended(ctx)
        return ctx.fire_channel_inactive()

    def _input_ended(self, ctx: ChannelHandlerContext) -> None:
        if not self._is_over and (left := len(self._reader.unread())):
            ctx.fire_exception_caught(PrematureCloseError(f"the peer left with {left} bytes that no message was made of"))

    def handler_removed(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        if not self._is_over and (rest := self._reader.unread()):
            ctx.fire_channel_read(ByteBuffer(rest))
        return None

    def begun(self) -> object:
        """As of `FrameReader`, for who watches how long a message takes."""
        return None if self._is_over else self._reader.begun()

    def held_bytes(self) -> int:
        """As of `FrameReader`."""
        return self._reader.held_bytes()
