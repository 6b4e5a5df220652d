"""From HTTP/1.1 to HTTP/2 on one connection, in memory."""

from typing import Any

import h2.config
import h2.connection
import h2.events
import pytest

from pyboot.components.netty import (
    ChannelHandler,
    ChannelHandlerContext,
    EmbeddedChannel,
    FullHttpRequest,
    FullHttpResponse,
    Http2StreamFrameToHttpObjectCodec as HttpObjects,
    HttpClientCodec,
    HttpClientUpgradeHandler,
    HttpServerCodec,
    HttpServerUpgradeHandler,
)
from pyboot.components.netty.codec.http2.upgrade import H2C, Http2ClientUpgradeCodec, Http2ServerUpgradeCodec
from pyboot.components.netty.wire.http.errors import HttpEncoderError

ASKS = b"GET /x HTTP/1.1\r\nHost: a\r\nConnection: upgrade, http2-settings\r\nUpgrade: h2c\r\nHTTP2-Settings: %s\r\nX-Own: 1\r\n\r\n"
SWITCHED = b"HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: h2c\r\n\r\n"


class Answering(ChannelHandler[Any]):
    """Answers with what it saw."""

    def channel_read(self, ctx: ChannelHandlerContext, msg: FullHttpRequest) -> None:
        """The request, and its fields."""
        ctx.write_and_flush(FullHttpResponse(200, f"{msg.version} {msg.uri} {sorted(name for name, _ in msg.headers.items())}".encode()))


def of_stream(stream: Any) -> None:
    """A stream."""
    stream.pipeline().add_last(HttpObjects(is_server=True), Answering())


def serving(*front: ChannelHandler[Any]) -> EmbeddedChannel:
    """A server of HTTP/1.1 that may change."""
    upgrade = HttpServerUpgradeHandler(lambda ctx: None, {H2C: lambda: Http2ServerUpgradeCodec(of_stream)})
    return EmbeddedChannel(*front, HttpServerCodec(), upgrade, Answering())


def test_a_server_answers_on_stream_1_and_goes_on_with_http_2() -> None:
    """h2 as the client; what belongs to the change is not in the request."""
    client = h2.connection.H2Connection(h2.config.H2Configuration(client_side=True))
    settings = client.initiate_upgrade_connection()
    channel = serving()
    assert settings is not None

    channel.write_inbound(ASKS % settings)
    out = channel.outbound_bytes()
    assert out.startswith(SWITCHED)
    assert ["Http2FrameCodec#0", "Http2MultiplexHandler#0"] == channel.pipeline().names()

    client.send_headers(3, [(":method", "GET"), (":path", "/y"), (":scheme", "http"), (":authority", "a")], end_stream=True)
    events = client.receive_data(out[len(SWITCHED) :])
    channel.write_inbound(client.data_to_send())
    channel.run_pending_tasks()
    events += client.receive_data(channel.outbound_bytes())
    contents = {each.stream_id: each.data for each in events if isinstance(each, h2.events.DataReceived)}
    assert {1: b"HTTP/2 /x ['x-own', 'Host']", 3: b"HTTP/2 /y ['Host']"} == {
        number: content.replace(b"'X-Own'", b"'x-own'").replace(b"'host'", b"'Host'") for number, content in contents.items()
    }


def test_the_preface_may_come_with_the_request() -> None:
    """In the same read: what is behind the request is HTTP/2."""
    client = h2.connection.H2Connection(h2.config.H2Configuration(client_side=True))
    settings = client.initiate_upgrade_connection()
    assert settings is not None
    channel = serving()
    channel.write_inbound(ASKS % settings + client.data_to_send())
    channel.run_pending_tasks()
    events = client.receive_data(channel.outbound_bytes()[len(SWITCHED) :])
    assert [1] == [each.stream_id for each in events if isinstance(each, h2.events.StreamEnded)]
    assert any(isinstance(each, h2.events.SettingsAcknowledged) for each in events)


class Encrypted(ChannelHandler[Any]):
    """Stands for TLS."""

    application_protocol = None


