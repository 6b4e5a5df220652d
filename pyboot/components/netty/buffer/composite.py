"""CompositeByteBuffer: several buffers used as one, without copying them together.

::

      component 0     component 1          component 2
    +-------------+-------------------+---------------------+
    | "HELLO"     | ", "              | "WORLD"             |     readable: "HELLO, WORLD"
    +-------------+-------------------+---------------------+
    0             5                   7                     12   _ends: 5, 7, 12

What is added is readable at once; Netty's ``addComponent`` leaves the writer index where it was, its most common trap. What is written
goes behind the last component, into one of its own. Source: Netty's ``CompositeByteBuf``.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from typing import final

from pyboot.components.netty.errors import BufferIndexError, ReadOnlyBufferError, ReleasedBufferError

from .byte_buffer import ByteBuffer, BytesLike
from .content import Content, plain_bytes
from .region import DEFAULT_CAPACITY, MAX_CAPACITY
from .textual import Text

__all__ = ["CompositeByteBuffer"]


@final
class CompositeByteBuffer(Text):
    """A sequence of buffers with one reader index over all of them. It owns them: its last release releases each.

    Reads and writes that lie within one component copy nothing; one that spans several copies just its own bytes. Every use after
    the last release raises `ReleasedBufferError`, of its slices too. It has no room behind the
    last component, and no writer index that could be moved: docs/reference/codecs/buffers.md lists what a `ByteBuffer` has besides.
    """

    def __init__(self, components: Iterable[BytesLike | CompositeByteBuffer] = ()) -> None:
        self._components: list[ByteBuffer] = []
        self._starts: list[int] = []  # where in each component its bytes begin
        self._ends: list[int] = []  # where each component ends, counted from the start of the first
        self._reader = 0
        self._mark = 0
        self._refs = 1
        self._tail: ByteBuffer | None = None  # a component for what is written
        self._root: CompositeByteBuffer | None = None  # whose references this one shares: it is a slice or a duplicate
        self._is_read_only = False
        for component in components:
            self.add_component(component)

    # Components.

    def add_component(self, component: BytesLike | CompositeByteBuffer, position: int | None = None) -> CompositeByteBuffer:
        """Append the readable bytes of *component*, or insert them at *position*; the reference of *component* is taken over.

        Raises IndexError for a position that does not exist, and `ReadOnlyBufferError` for a slice, whose length cannot change.
        """
        self._check_growing()
        at = len(self._components) if position is None else position
        if not 0 <= at <= len(self._components):
            raise IndexError(f"component {at} of {len(self._components)}")
        for buffer in _parts(component):
            self._insert(at, buffer)
            at += 1
        return self

    def _insert(self, at: int, buffer: ByteBuffer) -> None:
        size = buffer.readable_bytes()
        begin = self._begin(at)
        self._components.insert(at, buffer)
        self._starts.insert(at, buffer.reader_index)
        self._ends[at:] = [begin + size, *(end + size for end in self._ends[at:])]
        # What is put in before the reader index moves it, so that the next byte stays the next byte; at the index it is read next.
        if begin < self._reader:
            self._reader += size
        if begin < self._mark:
            self._mark += size

    def remove_component(self, position: int) -> CompositeByteBuffer:
        """Release the component at *position* and close the gap; raises IndexError where there is none."""
        return self.remove_components(position, 1)

    def remove_components(self, position: int, count: int) -> CompositeByteBuffer:
        """The same for *count* components from *position* on; raises IndexError where there are not so many.

        A reader index or mark within them goes to where they were.
        """
        self._check_growing()
        if position < 0 or count < 0 or position + count > len(self._components):
            raise IndexError(f"components {position} to {position + count} of {len(self._components)}")
        begin = self._begin(position)
        gone = self._begin(position + count) - begin
        for component in self._components[position : position + count]:
            component.release()
        del self._components[position : position + count]
        del self._starts[position : position + count]
        self._ends[position:] = [end - gone for end in self._ends[position + count :]]
        self._reader = self._reader - gone if self._reader >= begin + gone else min(self._reader, begin)
        self._mark = self._mark - gone if self._mark >= begin + gone else min(self._mark, begin)
        return self

    def discard_read_components(self) -> CompositeByteBuffer:
        """Release the components that are read to their end."""
        self._check_alive()
        return self.remove_components(0, bisect_right(self._ends, self._reader))

    def discard_read_bytes(self) -> CompositeByteBuffer:
        """Drop what was read: the components that are read to their end are released, and the next one begins where it is read."""
        self.discard_read_components()
        gone = self._reader
        if gone > 0:
            self._starts[0] += gone
            self._ends = [end - gone for end in self._ends]
            self._mark = max(self._mark - gone, 0)
            self._reader = 0
        return self

    def discard_some_read_bytes(self) -> CompositeByteBuffer:
        """Release the components that are read to their end; dropping a part of one would gain nothing."""
        return self.discard_read_components()

    def clear(self) -> CompositeByteBuffer:
        """Release all components: there is nothing more to read, and both indices are 0."""
        return self.remove_components(0, len(self._components))

    def components(self) -> list[ByteBuffer]:
        """The buffers this one is made of; a copy of the list."""
        self._check_alive()
        return list(self._components)

    def component(self, position: int) -> ByteBuffer:
        """The buffer at *position*, without a reference; raises IndexError where there is none."""
        self._check_alive()
        return self._components[position]

    def component_at(self, index: int) -> int:
        """The position of the component in which the byte at *index* lies."""
        self._check_bounds(index, 1)
        return bisect_right(self._ends, index)

    @property
    def component_count(self) -> int:
        """The number of buffers that this one is made of."""
        self._check_alive()
        return len(self._components)

    def consolidate(self) -> ByteBuffer:
        """The readable bytes in one buffer; this one is released."""
        joined = ByteBuffer(self.get_readable_bytes())
        self.release()
        return joined

    # Indices.

    @property
    def reader_index(self) -> int:
        """The index at which the next read starts."""
        self._check_alive()
        return self._reader

    @reader_index.setter
    def reader_index(self, index: int) -> None:
        if not 0 <= index <= self.writer_index:
            raise BufferIndexError(index, 0, 0, self.writer_index)
        self._reader = index

    @property
    def writer_index(self) -> int:
        """The index at which the last component ends."""
        self._check_alive()
        return self._ends[-1] if self._ends else 0

    @property
    def capacity(self) -> int:
        """Bytes that can be got and set."""
        return self.writer_index

    @property
    def max_capacity(self) -> int:
        """Bytes beyond which it does not grow."""
        return self.writer_index + self.max_writable_bytes()

    @property
    def is_read_only(self) -> bool:
        """True if setting and writing raise `ReadOnlyBufferError`."""
        self._check_alive()
        return self._is_read_only

    def readable_bytes(self) -> int:
        """Bytes from the reader index on."""
        return self.writer_index - self._reader

    def is_readable(self, length: int = 1) -> bool:
        """True if at least *length* bytes can be read."""
        return self.readable_bytes() >= length

    def is_writable(self, length: int = 1) -> bool:
        """True if at least *length* bytes can be written."""
        return self.max_writable_bytes() >= length

    def max_writable_bytes(self) -> int:
        """Bytes that can be written in all; 0 for a slice."""
        end = self.writer_index
        return MAX_CAPACITY - end if self._root is None else 0

    def mark_reader_index(self) -> CompositeByteBuffer:
        """Remember the reader index for `reset_reader_index`."""
        self._mark = self.reader_index
        return self

    def reset_reader_index(self) -> CompositeByteBuffer:
        """Go back to the marked reader index, or to 0."""
        self.reader_index = self._mark
        return self

    # Reading.

    def get_byte(self, index: int) -> int:
        """The byte at *index*; no index moves."""
        return self.get_bytes(index, 1)[0]

    def get_bytes(self, index: int, length: int) -> bytes:
        """*length* bytes from *index* on; no index moves."""
        return b"".join(self._views(index, length))

    def get_bytes_view(self, index: int, length: int) -> memoryview:
        """A view of *length* bytes from *index* on, without a copy where they lie within one component; no index moves."""
        views = self._views(index, length)
        return views[0] if len(views) == 1 else memoryview(b"".join(views))

    def take_bytes(self) -> bytes:
        """The readable bytes as ``bytes``, and this reference released: the last thing its owner does with a buffer."""
        taken = self.get_readable_bytes()
        self.release()
        return taken

    def views(self) -> list[memoryview]:
        """The readable bytes as a view of each component, for whoever sends several at once."""
        return self._views(self.reader_index, self.readable_bytes())

    def read_byte(self) -> int:
        """The next byte."""
        return self.read_bytes(1)[0]

    def read_bytes(self, length: int) -> memoryview:
        """The next *length* bytes, without a copy where they lie within one component."""
        view = self.get_bytes_view(self._reader, length)
        self._reader += length
        return view

    def read_slice(self, length: int) -> ByteBuffer:
        """The next *length* bytes as a buffer with a life of its own."""
        found = self.get_bytes(self._reader, length)
        self._reader += length
        return ByteBuffer(found)

    def read_retained_slice(self, length: int) -> CompositeByteBuffer:
        """The next *length* bytes without a copy, as a slice with a reference added."""
        part = self.retained_slice(self._reader, length)
        self._reader += length
        return part

    def skip_bytes(self, length: int) -> CompositeByteBuffer:
        """Move the reader index forward by *length* bytes."""
        self._check_bounds(self._reader, length)
        self._reader += length
        return self

    def index_of(self, needle: int | bytes, start: int = 0, end: int | None = None) -> int:
        """The index at which *needle* first stands at or after *start*, or -1; found across the borders of components too."""
        high = self.writer_index if end is None else max(end, start)
        # Copied together: a needle may lie across a border, and to search each component and each border costs more than it saves.
        found = self.get_bytes(start, max(high - start, 0)).find(needle)
        return found + start if found >= 0 else -1

    def bytes_before(self, needle: int | bytes) -> int:
        """Readable bytes in front of the first *needle*, or -1."""
        found = self.index_of(needle, self.reader_index)
        return found - self.reader_index if found >= 0 else -1

    # Writing.

    def set_byte(self, index: int, value: int) -> CompositeByteBuffer:
        """Overwrite the byte at *index*; only the low eight bits of *value* count; no index moves."""
        return self.set_bytes(index, bytes((value & 0xFF,)))

    def set_bytes(self, index: int, data: BytesLike | CompositeByteBuffer) -> CompositeByteBuffer:
        """Overwrite from *index* on; no index moves.

        Raises `ReadOnlyBufferError`, and changes nothing, where one of the components concerned is read-only.
        """
        if self.is_read_only:
            raise ReadOnlyBufferError(f"{self!r} is read-only: write to a copy() of it")
        content = plain_bytes(data)
        # All are asked before the first is written to: half of a number overwritten is worse than an error.
        places = self._places(index, len(content))
        for position, _, _ in places:
            if self._components[position].is_read_only:
                raise ReadOnlyBufferError(f"component {position} of {self!r} is read-only")
        done = 0
        for position, at, size in places:
            self._components[position].set_bytes(at, content[done : done + size])
            done += size
        return self

    def write_byte(self, value: int) -> CompositeByteBuffer:
        """Append one byte; only its low eight bits count."""
        return self.write_bytes(bytes((value & 0xFF,)))

    def write_bytes(self, data: BytesLike | CompositeByteBuffer) -> CompositeByteBuffer:
        """Append *data*; of a buffer its readable bytes, whose reader index then stands at their end. `add_component` copies nothing."""
        content = plain_bytes(data)
        self.ensure_writable(len(content))
        tail = self._tail
        if tail is None or not self._components or self._components[-1] is not tail:
            tail = self._tail = ByteBuffer(max(DEFAULT_CAPACITY, len(content)))
            self._insert(len(self._components), tail)
        tail.write_bytes(content)
        self._ends[-1] += len(content)
        if isinstance(data, Content):
            data.reader_index += len(content)
        return self

    def write_from_reader(self, source: Content, length: int | None = None) -> int:
        """Append the next *length* (default: all) readable bytes of *source* and return how many that were."""
        size = source.readable_bytes() if length is None else length
        self.ensure_writable(size)  # before *source* moves: what cannot be written stays there
        self.write_bytes(source.read_bytes(size))
        return size

    def write_zero(self, length: int) -> CompositeByteBuffer:
        """Append *length* zero bytes."""
        self.ensure_writable(length)
        return self.write_bytes(bytes(length))

    def ensure_writable(self, length: int) -> CompositeByteBuffer:
        """Raises `BufferIndexError` where *length* more bytes cannot be written."""
        if not 0 <= length <= self.max_writable_bytes():
            raise BufferIndexError(self.writer_index, length, 0, self.writer_index + self.max_writable_bytes())
        return self

    # Sharing.

    def slice(self, start: int | None = None, length: int | None = None) -> CompositeByteBuffer:
        """*length* bytes from *start* on (default: what is readable), with a reader index of its own; references are shared."""
        low = self.reader_index if start is None else start
        part = CompositeByteBuffer()
        for position, at, size in self._places(low, self.writer_index - low if length is None else length):
            part._insert(len(part._components), self._components[position].slice(at, size))
        part._root = self if self._root is None else self._root
        part._is_read_only = self._is_read_only
        return part

    def retained_slice(self, start: int | None = None, length: int | None = None) -> CompositeByteBuffer:
        """The same as `slice`, with a reference added."""
        part = self.slice(start, length)
        self.retain()
        return part

    def duplicate(self) -> CompositeByteBuffer:
        """All bytes with the same reader index, which moves on its own from here; references are shared."""
        twin = self.slice(0, self.writer_index)
        twin._reader = self._reader
        return twin

    def retained_duplicate(self) -> CompositeByteBuffer:
        """The same as `duplicate`, with a reference added."""
        twin = self.duplicate()
        self.retain()
        return twin

    def as_read_only(self) -> CompositeByteBuffer:
        """A duplicate that cannot be written to: it, its slices and its views raise where somebody tries."""
        twin = self.duplicate()
        twin._components = [component.as_read_only() for component in twin._components]
        twin._is_read_only = True
        return twin

    def copy(self, index: int | None = None, length: int | None = None) -> ByteBuffer:
        """*length* bytes from *index* on (default: what is readable) in writable memory of their own."""
        low = self.reader_index if index is None else index
        return ByteBuffer(bytearray(self.get_bytes(low, self.writer_index - low if length is None else length)))

    # Where bytes lie.

    def _begin(self, position: int) -> int:
        """The index at which the component at *position* begins."""
        return self._ends[position - 1] if position > 0 else 0

    def _places(self, index: int, length: int) -> list[tuple[int, int, int]]:
        """In which components *length* bytes from *index* on lie, where in each, and how many."""
        self._check_bounds(index, length)
        places: list[tuple[int, int, int]] = []
        position = bisect_right(self._ends, index)
        while length > 0:
            size = min(length, self._ends[position] - index)
            if size > 0:
                places.append((position, self._starts[position] + index - self._begin(position), size))
            index += size
            length -= size
            position += 1
        return places

    def _views(self, index: int, length: int) -> list[memoryview]:
        return [self._components[position].get_bytes_view(at, size) for position, at, size in self._places(index, length)]

    def _check_bounds(self, index: int, length: int) -> None:
        end = self.writer_index
        if index < 0 or length < 0 or index + length > end:
            raise BufferIndexError(index, length, 0, end)

    # References.

    @property
    def ref_count(self) -> int:
        """References held; 0 after the last release."""
        return self._refs if self._root is None else self._root._refs

    def retain(self, increment: int = 1) -> CompositeByteBuffer:
        """Add references; raises `ReleasedBufferError` for less than one, and after the last release."""
        self._check_alive()
        if increment < 1:
            raise ReleasedBufferError(f"retain of {increment} references: allowed is 1 or more")
        (self if self._root is None else self._root)._refs += increment
        return self

    def release(self, decrement: int = 1) -> bool:
        """Give references back; True if that was the last, whereupon each component is released.

        Raises `ReleasedBufferError` for more than are held.
        """
        if self._root is not None:
            return self._root.release(decrement)
        if decrement < 1 or self._refs < decrement:
            raise ReleasedBufferError(f"release of {decrement} references, {self._refs} held")
        self._refs -= decrement
        if self._refs > 0:
            return False
        for component in self._components:
            component.release()
        self._components, self._starts, self._ends, self._tail = [], [], [], None
        return True

    def __enter__(self) -> CompositeByteBuffer:
        self._check_alive()
        return self

    def __exit__(self, *error: object) -> None:
        self.release()

    def touch(self, hint: object = None) -> CompositeByteBuffer:
        """Let the leak detector note that the components were here, and *hint*."""
        self._check_alive()
        for component in self._components:
            component.touch(hint)
        return self

    def _check_alive(self) -> None:
        if self.ref_count <= 0:
            raise ReleasedBufferError(f"{self!r} was used after its last release")

    def _check_growing(self) -> None:
        self._check_alive()
        if self._root is not None:
            raise ReadOnlyBufferError(f"{self!r} is a slice: its components are those of another")

    def __repr__(self) -> str:
        end = self._ends[-1] if self._ends else 0
        counts = f"ridx={self._reader}, widx={end}, components={len(self._components)}"
        return f"CompositeByteBuffer({counts}{', released' if self.ref_count == 0 else ''})"


def _parts(component: BytesLike | CompositeByteBuffer) -> list[ByteBuffer]:
    """The parts to add for *component*, each with a reference of its own; the reference to *component* is taken over."""
    if isinstance(component, CompositeByteBuffer):
        low, size = component.reader_index, component.readable_bytes()
        parts = [component._components[position].retained_slice(at, length) for position, at, length in component._places(low, size)]
        component.release()
        return parts
    buffer = component if isinstance(component, ByteBuffer) else ByteBuffer(bytes(plain_bytes(component)))
    if buffer.is_readable():
        return [buffer]
    buffer.release()
    return []
