"""Streams of ours: a client and a server in memory."""

from typing import Any

import pytest

from pyboot.components.netty.channel import ChannelHandler, ChannelHandlerContext, EmbeddedChannel
from pyboot.components.netty.codec.http2.bootstrap import Http2StreamChannelBootstrap
from pyboot.components.netty.codec.http2.codec import Http2FrameCodec
from pyboot.components.netty.codec.http2.multiplex import Http2MultiplexHandler
from pyboot.components.netty.errors import ChannelPipelineError
from pyboot.components.netty.wire.http2.config import Http2Config
from pyboot.components.netty.wire.http2.errors import Http2GoAwayError, Http2NoMoreStreamIdsError
from pyboot.components.netty.wire.http2.frame import Http2DataFrame, Http2Headers, Http2HeadersFrame

GET = Http2Headers(method="GET", scheme="http", authority="a", path="/")


class Echo(ChannelHandler[Any]):
    """Answers with the number of the stream."""

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        if msg.end_stream:
            ctx.write(Http2HeadersFrame(Http2Headers(status=200)))
            ctx.write_and_flush(Http2DataFrame(str(ctx.channel.stream_id).encode(), True))


class Keeping(ChannelHandler[Any]):
    """Keeps what comes."""

    def __init__(self) -> None:
        self.log: list[Any] = []

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        self.log.append(msg)

    def exception_caught(self, ctx: ChannelHandlerContext, error: Exception) -> None:
        self.log.append(error)


def pair(config: Http2Config | None = None) -> tuple[EmbeddedChannel, EmbeddedChannel]:
    """A client and a server that have met."""
    server = EmbeddedChannel(
        Http2FrameCodec(is_server=True, config=config), Http2MultiplexHandler(lambda stream: stream.pipeline().add_last(Echo()))
    )
    client = EmbeddedChannel(Http2FrameCodec(is_server=False), Http2MultiplexHandler())
    talk(client, server)
    return client, server


def talk(one: EmbeddedChannel, other: EmbeddedChannel) -> None:
    """Carry bytes until there are none."""
    while True:
        for end in (one, other):
            end.run_pending_tasks()
        sent, back = one.outbound_bytes(), other.outbound_bytes()
        if not sent and not back:
            return
        if sent and other.is_open:
            other.write_inbound(sent)
        if back and one.is_open:
            one.write_inbound(back)


def test_streams_get_their_numbers_with_their_heads() -> None:
    """In the order in which those leave, whichever was opened first."""
    client, server = pair()
    first, second = Keeping(), Keeping()
    with client._acting():
        promises = [Http2StreamChannelBootstrap(client).handler(handler).open() for handler in (first, second)]
        streams: list[Any] = [promise.result() for promise in promises]
        for stream in reversed(streams):
            stream.write_and_flush(Http2HeadersFrame(GET, True))
    talk(client, server)
    assert ([3, 1], [b"3", b"1"]) == ([stream.stream_id for stream in streams], [handler.log[1].content for handler in (first, second)])
    assert [False, False] == [stream.is_open for stream in streams]


def test_a_stream_waits_until_the_peer_allows_one_more() -> None:
    """SETTINGS_MAX_CONCURRENT_STREAMS is kept to, and nothing is refused."""
    client, server = pair(Http2Config(max_concurrent_streams=1))
    handlers = [Keeping(), Keeping()]
    with client._acting():
        first, second = [Http2StreamChannelBootstrap(client).handler(handler).open() for handler in handlers]
    assert (True, False) == (first.is_done, second.is_done)
    one: Any = first.result()
    with client._acting():
        one.write_and_flush(Http2HeadersFrame(GET, True))
    talk(client, server)
    assert second.is_success


