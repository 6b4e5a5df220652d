"""ByteBuffer: a reader index and a writer index over one block of memory.

::

      +-------------------+------------------+------------------+
      |  read already     |  readable bytes  |  writable bytes  |
      +-------------------+------------------+------------------+
      0        <=    reader_index   <=   writer_index   <=   capacity   <=   max_capacity

The block is either a ``bytes`` that the socket just gave us, which is never copied and never written to, or a
``bytearray``, which may come from a pool and goes back there with the last ``release()``. A write to the first
kind moves the readable bytes into a block of the second kind first.

``slice()`` and ``duplicate()`` share the memory and the reference count of the buffer they were made from;
``retained_slice()`` adds a reference of its own. Forgetting to release costs memory only until the garbage
collector runs. Source: Netty's ``ByteBuf`` and ``AbstractByteBuf``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Union, final

from mypy_extensions import i64, mypyc_attr

from pyboot.components.netty.errors import BufferIndexError, ReleasedBufferError

if TYPE_CHECKING:
    from .allocator import ByteBufferAllocator

__all__ = ["DEFAULT_CAPACITY", "MAX_CAPACITY", "ByteBuffer", "BytesLike"]

type BytesLike = Union["ByteBuffer", bytes, bytearray, memoryview]

DEFAULT_CAPACITY: Final = 256
MAX_CAPACITY: Final = 2**31 - 1

# Growth doubles up to here and goes in steps of this size beyond (Netty: AbstractByteBufAllocator.calculateNewCapacity).
_GROWTH_STEP: Final = 4 * 1024 * 1024


@final
@mypyc_attr(free_list_len=1)
class ByteBuffer:
    """A growable run of bytes with separate indices for reading and for writing.

    ``ByteBuffer(64)`` has room for 64 bytes, ``ByteBuffer(b"abc")`` reads those three without a copy.

    Every accessor raises `BufferIndexError` outside of the bounds and `ReleasedBufferError` after the last release.
    """

    # hot path: one object for each frame a decoder cuts (tests/bench/test_framed_echo.py). Indices are kept
    # absolute, in coordinates of the block, so that a frame costs no arithmetic until somebody asks.

    # What a view of received bytes leaves alone has its value here, so that making one sets five attributes, not twelve.
    _bytes: bytes
    _start: i64
    _reader: i64
    _writer: i64
    _end: i64
    _array: bytearray | None = None
    _max: i64 = MAX_CAPACITY
    _refs: i64 = 1
    _mark_reader: i64 = -1
    _mark_writer: i64 = -1
    _root: ByteBuffer | None = None
    _allocator: ByteBufferAllocator | None = None

    def __init__(self, source: int | bytes | bytearray = DEFAULT_CAPACITY, reader: i64 = 0, writer: i64 = -1) -> None:
        self._start = reader
        self._reader = reader
        if isinstance(source, bytes):
            self._bytes = source
            self._end = self._writer = len(source) if writer < 0 else writer
        else:
            self._bytes = b""
            self._adopt(source)

    def _adopt(self, source: int | bytes | bytearray) -> None:
        """Start with an own writable block: fresh and empty, or the given array, readable as a whole."""
        if isinstance(source, int):
            if source < 0:
                raise ValueError(f"capacity of {source} bytes, must not be negative")
            self._array = bytearray(source)
            self._writer = 0
            self._end = source
        else:
            self._array = bytearray(source) if not isinstance(source, bytearray) else source
            self._writer = len(source)
            self._end = len(source)

    # Indices and room.

    @property
    def reader_index(self) -> int:
        """Where the next read starts, counted from the start of the buffer."""
        return int(self._reader - self._start)

    @reader_index.setter
    def reader_index(self, index: int) -> None:
        if not 0 <= index <= self._writer - self._start:
            raise BufferIndexError(index, 0, 0, int(self._writer - self._start))
        self._reader = self._start + index

    @property
    def writer_index(self) -> int:
        """Where the next write starts, counted from the start of the buffer."""
        return int(self._writer - self._start)

    @writer_index.setter
    def writer_index(self, index: int) -> None:
        if not self._reader - self._start <= index <= self._end - self._start:
            raise BufferIndexError(index, 0, int(self._reader - self._start), int(self._end - self._start))
        self._writer = self._start + index

    @property
    def capacity(self) -> int:
        """Bytes the buffer holds or can take without growing."""
        return int(self._end - self._start)

    @property
    def max_capacity(self) -> int:
        """Bytes beyond which it does not grow."""
        return int(self._max)

    def readable_bytes(self) -> int:
        """Bytes between the reader and the writer index."""
        return int(self._writer - self._reader)

    def writable_bytes(self) -> int:
        """Bytes that can be written before the buffer grows."""
        return 0 if self._array is None else int(self._end - self._writer)

    def is_readable(self, length: int = 1) -> bool:
        """Whether at least *length* bytes can be read."""
        return self._writer - self._reader >= length

    def mark_reader_index(self) -> ByteBuffer:
        """Remember the reader index for `reset_reader_index`."""
        self._mark_reader = self._reader
        return self

    def reset_reader_index(self) -> ByteBuffer:
        """Go back to the marked reader index."""
        self._reader = max(self._mark_reader, self._start)
        return self

    def mark_writer_index(self) -> ByteBuffer:
        """Remember the writer index for `reset_writer_index`."""
        self._mark_writer = self._writer
        return self

    def reset_writer_index(self) -> ByteBuffer:
        """Go back to the marked writer index."""
        self._writer = max(self._mark_writer, self._start)
        return self

    def clear(self) -> ByteBuffer:
        """Set both indices to 0; the bytes themselves stay where they are."""
        self._reader = self._writer = self._start
        return self

    def skip_bytes(self, length: int) -> ByteBuffer:
        """Move the reader index forward by *length* bytes."""
        self._check_readable(length)
        self._reader += length
        return self

    # Reading.

    def get_readable_bytes(self) -> bytes:
        """The readable bytes as ``bytes``; the reader index stays. Without a copy where the block is exactly that."""
        self._check_alive()
        array = self._array
        if array is None:
            if self._reader == 0 and self._writer == len(self._bytes):
                return self._bytes
            return self._bytes[self._reader : self._writer]
        return bytes(memoryview(array)[self._reader : self._writer])

    def take_bytes(self) -> bytes:
        """The readable bytes as ``bytes``, and this reference released: the last thing its owner does with a buffer."""
        # hot path: once for each message in, and once out.
        if self._root is None and self._allocator is None and self._refs == 1:
            array = self._array
            if array is None:
                self._refs = 0
                if self._reader == 0 and self._writer == len(self._bytes):
                    return self._bytes
                return self._bytes[self._reader : self._writer]
        taken = self.get_readable_bytes()
        self.release()
        return taken

    def get_bytes(self, index: int, length: int) -> bytes:
        """*length* bytes from *index* on as ``bytes``; no index moves."""
        self._check_index(index, length)
        at = self._start + index
        array = self._array
        if array is None:
            return self._bytes[at : at + length]
        return bytes(memoryview(array)[at : at + length])

    def get_byte(self, index: int) -> int:
        """The byte at *index*, 0 to 255; no index moves."""
        self._check_index(index, 1)
        at = self._start + index
        array = self._array
        return self._bytes[at] if array is None else array[at]

    def get_bytes_view(self, index: int, length: int) -> memoryview:
        """A view of *length* bytes from *index* on, without a copy; no index moves."""
        self._check_index(index, length)
        return self._view(self._start + index, length)

    def read_bytes(self, length: int) -> memoryview:
        """A view of the next *length* bytes, without a copy; valid until the buffer is released or grows."""
        self._check_readable(length)
        view = self._view(self._reader, length)
        self._reader += length
        return view

    def read_bytes_view(self, length: int) -> memoryview:
        """The same as `read_bytes`, under the name of the published package."""
        return self.read_bytes(length)

    def read_byte(self) -> int:
        """The next byte, 0 to 255."""
        self._check_readable(1)
        at = self._reader
        self._reader = at + 1
        array = self._array
        return self._bytes[at] if array is None else array[at]

    def read_slice(self, length: int) -> ByteBuffer:
        """The next *length* bytes as a buffer that shares memory and reference count with this one."""
        self._check_readable(length)
        part = self._derive(self._reader, length)
        self._reader += length
        return part

    def read_retained_slice(self, length: int) -> ByteBuffer:
        """The same as `read_slice`, with a reference added."""
        part = self.read_slice(length)
        self.retain()
        return part

    def index_of(self, needle: int | bytes, start: int = 0, end: int | None = None) -> int:
        """Where *needle* first stands at or after *start*, or -1; indices count from the start of the buffer."""
        high = self.writer_index if end is None else end
        self._check_index(start, max(high - start, 0))
        array = self._array
        low = int(self._start)
        found = self._bytes.find(needle, low + start, low + high) if array is None else array.find(needle, low + start, low + high)
        return found - low if found >= 0 else -1

    def bytes_before(self, needle: int | bytes) -> int:
        """Readable bytes in front of the first *needle*, or -1."""
        found = self.index_of(needle, self.reader_index)
        return found - self.reader_index if found >= 0 else -1

    # Writing.

    def write_byte(self, value: int) -> ByteBuffer:
        """Append one byte; only its low eight bits count."""
        array = self._writable(1)
        array[self._writer] = value & 0xFF
        self._writer += 1
        return self

    def write_bytes(self, data: BytesLike) -> ByteBuffer:
        """Append *data*; of a ByteBuffer its readable bytes, whose reader index then stands at their end."""
        if isinstance(data, ByteBuffer):
            self.write_from_reader(data)
            return self
        size: i64 = len(data)
        array = self._writable(size)
        array[self._writer : self._writer + size] = data
        self._writer += size
        return self

    def write_from_reader(self, source: ByteBuffer, length: int | None = None) -> int:
        """Append the next *length* (default: all) readable bytes of *source* and return how many that were."""
        size = source.readable_bytes() if length is None else length
        self.write_bytes(source.read_bytes(size))
        return size

    def set_bytes(self, index: int, data: BytesLike) -> ByteBuffer:
        """Overwrite from *index* on; no index moves."""
        content = data.get_readable_bytes() if isinstance(data, ByteBuffer) else data
        self._check_index(index, len(content))
        array = self._writable(0)
        at = self._start + index
        array[at : at + len(content)] = content
        return self

    def ensure_writable(self, length: int) -> ByteBuffer:
        """Make room for *length* more bytes, growing up to `max_capacity`."""
        self._writable(length)
        return self

    def discard_read_bytes(self) -> ByteBuffer:
        """Move the readable bytes to the start of the buffer and drop what was read."""
        self._check_alive()
        array = self._array
        gone = self._reader - self._start
        if array is None:
            self._start = self._reader
        elif gone > 0:
            array[self._start : self._start + self._writer - self._reader] = bytes(memoryview(array)[self._reader : self._writer])
            self._writer -= gone
            self._reader = self._start
        self._mark_reader = max(self._mark_reader - gone, -1)
        self._mark_writer = max(self._mark_writer - gone, -1)
        return self

    # Sharing.

    def slice(self, start: int | None = None, length: int | None = None) -> ByteBuffer:
        """A buffer over *length* bytes from *start* on (default: what is readable), with indices of its own."""
        low = self.reader_index if start is None else start
        size = self.writer_index - low if length is None else length
        self._check_index(low, size)
        return self._derive(self._start + low, size)

    def retained_slice(self, start: int | None = None, length: int | None = None) -> ByteBuffer:
        """The same as `slice`, with a reference added."""
        part = self.slice(start, length)
        self.retain()
        return part

    def duplicate(self) -> ByteBuffer:
        """A buffer over the same memory with the same indices, which move on their own from here."""
        twin = self._derive(self._start, self._end - self._start)
        twin._reader = self._reader
        twin._writer = self._writer
        return twin

    def copy(self) -> ByteBuffer:
        """The readable bytes in memory of their own."""
        return ByteBuffer(bytearray(self.get_readable_bytes()))

    def _derive(self, at: i64, length: i64) -> ByteBuffer:
        self._check_alive()
        part = ByteBuffer(self._bytes, at, at + length)
        part._array = self._array
        part._max = length
        part._root = self if self._root is None else self._root
        return part

    # Reference counting.

    @property
    def ref_count(self) -> int:
        """References held; 0 after the last release."""
        root = self._root
        return int(self._refs) if root is None else int(root._refs)

    def retain(self, increment: int = 1) -> ByteBuffer:
        """Add references: each wants a `release` of its own."""
        self._check_alive()
        root = self if self._root is None else self._root
        root._refs += increment
        return self

    def release(self, decrement: int = 1) -> bool:
        """Give references back; True if that was the last, whereupon pooled memory returns to its pool."""
        self._check_alive()
        root = self if self._root is None else self._root
        if decrement < 1 or root._refs < decrement:
            raise ReleasedBufferError(f"release of {decrement} references, {root._refs} held")
        root._refs -= decrement
        if root._refs > 0:
            return False
        allocator = root._allocator
        array = root._array
        if allocator is not None and array is not None:
            allocator.take_back(array)
        return True

    # Inside.

    def _check_alive(self) -> None:
        root = self._root
        if (self._refs if root is None else root._refs) <= 0:
            raise ReleasedBufferError(f"{self!r} was used after its last release")

    def _check_readable(self, length: i64) -> None:
        self._check_alive()
        if length < 0 or length > self._writer - self._reader:
            raise BufferIndexError(int(self._reader - self._start), int(length), 0, int(self._writer - self._start))

    def _check_index(self, index: i64, length: i64) -> None:
        self._check_alive()
        if index < 0 or length < 0 or self._start + index + length > self._end:
            raise BufferIndexError(int(index), int(length), 0, int(self._end - self._start))

    def _view(self, at: i64, length: i64) -> memoryview:
        array = self._array
        whole = memoryview(self._bytes) if array is None else memoryview(array)
        return whole[at : at + length]

    def _writable(self, length: i64) -> bytearray:
        """The block, with room for *length* more bytes at the writer index."""
        self._check_alive()
        array = self._array
        if array is not None and length <= self._end - self._writer:
            return array
        return self._grow(length)

    def _grow(self, length: i64) -> bytearray:
        needed = self._writer - self._start + length
        if needed > self._max:
            raise BufferIndexError(int(self._writer - self._start), int(length), 0, int(self._max))
        size: i64 = 64
        while size < needed:
            size = size * 2 if size < _GROWTH_STEP else size + _GROWTH_STEP
        size = min(size, self._max)
        old, allocator = self._array, self._allocator
        block = bytearray(size) if allocator is None else allocator.block(size)
        used = self._writer - self._start
        block[0:used] = self._view(self._start, used)
        if allocator is not None and old is not None:
            allocator.take_back(old)
        self._rebase(block)
        return block

    def _rebase(self, block: bytearray) -> None:
        """Continue in another block, in which the bytes of this buffer start at 0."""
        shift = self._start
        self._bytes = b""
        self._array = block
        self._start = 0
        self._reader -= shift
        self._writer -= shift
        self._mark_reader = max(self._mark_reader - shift, -1)
        self._mark_writer = max(self._mark_writer - shift, -1)
        self._end = len(block)

    def __len__(self) -> int:
        return int(self._writer - self._reader)

    def __bytes__(self) -> bytes:
        return self.get_readable_bytes()

    def __eq__(self, other: object) -> bool:
        if isinstance(other, ByteBuffer):
            return self.get_readable_bytes() == other.get_readable_bytes()
        if isinstance(other, bytes | bytearray | memoryview):
            return self.get_readable_bytes() == other
        return NotImplemented

    def __hash__(self) -> int:
        return hash(self.get_readable_bytes())

    def __repr__(self) -> str:
        counts = f"ridx={self.reader_index}, widx={self.writer_index}, cap={self.capacity}"
        return f"ByteBuffer({counts}{', released' if self.ref_count == 0 else ''})"
