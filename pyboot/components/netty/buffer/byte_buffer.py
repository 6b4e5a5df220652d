"""ByteBuffer: bytes with an index for reading and one for writing.

``slice()`` and ``duplicate()`` share the memory and the reference count of the buffer they were made from, until one of
them has to grow or to write to memory that cannot be written; ``retained_slice()`` adds a reference of its own.
Forgetting to release costs memory only until the garbage collector runs. Source: Netty's ``ByteBuf``.
"""

from __future__ import annotations

from typing import final

from mypy_extensions import i64, mypyc_attr

from pyboot.components.netty.compat13.methods import ByteBuffer13, give_methods

from .content import Content, plain_bytes
from .endian import ByteOrder, Endian, byte_order
from .numeric import packed_number
from .region import _READ_ONLY, _SHARED, Region

__all__ = ["ByteBuffer", "BytesLike"]

type BytesLike = "ByteBuffer" | bytes | bytearray | memoryview


@final
@mypyc_attr(free_list_len=1)
class ByteBuffer(Region):
    """A growable run of bytes with separate indices for reading and for writing.

    ``ByteBuffer(64)`` has room for 64 bytes, ``ByteBuffer(b"abc")`` reads those three without a copy.

    Every accessor raises `BufferIndexError` outside of the bounds and `ReleasedBufferError` after the last release.
    """

    # Reading.

    def get_readable_bytes(self) -> bytes:
        """The readable bytes as ``bytes``; the reader index stays. Without a copy where the block is exactly that."""
        # hot path: once for each frame.
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
        # The common buffer alone, that of a read or a frame: nothing to give back, and nobody to tell but the count itself.
        if self._root is None and self._owner is None and self._refs == 1 and self._array is None:
            self._refs = 0
            if self._reader == 0 and self._writer == len(self._bytes):
                return self._bytes
            return self._bytes[self._reader : self._writer]
        taken = self.get_readable_bytes()
        self.release()
        return taken

    def take_bytes_within(self, limit: i64) -> bytes | None:
        """The same as `take_bytes` for at most *limit* bytes; of a longer buffer nothing is taken, and the answer is None."""
        # hot path: once for each message that leaves.
        size = self._writer - self._reader
        if size > limit:
            self._check_alive()
            return None
        if self._array is None and self._refs == 1 and self._root is None and self._owner is None:
            self._refs = 0
            data = self._bytes
            return data if size == len(data) else data[self._reader : self._writer]
        return self.take_bytes()

    def take_view(self) -> bytes | memoryview:
        """The same as `take_bytes`, without a copy where the block is one that is never written to."""
        if self._array is not None:
            return self.take_bytes()
        self._check_alive()
        view = memoryview(self._bytes)[self._reader : self._writer]
        self.release()
        return view

    def get_bytes(self, index: int, length: int) -> bytes:
        """*length* bytes from *index* on as ``bytes``; no index moves."""
        self._check_index(index, length)
        return self._piece(self._start + index, length)

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
        """A view of the next *length* bytes, without a copy; it shows what the buffer holds there, as long as that lives.

        Memory that a view still lies on does not go back to a pool.
        """
        self._check_readable(length)
        view = self._view(self._reader, length)
        self._reader += length
        return view

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

    # Searching.

    def index_of(self, needle: int | bytes, start: int = 0, end: int | None = None) -> int:
        """The index at which *needle* first stands at or after *start*, or -1; indices count from the start of the buffer."""
        high = self.writer_index if end is None else max(end, start)
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

    def write_bytes(self, data: BytesLike | Content) -> ByteBuffer:
        """Append *data*; of a buffer its readable bytes, whose reader index then stands at their end."""
        if isinstance(data, ByteBuffer):
            self.write_from_reader(data)
            return self
        plain = plain_bytes(data)
        size: i64 = len(plain)
        array = self._writable(size)
        array[self._writer : self._writer + size] = plain
        self._writer += size
        if isinstance(data, Content):
            data.reader_index += int(size)
        return self

    def write_zero(self, length: int) -> ByteBuffer:
        """Append *length* zero bytes."""
        self._writable(length)
        self._append(bytes(length))
        return self

    def write_from_reader(self, source: ByteBuffer, length: int | None = None) -> int:
        """Append the next *length* (default: all) readable bytes of *source* and return how many that were."""
        size = source.readable_bytes() if length is None else length
        source._check_readable(size)
        self._writable(size)  # before *source* moves: what cannot be written stays there
        self._append(bytes(source.read_bytes(size)))
        return size

    def set_byte(self, index: int, value: int) -> ByteBuffer:
        """Overwrite the byte at *index*; only the low eight bits of *value* count; no index moves."""
        return self.set_bytes(index, bytes((value & 0xFF,)))

    def set_bytes(self, index: int, data: BytesLike) -> ByteBuffer:
        """Overwrite from *index* on; no index moves."""
        content = plain_bytes(data)
        self._check_index(index, len(content))
        array = self._writable(0)
        at = self._start + index
        array[at : at + len(content)] = content
        return self

    def discard_read_bytes(self) -> ByteBuffer:
        """Move the readable bytes to the start of the buffer and drop what was read; slices of it then show other bytes."""
        self._check_alive()
        array = self._array
        gone = self._reader - self._start
        if array is None or self._flags & _READ_ONLY != 0:
            self._start = self._reader  # memory that must not be written to: the buffer begins later in it instead
        elif gone > 0:
            array[self._start : self._start + self._writer - self._reader] = self._piece(self._reader, self._writer - self._reader)
            self._writer -= gone
            self._reader = self._start
            self._mark_writer = max(self._mark_writer - gone, -1)
            self._mark_reader = max(self._mark_reader - gone, -1)
        return self

    def discard_some_read_bytes(self) -> ByteBuffer:
        """`discard_read_bytes` where that is cheap for what it gains: nothing is left to read, or half of the buffer was read."""
        self._check_alive()
        if self._reader == self._writer or (self._reader - self._start) * 2 >= self._end - self._start:
            self.discard_read_bytes()
        return self

    # Whole numbers, the quick way: the others follow from these (`numeric`).

    def get_number(self, index: int, width: int, *, signed: bool, endian: ByteOrder = Endian.BIG_ENDIAN) -> int:
        """The number in *width* bytes at *index*; no index moves."""
        self._check_index(index, width)
        return int.from_bytes(self._piece(self._start + index, width), byte_order(endian), signed=signed)

    def read_number(self, width: int, *, signed: bool, endian: ByteOrder = Endian.BIG_ENDIAN) -> int:
        """The number in the next *width* bytes."""
        self._check_readable(width)
        at = self._reader
        self._reader = at + width
        return int.from_bytes(self._piece(at, width), byte_order(endian), signed=signed)

    def write_number(self, value: int, width: int, *, signed: bool, endian: ByteOrder = Endian.BIG_ENDIAN) -> ByteBuffer:
        """Append *value* in *width* bytes."""
        self._append(packed_number(value, width, signed, endian))
        return self

    def _append(self, content: bytes) -> None:
        size: i64 = len(content)
        array = self._writable(size)
        array[self._writer : self._writer + size] = content
        self._writer += size

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
        twin._max = self._max
        return twin

    def retained_duplicate(self) -> ByteBuffer:
        """The same as `duplicate`, with a reference added."""
        twin = self.duplicate()
        self.retain()
        return twin

    def as_read_only(self) -> ByteBuffer:
        """A duplicate that cannot be written to: it, its slices and its views raise where somebody tries."""
        twin = self.duplicate()
        twin._flags |= _READ_ONLY
        return twin

    def copy(self, index: int | None = None, length: int | None = None) -> ByteBuffer:
        """*length* bytes from *index* on (default: what is readable) in writable memory of their own."""
        if index is None:
            return ByteBuffer(bytearray(self.get_readable_bytes()))
        size = self.writer_index - index if length is None else length
        return ByteBuffer(bytearray(self.get_bytes(index, size)))

    def _derive(self, at: i64, length: i64) -> ByteBuffer:
        self._check_alive()
        part = ByteBuffer(self._bytes, at, at + length)
        part._array = self._array
        part._max = length
        part._flags = self._flags & _READ_ONLY
        # Of the root, however deep slices are cut of slices: one count for the block, and no chain to walk at each access.
        root = self if self._root is None else self._root
        part._root = root
        root._flags |= _SHARED
        return part

    # A ``with`` block releases at its end.

    def __enter__(self) -> ByteBuffer:
        self._check_alive()
        return self

    def __exit__(self, *error: object) -> None:
        self.release()

    # Looking.

    def __repr__(self) -> str:
        start = self._start
        counts = f"ridx={self._reader - start}, widx={self._writer - start}, cap={self._end - start}"
        return f"ByteBuffer({counts}{', released' if self.ref_count == 0 else ''})"


give_methods(ByteBuffer, ByteBuffer13)
