"""The user events of a WebSocket."""

from pyboot.components.netty.codec.websocket.events import HandshakeComplete, WebSocketClosed
from pyboot.components.netty.wire.http.headers import HttpHeaders


def test_events_hold_what_they_say() -> None:
    """By name."""
    event = HandshakeComplete("/chat?a=1", HttpHeaders({"Host": "a"}), "v1", True)

    assert ("/chat?a=1", "a", "v1", True) == (event.path, event.headers["host"], event.subprotocol, event.is_compressed)
    assert (1000, "bye") == (WebSocketClosed(1000, "bye").code, WebSocketClosed(1000, "bye").reason)
