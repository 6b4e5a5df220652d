"""Frames of one size."""

import pytest

from pyboot.components.netty.wire.fixed import FixedLengthReader


def test_frames_of_one_size_however_they_are_cut() -> None:
    """The diagram of Netty's FixedLengthFrameDecoder."""
    reader = FixedLengthReader(3)
    found = []
    for chunk in (b"A", b"BC", b"DEFG", b"HI"):
        reader.feed(chunk)
        while (frame := reader.next_frame()) is not None:
            found.append(frame.get_readable_bytes())

    assert [b"ABC", b"DEF", b"GHI"] == found
    assert reader.is_between_frames()


def test_a_frame_of_no_bytes_is_refused() -> None:
    """There would be no end of them."""
    with pytest.raises(ValueError, match="frame_bytes 0"):
        FixedLengthReader(0)
