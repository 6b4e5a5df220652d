"""FrameReader: what every machine shares."""

import pytest

from pyboot.components.netty.wire.line import LineReader
from pyboot.components.netty.wire.reader import FrameReader


def test_the_contract_has_no_default() -> None:
    """A reader that does not say how it makes messages makes none."""
    with pytest.raises(NotImplementedError):
        FrameReader().next_frame()


def test_what_no_message_was_made_of_is_handed_over_once() -> None:
    """So that another protocol can go on with the stream, from exactly there."""
    reader = LineReader(100)
    reader.feed(b"first\nsec")
    assert b"first" == reader.next_frame()
    assert reader.next_frame() is None
    reader.feed(b"ond\nthird")
    assert b"second" == reader.next_frame()

    assert b"third" == reader.unread()
    assert b"" == reader.unread()
    assert reader.is_between_frames()


def test_bytes_kept_from_earlier_chunks_are_handed_over_too() -> None:
    """In order."""
    reader = LineReader(100)
    for chunk in (b"a", b"b", b"c"):
        reader.feed(chunk)
        assert reader.next_frame() is None

    assert not reader.is_between_frames()
    assert b"abc" == reader.unread()


def test_a_fresh_reader_stands_between_frames() -> None:
    """A stream may end before it began."""
    assert FrameReader().is_between_frames()
