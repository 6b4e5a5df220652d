"""The errors of WebSocket: frames of a peer that are none, and handshakes that agree upon nothing."""

from __future__ import annotations

from pyboot.components.netty.errors import CorruptedFrameError, DecoderError

__all__ = ["CorruptedWebSocketFrameError", "WebSocketHandshakeError", "WebSocketHandshakeTimeoutError"]


class CorruptedWebSocketFrameError(CorruptedFrameError):
    """A frame breaks the WebSocket protocol, or a limit of ours; *code* is the close code that says so, *seen* what was seen."""

    def __init__(self, code: int, seen: str) -> None:
        super().__init__(code, seen)
        self.code = code
        self.seen = seen

    def __str__(self) -> str:
        return f"the peer sent {self.seen} (close code {self.code})"


class WebSocketHandshakeError(DecoderError):
    """No WebSocket begins here: *seen* is what was wrong, *status* and *headers* are those of the answer, ours or the server's."""

    def __init__(self, seen: str, status: int, headers: tuple[tuple[str, str], ...] = ()) -> None:
        super().__init__(seen, status, headers)
        self.seen = seen
        self.status = status
        self.headers = headers

    def __str__(self) -> str:
        return f"no WebSocket: {self.seen}"


class WebSocketHandshakeTimeoutError(WebSocketHandshakeError, TimeoutError):
    """The peer did not finish the opening handshake in time."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"the handshake is not over within {seconds:g} s", 408)
        self.seconds = seconds
