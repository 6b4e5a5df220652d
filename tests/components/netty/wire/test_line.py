"""Lines: Netty's own test cases, byte for byte."""

import random

import pytest

from pyboot.components.netty.errors import TooLongFrameError
from pyboot.components.netty.wire.line import LineReader
from pyboot.testing.codec import read_frames as lines


def test_decode_with_strip() -> None:
    """Netty: LineBasedFrameDecoderTest.testDecodeWithStrip."""
    reader = LineReader(8192)

    assert [b"first", b"second"] == lines(reader, b"first\r\nsecond\nthird")
    assert b"third" == reader.unread()


def test_decode_without_strip() -> None:
    """Netty: testDecodeWithoutStrip."""
    assert [b"first\r\n", b"second\n"] == lines(LineReader(8192, strip_delimiter=False), b"first\r\nsecond\nthird")


def test_too_long_line_1() -> None:
    """Netty: testTooLongLine1; the line behind one that is too long is read."""
    reader = LineReader(16, strip_delimiter=False)

    assert [TooLongFrameError, b"first\n"] == lines(reader, b"12345678901234567890\r\nfirst\nsecond")


def test_too_long_line_2() -> None:
    """Netty: testTooLongLine2; no error until the end of the line has come."""
    reader = LineReader(16, strip_delimiter=False)

    assert [] == lines(reader, b"12345678901234567")
    assert [TooLongFrameError, b"first\r\n"] == lines(reader, b"890\r\nfirst\r\n")


def test_too_long_line_with_fail_fast() -> None:
    """Netty: testTooLongLineWithFailFast; one error, at once, then silence until the line has ended."""
    reader = LineReader(16, strip_delimiter=False, fail_fast=True)

    assert [TooLongFrameError] == lines(reader, b"12345678901234567")
    assert [] == lines(reader, b"890")
    assert [b"first\r\n"] == lines(reader, b"123\r\nfirst\r\n")


def test_decode_splits_correctly() -> None:
    """Netty: testDecodeSplitsCorrectly."""
    assert [b"line\r\n", b".\r\n"] == lines(LineReader(8192, strip_delimiter=False), b"line\r\n.\r\n")


def test_fragmented_decode() -> None:
    """Netty: testFragmentedDecode; a carriage return at the end of a chunk belongs to the end of its line."""
    reader = LineReader(8192, strip_delimiter=False)

    assert [b"huuhaa\r\n", b"huuhaa\r\n"] == lines(reader, b"huu", b"haa\r", b"\nhuuhaa\r\n")


def test_empty_line() -> None:
    """Netty: testEmptyLine."""
    assert [b"", b"abcna"] == lines(LineReader(8192), b"\nabcna\r\n")


def test_not_fail_fast() -> None:
    """Netty: testNotFailFast."""
    reader = LineReader(2)

    assert [] == lines(reader, b"\x00\x01\x02", b"\x03\x04")
    assert [TooLongFrameError] == lines(reader, b"\n")
    assert [b"5"] == lines(reader, b"5\n")


def test_a_lone_carriage_return_is_data() -> None:
    """Only in front of a line feed it is part of the end."""
    assert [b"a\rb", b"\r", b"c"] == lines(LineReader(8192), b"a\rb\n\r\r\nc\r\n")


def test_a_longest_line_passes_however_it_is_cut() -> None:
    """The limit does not count the end of the line, even when its first half comes alone."""
    for chunks in ([b"12345\r\n"], [b"12345\r", b"\n"], [b"12345", b"\r\n"], [b"1234", b"5\r", b"\n"]):
        for fail_fast in (False, True):
            assert [b"12345"] == lines(LineReader(5, fail_fast=fail_fast), *chunks)


def test_one_byte_more_does_not_pass_however_it_is_cut() -> None:
    """A carriage return that does not end the line counts."""
    for chunks in ([b"123456\n"], [b"12345\r", b"x\n"], [b"12345", b"6\n"], [b"12345\r", b"\r", b"\n"]):
        for fail_fast in (False, True):
            assert [TooLongFrameError, b"ok"] == lines(LineReader(5, fail_fast=fail_fast), *chunks, b"ok\n")


def test_the_length_of_a_line_that_is_too_long_is_told_without_its_end() -> None:
    """The same number however it was cut."""
    for chunks in ([b"12345678\r\n"], [b"1234567", b"8\r\n"], [b"12345678\r", b"\n"]):
        reader = LineReader(5)
        with pytest.raises(TooLongFrameError) as caught:  # noqa: PT012  # whichever chunk it is
            for chunk in chunks:
                reader.feed(chunk)
                reader.next_frame()
        assert 8 == caught.value.length


def test_what_is_kept_of_an_unfinished_line_is_bounded() -> None:
    """Whatever comes without an end, no more than a line's length is held."""
    reader = LineReader(100)
    for _ in range(1000):
        lines(reader, b"x" * 50)

    assert b"" == reader.unread()
    assert not reader.is_between_frames()


def test_many_lines_that_are_too_long_in_one_chunk_do_not_nest() -> None:
    """Skipping is a loop, not a recursion, whatever a peer sends."""
    reader = LineReader(2, fail_fast=True)
    assert [TooLongFrameError] == lines(reader, b"xxxx")

    assert [TooLongFrameError] * 5000 == lines(reader, b"\n" + b"xxxx\n" * 5000)


def test_a_length_below_one_is_refused() -> None:
    """A line of no bytes is all it would let pass."""
    with pytest.raises(ValueError, match="max_line_bytes 0"):
        LineReader(0)


@pytest.mark.parametrize("seed", range(40))
def test_any_lines_come_out_however_the_stream_is_cut(seed: int) -> None:
    """With both ends, with empty ones, with carriage returns inside, and with too long ones, of which each is told once."""
    chance = random.Random(seed)
    for _ in range(25):
        limit, strips, skips_empty = chance.choice([3, 5, 50]), chance.random() < 0.5, chance.random() < 0.5
        bodies = [
            bytes(chance.choices(b"ab\r", k=chance.choice([0, 0, 1, 2, 3, 4, 5, 6, 9]))).rstrip(b"\r")
            for _ in range(chance.randrange(1, 8))
        ]
        ends = [chance.choice([b"\n", b"\r\n"]) for _ in bodies]
        stream = b"".join(body + end for body, end in zip(bodies, ends, strict=True))
        expected = [
            TooLongFrameError if len(body) > limit else body if strips else body + end
            for body, end in zip(bodies, ends, strict=True)
            if body or not skips_empty
        ]
        cuts = sorted(chance.randrange(len(stream) + 1) for _ in range(chance.randrange(6)))
        chunks = [stream[low:high] for low, high in zip([0, *cuts], [*cuts, len(stream)], strict=True)]
        reader = LineReader(limit, strip_delimiter=strips, fail_fast=chance.random() < 0.5, ignore_empty=skips_empty)
        assert expected == lines(reader, *chunks), (seed, limit, strips, skips_empty, chunks)
        assert reader.is_between_frames()
