"""Region: two indices over one block of memory, its bounds, its growth, and the references that are held to it.

::

      +-------------------+------------------+------------------+
      |  read already     |  readable bytes  |  writable bytes  |
      +-------------------+------------------+------------------+
      0        <=    reader_index   <=   writer_index   <=   capacity   <=   max_capacity

The block is either a ``bytes`` that the socket just gave us, which is never copied and never written to, or a
``bytearray``, which may come from a pool and goes back there with the last ``release()``. A write to the first
kind moves the readable bytes into a block of the second kind first. Source: Netty's ``AbstractByteBuf``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Self

from mypy_extensions import i64

from pyboot.components.netty.errors import BufferIndexError, ReadOnlyBufferError, ReleasedBufferError

from .textual import Text

if TYPE_CHECKING:
    from .allocator import MemoryOwner

__all__ = ["DEFAULT_CAPACITY", "ETERNAL", "MAX_CAPACITY", "Region"]

DEFAULT_CAPACITY: Final = 256
MAX_CAPACITY: Final = 2**31 - 1

# Growth doubles up to here and goes in steps of this size beyond (Netty: AbstractByteBufAllocator.calculateNewCapacity).
_GROWTH_STEP: Final = 4 * 1024 * 1024

# Taken off the reference count of a buffer whose uses the leak detector records: it is negative then, so that the one
# test every accessor makes anyway leads aside, and buffers that nobody watches pay nothing.
_WATCHED: Final = 1 << 40

# References of a buffer that everybody shares and nobody can release: more than will ever be given back.
ETERNAL: Final = 1 << 39

# Flags of a region.
_SHARED: Final = 1  # slices or duplicates lie on the block: growing must not give it away
_READ_ONLY: Final = 2


class Region(Text):
    """The memory and the indices that all buffers have under their accessors."""

    # hot path: one object for each frame a decoder cuts (tests/bench/test_framed.py). Indices are kept
    # absolute, in coordinates of the block, so that a frame costs no arithmetic until somebody asks.

    # What a view of received bytes leaves alone has its value here, so that making one sets five attributes, not thirteen.
    _bytes: bytes
    _start: i64
    _reader: i64
    _writer: i64
    _end: i64
    _array: bytearray | None = None
    _max: i64 = MAX_CAPACITY
    _refs: i64 = 1
    _flags: i64 = 0
    _mark_reader: i64 = -1
    _mark_writer: i64 = -1
    _root: Region | None = None
    _owner: MemoryOwner | None = None

    def __init__(self, source: int | bytes | bytearray = DEFAULT_CAPACITY, reader: i64 = 0, writer: i64 = -1) -> None:
        self._start = reader
        self._reader = reader
        if isinstance(source, bytes):
            self._bytes = source
            self._end = self._writer = len(source) if writer < 0 else writer
        else:
            self._bytes = b""
            self._adopt(source)

    def _adopt(self, source: int | bytearray) -> None:
        """Start with an own writable block: fresh and empty, or the given array, readable as a whole."""
        self._start = self._reader = 0
        if isinstance(source, int):
            if source < 0:
                raise ValueError(f"capacity of {source} bytes, must not be negative")
            self._array = bytearray(source)
            self._writer = 0
            self._end = source
        else:
            self._array = source
            self._writer = len(source)
            self._end = len(source)

    # Indices and room.

    @property
    def reader_index(self) -> int:
        """The index at which the next read starts, counted from the start of the buffer."""
        self._check_alive()
        return int(self._reader - self._start)

    @reader_index.setter
    def reader_index(self, index: int) -> None:
        self._check_alive()
        if not 0 <= index <= int(self._writer - self._start):
            raise BufferIndexError(index, 0, 0, int(self._writer - self._start))
        self._reader = self._start + index

    @property
    def writer_index(self) -> int:
        """The index at which the next write starts, counted from the start of the buffer."""
        self._check_alive()
        return int(self._writer - self._start)

    @writer_index.setter
    def writer_index(self, index: int) -> None:
        self._check_alive()
        if not int(self._reader - self._start) <= index <= int(self._end - self._start):
            raise BufferIndexError(index, 0, int(self._reader - self._start), int(self._end - self._start))
        self._writer = self._start + index

    @property
    def capacity(self) -> int:
        """Bytes the buffer holds or can take without growing."""
        self._check_alive()
        return int(self._end - self._start)

    @property
    def max_capacity(self) -> int:
        """Bytes beyond which it does not grow."""
        self._check_alive()
        return int(self._max)

    @property
    def is_read_only(self) -> bool:
        """True if writing raises `ReadOnlyBufferError`."""
        self._check_alive()
        return self._flags & _READ_ONLY != 0

    def readable_bytes(self) -> int:
        """Bytes between the reader and the writer index."""
        self._check_alive()
        return int(self._writer - self._reader)

    def writable_bytes(self) -> int:
        """Bytes that can be written before the buffer grows."""
        self._check_alive()
        return 0 if self._array is None or self._flags & _READ_ONLY != 0 else int(self._end - self._writer)

    def is_writable(self, length: int = 1) -> bool:
        """True if at least *length* bytes can be written before the buffer grows."""
        return self.writable_bytes() >= length

    def max_writable_bytes(self) -> int:
        """Bytes that can be written in all, with growing; 0 where nothing can be written."""
        self._check_alive()
        return 0 if self._flags & _READ_ONLY != 0 else int(self._max - (self._writer - self._start))

    def is_readable(self, length: int = 1) -> bool:
        """True if at least *length* bytes can be read."""
        self._check_alive()
        return int(self._writer - self._reader) >= length

    def mark_reader_index(self) -> Self:
        """Remember the reader index for `reset_reader_index`."""
        self._check_alive()
        self._mark_reader = self._reader
        return self

    def reset_reader_index(self) -> Self:
        """Go back to the marked reader index, or to 0; raises `BufferIndexError` if less than that is written by now."""
        self._check_alive()
        self.reader_index = int(max(self._mark_reader - self._start, 0))
        return self

    def mark_writer_index(self) -> Self:
        """Remember the writer index for `reset_writer_index`."""
        self._check_alive()
        self._mark_writer = self._writer
        return self

    def reset_writer_index(self) -> Self:
        """Go back to the marked writer index, or to 0; raises `BufferIndexError` if more than that is read by now."""
        self._check_alive()
        self.writer_index = int(max(self._mark_writer - self._start, 0))
        return self

    def clear(self) -> Self:
        """Set both indices to 0; the bytes themselves stay where they are."""
        self._check_alive()
        self._reader = self._writer = self._start
        return self

    def skip_bytes(self, length: int) -> Self:
        """Move the reader index forward by *length* bytes."""
        self._check_readable(length)
        self._reader += length
        return self

    def ensure_writable(self, length: int) -> Self:
        """Make room for *length* more bytes, growing up to `max_capacity`; raises `BufferIndexError` beyond."""
        self._check_room(length)
        self._writable(length)
        return self

    # Reference counting.

    @property
    def ref_count(self) -> int:
        """References held; 0 after the last release."""
        root = self._root
        refs = self._refs if root is None else root._refs
        if refs < 0:
            refs += _WATCHED
        return 1 if refs > ETERNAL >> 1 else int(refs)

    def touch(self, hint: object = None) -> Self:
        """Let the leak detector note that the buffer was here, and *hint*; it notes every use of the buffers it watches that closely."""
        self._check_alive()
        if hint is not None and self._owner is not None:
            self._owner.touched(hint)
        return self

    def retain(self, increment: int = 1) -> Self:
        """Add references: each wants a `release` of its own. Raises `ReleasedBufferError` for less than one, and after the last release."""
        self._check_alive()
        if increment < 1:
            raise ReleasedBufferError(f"retain of {increment} references: allowed is 1 or more")
        root = self if self._root is None else self._root
        root._refs += increment
        return self

    def release(self, decrement: i64 = 1) -> bool:
        """Give references back; True if that was the last, whereupon pooled memory returns to its pool.

        Raises `ReleasedBufferError` for more than are held.
        """
        # hot path: once for each frame.
        # References are those of the block, so they stand in the buffer that it belongs to: slices and duplicates ask there.
        root = self if self._root is None else self._root
        held = root._refs
        if held < 0:
            held += _WATCHED
        if decrement < 1 or held < decrement:
            raise ReleasedBufferError(f"release of {decrement} references, {held} held")
        root._refs -= decrement
        if held > decrement:
            return False
        owner = root._owner
        if owner is not None:
            owner.released(root._array)
        return True

    def _set_max(self, max_capacity: i64) -> None:
        """Grow no further than that; a block may be larger than what was asked for."""
        self._max = max_capacity
        self._end = min(self._end, self._start + max_capacity)

    def _watch(self, owner: MemoryOwner, *, uses: bool) -> None:
        """Let *owner* stand for the one whose memory this is; with *uses*, it is told of every use too."""
        self._owner = owner
        if uses:
            self._refs -= _WATCHED

    def _check_alive(self) -> None:
        # Law: every use after the last release raises, looking at an index too, since the block may be another's by now. Only `ref_count`,
        # `repr` and `destroy` answer: who does not know whether a buffer lives asks them.
        root = self._root
        if (self._refs if root is None else root._refs) <= 0:
            self._used()

    def _used(self) -> None:
        """The buffer was used after its release, or one is that the leak detector watches."""
        root = self if self._root is None else self._root
        if self.ref_count <= 0:
            raise ReleasedBufferError(f"{self!r} was used after its last release")
        owner = root._owner
        if owner is not None:
            owner.used()

    # Bounds.

    def _check_readable(self, length: int) -> None:
        self._check_alive()
        if length < 0 or length > int(self._writer - self._reader):
            raise BufferIndexError(int(self._reader - self._start), length, 0, int(self._writer - self._start))

    def _check_index(self, index: int, length: int) -> None:
        self._check_alive()
        room = int(self._end - self._start)
        # Whole numbers of any size, so that no sum can overflow, whatever a peer's length field held.
        if index < 0 or length < 0 or index + length > room:
            raise BufferIndexError(index, length, 0, room)

    def _check_room(self, length: int) -> None:
        self._check_alive()
        used = int(self._writer - self._start)
        if length < 0 or used + length > int(self._max):
            raise BufferIndexError(used, length, 0, int(self._max))

    # Memory.

    def _view(self, at: i64, length: i64) -> memoryview:
        # A view pins a bytearray: it cannot be resized while one lives. So a buffer never resizes its block, it grows into another.
        array = self._array
        whole = memoryview(self._bytes) if array is None else memoryview(array)
        part = whole[at : at + length]
        return part.toreadonly() if self._flags & _READ_ONLY != 0 else part

    def _piece(self, at: i64, length: i64) -> bytes:
        array = self._array
        return self._bytes[at : at + length] if array is None else bytes(memoryview(array)[at : at + length])

    def _writable(self, length: i64) -> bytearray:
        """The block, with room for *length* more bytes at the writer index."""
        self._check_alive()
        array = self._array
        if array is not None and 0 <= length <= self._end - self._writer and self._flags & _READ_ONLY == 0:
            return array
        return self._grow(length)

    def _grow(self, length: i64) -> bytearray:
        if self._flags & _READ_ONLY != 0:
            raise ReadOnlyBufferError(f"{self!r} is read-only: write to a copy() of it")
        self._check_room(int(length))
        # All of the old block goes along: bytes may be set behind the writer index.
        held = self._end - self._start
        wanted = max(self._writer - self._start + length, held)
        size: i64 = 64
        while size < wanted:
            size = size * 2 if size < _GROWTH_STEP else size + _GROWTH_STEP
        # A byte that is only set gets a block that can be written, and no more room.
        size = held if wanted == held else min(size, self._max)
        old, owner = self._array, self._owner
        block = bytearray(size) if owner is None else owner.block(size)
        block[0:held] = self._view(self._start, held)
        # A block that slices lie on is left to them, and to the garbage collector: given back, the next buffer would write into them.
        if owner is not None and old is not None and self._flags & _SHARED == 0:
            owner.take_back(old)
        self._rebase(block)
        return block

    def _rebase(self, block: bytearray) -> None:
        """Continue in another block, in which the bytes of this buffer start at 0."""
        shift = self._start
        self._bytes = b""
        self._array = block
        self._flags &= ~_SHARED
        self._start = 0
        self._reader -= shift
        self._writer -= shift
        self._mark_reader = max(self._mark_reader - shift, -1)
        self._mark_writer = max(self._mark_writer - shift, -1)
        self._end = min(i64(len(block)), self._max)
