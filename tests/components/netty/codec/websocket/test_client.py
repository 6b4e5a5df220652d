"""The client's side of the opening, in memory."""

from typing import Any

import pytest

from pyboot.components.netty.channel.embedded.channel import EmbeddedChannel
from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.components.netty.codec.http.client import HttpClientCodec, HttpRequestEncoder, HttpResponseDecoder
from pyboot.components.netty.codec.websocket.client import WebSocketClientProtocolHandler
from pyboot.components.netty.codec.websocket.config import WebSocketConfig
from pyboot.components.netty.codec.websocket.events import HandshakeComplete, WebSocketClosed
from pyboot.components.netty.errors import PrematureCloseError
from pyboot.components.netty.wire.http.errors import HttpEncoderError
from pyboot.components.netty.wire.http.message import HttpObject
from pyboot.components.netty.wire.websocket.deflate import DeflateOptions
from pyboot.components.netty.wire.websocket.errors import WebSocketHandshakeError, WebSocketHandshakeTimeoutError
from pyboot.components.netty.wire.websocket.frame import TextWebSocketFrame
from pyboot.components.netty.wire.websocket.handshake import accept_key


class App(ChannelHandler[Any]):
    """Notes what it is told, and writes as soon as it may."""

    def __init__(self) -> None:
        self.told: list[Any] = []

    def channel_read(self, ctx: Any, msg: Any) -> None:
        self.told.append(msg)

    def user_event_triggered(self, ctx: Any, event: object) -> None:
        self.told.append(event)
        if isinstance(event, HandshakeComplete):
            ctx.write_and_flush(TextWebSocketFrame("Hi"))

    def exception_caught(self, ctx: Any, error: Exception) -> None:
        self.told.append(error)


def connect(**options: Any) -> tuple[EmbeddedChannel, App, dict[str, str]]:
    """A client's channel, what stands behind, and the header fields of its request."""
    app = App()
    options.setdefault("config", WebSocketConfig(ping_interval_seconds=0))
    channel = EmbeddedChannel(HttpClientCodec(), WebSocketClientProtocolHandler("ws://example.com:81/chat?a", **options), app)
    head = channel.outbound_bytes().decode()
    assert head.startswith("GET /chat?a HTTP/1.1\r\nHost: example.com:81\r\n")
    assert head.endswith("\r\n\r\n")
    return channel, app, dict(line.split(": ", 1) for line in head.split("\r\n")[1:-2])


def answer(fields: dict[str, str], extra: str = "") -> bytes:
    accept = accept_key(fields["Sec-WebSocket-Key"])
    return f"HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n{extra}\r\n".encode()


def test_a_client_asks_and_frames_follow_the_answer_at_every_cut() -> None:
    """Those that came with it too; the event comes first."""
    length = len(answer(connect()[2]))
    for cut in range(length + 8):
        channel, app, fields = connect()
        data = answer(fields) + b"\x81\x05Hello"
        channel.write_inbound(data[:cut], data[cut:]) if 0 < cut < len(data) else channel.write_inbound(data)
        assert [HandshakeComplete, TextWebSocketFrame] == [type(told) for told in app.told], cut
        sent = channel.outbound_bytes()
        assert (b"\x81\x82", 8) == (sent[:2], len(sent))

    assert ("/chat?a", None, False) == (app.told[0].path, app.told[0].subprotocol, app.told[0].is_compressed)
    assert ["WebSocketFrameCodec#0", "WebSocketProtocolHandler#0", "WebSocketFrameAggregator#0", "App#0"] == channel.pipeline().names()


def test_decoder_and_encoder_of_their_own_are_replaced_too() -> None:
    """The codec need not be one handler."""
    channel = EmbeddedChannel(HttpResponseDecoder(), HttpRequestEncoder(), WebSocketClientProtocolHandler("ws://a"), App())
    head = channel.outbound_bytes().decode()
    channel.write_inbound(answer(dict(line.split(": ", 1) for line in head.split("\r\n")[1:-2])))

    assert "HttpRequestEncoder#0" not in channel.pipeline().names()
    assert "WebSocketFrameCodec#0" in channel.pipeline().names()


def test_what_is_wanted_is_asked_for() -> None:
    """Subprotocols, compression, the origin, and header fields of one's own."""
    config = WebSocketConfig(deflate=DeflateOptions())
    channel, app, fields = connect(subprotocols=["a", "b"], headers={"Cookie": "x=y"}, origin="http://example.com", config=config)

    assert ("a, b", "x=y", "http://example.com") == (fields["Sec-WebSocket-Protocol"], fields["Cookie"], fields["Origin"])
    assert fields["Sec-WebSocket-Extensions"].startswith("permessage-deflate; ")
    agreed = "Sec-WebSocket-Protocol: b\r\nSec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=12\r\n"
    channel.write_inbound(answer(fields, agreed))
    assert ("b", True) == (app.told[0].subprotocol, app.told[0].is_compressed)


@pytest.mark.parametrize(
    ("response", "seen"),
    [
        (b"HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno", "status 403"),
        (b"HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n", "status 302"),
        (b"HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: x\r\n\r\n\x81\x00", "our key"),
    ],
)
def test_a_server_that_does_not_agree_is_left(response: bytes, seen: str) -> None:
    """The error has the answer; no frame, and nothing of HTTP, gets behind."""
    channel, app, _ = connect()
    channel.write_inbound(response)

    assert not channel.is_open
    error = next(told for told in app.told if isinstance(told, WebSocketHandshakeError))
    assert seen in str(error)
    assert error is channel.close_cause
    assert not any(isinstance(told, HttpObject | TextWebSocketFrame | HandshakeComplete) for told in app.told)


def test_an_informational_response_is_none_yet() -> None:
    """The answer comes behind it."""
    channel, app, fields = connect()
    channel.write_inbound(b"HTTP/1.1 103 Early Hints\r\n\r\n" + answer(fields))

    assert isinstance(app.told[0], HandshakeComplete)


def test_a_server_that_says_nothing_is_left() -> None:
    """Within the handshake timeout."""
    channel, app, _ = connect(config=WebSocketConfig(handshake_timeout_seconds=5))
    channel.advance_time(4.9)
    assert channel.is_open
    channel.advance_time(0.2)

    assert not channel.is_open
    assert isinstance(app.told[0], WebSocketHandshakeTimeoutError)
    assert not any(isinstance(told, WebSocketClosed) for told in app.told)


def test_a_server_that_leaves_is_told() -> None:
    """As one that has not answered; never as a WebSocket that was closed."""
    channel, app, _ = connect()
    channel.finish_input()

    assert any(isinstance(told, PrematureCloseError) for told in app.told)
    assert not any(isinstance(told, WebSocketClosed) for told in app.told)


def test_nothing_waits_once_the_server_has_answered() -> None:
    """Its deadline is over."""
    channel, app, fields = connect(config=WebSocketConfig(handshake_timeout_seconds=5, ping_interval_seconds=0))
    channel.write_inbound(answer(fields))
    channel.advance_time(100)

    assert channel.is_open
    assert [HandshakeComplete] == [type(told) for told in app.told]


def test_a_header_field_that_is_none_is_refused() -> None:
    """When the handler is made."""
    with pytest.raises(HttpEncoderError, match="control characters"):
        WebSocketClientProtocolHandler("ws://a", headers={"Cookie": "a\r\nX: y"})
