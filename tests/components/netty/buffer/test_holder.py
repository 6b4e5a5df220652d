"""Messages around a buffer. Netty's DefaultByteBufHolderTest among it."""

from dataclasses import dataclass

import pytest

from pyboot.components.netty.buffer.byte_buffer import ByteBuffer
from pyboot.components.netty.buffer.holder import ByteBufferHolder
from pyboot.components.netty.errors import ReleasedBufferError


@dataclass(frozen=True)
class Chunk(ByteBufferHolder):
    """A numbered piece."""

    content: ByteBuffer | bytes
    number: int


def test_its_references_are_those_of_its_content() -> None:
    """Both ways."""
    buffer = ByteBuffer(b"abc")
    chunk = Chunk(buffer, 1)

    assert chunk is chunk.retain()
    assert (2, 2) == (chunk.ref_count, buffer.ref_count)
    buffer.release()
    assert chunk.release()
    assert (0, 0) == (chunk.ref_count, buffer.ref_count)
    with pytest.raises(ReleasedBufferError):
        chunk.retain()


def test_bytes_have_one_reference_that_stays() -> None:
    """They cost nobody anything."""
    chunk = Chunk(b"abc", 1)

    assert (False, 1) == (chunk.retain().release(), chunk.ref_count)
    assert (b"abc", b"abc", b"abc") == (chunk.copy().content, chunk.duplicate().content, chunk.retained_duplicate().content)


def test_a_duplicate_has_indices_of_its_own() -> None:
    """Whoever reads it leaves the message unread for others."""
    chunk = Chunk(ByteBuffer(b"abc"), 7)
    twin = chunk.duplicate()
    assert isinstance(chunk.content, ByteBuffer)
    assert isinstance(twin.content, ByteBuffer)
    twin.content.skip_bytes(2)

    assert (b"c", b"abc", 1) == (bytes(twin.content), bytes(chunk.content), chunk.ref_count)


def test_a_duplicate_shares_and_a_copy_does_not() -> None:
    """What else the message says goes with both."""
    chunk = Chunk(ByteBuffer(bytearray(b"abc")), 7)
    twin, copied = chunk.retained_duplicate(), chunk.copy()
    assert isinstance(chunk.content, ByteBuffer)
    chunk.content.set_byte(0, 0x7A)

    assert (b"zbc", b"abc", 7, 7) == (bytes(twin.content), bytes(copied.content), twin.number, copied.number)
    assert (2, 1) == (chunk.ref_count, copied.ref_count)
    assert b"other" == chunk.replace(b"other").content
