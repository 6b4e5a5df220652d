"""Frames with a varint in front: Netty's ProtobufVarint32 cases, byte for byte."""

import pytest

from pyboot.components.netty.errors import CorruptedFrameError, TooLongFrameError
from pyboot.components.netty.wire.varint import VarintLengthReader, varint32


@pytest.mark.parametrize(
    ("value", "content"),
    [(0, b"\x00"), (1, b"\x01"), (127, b"\x7f"), (128, b"\x80\x01"), (300, b"\xac\x02"), (2**32 - 1, b"\xff\xff\xff\xff\x0f")],
)
def test_numbers_become_varints(value: int, content: bytes) -> None:
    """Seven bits a byte, the lowest first."""
    assert content == varint32(value)


@pytest.mark.parametrize("value", [-1, 2**32])
def test_other_numbers_are_refused(value: int) -> None:
    """They have no varint of 32 bits."""
    with pytest.raises(ValueError, match=f"number {value} does not fit in a varint32"):
        varint32(value)


def test_a_big_frame_in_pieces() -> None:
    """Netty: testBigDecode; 2046 bytes behind a varint of two."""
    reader = VarintLengthReader(4096)
    body = b"\x01" * 2046
    reader.feed(b"\xfe")
    assert reader.next_frame() is None
    reader.feed(b"\x0f" + body[:1000])
    assert reader.next_frame() is None
    reader.feed(body[1000:])

    assert body == reader.next_frame()


@pytest.mark.parametrize("content", [b"\xff\xff\xff\xff\x1f", b"\x80\x80\x80\x80\x80\x01", b"\xff\xff\xff\xff\xff"])
def test_a_varint_of_more_than_32_bits_is_corrupt(content: bytes) -> None:
    """As soon as that is seen."""
    reader = VarintLengthReader(4096)
    reader.feed(content)
    with pytest.raises(CorruptedFrameError, match="no varint of 32 bits"):
        reader.next_frame()


def test_a_frame_that_is_too_long_is_skipped() -> None:
    """The next one is read."""
    reader = VarintLengthReader(3)
    reader.feed(b"\x04ab")
    with pytest.raises(TooLongFrameError, match="frame of 4 bytes, limit 3"):
        reader.next_frame()
    assert not reader.is_between_frames()
    reader.feed(b"cd\x01x")

    assert b"x" == reader.next_frame()
    assert reader.is_between_frames()


def test_the_varint_is_handed_over_with_the_rest() -> None:
    """Whoever goes on with the stream needs it."""
    reader = VarintLengthReader(4096)
    for chunk in (b"\xac", b"\x02he"):
        reader.feed(chunk)
        assert reader.next_frame() is None

    assert b"\xac\x02he" == reader.unread()
    assert reader.is_between_frames()
