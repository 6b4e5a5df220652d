"""Frames ended by delimiters: Netty's own test cases, byte for byte."""

import itertools
from typing import Any

import pytest
from hypothesis import assume, given, settings, strategies as st

from pyboot.components.netty.errors import TooLongFrameError
from pyboot.components.netty.wire.delimiter import DelimiterReader
from pyboot.testing.codec import read_frames as frames

LINES = [b"\r\n", b"\n"]


def test_multiple_lines() -> None:
    """Netty: testMultipleLinesStrippedDelimiters, testMultipleLines."""
    assert [b"TestLine", b"g"] == frames(DelimiterReader(LINES, 8192), b"TestLine\r\ng\r\n")
    assert [b"TestLine\r\n", b"g\r\n"] == frames(DelimiterReader(LINES, 8192, strip_delimiter=False), b"TestLine\r\ng\r\n")


def test_incomplete_lines() -> None:
    """Netty: testIncompleteLinesStrippedDelimiters."""
    assert [b"TestLine", b"g"] == frames(DelimiterReader(LINES, 8192), b"Test", b"Line\r\ng\r\n")


def test_decode() -> None:
    """Netty: testDecode."""
    reader = DelimiterReader(LINES, 8192)

    assert [b"first", b"second"] == frames(reader, b"first\r\nsecond\nthird")
    assert b"third" == reader.unread()


def test_fail_slow_too_long_frame_recovery() -> None:
    """Netty: testFailSlowTooLongFrameRecovery."""
    reader = DelimiterReader([b"\x00"], 1, fail_fast=False)

    for _ in range(2):
        assert [] == frames(reader, b"\x01\x02")
        assert [TooLongFrameError] == frames(reader, b"\x00")
        assert [b"A"] == frames(reader, b"A\x00")


def test_fail_fast_too_long_frame_recovery() -> None:
    """Netty: testFailFastTooLongFrameRecovery."""
    reader = DelimiterReader([b"\x00"], 1)

    for _ in range(2):
        assert [TooLongFrameError] == frames(reader, b"\x01\x02")
        assert [b"A"] == frames(reader, b"\x00A\x00")


def test_a_frame_that_is_too_long_is_told_with_its_length() -> None:
    """All of it where its end has come, whatever of it was thrown away before; else the least that it can be."""
    reader = DelimiterReader([b"END"], 3, fail_fast=False)
    for chunk in (b"12345", b"6789"):
        reader.feed(chunk)
        assert reader.next_frame() is None
    reader.feed(b"0END")
    with pytest.raises(TooLongFrameError, match="frame of 10 bytes, limit 3"):
        reader.next_frame()

    reader = DelimiterReader([b"END"], 3)
    reader.feed(b"123456")
    with pytest.raises(TooLongFrameError, match="frame of at least 6 bytes, limit 3"):
        reader.next_frame()


def test_the_shortest_frame_wins() -> None:
    """Whatever the order of the delimiters."""
    for delimiters in ([b"\n", b"\r\n"], [b"\r\n", b"\n"]):
        assert [b"a", b"b"] == frames(DelimiterReader(delimiters, 100), b"a\r\nb\n")


@pytest.mark.parametrize("delimiters", [[b"\r", b"\n", b"\r\n"], [b"\r\n", b"\n", b"\r"]])
def test_of_two_that_begin_at_one_place_the_longer_wins_however_the_stream_is_cut(delimiters: list[bytes]) -> None:
    """A frame that ended with the shorter one at the end of a chunk is given at once; the rest is skipped."""
    stream = b"a\r\nb\rc\n\r\nd\r"
    whole = frames(DelimiterReader(delimiters, 100), stream)

    assert [b"a", b"b", b"c", b"", b"d"] == whole
    for cut in range(len(stream)):
        assert whole == frames(DelimiterReader(delimiters, 100), stream[:cut], stream[cut:])
    assert whole == frames(DelimiterReader(delimiters, 100), *(bytes((byte,)) for byte in stream))


def test_a_delimiter_is_found_across_every_border() -> None:
    """Also one of several bytes, of which some come for nothing."""
    stream = b"a--b-----cEND--xE"
    for cut in range(len(stream)):
        assert [b"a--b", b"--c"] == frames(DelimiterReader([b"---", b"END"], 100), stream[:cut], stream[cut:])


def test_empty_frames_are_frames_unless_they_are_not_wanted() -> None:
    """The published package leaves them out."""
    assert [b"", b"a", b""] == frames(DelimiterReader(LINES, 100), b"\r\na\n\n")
    assert [b"a"] == frames(DelimiterReader(LINES, 100, ignore_empty=True), b"\r\na\n\n")
    assert [b"a\n"] == frames(DelimiterReader(LINES, 100, strip_delimiter=False, ignore_empty=True), b"\r\na\n\n")
    assert [] == frames(DelimiterReader(LINES, 100, ignore_empty=True), b"\n" * 10_000)


