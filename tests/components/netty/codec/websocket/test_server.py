"""WebSockets on a port of HTTP: the server's side of the opening, in memory."""

from collections.abc import Awaitable
from typing import Any

import pytest

from pyboot.components.netty.channel.embedded.channel import EmbeddedChannel
from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.components.netty.codec.http.server import HttpRequestDecoder, HttpResponseEncoder, HttpServerCodec
from pyboot.components.netty.codec.websocket.config import WebSocketConfig
from pyboot.components.netty.codec.websocket.events import HandshakeComplete, WebSocketClosed
from pyboot.components.netty.codec.websocket.server import WebSocketServerProtocolHandler
from pyboot.components.netty.wire.http.message import FullHttpResponse, HttpObject, HttpRequest
from pyboot.components.netty.wire.websocket.deflate import DeflateOptions
from pyboot.components.netty.wire.websocket.errors import WebSocketHandshakeTimeoutError
from pyboot.components.netty.wire.websocket.frame import CloseWebSocketFrame, TextWebSocketFrame, WebSocketFrame

REQUEST = (
    b"GET /chat?room=1 HTTP/1.1\r\n"
    b"Host: server.example.com\r\n"
    b"Upgrade: websocket\r\n"
    b"Connection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    b"Sec-WebSocket-Version: 13\r\n"
)
ANSWER = (
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"
)
HELLO = b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58"  # RFC 6455, 5.7


class App(ChannelHandler[Any]):
    """Echoes frames, answers plain requests when it is told to, and notes what it is told."""

    def __init__(self) -> None:
        self.told: list[Any] = []
        self.ctx: Any = None
        self.answers_at_once = True

    def channel_read(self, ctx: Any, msg: Any) -> Awaitable[None] | None:
        self.ctx = ctx
        self.told.append(msg)
        if isinstance(msg, WebSocketFrame):
            ctx.write(msg)
        elif isinstance(msg, HttpRequest) and self.answers_at_once:
            self.answer()
        return None

    def channel_read_complete(self, ctx: Any) -> None:
        ctx.flush()

    def answer(self) -> None:
        self.ctx.write_and_flush(FullHttpResponse(200, b"plain"))

    def user_event_triggered(self, ctx: Any, event: object) -> None:
        self.told.append(event)

    def exception_caught(self, ctx: Any, error: Exception) -> None:
        self.told.append(error)


class AsyncApp(App):
    """The same as coroutines."""

    async def channel_read(self, ctx: Any, msg: Any) -> None:  # type: ignore[override]  # the base is no coroutine function
        if isinstance(msg, WebSocketFrame):
            self.told.append(msg)
            await ctx.write_and_flush(msg)


def serve(app: App | None = None, **options: Any) -> tuple[EmbeddedChannel, App]:
    """A channel that has a WebSocket at /chat and *app* behind it."""
    app = App() if app is None else app
    options.setdefault("config", WebSocketConfig(ping_interval_seconds=0))
    return EmbeddedChannel(HttpServerCodec(), WebSocketServerProtocolHandler("/chat", **options), app), app


def frames_told(app: App) -> list[Any]:
    return [told for told in app.told if isinstance(told, WebSocketFrame)]


def test_a_request_is_answered_and_frames_follow() -> None:
    """The event comes first, with path, headers and subprotocol; then the pipeline is one of frames."""
    channel, app = serve()
    channel.write_inbound(REQUEST + b"\r\n")

    assert ANSWER == channel.outbound_bytes()
    event = app.told[0]
    assert isinstance(event, HandshakeComplete)
    assert ("/chat?room=1", "server.example.com", None, False) == (
        event.path,
        event.headers["host"],
        event.subprotocol,
        event.is_compressed,
    )
    channel.write_inbound(HELLO)
    assert b"\x81\x05Hello" == channel.outbound_bytes()
    assert ["WebSocketFrameCodec#0", "WebSocketProtocolHandler#0", "WebSocketFrameAggregator#0", "App#0"] == channel.pipeline().names()


def test_frames_behind_the_request_are_frames_at_every_cut() -> None:
    """None is lost, none is read as HTTP, none comes before the event."""
    data = REQUEST + b"\r\n" + HELLO + HELLO
    for cut in range(len(data) + 1):
        channel, app = serve()
        for chunk in (data[:cut], data[cut:]):
            if chunk:
                channel.write_inbound(chunk)
        assert ANSWER + b"\x81\x05Hello" * 2 == channel.outbound_bytes(), cut
        assert [HandshakeComplete, TextWebSocketFrame, TextWebSocketFrame] == [type(told) for told in app.told]


def test_coroutine_handlers_get_the_same() -> None:
    """In the same order."""
    channel, app = serve(AsyncApp())
    channel.write_inbound(REQUEST + b"\r\n" + HELLO + HELLO)
    channel.run_pending_tasks()

    assert ANSWER + b"\x81\x05Hello" * 2 == channel.outbound_bytes()
    assert [TextWebSocketFrame("Hello")] * 2 == frames_told(app)


