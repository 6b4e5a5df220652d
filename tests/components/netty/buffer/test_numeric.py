"""Numbers: every width, both orders, read, written, got and set."""

from typing import Any

import pytest

from pyboot.components.netty.buffer.byte_buffer import ByteBuffer
from pyboot.components.netty.buffer.endian import Endian
from pyboot.components.netty.errors import BufferIndexError

BIG, LITTLE = Endian.BIG_ENDIAN, Endian.LITTLE_ENDIAN

NUMBERS = [
    ("short", BIG, -2, b"\xff\xfe"),
    ("short", LITTLE, -2, b"\xfe\xff"),
    ("ushort", BIG, 0x0102, b"\x01\x02"),
    ("ushort", LITTLE, 0xFF02, b"\x02\xff"),
    ("int16", BIG, 0x0102, b"\x01\x02"),
    ("int16", LITTLE, -32768, b"\x00\x80"),
    ("uint16", BIG, 65535, b"\xff\xff"),
    ("uint16", LITTLE, 0x0102, b"\x02\x01"),
    ("medium", BIG, -2, b"\xff\xff\xfe"),
    ("medium", LITTLE, 0x010203, b"\x03\x02\x01"),
    ("umedium", BIG, 0xFF0203, b"\xff\x02\x03"),
    ("umedium", LITTLE, 0xFF0203, b"\x03\x02\xff"),
    ("int", BIG, -2, b"\xff\xff\xff\xfe"),
    ("int", LITTLE, 0x01020304, b"\x04\x03\x02\x01"),
    ("uint", BIG, 0xFF020304, b"\xff\x02\x03\x04"),
    ("uint", LITTLE, 0xFF020304, b"\x04\x03\x02\xff"),
    ("long", BIG, -2, b"\xff\xff\xff\xff\xff\xff\xff\xfe"),
    ("long", LITTLE, 0x0102030405060708, b"\x08\x07\x06\x05\x04\x03\x02\x01"),
    ("ulong", BIG, 2**64 - 1, b"\xff\xff\xff\xff\xff\xff\xff\xff"),
    ("ulong", LITTLE, 2**63, b"\x00\x00\x00\x00\x00\x00\x00\x80"),
    ("float", BIG, 1.5, b"\x3f\xc0\x00\x00"),
    ("float", LITTLE, -2.0, b"\x00\x00\x00\xc0"),
    ("double", BIG, 1.5, b"\x3f\xf8\x00\x00\x00\x00\x00\x00"),
    ("double", LITTLE, -2.0, b"\x00\x00\x00\x00\x00\x00\x00\xc0"),
]
every_number = pytest.mark.parametrize(("kind", "order", "value", "content"), NUMBERS, ids=lambda value: str(getattr(value, "name", value)))


@every_number
def test_a_number_is_written_and_read_back(kind: str, order: Endian, value: float, content: bytes) -> None:
    """Its bytes are those of the wire, its value that of the program."""
    buffer: Any = ByteBuffer(0)
    getattr(buffer, f"write_{kind}")(value, endian=order)

    assert content == buffer.get_readable_bytes()
    assert value == getattr(buffer, f"read_{kind}")(endian=order)
    assert 0 == buffer.readable_bytes()


@every_number
def test_a_number_is_set_and_got_without_moving_an_index(kind: str, order: Endian, value: float, content: bytes) -> None:
    """The index counts from the start of the buffer."""
    buffer: Any = ByteBuffer(bytearray(b"<" + bytes(len(content)) + b">")).skip_bytes(1)
    getattr(buffer, f"set_{kind}")(1, value, endian=order)

    assert b"<" + content + b">" == buffer.get_bytes(0, len(content) + 2)
    assert value == getattr(buffer, f"get_{kind}")(1, endian=order)
    assert 1 == buffer.reader_index


@every_number
def test_a_number_that_is_not_whole_is_not_read(kind: str, order: Endian, value: float, content: bytes) -> None:
    """One byte is missing; the reader index stays."""
    buffer: Any = ByteBuffer(content[:-1])

    with pytest.raises(BufferIndexError):
        getattr(buffer, f"read_{kind}")(endian=order)
    with pytest.raises(BufferIndexError):
        getattr(buffer, f"get_{kind}")(0, endian=order)
    assert 0 == buffer.reader_index


def test_single_bytes_with_and_without_sign() -> None:
    """They have no order."""
    buffer = ByteBuffer(0).write_int8(-1).write_uint8(200)

    assert (b"\xff\xc8", -1, 200) == (buffer.get_readable_bytes(), buffer.read_int8(), buffer.read_uint8())
    assert (-2, 3) == (buffer.set_int8(0, -2).get_int8(0), buffer.set_uint8(1, 3).get_uint8(1))


@pytest.mark.parametrize(
    ("width", "order", "value", "content"),
    [
        (1, BIG, 0xFE, b"\xfe"),
        (2, BIG, -2, b"\xff\xfe"),
        (3, BIG, 1022, b"\x00\x03\xfe"),
        (3, LITTLE, 1022, b"\xfe\x03\x00"),
        (5, LITTLE, 1, b"\x01\x00\x00\x00\x00"),
        (8, BIG, -1, b"\xff\xff\xff\xff\xff\xff\xff\xff"),
    ],
)
def test_numbers_of_any_width_as_the_published_package_has_them(width: int, order: Endian, value: int, content: bytes) -> None:
    """Signed where the width is 2, 4 or 8."""
    buffer = ByteBuffer(0).write_int_n(value, width, order)

    assert content == buffer.get_readable_bytes()
    assert value == buffer.read_int_n(width, order)


def test_the_words_big_and_little_say_the_same() -> None:
    """As in `int.to_bytes`."""
    assert (0x0102, 0x0201) == (ByteBuffer(b"\x01\x02").read_short("big"), ByteBuffer(b"\x01\x02").read_short("little"))


@pytest.mark.parametrize(
    ("kind", "value", "said"), [("ushort", 65536, "0 to 65535"), ("uint8", -1, "0 to 255"), ("short", 32768, "-32768 to 32767")]
)
def test_a_number_that_does_not_fit_is_refused_instead_of_cut(kind: str, value: int, said: str) -> None:
    """Cutting it would send another number, and nobody would know."""
    buffer: Any = ByteBuffer(0)

    with pytest.raises(ValueError, match=f"number {value} does not fit in . bytes: allowed is {said}"):
        getattr(buffer, f"write_{kind}")(value)
    assert 0 == buffer.readable_bytes()
