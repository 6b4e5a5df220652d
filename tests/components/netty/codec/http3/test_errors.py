"""What befalls requests says what to do."""

from pyboot.components.netty.codec.http3 import Http3GoAwayError


def test_who_was_not_looked_at_may_ask_elsewhere() -> None:
    """The first stream that the peer leaves is named; who knows Python's errors only catches it too."""
    error = Http3GoAwayError(8)
    assert "the peer takes no more requests from stream 8 on: open another connection" == str(error)
    assert isinstance(error, ConnectionError)
    assert ("going-away", 8) == (error.close_reason, error.stream_id)
