"""Frames of one size in a pipeline, both ways."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any, ClassVar

from pyboot.components.netty.buffer.message import take_bytes
from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.components.netty.channel.promise import ChannelPromise
from pyboot.components.netty.compat13.keywords import keyword_aliases
from pyboot.components.netty.errors import EncoderError
from pyboot.components.netty.wire.fixed import FixedLengthReader

from .frames import FrameDecoder

if TYPE_CHECKING:
    from pyboot.components.netty.channel.context import ChannelHandlerContext

__all__ = ["FixedLengthFrameDecoder", "FixedLengthFrameEncoder"]


@keyword_aliases(fix_length="frame_length")
class FixedLengthFrameDecoder(FrameDecoder):
    """Cuts the byte stream into frames of *frame_length* bytes; each becomes a `ByteBuffer`. Raises ValueError for less than one byte.

    *fix_length* and *pool_bucket_size* are the published package's; frames are views here, nothing is allocated for them.
    """

    def __init__(self, frame_length: int, pool_bucket_size: int = 1024) -> None:
        super().__init__(FixedLengthReader(frame_length))


@keyword_aliases(fix_length="frame_length")
class FixedLengthFrameEncoder(ChannelHandler[Any]):
    """Brings each outgoing message of bytes to *frame_length* bytes.

    Args:
        frame_length: bytes of every frame; *fix_length* is the published package's word.
        left_padding: fill up in front of the message, else behind it.
        fill: one byte.

    Raises:
        ValueError: for frames of less than one byte, and a *fill* of another length.
        EncoderError: for a message that is longer; the published package cut it without a word.
    """

    sharable: ClassVar[bool] = True

    def __init__(self, frame_length: int, left_padding: bool = True, fill: bytes = b"\0") -> None:
        if frame_length < 1:
            raise ValueError(f"frame_length {frame_length}, must be at least 1")
        if len(fill) != 1:
            raise ValueError(f"fill {fill!r}, must be one byte")
        self._length = frame_length
        self._left_padding = left_padding
        self._fill = fill

    def write(self, ctx: ChannelHandlerContext, msg: Any, promise: ChannelPromise | None, /) -> Awaitable[None] | None:
        body = take_bytes(msg)
        if body is None:
            return ctx.write(msg, promise)
        if len(body) > self._length:
            raise EncoderError(f"message of {len(body)} bytes does not fit in a frame of {self._length}")
        fit = body.rjust if self._left_padding else body.ljust
        return ctx.write(fit(self._length, self._fill), promise)
