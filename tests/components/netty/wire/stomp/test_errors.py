"""The errors of STOMP."""

from pyboot.components.netty.errors import CorruptedFrameError
from pyboot.components.netty.wire.stomp.errors import CorruptedStompFrameError, StompLimitError


def test_errors_say_what_was_seen_and_what_is_allowed() -> None:
    """With the facts as attributes."""
    error = StompLimitError("headers of a frame: at least", 101, 100)

    assert isinstance(error, CorruptedStompFrameError)
    assert isinstance(error, CorruptedFrameError)
    assert "the peer sent headers of a frame: at least 101, allowed are 100" == str(error)
    assert ("headers of a frame: at least", 101, 100) == (error.what, error.seen_amount, error.limit)
