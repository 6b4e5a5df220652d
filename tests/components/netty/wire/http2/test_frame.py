"""Frames as handlers see them."""

from pyboot.components.netty.wire.http2.frame import (
    Http2DataFrame,
    Http2GoAwayFrame,
    Http2Headers,
    Http2HeadersFrame,
    Http2PingFrame,
    Http2ResetFrame,
    Http2SettingsAckFrame,
    Http2UnknownFrame,
    Http2WindowUpdateFrame,
)


def test_frames_are_values() -> None:
    """The same facts make the same frame, of the same stream."""
    head = Http2Headers({"a": "b"}, method="GET", path="/", scheme="http", authority="x")
    assert Http2HeadersFrame(head, True, 1) == Http2HeadersFrame(
        Http2Headers({"A": "b"}, method="GET", path="/", scheme="http", authority="x"), True, 1
    )
    assert Http2DataFrame(b"a") != Http2DataFrame(b"a", stream_id=1)
    assert Http2DataFrame(b"a") != Http2ResetFrame()
    assert 1 == len({Http2PingFrame(b"12345678"), Http2PingFrame(b"12345678")})


def test_frames_say_what_they_are() -> None:
    """Names, not numbers."""
    assert "Http2ResetFrame('CANCEL', stream_id=3)" == repr(Http2ResetFrame(8, 3))
    assert "Http2GoAwayFrame('NO_ERROR', b'bye', 5)" == repr(Http2GoAwayFrame(0, b"bye", 5))
    assert "Http2Headers([(':status', '200'), ('a', 'b')])" == repr(Http2Headers({"a": "b"}, status=200))
    assert ("Http2SettingsAckFrame()", "Http2WindowUpdateFrame(7)") == (repr(Http2SettingsAckFrame()), repr(Http2WindowUpdateFrame(7)))
    assert "Http2UnknownFrame(32, 1, b'x')" == repr(Http2UnknownFrame(32, 1, b"x"))
