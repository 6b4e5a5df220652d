"""Frames of STOMP as bytes."""

import pytest

from pyboot.components.netty.errors import EncoderError
from pyboot.components.netty.wire.stomp.frame import StompFrame
from pyboot.components.netty.wire.stomp.writer import encode_frame


def test_frames() -> None:
    """A body gets its length; headers are escaped but for those that STOMP 1.0 knows."""
    assert b"SEND\ndestination:/a\ncontent-length:2\n\nhi\x00\n" == encode_frame(StompFrame("SEND", {"destination": "/a"}, b"hi"))
    assert b"SEND\ncontent-length:2\n\nhi\x00\n" == encode_frame(StompFrame("SEND", {"content-length": "2"}, b"hi"))
    assert b"MESSAGE\na\\cb:c\\r\\n\\\\\ncontent-length:0\n\n\x00\n" == encode_frame(StompFrame("MESSAGE", {"a:b": "c\r\n\\"}))
    assert b"CONNECT\nhost:a:1\\n\n\n\x00\n" == encode_frame(StompFrame("CONNECT", {"host": "a:1\\n"}))
    assert b"DISCONNECT\n\n\x00\n" == encode_frame(StompFrame("DISCONNECT"))


@pytest.mark.parametrize(
    "frame",
    [
        StompFrame("HELLO"),
        StompFrame("SEND\n"),
        StompFrame("SUBSCRIBE", {}, b"body"),
        StompFrame("SEND", {"": "a"}),
        StompFrame("SEND", {"a": "b\x00"}),
        StompFrame("SEND", {"a\x00": "b"}),
        StompFrame("SEND", {"a": "\ud800"}),
        StompFrame("CONNECT", {"host": "a\nb:c"}),
        StompFrame("CONNECT", {"host": "a\r"}),
        StompFrame("CONNECTED", {"a:b": "c"}),
        StompFrame("CONNECT", {"host": "a\x00"}),
        StompFrame("SEND", {"content-length": "3"}, b"hi"),
        StompFrame("SEND", {"content-length": "02"}, b"hi"),
    ],
)
def test_what_the_peer_would_read_otherwise_is_refused(frame: StompFrame) -> None:
    """A header that comes from a user could hold one of his own, or a frame."""
    with pytest.raises(EncoderError):
        encode_frame(frame)
