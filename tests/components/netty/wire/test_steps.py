"""Messages read by a generator."""

from collections.abc import Callable

import pytest

from pyboot.components.netty.errors import CorruptedFrameError, DecoderError, TooLongFrameError
from pyboot.components.netty.wire.steps import GeneratorReader, Message, need, until


def packet() -> Message:
    """A byte of length, then the body."""
    (length,) = yield need(1)
    return (yield need(length))


def line() -> Message:
    """A line, however it is cut."""
    return (yield until(b"\r\n"))


def frames(reader: GeneratorReader, *chunks: bytes) -> list[object]:
    """What the chunks become."""
    found = []
    for chunk in chunks:
        reader.feed(chunk)
        while (frame := reader.next_frame()) is not None:
            found.append(frame)
    return found


@pytest.mark.parametrize(
    ("message", "stream", "made"), [(packet, b"\x03ada\x00\x01x", [b"ada", b"", b"x"]), (line, b"a\rb\r\n\r\nc\r\n", [b"a\rb", b"", b"c"])]
)
def test_messages_however_they_are_cut(message: Callable[[], Message], stream: bytes, made: list[bytes]) -> None:
    """As a whole, and byte by byte."""
    assert made == frames(GeneratorReader(message, 100), stream)
    assert made == frames(GeneratorReader(message, 100), *(bytes((byte,)) for byte in stream))


def test_what_a_message_has_taken_is_handed_over_with_the_rest() -> None:
    """Whoever goes on begins where the message did."""
    reader = GeneratorReader(packet, 100)
    assert [b"a"] == frames(reader, b"\x01a\x05he")

    assert b"\x05he" == reader.unread()
    assert reader.is_between_frames()
    assert [b"b"] == frames(reader, b"\x01b")


def test_a_message_that_is_none_goes_nowhere() -> None:
    """Padding, a heartbeat."""

    def skipping() -> Message:
        byte = yield need(1)
        return None if byte == b"\0" else byte

    assert [b"a", b"b"] == frames(GeneratorReader(skipping, 10), b"\0a\0\0b\0")


def test_a_message_that_reads_nothing_is_an_error() -> None:
    """It would be made for ever."""

    def lazy() -> Message:
        return "again"
        yield need(1)

    reader = GeneratorReader(lazy, 10)
    reader.feed(b"x")
    with pytest.raises(DecoderError, match="without reading anything"):
        reader.next_frame()


@pytest.mark.parametrize(("wanted", "error"), [(need(11), TooLongFrameError), (need(-1), CorruptedFrameError), ("three", DecoderError)])
def test_what_cannot_be_given_is_an_error(wanted: object, error: type[Exception]) -> None:
    """Too much, less than nothing, or what is no wish."""

    def wishing() -> Message:
        yield need(1)
        yield wanted  # type: ignore[misc]  # that is the point

    reader = GeneratorReader(wishing, 10)
    reader.feed(b"x")
    with pytest.raises(error):
        reader.next_frame()


def test_errors_of_the_generator_are_translated_and_the_next_message_begins_behind() -> None:
    """What was read stays read."""

    def picky() -> Message:
        byte = yield need(1)
        if byte == b"!":
            raise ValueError("no")
        return byte

    reader = GeneratorReader(picky, 10)
    reader.feed(b"a!b")
    assert b"a" == reader.next_frame()
    with pytest.raises(DecoderError, match=r"picky raised ValueError\('no'\)"):
        reader.next_frame()
    assert b"b" == reader.next_frame()


def test_a_delimiter_is_looked_for_once_in_each_byte() -> None:
    """A line of 200,000 bytes, one at a time, in well under a second."""
    assert [b"x" * 200_000] == frames(GeneratorReader(line, 300_000), *[b"x"] * 200_000, b"\r\n")


def test_wishes_that_make_no_sense_are_refused() -> None:
    """When they are made."""
    with pytest.raises(ValueError, match="an empty delimiter"):
        until(b"")
    with pytest.raises(ValueError, match="max_message_bytes 0"):
        GeneratorReader(line, 0)
