"""Bytes with two indices, and where their memory comes from."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .allocator import (
        AllocatorStatistics as AllocatorStatistics,
        ByteBufferAllocator as ByteBufferAllocator,
        PooledByteBufferAllocator as PooledByteBufferAllocator,
        UnpooledByteBufferAllocator as UnpooledByteBufferAllocator,
    )
    from .byte_buffer import ByteBuffer as ByteBuffer, BytesLike as BytesLike
    from .composite import CompositeByteBuffer as CompositeByteBuffer
    from .dump import hex_dump as hex_dump
    from .endian import ByteOrder as ByteOrder, Endian as Endian
    from .file_region import DefaultFileRegion as DefaultFileRegion, FileRegion as FileRegion
    from .holder import ByteBufferHolder as ByteBufferHolder
    from .leak import LEAK_DETECTOR as LEAK_DETECTOR, Leak as Leak, LeakDetector as LeakDetector, LeakLevel as LeakLevel
    from .message import bytes_of as bytes_of, release as release, size_of as size_of, take_bytes as take_bytes
    from .reference import ReferenceCounted as ReferenceCounted
    from .stream import ByteBufferInputStream as ByteBufferInputStream, ByteBufferOutputStream as ByteBufferOutputStream
    from .unpooled import EMPTY_BUFFER as EMPTY_BUFFER, copied_buffer as copied_buffer, wrapped_buffer as wrapped_buffer
else:
    from pyboot.components.netty.surface import load_when_asked

    __getattr__, __dir__, __all__ = load_when_asked()
