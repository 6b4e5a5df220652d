"""Messages and their content become one."""

from typing import Any

import pytest

from pyboot.components.netty.buffer.byte_buffer import ByteBuffer
from pyboot.components.netty.channel.embedded.channel import EmbeddedChannel
from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.components.netty.codec.http.aggregator import HttpObjectAggregator
from pyboot.components.netty.codec.http.client import HttpClientCodec
from pyboot.components.netty.codec.http.server import HttpServerCodec
from pyboot.components.netty.errors import TooLongFrameError
from pyboot.components.netty.wire.http.message import (
    DefaultHttpContent,
    DefaultLastHttpContent,
    FullHttpRequest,
    FullHttpResponse,
    HttpRequest,
    HttpResponse,
)

GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


def server(limit: int = 10, *handlers: ChannelHandler[Any]) -> EmbeddedChannel:
    """A channel of a server that aggregates."""
    return EmbeddedChannel(HttpServerCodec(), HttpObjectAggregator(limit), *handlers)


def receive(channel: EmbeddedChannel, *chunks: bytes) -> list[Any]:
    """The messages of *chunks*."""
    before = len(channel.inbound_messages())
    for chunk in chunks:
        channel.write_inbound(ByteBuffer(chunk))
    channel.run_pending_tasks()
    return channel.inbound_messages()[before:]


def post(fields: bytes, content: bytes = b"") -> bytes:
    """A POST with *fields*."""
    return b"POST / HTTP/1.1\r\nHost: x\r\n" + fields + b"\r\n\r\n" + content


def test_a_request_becomes_one_however_it_is_cut() -> None:
    """Of a known length, in chunks, or without content; its fields say what it is now."""
    chunked = post(b"Transfer-Encoding: chunked", b"2\r\nhe\r\n3\r\nllo\r\n0\r\nT: 1\r\n\r\n")
    whole = FullHttpRequest("POST", "/", b"hello", {"Host": "x", "content-length": "5"}, trailing_headers={"T": "1"})
    for cut in range(len(chunked)):
        assert [whole] == receive(server(), chunked[:cut], chunked[cut:])
    fixed = post(b"Content-Length: 5", b"hello")
    assert [FullHttpRequest("POST", "/", b"hello", {"Host": "x", "Content-Length": "5"})] == receive(server(), fixed[:-3], fixed[-3:])
    assert [FullHttpRequest("GET", "/", headers={"Host": "x"})] == receive(server(), GET)


@pytest.mark.parametrize(
    "stream",
    [
        post(b"Content-Length: 11", b"hello"),
        post(b"Transfer-Encoding: chunked", b"b\r\nhello world\r\n0\r\n\r\n"),
        post(b"Transfer-Encoding: chunked", b"9\r\nhello wor\r\n2\r\nld\r\n0\r\n\r\n"),
        post(b"Content-Length: 11\r\nExpect: 100-continue"),
    ],
)
def test_content_that_is_too_long_is_refused(stream: bytes) -> None:
    """By what was said, or as soon as there is more; the rest is never taken for a request."""
    channel = server()

    assert [] == receive(channel, stream + GET)
    sent = channel.outbound_bytes()  # whose reason Python has changed
    assert sent.startswith(b"HTTP/1.1 413 ")
    assert sent.endswith(b"\r\nconnection: close\r\ncontent-length: 0\r\n\r\n")
    assert not channel.is_open


def test_a_client_that_waits_is_told_to_go_on() -> None:
    """Once, and the handlers do not see that it has asked."""
    channel = server()
    stream = post(b"Content-Length: 5\r\nExpect: 100-Continue")

    assert [] == receive(channel, stream)
    assert b"HTTP/1.1 100 Continue\r\n\r\n" == channel.outbound_bytes()
    assert [FullHttpRequest("POST", "/", b"hello", {"Host": "x", "Content-Length": "5"})] == receive(channel, b"hello")
    channel.write_outbound(FullHttpResponse(200))
    assert b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n" == channel.outbound_bytes()