def test_who_is_told_that_it_is_open_may_write_at_once() -> None:
    """Behind the answer, before anything is read."""

    class Greets(App):
        def user_event_triggered(self, ctx: Any, event: object) -> None:
            if isinstance(event, HandshakeComplete):
                ctx.write_and_flush(TextWebSocketFrame("Hi"))

    channel, _ = serve(Greets())
    channel.write_inbound(REQUEST + b"\r\n" + HELLO)

    assert ANSWER + b"\x81\x02Hi\x81\x05Hello" == channel.outbound_bytes()


def test_decoder_and_encoder_of_their_own_are_replaced_too() -> None:
    """The codec need not be one handler."""
    app = App()
    channel = EmbeddedChannel(HttpRequestDecoder(), HttpResponseEncoder(), WebSocketServerProtocolHandler("/chat"), app)
    channel.write_inbound(REQUEST + b"\r\n" + HELLO)

    assert ANSWER + b"\x81\x05Hello" == channel.outbound_bytes()
    assert "HttpResponseEncoder#0" not in channel.pipeline().names()


def test_plain_requests_pass_before_an_upgrade() -> None:
    """A WebSocket and HTTP share a port, and a connection."""
    channel, app = serve()
    plain = b"GET /chat HTTP/1.1\r\nHost: a\r\n\r\n"
    other = b"GET /other HTTP/1.1\r\n" + REQUEST.split(b"\r\n", 1)[1] + b"\r\n"
    channel.write_inbound(plain + other)
    assert 2 == channel.outbound_bytes().count(b"HTTP/1.1 200 OK")
    channel.write_inbound(REQUEST + b"\r\n")

    assert ANSWER == channel.outbound_bytes()
    assert 2 == sum(isinstance(told, HttpRequest) for told in app.told)


def test_an_upgrade_waits_for_the_responses_before_it() -> None:
    """They leave in the order of their requests, whenever the handlers behind answer."""
    channel, app = serve()
    app.answers_at_once = False
    plain = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
    channel.write_inbound(plain + plain + REQUEST + b"\r\n" + HELLO)
    assert b"" == channel.outbound_bytes()
    app.answer()
    assert channel.outbound_bytes().startswith(b"HTTP/1.1 200 OK")
    assert [] == frames_told(app)
    app.answer()
    channel.run_pending_tasks()
    sent = channel.outbound_bytes()

    assert sent.startswith(b"HTTP/1.1 200 OK")
    assert sent.endswith(ANSWER + b"\x81\x05Hello")


@pytest.mark.parametrize(
    ("path", "starts_with", "uri", "is_ours"),
    [
        ("/chat", False, b"/chat", True),
        ("/chat", False, b"/chat?a/b", True),
        ("/chat", False, b"/chat/", False),
        ("/chat", False, b"/chatter", False),
        ("/chat", False, b"/", False),
        ("/chat", True, b"/chat", True),
        ("/chat", True, b"/chat/room?x", True),
        ("/chat", True, b"/chatter", False),
        ("/", True, b"/any/where", True),
        ("/", False, b"/any", False),
    ],
)
def test_only_the_path_is_answered(path: str, starts_with: bool, uri: bytes, is_ours: bool) -> None:
    """Other requests are for the handlers behind."""
    app = App()
    channel = EmbeddedChannel(HttpServerCodec(), WebSocketServerProtocolHandler(path, starts_with=starts_with), app)
    channel.write_inbound(REQUEST.replace(b"/chat?room=1", uri) + b"\r\n")

    assert is_ours is channel.outbound_bytes().startswith(b"HTTP/1.1 101")


@pytest.mark.parametrize("path", ["", "chat", "/chat?x"])
def test_a_path_that_no_request_has_is_refused(path: str) -> None:
    """When the handler is made."""
    with pytest.raises(ValueError, match="it begins with a slash and has no query"):
        WebSocketServerProtocolHandler(path)


@pytest.mark.parametrize(
    ("old", "new", "status"),
    [
        (b"Version: 13", b"Version: 8", b"426 Upgrade Required"),
        (b"dGhlIHNhbXBsZSBub25jZQ==", b"x", b"400 Bad Request"),
        (b"Version: 13\r\n", b"Version: 13\r\nOrigin: http://evil.example\r\nCookie: a=b\r\n", b"403 Forbidden"),
        (b"GET ", b"POST ", b"405 Method Not Allowed"),
        (b"HTTP/1.1", b"HTTP/1.0", b"505 HTTP Version Not Supported"),
    ],
)
def test_other_requests_are_answered_with_what_is_wrong(old: bytes, new: bytes, status: bytes) -> None:
    """No handler behind sees them."""
    channel, app = serve()
    channel.write_inbound(REQUEST.replace(old, new) + b"\r\n")

    assert channel.outbound_bytes().startswith(b"HTTP/1.1 " + status + b"\r\n")
    assert not any(isinstance(told, HttpObject) for told in app.told)


