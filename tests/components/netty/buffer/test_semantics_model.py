"""Buffers against a model of plain lists: any sequence of operations, on buffers that share memory and on several used as one."""

from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from pyboot.components.netty.buffer.allocator import PooledByteBufferAllocator
from pyboot.components.netty.buffer.byte_buffer import ByteBuffer
from pyboot.components.netty.buffer.composite import CompositeByteBuffer
from pyboot.components.netty.errors import BufferIndexError, ReadOnlyBufferError

small = st.integers(-1, 12)
data = st.binary(max_size=12)


@dataclass
class Model:
    """What a buffer is: a part of a block of bytes, of which some are not known, and two indices."""

    block: list[int | None]
    start: int
    capacity: int
    max: int
    reader: int
    writer: int
    is_writable: bool  # the block may be written to where it is
    is_read_only: bool = False

    def cells(self) -> list[int | None]:
        """The bytes from the start of the buffer on."""
        return self.block[self.start : self.start + self.capacity]

    def put(self, index: int, content: bytes) -> None:
        """Set bytes where the block is."""
        self.block[self.start + index : self.start + index + len(content)] = list(content)

    def move(self, capacity: int) -> None:
        """Go on in a block of its own: all bytes go along."""
        self.block = [*self.cells(), *[None] * (capacity - self.capacity)]
        self.start, self.capacity, self.is_writable = 0, capacity, True


