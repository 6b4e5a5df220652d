"""Clients of HTTP/2 that say nothing, or say it drop by drop, in memory on a clock that is turned."""

import logging
from typing import Any

import pytest

from pyboot.components.netty import (
    ChannelHandler,
    ChannelHandlerContext,
    EmbeddedChannel,
    Http2FrameCodec,
    Http2MultiplexHandler,
    Http2StreamFrameToHttpObjectCodec as HttpObjects,
)
from pyboot.components.netty.codec.http2.deadlines import Http2ServerDeadlines
from pyboot.components.netty.wire.http.message import FullHttpResponse, HttpResponse, LastHttpContent

HELLO = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00"
GET = b"\x00\x00\x06\x01\x05\x00\x00\x00\x01\x82\x84\x86\x41\x01a"
POST = b"\x00\x00\x06\x01\x04\x00\x00\x00\x01\x83\x84\x86\x41\x01a"
PIECE = b"\x00\x00\x01\x00\x00\x00\x00\x00\x01x"  # of content, one byte
GOAWAY = b"\x07\x00\x00\x00\x00\x00"  # of any length
RST_STREAM = b"\x00\x00\x04\x03\x00\x00\x00\x00\x01"


class Answering(ChannelHandler[Any]):
    """Answers each request when it is whole."""

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        """Say hello."""
        if isinstance(msg, LastHttpContent):
            ctx.write_and_flush(FullHttpResponse(200, b"hello"))


class Early(ChannelHandler[Any]):
    """Begins its answer before it knows the request."""

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        """Say that there will be one."""
        if not isinstance(msg, LastHttpContent) and hasattr(msg, "uri"):
            ctx.write_and_flush(HttpResponse(200))


class Busy(ChannelHandler[Any]):
    """Does not read on."""

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        """Stop."""
        ctx.channel.auto_read = False


def serving(handler: type[ChannelHandler[Any]] = Answering, **figures: Any) -> EmbeddedChannel:
    """A connection whose client has said hello."""
    streams = Http2MultiplexHandler(lambda stream: stream.pipeline().add_last(HttpObjects(is_server=True), handler()))
    channel = EmbeddedChannel(Http2FrameCodec(is_server=True), streams, Http2ServerDeadlines(**figures))
    channel.write_inbound(HELLO)
    channel.outbound_bytes()
    return channel


def seconds_until_closed(channel: EmbeddedChannel, most: float) -> float:
    """Turn the clock until the channel is closed."""
    seconds = 0.0
    while channel.is_open and seconds < most:
        channel.advance_time(0.5)
        seconds += 0.5
    return seconds


@pytest.mark.parametrize(
    ("said", "least", "most", "reason"),
    [
        (b"", 30.0, 35.0, "the first request"),
        (GET[:12], 10.0, 16.0, "the rest of a frame"),
        (GET[:4], 10.0, 16.0, "the rest of a frame"),
        (b"\x00\x00\x01\x01\x01\x00\x00\x00\x01\x82", 10.0, 16.0, "the rest of a frame"),  # HEADERS, and no CONTINUATION
        (GET, 15.0, 25.0, ""),
    ],
)
def test_silence_ends_the_connection(said: bytes, least: float, most: float, reason: str, caplog: pytest.LogCaptureFixture) -> None:
    """Said to the peer with GOAWAY, and to the log where it is the peer's fault."""
    channel = serving()
    channel.write_inbound(said)

    with caplog.at_level(logging.INFO, "pyboot"):
        took = seconds_until_closed(channel, 60.0)

    assert least <= took <= most
    assert GOAWAY in channel.outbound_bytes()
    assert [True] * bool(reason) == [reason in record.getMessage() for record in caplog.records]


@pytest.mark.parametrize(("handler", "answer"), [(Answering, b"408"), (Early, b"")])
def test_content_that_does_not_come_ends_its_stream_alone(handler: type[ChannelHandler[Any]], answer: bytes) -> None:
    """With 408 where no response was begun; the connection serves others."""
    channel = serving(handler)
    channel.write_inbound(POST)
    channel.advance_time(9.0)
    assert RST_STREAM not in channel.outbound_bytes()

    for _ in range(30):
        channel.advance_time(0.5)
    out = channel.outbound_bytes()

    assert (True, True, True) == (RST_STREAM in out, answer in out, channel.is_open)
    channel.write_inbound(b"\x00\x00\x08\x06\x00\x00\x00\x00\x00still up")
    assert b"still up" in channel.outbound_bytes()


def test_content_that_drips_is_not_enough() -> None:
    """A byte each second, in frames of its own; what comes fast enough has its time."""
    slow, fast = serving(), serving()
    for channel in (slow, fast):
        channel.write_inbound(POST)
    for _ in range(40):
        slow.write_inbound(PIECE)
        fast.write_inbound(b"\x00\x01\x00\x00\x00\x00\x00\x00\x01" + bytes(256))
        slow.advance_time(0.5)
        fast.advance_time(0.5)
    assert (True, False) == (RST_STREAM in slow.outbound_bytes(), RST_STREAM in fast.outbound_bytes())


def test_content_that_we_do_not_read_is_not_the_peers_fault() -> None:
    """However long."""
    channel = serving(Busy)
    channel.write_inbound(POST + PIECE)
    for _ in range(200):
        channel.advance_time(0.5)
    assert (True, b"") == (channel.is_open, channel.outbound_bytes())


def test_a_request_that_waits_for_its_answer_and_times_of_0_have_no_end() -> None:
    """As of HTTP/1."""

    class Silent(ChannelHandler[Any]):
        """Says nothing."""

        def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            """Keep it."""

    waiting = serving(Silent)
    waiting.write_inbound(GET)
    endless = serving(first_byte_seconds=0, head_seconds=0, content_seconds=0, content_rate=0, keep_alive_seconds=0)
    endless.write_inbound(POST)
    for channel in (waiting, endless):
        for _ in range(200):
            channel.advance_time(5.0)
        assert channel.is_open
    with pytest.raises(ValueError, match="allowed is 0, for no end, or more"):
        Http2ServerDeadlines(head_seconds=-1)
