"""Replies."""

import pytest

from pyboot.components.netty.errors import TooLongFrameError
from pyboot.components.netty.wire.smtp.errors import CorruptedSmtpError
from pyboot.components.netty.wire.smtp.message import SmtpResponse
from pyboot.components.netty.wire.smtp.response_reader import SmtpResponseReader
from pyboot.testing.codec import read_frames


def test_replies_of_one_line_and_of_several() -> None:
    """Behind each other; the text may be missing."""
    assert [SmtpResponse(220, "hi"), SmtpResponse(250, ["a", "", "SIZE 1"]), SmtpResponse(354, ""), SmtpResponse(250, "")] == read_frames(
        SmtpResponseReader(), b"220 hi\r\n250-a\r\n250-\r\n250 SIZE 1\r\n354\r\n250 \r\n"
    )


@pytest.mark.parametrize(
    "reply",
    [
        b"250 a\n",
        b"250 a\rb\r\n",
        b"250 a\0\r\n",
        b"25 a\r\n",
        b"150 a\r\n",
        b"650 a\r\n",
        b"250_a\r\n",
        b"abc d\r\n",
        b"\r\n",
        b"250-a\r\n251 b\r\n",
        b"250-a\r\n250-b\r\n250-c\r\n250 d\r\n",
    ],
)
def test_what_is_no_reply_ends_the_stream(reply: bytes) -> None:
    """Nothing behind it can be believed."""
    assert [CorruptedSmtpError] == read_frames(SmtpResponseReader(max_lines=3), reply + b"250 ok\r\n")


def test_long_lines_end_it_too() -> None:
    """As soon as they are too long."""
    assert [SmtpResponse(250, "123456")] == read_frames(SmtpResponseReader(10), b"250 123456\r\n")
    for chunks in ((b"250 1234567\r\n",), (b"250 12345678",)):
        assert [TooLongFrameError] == read_frames(SmtpResponseReader(10), *chunks, b"250 ok\r\n")
    for limits in ((2, 1), (3, 0)):
        with pytest.raises(ValueError, match="must be at least 3 and 1"):
            SmtpResponseReader(*limits)


def test_what_is_held_is_known() -> None:
    """Lines of a reply that is not whole included; and given back as they came."""
    reader = SmtpResponseReader()
    reader.feed(b"250-a\r\n250")
    assert reader.next_frame() is None
    assert (10, False, reader) == (reader.held_bytes(), reader.is_between_frames(), reader.begun())
    assert b"250-a\r\n250" == reader.unread()
    assert reader.is_between_frames()
    assert reader.begun() is None
