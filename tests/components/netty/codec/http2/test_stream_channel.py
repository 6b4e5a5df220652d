"""One stream as a channel: the place of heads, windows, and the ends."""

import asyncio
import gc
from pathlib import Path
from typing import Any

import h2.events
import pytest

from pyboot.components.netty.buffer import DefaultFileRegion
from pyboot.components.netty.channel import ChannelHandler, ChannelHandlerContext, EmbeddedChannel
from pyboot.components.netty.channel.stream import StreamChannel
from pyboot.components.netty.codec.http2.codec import Http2FrameCodec
from pyboot.components.netty.codec.http2.multiplex import Http2MultiplexHandler
from pyboot.components.netty.errors import OutboundOverflowError, UnsupportedMessageError
from pyboot.components.netty.wire.http.errors import HttpEncoderError
from pyboot.components.netty.wire.http2.config import Http2Config
from pyboot.components.netty.wire.http2.frame import Http2DataFrame, Http2Headers, Http2HeadersFrame, Http2ResetFrame

from .peers import Server, named

OK = Http2Headers(status=200)


class Quiet(ChannelHandler[Any]):
    """Keeps what comes."""

    def __init__(self) -> None:
        self.log: list[Any] = []

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        self.log.append(msg)

    def exception_caught(self, ctx: ChannelHandlerContext, error: Exception) -> None:
        self.log.append(error)


def asked(**options: Any) -> tuple[Server, Any]:
    """A server with a request on stream 1, and its stream."""
    server = Server(Quiet, **options)
    server.ask(1)
    return server, server.streams[0]


def acting(server: Server, *messages: Any) -> list[Any]:
    """Write *messages* to stream 1 and flush; what the client gets."""
    with server.channel._acting():
        for message in messages:
            server.streams[0].write(message)
        server.streams[0].flush()
    return server.exchange()


def test_heads_keep_their_place_among_content() -> None:
    """Also those behind content that waits for room."""
    server, stream = asked()
    server.client.acknowledge_received_data(0, 1)
    events = acting(
        server, Http2HeadersFrame(Http2Headers(status=103)), Http2HeadersFrame(OK), Http2DataFrame(bytes(70_000)), Http2DataFrame(b"end")
    )
    assert ["InformationalResponseReceived", "ResponseReceived", "DataReceived"] == named(events)[:3]
    assert stream.outbound.pending > 0
    assert [] == named(acting(server, Http2HeadersFrame(Http2Headers({"t": "1"}), True)))
    server.client.increment_flow_control_window(10_000)
    server.client.increment_flow_control_window(10_000, 1)
    events = server.exchange()
    assert ["TrailersReceived", "StreamEnded"] == named(events)[-2:]
    assert b"end" == b"".join(each.data for each in events if isinstance(each, h2.events.DataReceived))[-3:]
    assert not stream.is_open


def test_it_is_writable_while_the_peer_makes_room() -> None:
    """The water marks count what waits for a window."""
    server, stream = asked()
    acting(server, Http2HeadersFrame(OK), Http2DataFrame(bytes(200_000)))
    assert not stream.is_writable
    server.client.increment_flow_control_window(200_000)
    server.client.increment_flow_control_window(200_000, 1)
    server.exchange()
    assert stream.is_writable


async def test_a_file_is_content_too(tmp_path: Path) -> None:
    """It is read piece by piece, and its end is behind its last byte."""
    path = tmp_path / "file"
    path.write_bytes(b"0123456789" * 10)
    codec, streams = Http2FrameCodec(is_server=True), []
    channel = EmbeddedChannel(codec, Http2MultiplexHandler(streams.append), loop=asyncio.get_running_loop())
    channel.write_inbound(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(3) + b"\x04" + bytes(5))
    channel.write_inbound(b"\x00\x00\x06\x01\x05\x00\x00\x00\x01\x82\x84\x86\x41\x01a")
    channel.outbound_bytes()
    stream = streams[0]
    with path.open("rb", buffering=0) as file:
        stream.write(Http2HeadersFrame(OK))
        await stream.write_and_flush(Http2DataFrame(DefaultFileRegion(file, 0, 100), True), promise := stream.new_promise())
        await promise
        await stream.close_future
    await asyncio.sleep(0)
    content = b"\x00\x00\x64\x00\x00\x00\x00\x00\x01" + b"0123456789" * 10
    assert b"\x00\x00\x01\x01\x04\x00\x00\x00\x01\x88" + content + b"\x00\x00\x00\x00\x01\x00\x00\x00\x01" == channel.outbound_bytes()