def test_an_expectation_that_nobody_knows_is_refused() -> None:
    """With 417, and the channel closed, for its content may follow."""
    channel = server()

    assert [] == receive(channel, post(b"Content-Length: 5\r\nExpect: a-miracle", b"hello"))
    assert b"HTTP/1.1 417 Expectation Failed\r\nconnection: close\r\ncontent-length: 0\r\n\r\n" == channel.outbound_bytes()
    assert not channel.is_open


def test_what_is_said_of_a_request_is_said_in_its_turn() -> None:
    """Behind the responses to those that came before it."""
    channel = server()
    assert 1 == len(receive(channel, GET + post(b"Content-Length: 11\r\nExpect: 100-continue")))
    assert b"" == channel.outbound_bytes()

    channel.write_outbound(FullHttpResponse(200))
    channel.run_pending_tasks()

    assert channel.outbound_bytes().startswith(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\nHTTP/1.1 413 ")


def test_a_response_becomes_one() -> None:
    """An informational one before it is one already."""
    channel = EmbeddedChannel(HttpClientCodec(), HttpObjectAggregator(10))
    channel.write_outbound(FullHttpRequest("GET", "/", headers={"Host": "x"}))
    chunks = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 Fine\r\nTransfer-Encoding: chunked\r\n\r\n", b"2\r\nok\r\n0\r\n\r\n"

    assert [FullHttpResponse(100), FullHttpResponse(200, b"ok", {"content-length": "2"}, reason="Fine")] == receive(channel, *chunks)


@pytest.mark.parametrize("fields", [b"Content-Length: 11", b"Transfer-Encoding: chunked"])
def test_a_response_that_is_too_long_closes_the_channel(fields: bytes) -> None:
    """Nobody could tell the server to stop."""
    channel = EmbeddedChannel(HttpClientCodec(), HttpObjectAggregator(10))
    channel.write_outbound(FullHttpRequest("GET", "/", headers={"Host": "x"}))

    with pytest.raises(TooLongFrameError, match="11"):
        receive(channel, b"HTTP/1.1 200 OK\r\n" + fields + b"\r\n\r\n", b"b\r\nhello world")
    assert not channel.is_open


def test_what_is_not_whole_is_dropped() -> None:
    """When the peer leaves; and what is no message of HTTP passes."""
    channel = EmbeddedChannel(HttpObjectAggregator(10))
    channel.write_inbound(HttpRequest("POST", "/"), DefaultHttpContent(b"a"), "text")
    channel.finish_input()

    assert ["text"] == channel.inbound_messages()
    with pytest.raises(ValueError, match="must not be negative"):
        HttpObjectAggregator(-1)


def test_messages_of_any_codec_become_one() -> None:
    """A head that begins before the one in front of it has ended takes its place."""
    channel = EmbeddedChannel(HttpObjectAggregator(10))
    channel.write_inbound(HttpRequest("POST", "/a"), DefaultHttpContent(b"a"), HttpResponse(201), DefaultLastHttpContent(b"b"))

    assert [FullHttpResponse(201, b"b", {"content-length": "1"})] == channel.inbound_messages()


class AskingOnce(ChannelHandler[Any]):
    """Counts what it is asked to read."""

    reads = 0

    def read(self, ctx: Any) -> None:
        """Counts it."""
        self.reads += 1
        ctx.read()


def test_who_asks_for_a_message_gets_a_whole_one() -> None:
    """Where the channel does not read by itself, the aggregator asks until it is whole."""
    asking = AskingOnce()
    channel = EmbeddedChannel(asking, HttpObjectAggregator(10))
    channel.config.auto_read = False
    before = asking.reads

    channel.write_inbound(HttpRequest("POST", "/a"))
    assert before + 1 == asking.reads
    channel.write_inbound(DefaultLastHttpContent(b"b"))
    assert before + 1 == asking.reads
