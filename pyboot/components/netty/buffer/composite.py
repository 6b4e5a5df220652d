"""CompositeByteBuffer: several buffers read as one, without copying them together.

::

      component 0     component 1          component 2
    +-------------+-------------------+---------------------+
    | "HELLO"     | ", "              | "WORLD"             |     readable: "HELLO, WORLD"
    +-------------+-------------------+---------------------+

What is added is readable at once; Netty's ``addComponent`` leaves the writer index where it was, its most common trap.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from typing import final

from pyboot.components.netty.errors import BufferIndexError, ReleasedBufferError

from .byte_buffer import ByteBuffer, BytesLike

__all__ = ["CompositeByteBuffer"]


@final
class CompositeByteBuffer:
    """A sequence of buffers with one reader index over all of them. It owns them: its last release releases each.

    Reads that lie within one component copy nothing; one that spans several copies just its own bytes. For numbers and text
    read a slice: ``composite.read_slice(4).read_int()``.
    """

    def __init__(self, components: Iterable[BytesLike] = ()) -> None:
        self._components: list[ByteBuffer] = []
        self._ends: list[int] = []  # where each component ends
        self._reader = 0
        self._refs = 1
        for component in components:
            self.add_component(component)

    def add_component(self, component: BytesLike) -> CompositeByteBuffer:
        """Append the readable bytes of *component*, whose reference is taken over."""
        self._check_alive()
        buffer = component if isinstance(component, ByteBuffer) else ByteBuffer(bytes(component))
        if not buffer.is_readable():
            buffer.release()
            return self
        self._ends.append(self.writer_index + buffer.readable_bytes())
        self._components.append(buffer)
        return self

    # Indices.

    @property
    def reader_index(self) -> int:
        """Where the next read starts."""
        return self._reader

    @reader_index.setter
    def reader_index(self, index: int) -> None:
        if not 0 <= index <= self.writer_index:
            raise BufferIndexError(index, 0, 0, self.writer_index)
        self._reader = index

    @property
    def writer_index(self) -> int:
        """Where the last component ends."""
        return self._ends[-1] if self._ends else 0

    def readable_bytes(self) -> int:
        """Bytes from the reader index on."""
        return self.writer_index - self._reader

    def is_readable(self, length: int = 1) -> bool:
        """Whether at least *length* bytes can be read."""
        return self.readable_bytes() >= length

    # Reading.

    def get_byte(self, index: int) -> int:
        """The byte at *index*; no index moves."""
        return self.get_bytes(index, 1)[0]

    def get_bytes(self, index: int, length: int) -> bytes:
        """*length* bytes from *index* on; no index moves."""
        return b"".join(self._views(index, length))

    def get_readable_bytes(self) -> bytes:
        """All bytes from the reader index on, joined; the reader index stays."""
        return self.get_bytes(self._reader, self.readable_bytes())

    def views(self) -> list[memoryview]:
        """The readable bytes as a view of each component, for whoever sends several at once."""
        return self._views(self._reader, self.readable_bytes())

    def read_byte(self) -> int:
        """The next byte."""
        return self.read_bytes(1)[0]

    def read_bytes(self, length: int) -> memoryview:
        """The next *length* bytes, without a copy where they lie within one component."""
        views = self._views(self._reader, length)
        self._reader += length
        return views[0] if len(views) == 1 else memoryview(b"".join(views))

    def read_slice(self, length: int) -> ByteBuffer:
        """The next *length* bytes as a buffer with a life of its own."""
        found = self.get_bytes(self._reader, length)
        self._reader += length
        return ByteBuffer(found)

    def skip_bytes(self, length: int) -> CompositeByteBuffer:
        """Move the reader index forward by *length* bytes."""
        self._check_bounds(self._reader, length)
        self._reader += length
        return self

    def index_of(self, needle: int | bytes, start: int = 0) -> int:
        """Where *needle* first stands at or after *start*, or -1; found across the borders of components too."""
        self._check_bounds(start, self.writer_index - start)
        found = self.get_bytes(start, self.writer_index - start).find(needle)
        return found + start if found >= 0 else -1

    def _views(self, index: int, length: int) -> list[memoryview]:
        self._check_bounds(index, length)
        views: list[memoryview] = []
        position = bisect_right(self._ends, index)
        while length > 0:
            component = self._components[position]
            begin = component.readable_bytes() - (self._ends[position] - index)
            size = min(length, self._ends[position] - index)
            views.append(component.get_bytes_view(component.reader_index + begin, size))
            index += size
            length -= size
            position += 1
        return views

    def _check_bounds(self, index: int, length: int) -> None:
        self._check_alive()
        if index < 0 or length < 0 or index + length > self.writer_index:
            raise BufferIndexError(index, length, 0, self.writer_index)

    # Components.

    def components(self) -> list[ByteBuffer]:
        """The buffers this one is made of; a copy of the list."""
        return list(self._components)

    def discard_read_components(self) -> CompositeByteBuffer:
        """Release the components that are read to their end."""
        self._check_alive()
        count = bisect_right(self._ends, self._reader)
        gone = self._ends[count - 1] if count else 0
        for component in self._components[:count]:
            component.release()
        del self._components[:count]
        self._ends = [end - gone for end in self._ends[count:]]
        self._reader -= gone
        return self

    def consolidate(self) -> ByteBuffer:
        """The readable bytes in one buffer; this one is released."""
        joined = ByteBuffer(self.get_readable_bytes())
        self.release()
        return joined

    # References.

    @property
    def ref_count(self) -> int:
        """References held; 0 after the last release."""
        return self._refs

    def retain(self, increment: int = 1) -> CompositeByteBuffer:
        """Add references."""
        self._check_alive()
        if increment < 1:
            raise ReleasedBufferError(f"retain of {increment} references: allowed is 1 or more")
        self._refs += increment
        return self

    def release(self, decrement: int = 1) -> bool:
        """Give references back; True if that was the last, whereupon each component is released."""
        if decrement < 1 or self._refs < decrement:
            raise ReleasedBufferError(f"release of {decrement} references, {self._refs} held")
        self._refs -= decrement
        if self._refs > 0:
            return False
        for component in self._components:
            component.release()
        self._components = []
        self._ends = []
        return True

    def _check_alive(self) -> None:
        if self._refs <= 0:
            raise ReleasedBufferError(f"{self!r} was used after its last release")

    def __len__(self) -> int:
        return self.readable_bytes()

    def __bytes__(self) -> bytes:
        return self.get_readable_bytes()

    def __eq__(self, other: object) -> bool:
        if isinstance(other, CompositeByteBuffer | ByteBuffer | bytes | bytearray | memoryview):
            return self.get_readable_bytes() == bytes(other)
        return NotImplemented

    def __hash__(self) -> int:
        return hash(self.get_readable_bytes())

    def __repr__(self) -> str:
        counts = f"ridx={self._reader}, widx={self.writer_index}, components={len(self._components)}"
        return f"CompositeByteBuffer({counts}{', released' if self._refs == 0 else ''})"
