"""Bytes with two indices, and where their memory comes from."""

from .allocator import ByteBufferAllocator, PooledByteBufferAllocator, UnpooledByteBufferAllocator
from .byte_buffer import ByteBuffer, BytesLike

__all__ = ["ByteBuffer", "ByteBufferAllocator", "BytesLike", "PooledByteBufferAllocator", "UnpooledByteBufferAllocator"]
