"""Buffers without a pool. Netty's UnpooledTest among it."""

import pytest

from pyboot.components.netty.buffer.byte_buffer import ByteBuffer
from pyboot.components.netty.buffer.composite import CompositeByteBuffer
from pyboot.components.netty.buffer.message import release
from pyboot.components.netty.buffer.unpooled import EMPTY_BUFFER, copied_buffer, wrapped_buffer
from pyboot.components.netty.errors import BufferIndexError


def test_the_empty_buffer_holds_nothing_and_cannot_be_spent() -> None:
    """Everybody shares it."""
    for _ in range(3):
        release(EMPTY_BUFFER)
        assert EMPTY_BUFFER.release() is False
        EMPTY_BUFFER.retain(2)

    assert (0, 0, 0, 1, b"", b"") == (
        EMPTY_BUFFER.readable_bytes(),
        EMPTY_BUFFER.capacity,
        EMPTY_BUFFER.max_capacity,
        EMPTY_BUFFER.ref_count,
        bytes(EMPTY_BUFFER),
        EMPTY_BUFFER.take_bytes(),
    )
    EMPTY_BUFFER.write_bytes(b"")
    with pytest.raises(BufferIndexError):
        EMPTY_BUFFER.write_byte(1)
    assert b"" == EMPTY_BUFFER.clear().copy()


def test_what_is_wrapped_is_not_copied() -> None:
    """One part is itself, several are a composite that owns them."""
    array, buffer, other = bytearray(b"abc"), ByteBuffer(b"de"), ByteBuffer(b"f")
    wrapped = wrapped_buffer(array)
    array[0] = 0x7A
    both = wrapped_buffer(buffer, other, b"g", memoryview(b"h"))

    assert (b"zbc", b"defgh", CompositeByteBuffer) == (bytes(wrapped), bytes(both), type(both))
    assert wrapped_buffer() is EMPTY_BUFFER
    assert wrapped_buffer(both) is both
    both.release()
    assert (0, 0) == (buffer.ref_count, other.ref_count)


def test_what_is_copied_is_ones_own() -> None:
    """Text too; buffers keep their reference."""
    buffer = ByteBuffer(bytearray(b"abc"))
    copied = copied_buffer(buffer, "ä", b"\0", encoding="latin-1")
    buffer.set_byte(0, 0)

    assert (b"abc\xe4\0", 1) == (bytes(copied.write_bytes(b"")), buffer.ref_count)
    with pytest.raises(TypeError):
        copied_buffer(7)  # type: ignore[arg-type]  # which is the point
