"""GoAwayReader: GOAWAY among the frames of a control stream."""

import pytest

from pyboot.components.netty.codec.http3.control_stream import GoAwayFrameError, GoAwayReader

# The stream's type; SETTINGS of two bytes; a frame that is reserved, with three; GOAWAY 2**62-4; MAX_PUSH_ID; GOAWAY 8, its numbers long.
STREAM = bytes.fromhex("00 04020600 2103616263 0708fffffffffffffffc 0d0105 4007400480000008")


@pytest.mark.parametrize("cut", range(len(STREAM)))
def test_it_is_found_wherever_the_bytes_are_cut(cut: int) -> None:
    """Of other frames nothing is kept."""
    reader = GoAwayReader()
    assert [2**62 - 4, 8] == reader.feed(STREAM[:cut]) + reader.feed(STREAM[cut:])


def test_it_is_found_byte_by_byte() -> None:
    """The smallest pieces that there are."""
    reader = GoAwayReader()
    assert [2**62 - 4, 8] == [each for byte in STREAM for each in reader.feed(bytes([byte]))]


@pytest.mark.parametrize("kind", ["01", "02", "03", "4054", "21"])
def test_streams_of_other_kinds_are_not_looked_into(kind: str) -> None:
    """Pushes, QPACK, WebTransport, and those that are reserved."""
    assert [] == GoAwayReader().feed(bytes.fromhex(kind) + STREAM[1:])


@pytest.mark.parametrize(
    ("frame", "text"),
    [("0700", "of 0 bytes"), ("0709", "of 9 bytes"), ("07020808", "its integer has 1"), ("070140", "its integer has 2")],
)
def test_one_that_is_no_integer_is_refused(frame: str, text: str) -> None:
    """RFC 9114 7.1: H3_FRAME_ERROR; a long one is not waited for."""
    with pytest.raises(GoAwayFrameError, match=text):
        GoAwayReader().feed(b"\x00\x04\x00" + bytes.fromhex(frame))
