"""The errors of HTTP/2, as people read them."""

from pyboot.components.netty.wire.http2.errors import (
    Http2ConnectionError,
    Http2ErrorCode,
    Http2GoAwayError,
    Http2StreamError,
    Http2StreamResetError,
    name_of,
)


def test_codes_have_names_and_unknown_ones_are_numbers() -> None:
    """An extension's code is told as it stands on the wire."""
    assert ("ENHANCE_YOUR_CALM", "0xfe") == (name_of(0xB), name_of(0xFE))


def test_errors_say_what_and_why() -> None:
    """The text first, the code behind it."""
    assert "too much (ENHANCE_YOUR_CALM)" == str(Http2ConnectionError(Http2ErrorCode.ENHANCE_YOUR_CALM, "too much"))
    assert ("bad (PROTOCOL_ERROR)", 3) == (str(error := Http2StreamError(3, 1, "bad")), error.stream_id)
    assert "the peer has reset stream 5 (CANCEL)" == str(Http2StreamResetError(5, 8))
    assert "the peer takes no more streams after 7 (NO_ERROR)" == str(Http2GoAwayError(0, 7))
