"""Bytes with two indices, and where their memory comes from."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .allocator import AllocatorStatistics, ByteBufferAllocator, PooledByteBufferAllocator, UnpooledByteBufferAllocator
    from .byte_buffer import ByteBuffer, BytesLike
    from .composite import CompositeByteBuffer
    from .dump import hex_dump
    from .endian import ByteOrder, Endian
    from .holder import ByteBufferHolder
    from .leak import LEAK_DETECTOR, Leak, LeakDetector, LeakLevel
    from .message import bytes_of, release, size_of, take_bytes
    from .reference import ReferenceCounted
    from .stream import ByteBufferInputStream, ByteBufferOutputStream
    from .unpooled import EMPTY_BUFFER, copied_buffer, wrapped_buffer
else:
    from pyboot.components.netty.surface import load_when_asked

    __getattr__, __dir__ = load_when_asked()

__all__ = [
    "EMPTY_BUFFER",
    "LEAK_DETECTOR",
    "AllocatorStatistics",
    "ByteBuffer",
    "ByteBufferAllocator",
    "ByteBufferHolder",
    "ByteBufferInputStream",
    "ByteBufferOutputStream",
    "ByteOrder",
    "BytesLike",
    "CompositeByteBuffer",
    "Endian",
    "Leak",
    "LeakDetector",
    "LeakLevel",
    "PooledByteBufferAllocator",
    "ReferenceCounted",
    "UnpooledByteBufferAllocator",
    "bytes_of",
    "copied_buffer",
    "hex_dump",
    "release",
    "size_of",
    "take_bytes",
    "wrapped_buffer",
]
