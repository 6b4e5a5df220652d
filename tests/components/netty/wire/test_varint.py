"""Frames with a varint in front: Netty's ProtobufVarint32 cases, byte for byte."""

import random

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


@pytest.mark.parametrize("seed", range(40))
def test_any_frames_come_out_however_the_stream_is_cut(seed: int) -> None:
    """Lengths of one byte and of more, none at all, and too long ones, which are skipped and told with their numbers."""
    chance = random.Random(seed)
    for _ in range(20):
        limit = chance.choice([1, 5, 127, 128, 300, 20_000])
        sizes = [chance.choice([0, 1, 2, 5, 127, 128, 129, 300, 16_383, 16_384]) for _ in range(chance.randrange(1, 5))]
        bodies = [chance.randbytes(size) for size in sizes]
        stream = b"".join(varint32(len(body)) + body for body in bodies)
        expected = [body if len(body) <= limit else f"frame of {len(body)} bytes, limit {limit}" for body in bodies]
        cuts = sorted(chance.randrange(len(stream) + 1) for _ in range(chance.randrange(8)))
        reader, told = VarintLengthReader(limit), []
        for low, high in zip([0, *cuts], [*cuts, len(stream)], strict=True):
            reader.feed(stream[low:high])
            while True:
                try:
                    frame = reader.next_frame()
                except TooLongFrameError as error:
                    told.append(str(error))
                    continue
                if frame is None:
                    break
                told.append(frame.get_readable_bytes())
        assert expected == told, (seed, limit, sizes, cuts)
        assert reader.is_between_frames()


def test_a_bound_below_one_is_refused() -> None:
    """When the reader is made."""
    with pytest.raises(ValueError, match="max_frame_bytes 0, must be at least 1"):
        VarintLengthReader(0)
