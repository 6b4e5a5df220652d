"""Content: what can be done with bytes that have a reader index, wherever they lie: compare, search, show.

`ByteBuffer` and `CompositeByteBuffer` say where the bytes are, with the few methods that raise NotImplementedError here; numbers, text
and the rest are written once, on top of those. Source: Netty's ``ByteBuf`` and ``ByteBufUtil``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Self

from .dump import hex_dump

__all__ = ["Content"]


class Content:
    """Bytes between a reader and a writer index."""

    # Where the bytes are.

    @property
    def reader_index(self) -> int:
        """The index at which the next read starts."""
        raise NotImplementedError

    @reader_index.setter
    def reader_index(self, index: int) -> None:
        raise NotImplementedError

    @property
    def capacity(self) -> int:
        """Bytes that can be got and set."""
        raise NotImplementedError

    def readable_bytes(self) -> int:
        """Bytes between the reader and the writer index."""
        raise NotImplementedError

    def get_bytes(self, index: int, length: int) -> bytes:
        """*length* bytes from *index* on; no index moves."""
        raise NotImplementedError

    def read_bytes(self, length: int) -> memoryview:
        """The next *length* bytes."""
        raise NotImplementedError

    def set_bytes(self, index: int, data: Any) -> Self:
        """Overwrite from *index* on; no index moves."""
        raise NotImplementedError

    def write_bytes(self, data: Any) -> Self:
        """Append *data*."""
        raise NotImplementedError

    def ensure_writable(self, length: int) -> Self:
        """Make room for *length* more bytes; raises `BufferIndexError` where there can be none."""
        raise NotImplementedError

    # What follows from that.

    def get_readable_bytes(self) -> bytes:
        """The readable bytes; the reader index stays."""
        return self.get_bytes(self.reader_index, self.readable_bytes())

    def for_each_byte(self, process: Callable[[int], object], index: int | None = None, length: int | None = None) -> int:
        """Call *process* with each byte, from *index* on (default: what is readable), until it gives False; where that was, or -1."""
        start = self.reader_index if index is None else index
        data = self.get_bytes(start, self._length_from(start, index, length))
        for at, byte in enumerate(data):
            if process(byte) is False:
                return start + at
        return -1

    def for_each_byte_desc(self, process: Callable[[int], object], index: int | None = None, length: int | None = None) -> int:
        """The same from the last byte to the first."""
        start = self.reader_index if index is None else index
        data = self.get_bytes(start, self._length_from(start, index, length))
        for at in range(len(data) - 1, -1, -1):
            if process(data[at]) is False:
                return start + at
        return -1

    def _length_from(self, start: int, index: int | None, length: int | None) -> int:
        if length is not None:
            return length
        return self.readable_bytes() if index is None else self.reader_index + self.readable_bytes() - start

    def set_zero(self, index: int, length: int) -> Self:
        """Overwrite *length* bytes from *index* on with zeros; no index moves."""
        self.get_bytes(index, 0)
        if not 0 <= length <= self.capacity - index:
            self.get_bytes(index, length)  # which raises: nothing is allocated for a length that a peer made up
        return self.set_bytes(index, bytes(length))

    def compare_to(self, other: Content | bytes | bytearray | memoryview) -> int:
        """-1, 0 or 1, as the readable bytes come before those of *other* in the order of unsigned bytes, are the same, or come behind."""
        ours, theirs = self.get_readable_bytes(), plain_bytes(other)
        return (ours > theirs) - (ours < theirs)

    def hex_dump(self) -> str:
        """The readable bytes as a table of hexadecimal numbers and text, sixteen a line."""
        return hex_dump(self.get_readable_bytes())

    def __len__(self) -> int:
        return self.readable_bytes()

    def __bytes__(self) -> bytes:
        return self.get_readable_bytes()

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Content):
            return self.get_readable_bytes() == other.get_readable_bytes()
        if isinstance(other, bytes | bytearray | memoryview):
            return self.get_readable_bytes() == other
        return NotImplemented

    def __hash__(self) -> int:
        return hash(self.get_readable_bytes())


def plain_bytes(data: Content | bytes | bytearray | memoryview) -> bytes | bytearray:
    """The bytes of *data*; raises TypeError for what holds none: ``bytes(7)`` would be seven zeros."""
    if isinstance(data, bytes | bytearray):
        return data
    if isinstance(data, Content):
        return data.get_readable_bytes()
    if isinstance(data, memoryview):
        return bytes(data)
    raise TypeError(f"{type(data).__qualname__} is neither bytes nor a buffer")