class Buffers(RuleBasedStateMachine):
    """One buffer, and slices and duplicates of it and of them."""

    @initialize(content=data, kind=st.sampled_from(["received", "array", "fresh", "pooled", "bounded"]))
    def begin(self, content: bytes, kind: str) -> None:
        pool = PooledByteBufferAllocator()
        made = {
            "received": lambda: ByteBuffer(content),
            "array": lambda: ByteBuffer(bytearray(content)),
            "fresh": lambda: ByteBuffer(8),
            "pooled": lambda: pool.buffer(16),
            "bounded": lambda: pool.buffer(4, 20),
        }[kind]()
        known = content if kind in ("received", "array") else b""
        cells: list[int | None] = [*known, *[None] * (made.capacity - len(known))]
        self.pairs = [(made, Model(cells, 0, made.capacity, made.max_capacity, 0, len(known), kind != "received"))]

    def pick(self, number: int) -> tuple[ByteBuffer, Model]:
        return self.pairs[number % len(self.pairs)]

    def writes(self, buffer: ByteBuffer, model: Model, size: int, operation: Any) -> bool:
        """Do *operation*, which needs *size* bytes behind the writer index; tell whether it may."""
        if model.is_read_only:
            with pytest.raises((ReadOnlyBufferError, BufferIndexError)):
                operation()
            return False
        if size < 0 or model.writer + size > model.max:
            with pytest.raises(BufferIndexError):
                operation()
            return False
        operation()
        if not model.is_writable or model.writer + size > model.capacity:
            assert buffer.capacity >= max(model.capacity, model.writer + size)
            model.move(buffer.capacity)
        return True

    @rule(number=small, content=data)
    def write_bytes(self, number: int, content: bytes) -> None:
        buffer, model = self.pick(number)
        if self.writes(buffer, model, len(content), lambda: buffer.write_bytes(content)):
            model.put(model.writer, content)
            model.writer += len(content)

    @rule(number=small, value=st.integers(-(2**31), 2**31 - 1))
    def write_int(self, number: int, value: int) -> None:
        buffer, model = self.pick(number)
        if self.writes(buffer, model, 4, lambda: buffer.write_int(value)):
            model.put(model.writer, value.to_bytes(4, "big", signed=True))
            model.writer += 4

    @rule(number=small, size=st.integers(-1, 70))
    def ensure_writable(self, number: int, size: int) -> None:
        buffer, model = self.pick(number)
        self.writes(buffer, model, size, lambda: buffer.ensure_writable(size))

    @rule(number=small, other=small, size=small)
    def write_from_another(self, number: int, other: int, size: int) -> None:
        (buffer, model), (source, source_model) = self.pick(number), self.pick(other)
        if buffer is source or model.block is source_model.block:
            return
        if size < 0 or size > source_model.writer - source_model.reader:
            with pytest.raises(BufferIndexError):
                buffer.write_from_reader(source, size)
        elif self.writes(buffer, model, size, lambda: buffer.write_from_reader(source, size)):
            content = source_model.cells()[source_model.reader : source_model.reader + size]
            model.block[model.start + model.writer : model.start + model.writer + size] = content
            model.writer += size
            source_model.reader += size

    @rule(number=small, index=small, content=data)
    def set_bytes(self, number: int, index: int, content: bytes) -> None:
        buffer, model = self.pick(number)
        if index < 0 or index + len(content) > model.capacity:
            with pytest.raises(BufferIndexError):
                buffer.set_bytes(index, content)
        elif self.writes(buffer, model, 0, lambda: buffer.set_bytes(index, content)):
            model.put(index, content)

    @rule(number=small, index=small, size=small)
    def set_zero(self, number: int, index: int, size: int) -> None:
        buffer, model = self.pick(number)
        if index < 0 or size < 0 or index + size > model.capacity:
            with pytest.raises(BufferIndexError):
                buffer.set_zero(index, size)
        elif self.writes(buffer, model, 0, lambda: buffer.set_zero(index, size)):
            model.put(index, bytes(size))

    @rule(number=small, size=small)
    def read_bytes(self, number: int, size: int) -> None:
        buffer, model = self.pick(number)
        if size < 0 or size > model.writer - model.reader:
            with pytest.raises(BufferIndexError):
                buffer.read_bytes(size)
        else:
            self.same(model.cells()[model.reader : model.reader + size], bytes(buffer.read_bytes(size)))
            model.reader += size

    @rule(number=small, reader=small, writer=small)
    def set_indices(self, number: int, reader: int, writer: int) -> None:
        buffer, model = self.pick(number)
        if 0 <= reader <= model.writer:
            buffer.reader_index = model.reader = reader
        if model.reader <= writer <= model.capacity:
            buffer.writer_index = model.writer = writer

    @rule(number=small)
    def clear(self, number: int) -> None:
        buffer, model = self.pick(number)
        buffer.clear()
        model.reader = model.writer = 0

    @rule(number=small, some=st.booleans())
    def discard_read_bytes(self, number: int, some: bool) -> None:
        buffer, model = self.pick(number)
        if some:
            buffer.discard_some_read_bytes()
            if model.reader != model.writer and model.reader * 2 < model.capacity:
                return
        else:
            buffer.discard_read_bytes()
        gone = model.reader
        if model.is_writable and not model.is_read_only:
            left = model.cells()[gone : model.writer]
            model.block[model.start : model.start + len(left)] = left
        else:
            model.start += gone
            model.capacity -= gone
        model.writer -= gone
        model.reader = 0

    @precondition(lambda self: len(self.pairs) < 6)
    @rule(number=small, index=small, size=small)
    def slice(self, number: int, index: int, size: int) -> None:
        buffer, model = self.pick(number)
        if index < 0 or size < 0 or index + size > model.capacity:
            with pytest.raises(BufferIndexError):
                buffer.slice(index, size)
            return
        part = Model(model.block, model.start + index, size, size, 0, size, model.is_writable, model.is_read_only)
        self.pairs.append((buffer.slice(index, size), part))

    @precondition(lambda self: len(self.pairs) < 6)
    @rule(number=small, read_only=st.booleans())
    def duplicate(self, number: int, read_only: bool) -> None:
        buffer, model = self.pick(number)
        twin = Model(**{**model.__dict__, "block": model.block, "is_read_only": model.is_read_only or read_only})
        self.pairs.append((buffer.as_read_only() if read_only else buffer.duplicate(), twin))

    def same(self, expected: list[int | None], found: bytes) -> None:
        assert len(expected) == len(found)
        assert [] == [
            (at, want, got) for at, (want, got) in enumerate(zip(expected, found, strict=True)) if want is not None and want != got
        ]

    @invariant()
    def agree(self) -> None:
        for buffer, model in getattr(self, "pairs", []):
            assert (model.reader, model.writer, model.capacity) == (buffer.reader_index, buffer.writer_index, buffer.capacity)
            assert model.writer - model.reader == buffer.readable_bytes() == len(buffer)
            room = model.capacity - model.writer if model.is_writable and not model.is_read_only else 0
            assert (room, room >= 3, 0 if model.is_read_only else model.max - model.writer) == (
                buffer.writable_bytes(),
                buffer.is_writable(3),
                buffer.max_writable_bytes(),
            )
            self.same(model.cells(), buffer.get_bytes(0, model.capacity))
            self.same(model.cells()[model.reader : model.writer], buffer.get_readable_bytes())


