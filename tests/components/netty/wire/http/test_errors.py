"""What is wrong with HTTP."""

from pyboot.components.netty.errors import DecoderError, EncoderError
from pyboot.components.netty.wire.http.errors import HttpDecoderError, HttpEncoderError


def test_a_wrong_message_names_the_rule_and_the_answer() -> None:
    """The reason can be counted, the status be sent; the text is for people."""
    error = HttpDecoderError("header-too-long", "a header line of 9000 bytes, allowed are 8192", 431)

    assert ("header-too-long", 431) == (error.reason, error.status)
    assert "a header line of 9000 bytes, allowed are 8192 (header-too-long)" == str(error)
    assert isinstance(error, DecoderError)


def test_a_message_of_ours_that_is_no_http_is_a_wrong_value() -> None:
    """It fails its write, and is a ValueError to whoever makes one."""
    assert issubclass(HttpEncoderError, EncoderError)
    assert issubclass(HttpEncoderError, ValueError)
