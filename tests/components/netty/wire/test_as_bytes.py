"""Frames as bytes."""

from pyboot.components.netty.wire.as_bytes import BytesReader
from pyboot.components.netty.wire.line import LineReader


def test_frames_come_out_as_bytes_and_all_else_is_the_readers() -> None:
    """What it keeps, and where it stands."""
    reader = BytesReader(LineReader(100))
    reader.feed(b"first\nsec")

    assert (b"first", None) == (reader.next_frame(), reader.next_frame())
    assert not reader.is_between_frames()
    assert b"sec" == reader.unread()
