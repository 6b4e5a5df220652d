"""The error of DNS."""

from pyboot.components.netty.errors import CorruptedFrameError, DecoderError
from pyboot.components.netty.wire.dns.errors import CorruptedDnsMessageError


def test_the_error_says_what_was_seen() -> None:
    """And knows the header, for who answers."""
    error = CorruptedDnsMessageError("half a pointer", 7, False)

    assert "no message of DNS: half a pointer" == str(error)
    assert (7, False, None) == (error.message_id, error.is_response, error.sender)
    assert isinstance(error, CorruptedFrameError)
    assert isinstance(error, DecoderError)
