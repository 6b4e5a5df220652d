"""Bytes with two indices, and where their memory comes from."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .allocator import AllocatorStatistics, ByteBufferAllocator, PooledByteBufferAllocator, UnpooledByteBufferAllocator
    from .byte_buffer import ByteBuffer, BytesLike
    from .composite import CompositeByteBuffer
    from .dump import hex_dump
    from .endian import ByteOrder, Endian
    from .leak import LEAK_DETECTOR, Leak, LeakDetector, LeakLevel
else:
    from pyboot.components.netty.surface import load_when_asked

    __getattr__, __dir__ = load_when_asked()

__all__ = [
    "LEAK_DETECTOR",
    "AllocatorStatistics",
    "ByteBuffer",
    "ByteBufferAllocator",
    "ByteOrder",
    "BytesLike",
    "CompositeByteBuffer",
    "Endian",
    "Leak",
    "LeakDetector",
    "LeakLevel",
    "PooledByteBufferAllocator",
    "UnpooledByteBufferAllocator",
    "hex_dump",
]
