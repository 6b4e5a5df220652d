"""WebSockets by name: each option reaches what it is for."""

from typing import Any

import pytest

from pyboot.components.netty import (
    ChannelHandler,
    DeflateOptions,
    EmbeddedChannel,
    HandshakeComplete,
    HttpServerCodec,
    WebSocketClientProtocolHandler,
    WebSocketConfig,
    WebSocketServerProtocolHandler,
)
from pyboot.netty.errors import CodecOptionsError
from pyboot.netty.pipeline.registry import CodecRegistry


class Behind(ChannelHandler[Any]):
    """Notes what it is told."""

    def __init__(self) -> None:
        self.told: list[Any] = []

    def channel_read(self, ctx: Any, msg: Any) -> None:
        self.told.append(msg)

    def user_event_triggered(self, ctx: Any, event: object) -> None:
        self.told.append(event)


OPTIONS = {
    "max-frame": "2KiB",
    "max-message": "3KiB",
    "max-fragments": 4,
    "aggregate": False,
    "compression": True,
    "window-bits": 10,
    "takeover": False,
    "level": 9,
    "handshake-timeout": "5s",
    "close-timeout": "6s",
    "ping-interval": "7s",
    "ping-timeout": "8s",
}
CONFIG = WebSocketConfig(2048, 3072, 4, DeflateOptions(10, 10, False, False, 9), 5, 6, 7, 8)


def server(**options: object) -> WebSocketServerProtocolHandler:
    (handler,) = CodecRegistry().codec("websocket", options).handlers()
    assert isinstance(handler, WebSocketServerProtocolHandler)
    return handler


def test_a_server_opens_what_its_settings_say() -> None:
    """Path, subprotocols and origins are those of the request that is answered."""
    handler = server(path="/chat", **{"starts-with": True}, subprotocols=["v2"], origins=["https://example.com"])
    behind = Behind()
    channel = EmbeddedChannel(HttpServerCodec(), handler, behind)
    request = (
        b"GET /chat/room HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: v1, v2\r\nOrigin: https://%s\r\n\r\n"
    )
    channel.write_inbound(request % b"evil.example")
    assert channel.outbound_bytes().startswith(b"HTTP/1.1 403")
    channel.write_inbound(request % b"example.com")
    assert channel.outbound_bytes().startswith(b"HTTP/1.1 101")

    assert isinstance(behind.told[0], HandshakeComplete)
    assert ("/chat/room", "v2") == (behind.told[0].path, behind.told[0].subprotocol)


def test_limits_and_times_reach_both_roles() -> None:
    """Each of them."""
    assert CONFIG == server(**OPTIONS).config
    made = CodecRegistry().codec("websocket-client", {"url": "ws://a/b", **OPTIONS}).handlers()
    client = made[1]
    assert isinstance(client, WebSocketClientProtocolHandler)
    assert CONFIG == client.config


def test_nothing_set_is_what_the_handlers_take_for_granted() -> None:
    """The defaults are the same in both places."""
    assert WebSocketConfig() == server().config


def test_a_client_asks_for_what_its_settings_say() -> None:
    """Target, subprotocols, header fields and origin."""
    options = {"url": "ws://example.com/chat?a", "subprotocols": ["v1"], "headers": {"Cookie": "x=y"}, "origin": "https://me"}
    head = EmbeddedChannel(*CodecRegistry().codec("websocket-client", options).handlers()).outbound_bytes()

    assert head.startswith(b"GET /chat?a HTTP/1.1\r\nHost: example.com\r\n")
    for field in (b"Sec-WebSocket-Protocol: v1\r\n", b"Cookie: x=y\r\n", b"Origin: https://me\r\n"):
        assert field in head


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("websocket", {"path": "chat"}),
        ("websocket", {"window-bits": 8}),
        ("websocket", {"max-frame": 0}),
        ("websocket", {"close-timeout": "0s"}),
        ("websocket", {"ping-interval": "-1s"}),
        ("websocket", {"colour": "blue"}),
        ("websocket-client", {}),
        ("websocket-client", {"url": "http://example.com"}),
    ],
)
def test_what_is_not_allowed_is_refused(name: str, options: dict[str, object]) -> None:
    """When the pipeline is put together."""
    with pytest.raises(CodecOptionsError):
        CodecRegistry().codec(name, options).handlers()