def test_a_promise_is_done_when_its_frame_has_left() -> None:
    """Not when it is written."""
    server, stream = asked()
    with server.channel._acting():
        promise = stream.new_promise()
        stream.write(Http2HeadersFrame(OK), promise)
    assert not promise.is_done
    with server.channel._acting():
        stream.flush()
    assert promise.is_success


@pytest.mark.parametrize("message", ["text", b"bytes", Http2DataFrame("text")])
def test_what_is_no_frame_is_refused(message: Any) -> None:
    """As by any transport; bytes by themselves belong to no frame."""
    server, stream = asked()
    with server.channel._acting():
        promise = stream.new_promise()
        stream.write(Http2HeadersFrame(OK))
        stream.write(message, promise)
    assert isinstance(promise.error, UnsupportedMessageError)


def test_nothing_is_written_behind_the_end() -> None:
    """A mistake of ours, which the peer does not see."""
    server, stream = asked()
    with server.channel._acting():
        stream.write(Http2HeadersFrame(OK, True))
        promise = stream.new_promise()
        stream.write(Http2DataFrame(b"x"), promise)
    assert isinstance(promise.error, HttpEncoderError)


def test_a_window_is_given_back_for_what_was_read() -> None:
    """A stream that does not read stops its own peer, and nobody else."""
    server = Server(Quiet, config=Http2Config(initial_window_size=10_000, connection_window_size=65_535))
    server.ask(1, ends=False)
    stream = server.streams[0]
    with server.channel._acting():
        stream.auto_read = False
    server.client.send_data(1, bytes(10_000))
    server.exchange()
    assert 0 == server.client.local_flow_control_window(1)
    with server.channel._acting():
        stream.read()
    server.exchange()
    assert 10_000 == server.client.local_flow_control_window(1)


@pytest.mark.parametrize(("frames", "code"), [((), 8), ((Http2HeadersFrame(OK),), 8), ((Http2ResetFrame(7),), 7)])
def test_a_message_that_was_cut_off_does_not_look_whole(frames: tuple[Any, ...], code: int) -> None:
    """A stream that is closed before its end is reset."""
    server, stream = asked()
    acting(server, *frames)
    with server.channel._acting():
        stream.close()
    events = server.exchange()
    if 8 == code:
        assert [8] == [each.error_code for each in events if isinstance(each, h2.events.StreamReset)]
    assert not stream.is_open


def test_a_response_in_front_of_the_end_of_its_request() -> None:
    """Who closes then wants no more of it: NO_ERROR (RFC 9113 8.1)."""
    server = Server(Quiet)
    server.ask(1, ends=False)
    acting(server, Http2HeadersFrame(OK, True))
    assert server.streams[0].is_open
    with server.channel._acting():
        server.streams[0].close()
    assert [0] == [each.error_code for each in server.exchange() if isinstance(each, h2.events.StreamReset)]


def test_a_reset_that_is_written_ends_the_stream() -> None:
    """Behind what finds room; the rest fails, and nobody waits for it."""
    server, stream = asked()
    events = acting(server, Http2HeadersFrame(OK), Http2DataFrame(bytes(100_000)), Http2ResetFrame(7))
    assert [7] == [each.error_code for each in events if isinstance(each, h2.events.StreamReset)]
    assert 65_535 == sum(len(each.data) for each in events if isinstance(each, h2.events.DataReceived))
    assert (False, 0, {}) == (stream.is_open, stream.outbound.pending, server.multiplexer._children)


