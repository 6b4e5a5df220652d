"""What a message is made of, and how it is given back."""

from dataclasses import dataclass
from typing import Any

import pytest

from pyboot.components.netty.buffer.byte_buffer import ByteBuffer
from pyboot.components.netty.buffer.composite import CompositeByteBuffer
from pyboot.components.netty.buffer.holder import ByteBufferHolder
from pyboot.components.netty.buffer.message import bytes_of, release, size_of, take_bytes


@dataclass
class Chunk(ByteBufferHolder):
    """A message that says more than its bytes."""

    content: Any
    number: int = 0


class Counted:
    """Somebody's own message with references."""

    def __init__(self) -> None:
        self.ref_count = 1

    def retain(self, increment: int = 1) -> "Counted":
        self.ref_count += increment
        return self

    def release(self, decrement: int = 1) -> bool:
        self.ref_count -= decrement
        return self.ref_count == 0


class Lock:
    """Something whose release is none of ours."""

    def release(self) -> None:
        raise AssertionError("this is no reference")


COUNTED = [
    lambda: ByteBuffer(b"ab"),
    lambda: ByteBuffer(b"abc").slice(0, 2),
    lambda: CompositeByteBuffer([b"a", b"b"]),
    lambda: Chunk(ByteBuffer(b"ab")),
    lambda: Chunk(Chunk(CompositeByteBuffer([b"ab"]))),
    Counted,
]


@pytest.mark.parametrize("make", COUNTED)
def test_one_reference_of_whatever_has_them_is_given_back(make: Any) -> None:
    """And none beyond the last, whoever released it before."""
    msg = make()
    msg.retain()

    counts = []
    for _ in range(3):
        release(msg)
        counts.append(msg.ref_count)

    assert [1, 0, 0] == counts


def test_what_has_no_references_is_left_alone() -> None:
    """A view stays usable for whoever made it."""
    view = memoryview(b"mine")
    for msg in (None, b"bytes", bytearray(b"array"), view, "text", 7, object(), Lock(), Chunk(b"bytes")):
        release(msg)

    assert b"mine" == bytes(view)


BYTES = [
    (lambda: b"12345678", 8),
    (lambda: bytearray(b"12345678"), 8),
    (lambda: memoryview(b"12345678").cast("I"), 8),
    (lambda: ByteBuffer(b"012345678").skip_bytes(1), 8),
    (lambda: CompositeByteBuffer([b"1234", b"5678"]), 8),
    (lambda: ByteBuffer(b""), 0),
]


@pytest.mark.parametrize(("make", "size"), BYTES)
def test_bytes_are_known_in_whatever_holds_them(make: Any, size: int) -> None:
    """A view counts its bytes, not its items. Looking takes nothing; taking gives the reference back."""
    msg = make()

    assert (size, b"12345678"[:size], b"12345678"[:size]) == (size_of(msg), bytes_of(msg), bytes_of(msg))
    assert 1 == getattr(msg, "ref_count", 1)
    assert b"12345678"[:size] == take_bytes(msg)
    assert 0 == getattr(msg, "ref_count", 0)


@pytest.mark.parametrize("msg", [None, "text", 7, 0, [1, 2], {"content": b"x"}, object()])
def test_what_is_no_bytes_gives_none(msg: object) -> None:
    """A number is not so many NULs, and a list of numbers is a list."""
    assert (0, None, None) == (size_of(msg), bytes_of(msg), take_bytes(msg))


def test_a_holder_counts_for_its_content_and_is_more_than_it() -> None:
    """So whoever wants its bytes asks for the content."""
    chunk = Chunk(ByteBuffer(b"abc"))

    assert (3, None, None, 1) == (size_of(chunk), bytes_of(chunk), take_bytes(chunk), chunk.ref_count)