def test_a_longest_frame_passes_and_one_byte_more_does_not() -> None:
    """However they are cut."""
    for chunks in ([b"12345END"], [b"12345E", b"ND"], [b"1", b"2345END"]):
        assert [b"12345"] == frames(DelimiterReader([b"END"], 5), *chunks)
    for chunks in ([b"123456END"], [b"123456E", b"ND"], [b"1", b"23456END"], [b"123456", b"END"]):
        assert [TooLongFrameError, b"ok"] == frames(DelimiterReader([b"END"], 5), *chunks, b"okEND")
        assert [TooLongFrameError, b"ok"] == frames(DelimiterReader([b"END"], 5, fail_fast=False), *chunks, b"okEND")


def test_what_is_kept_of_an_unfinished_frame_is_bounded() -> None:
    """Whatever comes without a delimiter."""
    reader = DelimiterReader([b"END"], 100)
    for _ in range(1000):
        frames(reader, b"x" * 50)

    assert len(reader.unread()) <= 2
    assert not reader.is_between_frames()


def test_parameters_that_make_no_sense_are_refused() -> None:
    """When the reader is made."""
    for delimiters in ([], [b""], [b"a", b""]):
        with pytest.raises(ValueError, match="one or more, none of them empty"):
            DelimiterReader(delimiters, 100)
    with pytest.raises(ValueError, match="max_frame_bytes 0"):
        DelimiterReader([b"a"], 0)


def expected(delimiters: list[bytes], stream: bytes) -> list[bytes]:
    """The frames of a whole stream, by the rule itself: the first end, and of two at one place the longer."""
    found: list[bytes] = []
    while ends := [(stream.find(each), -len(each)) for each in delimiters if each in stream]:
        end, width = min(ends)
        found.append(stream[:end])
        stream = stream[end - width :]
    return found


@settings(max_examples=200)
@given(
    st.lists(st.binary(min_size=1, max_size=3).map(lambda each: each.translate(b"ab;" * 85 + b"a")), min_size=1, max_size=3),
    st.lists(st.one_of(st.text("ab;", max_size=6).map(str.encode), st.integers(60, 70).map(lambda size: b"x" * size)), max_size=8),
)
def test_the_rule_holds_for_all_delimiters_however_the_stream_is_cut(delimiters: list[bytes], chunks: list[bytes]) -> None:
    """Short frames and long ones, delimiters that begin and end others, cut by borders; a byte at the end that leaves nothing open.

    But for a delimiter in the middle of another: whoever waits for the whole of that one would hold frames back.
    """
    assume(not any(short in long[1:-1] for short in delimiters for long in delimiters))
    assert expected(delimiters, b"".join(chunks) + b"x") == frames(DelimiterReader(delimiters, 8192), *chunks, b"x")


def test_a_reader_whose_rest_was_taken_begins_anew() -> None:
    """What it held, a delimiter's beginning included, is somebody else's."""
    reader = DelimiterReader(LINES, 8192)
    assert [] == frames(reader, b"first\r")
    assert b"first\r" == reader.unread()

    assert [b"", b"second"] == frames(reader, b"\nsec", b"ond\n")


@pytest.mark.parametrize("fail_fast", [True, False])
@pytest.mark.parametrize(
    "delimiters",
    [
        [b"ab"],
        [b"aa"],
        [b"a", b"ba"],
        [b"aab", b"b"],
        [b"ab", b"ba"],
        [b"aba", b"b"],
        [b"a", b"ab"],
        [b"a", b"aab"],
        [b"aa", b"aab"],
        [b"a", b"ab", b"abb"],
    ],
)
def test_every_short_stream_says_the_same_at_every_cut(delimiters: list[bytes], fail_fast: bool) -> None:
    """All streams of up to five bytes of three kinds, which hold every overlap of delimiters and limits."""

    def made(*chunks: bytes) -> tuple[list[Any], bool]:
        reader = DelimiterReader(delimiters, 2, True, fail_fast)
        return frames(reader, *chunks), reader.is_between_frames()

    for size in range(2, 6):
        for letters in itertools.product(b"abx", repeat=size):
            stream = bytes(letters)
            whole = made(stream)
            for cut in range(1, size):
                assert whole == made(stream[:cut], stream[cut:]), (stream, cut)
            assert whole == made(*(stream[at : at + 1] for at in range(size))), stream
