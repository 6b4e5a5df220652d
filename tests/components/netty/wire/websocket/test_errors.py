"""What the errors of WebSocket say."""

from pyboot.components.netty.errors import CorruptedFrameError, DecoderError
from pyboot.components.netty.wire.websocket.errors import (
    CorruptedWebSocketFrameError,
    WebSocketHandshakeError,
    WebSocketHandshakeTimeoutError,
)


def test_a_corrupted_frame_knows_the_code_to_answer_with() -> None:
    """And what was seen."""
    error = CorruptedWebSocketFrameError(1002, "a masked frame")

    assert "the peer sent a masked frame (close code 1002)" == str(error)
    assert (1002, "a masked frame") == (error.code, error.seen)
    assert isinstance(error, CorruptedFrameError)


def test_a_failed_handshake_knows_the_answer() -> None:
    """Its status and its headers."""
    error = WebSocketHandshakeError("method POST, must be GET", 405, (("Allow", "GET"),))

    assert "no WebSocket: method POST, must be GET" == str(error)
    assert (405, (("Allow", "GET"),)) == (error.status, error.headers)
    assert isinstance(error, DecoderError)


def test_a_late_handshake_is_a_timeout() -> None:
    """For those who catch that."""
    error = WebSocketHandshakeTimeoutError(10.0)

    assert "no WebSocket: the handshake is not over within 10 s" == str(error)
    assert isinstance(error, TimeoutError)
