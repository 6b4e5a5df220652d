"""Allocators: where the memory of a ByteBuffer comes from and goes back to."""

from __future__ import annotations

from typing import ClassVar, Final

from .byte_buffer import DEFAULT_CAPACITY, ByteBuffer

__all__ = ["ByteBufferAllocator", "PooledByteBufferAllocator", "UnpooledByteBufferAllocator"]

_SMALLEST: Final = 256
_LARGEST: Final = 1024 * 1024


class ByteBufferAllocator:
    """Hands out buffers; the base of the pooled and the unpooled one. Source: Netty's ``ByteBufAllocator``."""

    def buffer(self, capacity: int = DEFAULT_CAPACITY) -> ByteBuffer:
        """An empty buffer with room for at least *capacity* bytes."""
        made = ByteBuffer(self.block(capacity))
        made.clear()
        made._allocator = self
        return made

    def block(self, size: int) -> bytearray:
        """A block of at least *size* bytes, whose content is left over from earlier use."""
        return bytearray(size)

    def take_back(self, block: bytearray) -> None:
        """Accept a block that no buffer uses any more."""


class UnpooledByteBufferAllocator(ByteBufferAllocator):
    """Makes every block anew and leaves the old ones to the garbage collector."""

    DEFAULT: ClassVar[UnpooledByteBufferAllocator]


class PooledByteBufferAllocator(ByteBufferAllocator):
    """Keeps released blocks in size classes (powers of two, 256 B to 1 MiB) for reuse.

    *max_cached_bytes* bounds what lies idle (default 64 MiB); what comes back beyond it is dropped.
    """

    DEFAULT: ClassVar[PooledByteBufferAllocator]

    def __init__(self, max_cached_bytes: int = 64 * 1024 * 1024) -> None:
        if max_cached_bytes < 0:
            raise ValueError(f"max_cached_bytes of {max_cached_bytes}, must not be negative")
        self.max_cached_bytes = max_cached_bytes
        self._cached_bytes = 0
        self._free: dict[int, list[bytearray]] = {}

    def block(self, size: int) -> bytearray:
        if size > _LARGEST:
            return bytearray(size)
        size_class = max(_SMALLEST, 1 << (size - 1).bit_length()) if size else _SMALLEST
        free = self._free.get(size_class)
        if free:
            # pop() of a list is atomic: two threads never get the same block.
            try:
                found = free.pop()
            except IndexError:
                return bytearray(size_class)
            self._cached_bytes -= size_class
            return found
        return bytearray(size_class)

    def take_back(self, block: bytearray) -> None:
        size = len(block)
        if _SMALLEST <= size <= _LARGEST and size & (size - 1) == 0 and self._cached_bytes + size <= self.max_cached_bytes:
            self._cached_bytes += size
            self._free.setdefault(size, []).append(block)


UnpooledByteBufferAllocator.DEFAULT = UnpooledByteBufferAllocator()
PooledByteBufferAllocator.DEFAULT = PooledByteBufferAllocator()
