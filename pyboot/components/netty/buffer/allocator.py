"""Allocators: where the memory of a ByteBuffer comes from and goes back to."""

from __future__ import annotations

import threading
from typing import ClassVar, Final, NamedTuple, Protocol

from pyboot.components.netty.compat13.methods import Allocator13, give_methods

from .byte_buffer import ByteBuffer
from .composite import CompositeByteBuffer
from .leak import LEAK_DETECTOR, LeakLevel
from .region import DEFAULT_CAPACITY, MAX_CAPACITY

__all__ = ["AllocatorStatistics", "ByteBufferAllocator", "MemoryOwner", "PooledByteBufferAllocator", "UnpooledByteBufferAllocator"]

_SMALLEST: Final = 256
_LARGEST: Final = 1024 * 1024


class MemoryOwner(Protocol):
    """The owner of a buffer's memory: an allocator, or the leak detector in front of one."""

    def block(self, size: int) -> bytearray:
        """A block of at least *size* bytes, whose content is left over from earlier use."""
        ...

    def take_back(self, block: bytearray) -> None:
        """Accept a block that its buffer has outgrown."""
        ...

    def released(self, block: bytearray | None) -> None:
        """Accept the block of a buffer whose last reference is gone."""
        ...

    def used(self) -> None:
        """Note that the buffer was used; only an owner that asked for it is told."""
        ...

    def touched(self, hint: object) -> None:
        """Note that the buffer was in use here; *hint* is what its user says of that."""
        ...


class AllocatorStatistics(NamedTuple):
    """The work of an allocator since it was made, and what it holds; exact on one thread, close on several."""

    buffers_made: int
    buffers_released: int
    blocks_made: int
    blocks_reused: int
    cached_blocks: int
    cached_bytes: int

    @property
    def buffers_in_use(self) -> int:
        """The number of buffers that were made and not released, lost ones included."""
        return self.buffers_made - self.buffers_released


class ByteBufferAllocator:
    """Hands out buffers; the base of the pooled and the unpooled one. Source: Netty's ``ByteBufAllocator``."""

    def __init__(self) -> None:
        self._buffers_made = 0
        self._buffers_released = 0
        self._blocks_made = 0
        self._blocks_reused = 0

    def buffer(self, capacity: int = DEFAULT_CAPACITY, max_capacity: int = MAX_CAPACITY) -> ByteBuffer:
        """An empty buffer with room for at least *capacity* bytes, that grows up to *max_capacity*.

        Raises ValueError for a negative capacity, and for one beyond *max_capacity*.
        """
        if not 0 <= capacity <= max_capacity:
            raise ValueError(f"capacity of {capacity} bytes: allowed is 0 to {max_capacity}")
        made = ByteBuffer(self.block(capacity)).clear()
        made._owner = self
        made._set_max(max_capacity)
        self._buffers_made += 1
        if LEAK_DETECTOR.level is not LeakLevel.OFF:
            LEAK_DETECTOR.watch(made, self)
        return made

    def composite_buffer(self) -> CompositeByteBuffer:
        """An empty buffer made of others."""
        return CompositeByteBuffer()

    def statistics(self) -> AllocatorStatistics:
        """The work done so far."""
        return AllocatorStatistics(self._buffers_made, self._buffers_released, self._blocks_made, self._blocks_reused, 0, 0)

    # What its buffers call (MemoryOwner).

    def block(self, size: int) -> bytearray:
        """A block of at least *size* bytes, whose content is left over from earlier use."""
        self._blocks_made += 1
        return bytearray(size)

    def take_back(self, block: bytearray) -> None:
        """Accept a block that its buffer has outgrown."""

    def released(self, block: bytearray | None) -> None:
        """Accept the block of a buffer whose last reference is gone."""
        self._buffers_released += 1
        if block is not None:
            self.take_back(block)

    def used(self) -> None:
        """Nothing is recorded here."""

    def touched(self, hint: object) -> None:
        """Nothing is recorded here."""


give_methods(ByteBufferAllocator, Allocator13)


class UnpooledByteBufferAllocator(ByteBufferAllocator):
    """Makes every block anew and leaves the old ones to the garbage collector."""

    DEFAULT: ClassVar[UnpooledByteBufferAllocator]


class PooledByteBufferAllocator(ByteBufferAllocator):
    """Keeps released blocks in size classes (powers of two, 256 B to 1 MiB) for reuse, by any thread.

    A block that somebody still holds a view of is not reused: what was given out as `memoryview` never shows the bytes of others.

    Args:
        max_cached_bytes: bounds what lies idle (default 64 MiB); what comes back beyond it is dropped. Raises ValueError below 0.
    """

    DEFAULT: ClassVar[PooledByteBufferAllocator]

    def __init__(self, max_cached_bytes: int = 64 * 1024 * 1024) -> None:
        super().__init__()
        if max_cached_bytes < 0:
            raise ValueError(f"max_cached_bytes of {max_cached_bytes}, must not be negative")
        self.max_cached_bytes = max_cached_bytes
        self._cached_bytes = 0
        self._free: dict[int, list[bytearray]] = {}
        self._lock = threading.Lock()

    @property
    def cached_bytes(self) -> int:
        """The number of bytes that lie idle."""
        return self._cached_bytes

    def block(self, size: int) -> bytearray:
        if size > _LARGEST:
            return super().block(size)
        size_class = max(_SMALLEST, 1 << (size - 1).bit_length()) if size else _SMALLEST
        with self._lock:
            free = self._free.get(size_class)
            if free:
                self._cached_bytes -= size_class
                self._blocks_reused += 1
                return free.pop()
        return super().block(size_class)

    def take_back(self, block: bytearray) -> None:
        size = len(block)
        if not _SMALLEST <= size <= _LARGEST or size & (size - 1) or _has_views(block):
            return
        with self._lock:
            if self._cached_bytes + size <= self.max_cached_bytes:
                self._cached_bytes += size
                self._free.setdefault(size, []).append(block)

    def statistics(self) -> AllocatorStatistics:
        with self._lock:
            blocks = sum(map(len, self._free.values()))
            return super().statistics()._replace(cached_blocks=blocks, cached_bytes=self._cached_bytes)


def _has_views(block: bytearray) -> bool:
    """True if a memoryview lies on *block*: such a bytearray refuses to change its size, even by a byte and back."""
    try:
        last = block.pop()
    except BufferError:
        return True
    block.append(last)
    return False


UnpooledByteBufferAllocator.DEFAULT = UnpooledByteBufferAllocator()
PooledByteBufferAllocator.DEFAULT = PooledByteBufferAllocator()
