"""Frames with a length field: Netty's seven shapes and its own test cases, byte for byte."""

from typing import Any

import pytest

from pyboot.components.netty.errors import CorruptedFrameError, TooLongFrameError
from pyboot.components.netty.wire.length_field import LengthFieldReader
from pyboot.testing.codec import read_frames as frames

HELLO = b"HELLO, WORLD"


SHAPES: dict[str, tuple[dict[str, Any], bytes, bytes]] = {
    "2 bytes length field at offset 0, do not strip header": (
        {"length_field_offset": 0, "length_field_length": 2},
        b"\x00\x0c" + HELLO,
        b"\x00\x0c" + HELLO,
    ),
    "2 bytes length field at offset 0, strip header": (
        {"length_field_offset": 0, "length_field_length": 2, "initial_bytes_to_strip": 2},
        b"\x00\x0c" + HELLO,
        HELLO,
    ),
    "2 bytes length field at offset 0, the length field counts itself": (
        {"length_field_offset": 0, "length_field_length": 2, "length_adjustment": -2},
        b"\x00\x0e" + HELLO,
        b"\x00\x0e" + HELLO,
    ),
    "3 bytes length field at the end of 5 bytes header": (
        {"length_field_offset": 2, "length_field_length": 3},
        b"\xca\xfe\x00\x00\x0c" + HELLO,
        b"\xca\xfe\x00\x00\x0c" + HELLO,
    ),
    "3 bytes length field at the beginning of 5 bytes header": (
        {"length_field_offset": 0, "length_field_length": 3, "length_adjustment": 2},
        b"\x00\x00\x0c\xca\xfe" + HELLO,
        b"\x00\x00\x0c\xca\xfe" + HELLO,
    ),
    "2 bytes length field in the middle of 4 bytes header, strip the first header field and the length": (
        {"length_field_offset": 1, "length_field_length": 2, "length_adjustment": 1, "initial_bytes_to_strip": 3},
        b"\xca\x00\x0c\xfe" + HELLO,
        b"\xfe" + HELLO,
    ),
    "the same, the length field counts the whole message": (
        {"length_field_offset": 1, "length_field_length": 2, "length_adjustment": -3, "initial_bytes_to_strip": 3},
        b"\xca\x00\x10\xfe" + HELLO,
        b"\xfe" + HELLO,
    ),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_the_seven_shapes_of_netty(shape: str) -> None:
    """Each diagram of the javadoc of LengthFieldBasedFrameDecoder."""
    parameters, before, after = SHAPES[shape]

    assert [after, after] == frames(LengthFieldReader(1024, **parameters), before + before)
    assert [after, after] == frames(LengthFieldReader(1024, **parameters), *(bytes([byte]) for byte in before + before))


@pytest.mark.parametrize(
    ("width", "order", "field"),
    [
        (1, "big", b"\x03"),
        (1, "little", b"\x03"),
        (2, "big", b"\x00\x03"),
        (2, "little", b"\x03\x00"),
        (3, "big", b"\x00\x00\x03"),
        (3, "little", b"\x03\x00\x00"),
        (4, "big", b"\x00\x00\x00\x03"),
        (4, "little", b"\x03\x00\x00\x00"),
        (8, "big", b"\x00\x00\x00\x00\x00\x00\x00\x03"),
        (8, "little", b"\x03\x00\x00\x00\x00\x00\x00\x00"),
    ],
)
def test_widths_and_orders(width: int, order: Any, field: bytes) -> None:
    """Every width of the seed, in both byte orders."""
    assert [b"abc"] == frames(LengthFieldReader(1024, 0, width, 0, width, byte_order=order), field + b"abc")


def test_a_frame_of_no_bytes_is_a_frame() -> None:
    """An empty message is not the lack of one."""
    assert [b"", b"", b"x"] == frames(LengthFieldReader(1024, 0, 1, 0, 1), b"\x00\x00\x01x")


def test_a_length_past_the_sign_is_a_length_up_to_four_bytes() -> None:
    """Lengths are unsigned: 0xFFFFFFFF is a frame that is too long, not one of -1 bytes."""
    assert [TooLongFrameError] == frames(LengthFieldReader(1024, 0, 4), b"\xff\xff\xff\xff")


def test_a_negative_length_of_eight_bytes_is_corrupt() -> None:
    """As in Netty, whose numbers of eight bytes are signed; reading goes on behind the header."""
    assert [CorruptedFrameError, b"\x00" * 7 + b"\x01x"] == frames(LengthFieldReader(1024, 0, 8), b"\xff" * 8 + b"\x00" * 7 + b"\x01x")


def test_an_adjustment_makes_no_negative_length_right() -> None:
    """It is refused for what it is, before anything is added to it."""
    reader = LengthFieldReader(1024, 0, 8, 100)
    reader.feed(b"\xff" * 8)

    with pytest.raises(CorruptedFrameError, match="negative"):
        reader.next_frame()


def test_a_length_near_the_end_of_the_numbers_is_too_long() -> None:
    """The sum with the header does not overflow."""
    assert [TooLongFrameError] == frames(LengthFieldReader(1024, 0, 8), b"\x7f" + b"\xff" * 7)


def test_a_length_that_does_not_cover_its_own_header_is_corrupt() -> None:
    """Reading goes on behind the header."""
    reader = LengthFieldReader(1024, 0, 2, length_adjustment=-2)

    assert [CorruptedFrameError, b"\x00\x03x"] == frames(reader, b"\x00\x01\x00\x03x")


def test_stripping_more_than_the_frame_is_corrupt() -> None:
    """The frame is skipped as a whole, once it is here."""
    reader = LengthFieldReader(1024, 0, 1, initial_bytes_to_strip=3)

    assert [CorruptedFrameError, b"yz"] == frames(reader, b"\x01", b"x\x04wxyz")


def test_discard_too_long_frame_1() -> None:
    """Netty: LengthFieldBasedFrameDecoderTest.testDiscardTooLongFrame1."""
    reader = LengthFieldReader(16, 0, 4)

    assert [TooLongFrameError, b"\x00\x00\x00\x01a"] == frames(reader, b"\x00\x00\x00\x20" + bytes(32) + b"\x00\x00\x00\x01a")


def test_discard_too_long_frame_2() -> None:
    """Netty: testDiscardTooLongFrame2; the same in two chunks."""
    reader = LengthFieldReader(16, 0, 4)
    stream = b"\x00\x00\x00\x20" + bytes(32) + b"\x00\x00\x00\x01a"

    assert [TooLongFrameError] == frames(reader, stream[:14])
    assert [b"\x00\x00\x00\x01a"] == frames(reader, stream[14:])


def test_fail_slow_too_long_frame_recovery() -> None:
    """Netty: testFailSlowTooLongFrameRecovery; the error comes when the frame has gone by."""
    reader = LengthFieldReader(5, 0, 4, 0, 4, fail_fast=False)

    for _ in range(2):
        assert [] == frames(reader, b"\x00\x00\x00\x02")
        assert [TooLongFrameError] == frames(reader, b"\x00\x00")
        assert [b"A"] == frames(reader, b"\x00\x00\x00\x01A")


def test_fail_fast_too_long_frame_recovery() -> None:
    """Netty: testFailFastTooLongFrameRecovery; the error comes as soon as the length is known."""
    reader = LengthFieldReader(5, 0, 4, 0, 4)

    for _ in range(2):
        assert [TooLongFrameError] == frames(reader, b"\x00\x00\x00\x02")
        assert [b"A"] == frames(reader, b"\x00\x00\x00\x00\x00\x01A")


def test_a_longest_frame_passes_and_one_byte_more_does_not() -> None:
    """The limit counts the frame before stripping."""
    reader = LengthFieldReader(5, 0, 1, 0, 1)

    assert [b"four", TooLongFrameError] == frames(reader, b"\x04four\x05fiveX")


def test_the_error_tells_the_length_and_the_limit() -> None:
    """In bytes."""
    reader = LengthFieldReader(16, 0, 4)
    reader.feed(b"\x00\x00\x00\x20")

    with pytest.raises(TooLongFrameError, match="frame of 36 bytes, limit 16"):
        reader.next_frame()


def test_a_stream_that_ends_while_a_frame_is_discarded_ends_in_a_frame() -> None:
    """Even though nothing of it is kept."""
    reader = LengthFieldReader(16, 0, 4)

    frames(reader, b"\x00\x00\x00\x20")
    assert not reader.is_between_frames()
    frames(reader, bytes(32))
    assert reader.is_between_frames()


def test_nothing_is_copied_where_a_frame_lies_within_a_chunk() -> None:
    """A chunk that is one frame comes out as the very object that went in."""
    chunk = b"\x00\x00\x00\x05hello"
    reader = LengthFieldReader(1024, 0, 4)
    reader.feed(chunk)
    frame = reader.next_frame()

    assert frame is not None
    assert frame.get_readable_bytes() is chunk


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"length_field_length": 5}, "length_field_length 5, allowed is one of 1, 2, 3, 4, 8"),
        ({"length_field_offset": -1}, "length_field_offset -1"),
        ({"initial_bytes_to_strip": -1}, "initial_bytes_to_strip -1"),
        ({"max_frame_bytes": 3}, "max_frame_bytes 3"),
    ],
)
def test_parameters_that_contradict_each_other_are_refused(parameters: dict[str, int], said: str) -> None:
    """When the reader is made, not when the first frame comes."""
    with pytest.raises(ValueError, match=said):
        LengthFieldReader(**{"max_frame_bytes": 1024, "length_field_offset": 0, "length_field_length": 4} | parameters)