@pytest.mark.parametrize(
    "refused", [Http2HeadersFrame(Http2Headers({"a": "b"})), Http2HeadersFrame(Http2Headers(), True), Http2DataFrame(b"x", True)]
)
def test_a_frame_past_the_limit_leaves_nothing_behind(refused: Any) -> None:
    """It is not sent in the place of the next one, and it ends nothing."""
    server, stream = asked()
    with server.channel._acting():
        stream.write(Http2HeadersFrame(OK))
        stream.config.write_buffer_limit, stream.config.high_water_mark = 4_000, 2_000
        promise = stream.new_promise()
        while not promise.is_done:
            size = stream.outbound.pending
            stream.write(Http2DataFrame(b"y"))
            if stream.outbound.pending == size:
                stream.write(refused, promise)
        stream.flush()
        stream.write_and_flush(Http2DataFrame(b"end", True))
    assert isinstance(promise.error, OutboundOverflowError)
    events = server.exchange()
    assert ["ResponseReceived", "DataReceived", "DataReceived", "StreamEnded"] == named(events)
    assert not stream.is_open


def test_what_is_no_content_does_not_end_a_stream() -> None:
    """The end may be written again."""
    server, stream = asked()
    with server.channel._acting():
        stream.write(Http2HeadersFrame(OK))
        stream.write(Http2DataFrame("text", True), promise := stream.new_promise())
        stream.write_and_flush(Http2DataFrame(b"", True))
    assert isinstance(promise.error, UnsupportedMessageError)
    assert "StreamEnded" in named(server.exchange())


class Answering(ChannelHandler[Any]):
    """Answers each request at once, and notes what it hears."""

    def __init__(self, log: list[Any]) -> None:
        self.log = log

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        ctx.write(Http2HeadersFrame(OK, True))

    def channel_read_complete(self, ctx: ChannelHandlerContext) -> None:
        ctx.flush()

    def channel_inactive(self, ctx: ChannelHandlerContext) -> None:
        self.log.append("inactive")

    def handler_removed(self, ctx: ChannelHandlerContext) -> None:
        self.log.append("removed")


def test_a_stream_that_is_over_leaves_no_circle_to_the_collector() -> None:
    """Its memory is free when nobody holds it any more."""
    log: list[Any] = []
    server = Server(lambda: Answering(log))
    gc.collect()
    before = {id(each) for each in gc.get_objects() if isinstance(each, StreamChannel | Answering)}  # that other tests hold
    gc.disable()
    try:
        server.ask(1)
        server.streams.clear()
        left = [type(each).__name__ for each in gc.get_objects() if isinstance(each, StreamChannel | Answering) and id(each) not in before]
    finally:
        gc.enable()
    assert ["inactive", "removed"] == log
    assert not left


def test_a_stream_that_is_over_answers_who_holds_it() -> None:
    """As any closed channel; also a context of it."""
    contexts: list[ChannelHandlerContext] = []

    class Held(Answering):
        def handler_added(self, ctx: ChannelHandlerContext) -> None:
            contexts.append(ctx)

    server = Server(lambda: Held([]))
    server.ask(1)
    stream, ctx = server.streams[0], contexts[0]
    assert not stream.is_open
    assert stream.close_future.is_done
    assert stream.close_future.result() is stream
    assert ctx.channel is stream
    assert [] == stream.pipeline().names() == ctx.pipeline.names()
    assert stream.pipeline().channel is stream
    assert stream.outbound.messages_taken == 1
    promise = ctx.new_promise()
    ctx.write(Http2HeadersFrame(OK), promise)
    assert repr(stream) in str(promise.error)
    ctx.fire_channel_read(b"to nobody")
    ctx.flush()
    ctx.read()
    assert ctx.close().is_done