def test_a_refused_client_may_try_again() -> None:
    """On the same connection."""
    channel, _ = serve()
    channel.write_inbound(REQUEST.replace(b"Version: 13", b"Version: 8") + b"\r\n")
    assert b"sec-websocket-version: 13\r\n" in channel.outbound_bytes().lower()
    channel.write_inbound(REQUEST + b"\r\n" + HELLO)

    assert ANSWER + b"\x81\x05Hello" == channel.outbound_bytes()


def test_a_request_with_content_is_refused_and_ends_the_connection() -> None:
    """Its content is nobody's; neither are the bytes behind it."""
    channel, app = serve()
    channel.write_inbound(REQUEST + b"Content-Length: 5\r\n\r\nHello" + HELLO)

    sent = channel.outbound_bytes()
    assert sent.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert not channel.is_open
    assert not any(isinstance(told, HttpObject | WebSocketFrame) for told in app.told)
    assert 1 == sent.count(b"HTTP/1.1")


def test_subprotocol_and_compression_are_agreed_upon() -> None:
    """And told."""
    config = WebSocketConfig(deflate=DeflateOptions(server_window_bits=15, client_window_bits=15, min_bytes=0))
    channel, app = serve(subprotocols=["v2", "v1"], config=config)
    extra = b"Sec-WebSocket-Protocol: v1, v2\r\nSec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n\r\n"
    channel.write_inbound(REQUEST + extra)

    answer = channel.outbound_bytes()
    assert b"Sec-WebSocket-Protocol: v2\r\n" in answer
    assert b"Sec-WebSocket-Extensions: permessage-deflate\r\n" in answer
    assert ("v2", True) == (app.told[0].subprotocol, app.told[0].is_compressed)
    channel.write_inbound(b"\xc1\x87\x00\x00\x00\x00\xf2\x48\xcd\xc9\xc9\x07\x00")
    assert [TextWebSocketFrame("Hello")] == frames_told(app)
    assert b"\xc1\x07\xf2\x48\xcd\xc9\xc9\x07\x00" == channel.outbound_bytes()


@pytest.mark.parametrize("aggregate", [True, False])
def test_fragments_are_joined_if_that_is_wanted(aggregate: bool) -> None:
    """By default."""
    channel, app = serve(aggregate=aggregate)
    channel.write_inbound(REQUEST + b"\r\n\x01\x81\x00\x00\x00\x00a\x80\x81\x00\x00\x00\x00b")

    assert (["ab"] if aggregate else ["a", "b"]) == [frame.content.decode() for frame in frames_told(app)]


def test_limits_reach_the_reader() -> None:
    """Each of them ends the connection with 1009."""
    for limit, data in (
        ({"max_frame_bytes": 3}, b"\x82\x84"),
        ({"max_message_bytes": 3}, b"\x02\x82\x00\x00\x00\x00ab\x80\x82"),
        ({"max_fragments": 1}, b"\x02\x80\x00\x00\x00\x00\x00\x80"),
    ):
        channel, app = serve(config=WebSocketConfig(**limit))
        channel.write_inbound(REQUEST + b"\r\n" + data)
        assert b"\x03\xf1" in channel.outbound_bytes().removeprefix(ANSWER), limit
        assert WebSocketClosed(1006, "") == app.told[-1]


def test_a_peer_that_does_not_take_the_answer_is_given_up() -> None:
    """Within the handshake timeout."""
    channel, app = serve(config=WebSocketConfig(handshake_timeout_seconds=5))
    channel.hold_network()
    channel.write_inbound(REQUEST + b"\r\n")
    channel.advance_time(4.9)
    assert channel.is_open
    channel.advance_time(0.2)

    assert not channel.is_open
    assert any(isinstance(told, WebSocketHandshakeTimeoutError) for told in app.told)


def test_a_peer_that_takes_it_is_not() -> None:
    """The deadline ends with the answer."""
    channel, _ = serve(config=WebSocketConfig(handshake_timeout_seconds=5, ping_interval_seconds=0))
    channel.write_inbound(REQUEST + b"\r\n")
    channel.advance_time(100)

    assert channel.is_open


def test_the_handlers_behind_close_it_in_order() -> None:
    """A close of the channel is a close frame, and a close that comes is answered."""
    channel, app = serve()
    channel.write_inbound(REQUEST + b"\r\n")
    channel.outbound_bytes()
    channel.close()
    assert b"\x88\x02\x03\xe9" == channel.outbound_bytes()
    channel.write_inbound(b"\x88\x82\x00\x00\x00\x00\x03\xe9")

    assert not channel.is_open
    assert [WebSocketClosed(1001, "")] == [told for told in app.told if isinstance(told, WebSocketClosed)]
    assert not any(isinstance(told, CloseWebSocketFrame) for told in app.told)
