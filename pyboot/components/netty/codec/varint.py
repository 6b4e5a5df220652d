"""Frames with a varint32 length in a pipeline, both ways: how Protocol Buffers delimit messages in a stream."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any

from mypy_extensions import mypyc_attr

from pyboot.components.netty.buffer.byte_buffer import ByteBuffer
from pyboot.components.netty.buffer.message import take_bytes
from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.components.netty.channel.promise import ChannelPromise
from pyboot.components.netty.wire.varint import VarintLengthReader, varint32

from .frames import JOINED_BYTES, FrameDecoder

if TYPE_CHECKING:
    from pyboot.components.netty.channel.context import ChannelHandlerContext

__all__ = ["ProtobufVarint32FrameDecoder", "ProtobufVarint32LengthFieldPrepender"]


@mypyc_attr(allow_interpreted_subclasses=True)
class ProtobufVarint32FrameDecoder(FrameDecoder):
    """Cuts the byte stream into frames by the varint in front of each; each becomes a `ByteBuffer`.

    *max_frame_length* is 1 MiB by default; a longer frame goes to exception_caught at once, as `TooLongFrameError`, and is skipped.
    Netty's has no bound. Raises ValueError for a limit below one byte.
    """

    def __init__(self, max_frame_length: int = 1024 * 1024) -> None:
        super().__init__(VarintLengthReader(max_frame_length))


@mypyc_attr(allow_interpreted_subclasses=True)
class ProtobufVarint32LengthFieldPrepender(ChannelHandler[Any]):
    """Puts the length of each outgoing message of bytes in front of it, as a varint."""

    sharable = True

    def write(self, ctx: ChannelHandlerContext, msg: Any, promise: ChannelPromise | None, /) -> Awaitable[None] | None:
        # hot path: once for each message that leaves (tests/bench/test_decoders.py).
        if isinstance(msg, ByteBuffer):
            small = msg.take_bytes_within(JOINED_BYTES)
            if small is not None:
                return ctx.write(varint32(len(small)) + small, promise)
            ctx.write(varint32(msg.readable_bytes()))
            return ctx.write(msg, promise)
        body = take_bytes(msg)
        return ctx.write(msg if body is None else varint32(len(body)) + body, promise)
