"""The event of a request that was refused."""

from pyboot.components.netty.codec.http.rejected import HttpRequestRejected
from pyboot.components.netty.wire.http.errors import HttpDecoderError


def test_it_says_why_and_how() -> None:
    """For those who count, and for logs."""
    event = HttpRequestRejected(HttpDecoderError("host-missing", "no Host", 400))

    assert "host-missing" == event.error.reason
    assert "HttpRequestRejected(400, host-missing)" == repr(event)
