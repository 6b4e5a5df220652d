"""Encoders of the published package that write a header of your own in front of the data."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Generic

from pyboot.components.netty.buffer.byte_buffer import ByteBuffer
from pyboot.components.netty.channel.variable import T

from .encoder import MessageToByteEncoder

if TYPE_CHECKING:
    from pyboot.components.netty.channel.context import ChannelHandlerContext

__all__ = ["LengthFieldBasedFrameEncoder", "SimpleBytesLengthFieldBasedFrameEncoder"]


class LengthFieldBasedFrameEncoder(MessageToByteEncoder[T], Generic[T]):
    """Derive and write `encode_header` and `encode_data`, each ``def`` or ``async def``."""

    async def encode(self, ctx: ChannelHandlerContext, msg: T, out: ByteBuffer, /) -> None:  # Netty's form
        """Write the header of *msg*, then its data, to *out*."""
        for part in (self.encode_header, self.encode_data):
            outcome = part(ctx, msg, out)
            if inspect.isawaitable(outcome):
                await outcome

    def encode_header(self, ctx: ChannelHandlerContext, msg: T, out: ByteBuffer, /) -> Any:  # Any: nothing, or an awaitable of it
        """Write what stands in front of the data."""
        raise NotImplementedError(f"{type(self).__qualname__} must write encode_header(self, ctx, msg, out)")

    def encode_data(self, ctx: ChannelHandlerContext, msg: T, out: ByteBuffer, /) -> Any:  # Any: as above
        """Write the data."""
        raise NotImplementedError(f"{type(self).__qualname__} must write encode_data(self, ctx, msg, out)")


class SimpleBytesLengthFieldBasedFrameEncoder(LengthFieldBasedFrameEncoder[bytes | bytearray | memoryview | ByteBuffer]):
    """Writes a header and the data.

    ::

        +------------+------------+--------------+
        | 0x01000202 | 0x0000000C | HELLO, WORLD |      the published package's header
        +------------+------------+--------------+

    Args:
        fix_header_callback: ``(length, data, out)``, writes another header to the buffer *out*; ``def`` or ``async def``.
    """

    def __init__(self, fix_header_callback: Callable[[int, Any, ByteBuffer], Any] | None = None) -> None:
        self._fix_header_callback = fix_header_callback or self.default_fill_header_callback

    @staticmethod
    def default_fill_header_callback(data_length: int, data: Any, out: ByteBuffer) -> None:
        """Four fixed bytes, then the length in four bytes."""
        out.write_bytes(b"\1\0\2\2").write_int(data_length)

    def encode_header(self, ctx: ChannelHandlerContext, msg: Any, out: ByteBuffer, /) -> Any:
        return self._fix_header_callback(msg.readable_bytes() if isinstance(msg, ByteBuffer) else len(msg), msg, out)

    def encode_data(self, ctx: ChannelHandlerContext, msg: Any, out: ByteBuffer, /) -> None:
        out.write_bytes(msg)