class Composites(RuleBasedStateMachine):
    """Several buffers used as one, against one list of their bytes."""

    def __init__(self) -> None:
        super().__init__()
        self.composite = CompositeByteBuffer()
        self.parts: list[bytearray] = []  # of the components
        self.reader = 0
        self.given: list[ByteBuffer] = []

    def content(self) -> bytes:
        return b"".join(self.parts)

    @rule(content=data, position=small, kind=st.sampled_from(["bytes", "buffer", "skipped", "composite"]))
    def add(self, content: bytes, position: int, kind: str) -> None:
        made: Any = content
        if kind == "buffer":
            made = ByteBuffer(bytearray(content))
        elif kind == "skipped":
            made = ByteBuffer(b"##" + content).skip_bytes(2)
        elif kind == "composite":
            made = CompositeByteBuffer([content[:3], content[3:]])
        if isinstance(made, ByteBuffer):
            self.given.append(made)
        if not 0 <= position <= len(self.parts):
            with pytest.raises(IndexError):
                self.composite.add_component(made, position)
            return
        before = sum(map(len, self.parts[:position]))
        if before < self.reader:
            self.reader += len(content)
        pieces = [content[:3], content[3:]] if kind == "composite" else [content]
        self.parts[position:position] = [bytearray(piece) for piece in pieces if piece]
        self.composite.add_component(made, position)

    @rule(position=small, count=st.integers(-1, 3))
    def remove(self, position: int, count: int) -> None:
        if position < 0 or count < 0 or position + count > len(self.parts):
            with pytest.raises(IndexError):
                self.composite.remove_components(position, count)
            return
        begin = sum(map(len, self.parts[:position]))
        end = begin + sum(map(len, self.parts[position : position + count]))
        if self.reader >= end:
            self.reader -= end - begin
        elif self.reader > begin:
            self.reader = begin
        del self.parts[position : position + count]
        self.composite.remove_components(position, count)

    @rule()
    def discard(self) -> None:
        self.composite.discard_read_components()
        while self.parts and len(self.parts[0]) <= self.reader:
            self.reader -= len(self.parts.pop(0))

    @rule(content=st.binary(min_size=1, max_size=300))
    def write(self, content: bytes) -> None:
        before = self.composite.component_count
        self.composite.write_bytes(content)
        if self.composite.component_count > before:
            self.parts.append(bytearray())
        self.parts[-1] += content

    @rule(index=small, content=data)
    def set_bytes(self, index: int, content: bytes) -> None:
        if index < 0 or index + len(content) > len(self.content()):
            with pytest.raises(BufferIndexError):
                self.composite.set_bytes(index, content)
            return
        self.composite.set_bytes(index, content)
        for byte in content:
            position = self.composite.component_at(index)
            self.parts[position][index - sum(map(len, self.parts[:position]))] = byte
            index += 1

    @rule(size=small)
    def read(self, size: int) -> None:
        if size < 0 or size > len(self.content()) - self.reader:
            with pytest.raises(BufferIndexError):
                self.composite.read_bytes(size)
            return
        assert self.content()[self.reader : self.reader + size] == bytes(self.composite.read_bytes(size))
        self.reader += size

    @rule(index=small, size=small)
    def slice(self, index: int, size: int) -> None:
        if index < 0 or size < 0 or index + size > len(self.content()):
            with pytest.raises(BufferIndexError):
                self.composite.slice(index, size)
            return
        part = self.composite.slice(index, size)
        assert self.content()[index : index + size] == bytes(part)
        if size:
            part.set_byte(0, self.content()[index] ^ 0xFF)  # it writes to the memory that it shares
            owner = self.composite.get_byte(index)
            part.set_byte(0, self.content()[index])
            assert owner in (self.content()[index] ^ 0xFF, self.content()[index])

    @invariant()
    def agree(self) -> None:
        whole = self.content()
        composite = self.composite
        assert (self.reader, len(whole), len(self.parts)) == (composite.reader_index, composite.writer_index, composite.component_count)
        assert whole == composite.get_bytes(0, len(whole))
        assert whole[self.reader :] == bytes(composite) == b"".join(composite.views()) == bytes(composite.duplicate())
        assert whole.find(b"\0") == composite.index_of(b"\0")

    def teardown(self) -> None:
        components = self.composite.components()
        self.composite.release()
        assert all(component.ref_count == 0 for component in components)


rules = settings(max_examples=40, stateful_step_count=25, deadline=None)
TestBuffers = Buffers.TestCase
TestBuffers.settings = rules
TestComposites = Composites.TestCase
TestComposites.settings = rules