@pytest.mark.parametrize(
    ("settings", "front"),
    [
        (b"AAMAAABkAA", []),  # cut off
        (b"!!!!", []),
        (b"AAQ____/_w", []),
        (b"AAT_____", []),
        (b"AAX_____", []),
        (b"AAMAAABk\r\nHTTP2-Settings: AAMAAABk", []),
        (b"AAMAAABk", [Encrypted()]),
    ],
)
def test_what_is_no_upgrade_is_answered_with_http_1(settings: bytes, front: list[ChannelHandler[Any]]) -> None:
    """Settings that are none, or twice; or a connection with TLS, where ALPN decides."""
    channel = serving(*front)
    channel.write_inbound(ASKS % settings)
    assert channel.outbound_bytes().startswith(b"HTTP/1.1 200 OK\r\n")


def test_a_client_of_ours_changes_a_server_of_ours() -> None:
    """And gets its answer on stream 1."""
    answers: list[Any] = []

    class Taking(ChannelHandler[Any]):
        """Keeps what comes."""

        def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            """One more."""
            answers.append(msg)

    codec = Http2ClientUpgradeCodec(lambda stream: stream.pipeline().add_last(HttpObjects(is_server=False, scheme="http"), Taking()))
    client = EmbeddedChannel(HttpClientCodec(), HttpClientUpgradeHandler(lambda ctx: None, codec))
    server = serving()
    client.write_outbound(FullHttpRequest("GET", "/x", headers={"host": "a"}))
    for _ in range(3):
        if said := client.outbound_bytes():
            server.write_inbound(said)
            server.run_pending_tasks()
        if said := server.outbound_bytes():
            client.write_inbound(said)
            client.run_pending_tasks()
    assert (200, b"HTTP/2 /x") == (answers[0].status, b"".join(each.content for each in answers[1:])[:9])
    assert ["Http2FrameCodec#0", "Http2MultiplexHandler#0"] == client.pipeline().names()


def test_nothing_more_is_written_behind_the_request_that_asked() -> None:
    """Its stream has ended on our side, so such a write fails by itself, and the answer comes all the same."""
    answers: list[Any] = []
    failures: list[Any] = []

    class Writing(ChannelHandler[Any]):
        """Asks again on the stream of the answer."""

        def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            """One more."""
            ctx.write_and_flush(FullHttpRequest("POST", "/more", b"x", {"host": "a"}), failed := ctx.new_promise())
            failures.append(failed.error)
            answers.append(msg)

    codec = Http2ClientUpgradeCodec(lambda stream: stream.pipeline().add_last(HttpObjects(is_server=False, scheme="http"), Writing()))
    client = EmbeddedChannel(HttpClientCodec(), HttpClientUpgradeHandler(lambda ctx: None, codec))
    server = serving()
    client.write_outbound(FullHttpRequest("GET", "/x", headers={"host": "a"}))
    for _ in range(3):
        if said := client.outbound_bytes():
            server.write_inbound(said)
            server.run_pending_tasks()
        if said := server.outbound_bytes():
            client.write_inbound(said)
            client.run_pending_tasks()
    assert (200, b"HTTP/2 /x") == (answers[0].status, b"".join(each.content for each in answers[1:])[:9])
    assert [HttpEncoderError] * len(answers) == [type(each) for each in failures]
    assert "a frame behind the end of stream 1" == str(failures[0])


def test_a_stream_that_a_server_takes_back_in_the_read_that_began_it_is_told_to_its_handlers() -> None:
    """Its answer, and a GOAWAY that says it was not looked at: whoever waits for the answer learns that none will come."""
    heard: list[Any] = []

    class Taking(ChannelHandler[Any]):
        """Keeps what it hears."""

        def channel_active(self, ctx: ChannelHandlerContext) -> None:
            """The beginning."""
            heard.append("active")

        def exception_caught(self, ctx: ChannelHandlerContext, error: Exception) -> None:
            """Why."""
            heard.append(type(error).__name__)

        def channel_inactive(self, ctx: ChannelHandlerContext) -> None:
            """The end."""
            heard.append("inactive")

    codec = Http2ClientUpgradeCodec(lambda stream: stream.pipeline().add_last(Taking()))
    client = EmbeddedChannel(HttpClientCodec(), HttpClientUpgradeHandler(lambda ctx: None, codec))
    client.write_outbound(FullHttpRequest("GET", "/x", headers={"host": "a"}))
    settings, head = b"\x00\x00\x00\x04\x00\x00\x00\x00\x00", b"\x00\x00\x01\x01\x04\x00\x00\x00\x01\x88"
    client.write_inbound(SWITCHED + settings + head + b"\x00\x00\x08\x07\x00\x00\x00\x00\x00" + bytes(8))
    client.run_pending_tasks()
    assert ["active", "Http2GoAwayError", "inactive"] == heard