def test_after_a_good_bye_streams_that_were_not_looked_at_may_be_tried_elsewhere() -> None:
    """Those that wait, and those above the last."""
    client, _ = pair()
    keeping = Keeping()
    with client._acting():
        promise = Http2StreamChannelBootstrap(client).handler(keeping).open()
        stream: Any = promise.result()
        stream.write_and_flush(Http2HeadersFrame(GET))
        client.write_inbound(b"\x00\x00\x08\x07\x00\x00\x00\x00\x00" + bytes(8))
    assert [Http2GoAwayError] == [type(each) for each in keeping.log]
    with client._acting():
        late = Http2StreamChannelBootstrap(client).open()
    assert isinstance(late.error, Http2GoAwayError)


def test_it_wants_a_multiplexer() -> None:
    """The error names the connection."""
    with pytest.raises(ChannelPipelineError, match="has no Http2MultiplexHandler"):
        Http2StreamChannelBootstrap(EmbeddedChannel()).open()


async def test_a_head_that_http2_does_not_have_fails_by_itself() -> None:
    """When it is written, before its stream has a number, which the next one takes."""
    client, server = pair()
    with client._acting():
        streams: list[Any] = [Http2StreamChannelBootstrap(client).handler(Keeping()).open().result() for _ in range(2)]
        odd, even = streams
        wrong = Http2Headers(method="GET", scheme="http", authority="a", path="/ b")
        odd.write_and_flush(Http2HeadersFrame(wrong, True), failed := odd.new_promise())
        even.write_and_flush(Http2HeadersFrame(GET))
        odd.close()
    assert ("HttpEncoderError", 0, 1) == (type(failed.error).__name__, odd.stream_id, even.stream_id)
    assert (False, True) == (odd.is_open, even.is_open)
    with client._acting():
        even.write_and_flush(Http2DataFrame(b"", True))
    talk(client, server)
    assert not even.is_open


def test_content_in_front_of_a_head_is_refused() -> None:
    """There is no stream that it could be sent on."""
    client, server = pair()
    with client._acting():
        stream: Any = Http2StreamChannelBootstrap(client).handler(Keeping()).open().result()
        stream.write(Http2DataFrame(b"x"), failed := stream.new_promise())
        stream.write_and_flush(Http2HeadersFrame(GET, True))
    talk(client, server)
    assert ("content in front of the head of its stream", False) == (str(failed.error), stream.is_open)


def test_after_a_good_bye_a_close_waits_for_none_of_the_streams_that_nobody_looks_at() -> None:
    """It is over with the last one that the peer serves."""
    client, _ = pair()
    with client._acting():
        streams: list[Any] = [Http2StreamChannelBootstrap(client).handler(Keeping()).open().result() for _ in range(2)]
        for stream in streams:
            stream.write_and_flush(Http2HeadersFrame(GET, True))
        client.write_inbound(b"\x00\x00\x08\x07\x00\x00\x00\x00\x00" + b"\x00\x00\x00\x01" + bytes(4))
        client.close()
    assert ([True, False], True) == ([stream.is_open for stream in streams], client.is_open)
    client.write_inbound(b"\x00\x00\x01\x01\x05\x00\x00\x00\x01\x88")  # 200 of stream 1, its end
    client.run_pending_tasks()
    assert not client.is_open


def test_who_has_used_all_numbers_is_told_to_open_another_connection() -> None:
    """The last one is 2**31-1, those that wait for one too many fail at once, and streams that are open go on (RFC 9113 5.1.1)."""
    client, server = pair()
    machine: Any = client.pipeline().get(Http2FrameCodec).machine  # type: ignore[union-attr]  # it is there
    machine.streams.next_of_ours = 2**31 - 3
    keeping = [Keeping() for _ in range(3)]
    with client._acting():
        promises = [Http2StreamChannelBootstrap(client).handler(each).open() for each in keeping]
        for promise in promises[:2]:
            stream: Any = promise.result()
            stream.write_and_flush(Http2HeadersFrame(GET, True))
    talk(client, server)

    assert isinstance(promises[2].error, Http2NoMoreStreamIdsError)
    assert "open another connection" in str(promises[2].error)
    assert [b"2147483645", b"2147483647"] == [each.log[1].content for each in keeping[:2]]
    with client._acting():
        late = Http2StreamChannelBootstrap(client).open()
    assert isinstance(late.error, Http2NoMoreStreamIdsError)
