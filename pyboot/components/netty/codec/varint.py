"""Frames with a varint32 length in a pipeline, both ways: how Protocol Buffers delimit messages in a stream."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any, ClassVar

from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.components.netty.channel.promise import ChannelPromise
from pyboot.components.netty.wire.varint import VarintLengthReader, varint32

from .calling import take
from .frames import FrameDecoder

if TYPE_CHECKING:
    from pyboot.components.netty.channel.context import ChannelHandlerContext

__all__ = ["ProtobufVarint32FrameDecoder", "ProtobufVarint32LengthFieldPrepender"]


class ProtobufVarint32FrameDecoder(FrameDecoder):
    """Cuts the byte stream into frames by the varint in front of each; each becomes a `ByteBuffer`.

    *max_frame_length* is 1 MiB by default; a longer frame is told at once, and skipped. Netty's has no bound.
    """

    def __init__(self, max_frame_length: int = 1024 * 1024) -> None:
        super().__init__(VarintLengthReader(max_frame_length))


class ProtobufVarint32LengthFieldPrepender(ChannelHandler[Any]):
    """Puts the length of each outgoing message of bytes in front of it, as a varint."""

    sharable: ClassVar[bool] = True

    def write(self, ctx: ChannelHandlerContext, msg: Any, promise: ChannelPromise | None) -> Awaitable[None] | None:
        body = take(msg)
        return ctx.write(msg if body is None else varint32(len(body)) + body, promise)
