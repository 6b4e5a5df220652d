"""Clients that say nothing, or say it drop by drop, in memory on a clock that is turned."""

import logging
from typing import Any

import pytest

from pyboot.components.netty import ChannelHandler, ChannelHandlerContext, EmbeddedChannel, HttpServerCodec
from pyboot.components.netty.codec.http.deadlines import HttpServerDeadlines
from pyboot.components.netty.errors import ReadTimeoutError
from pyboot.components.netty.wire.http.message import FullHttpResponse, LastHttpContent

GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
POST = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n"


class Answering(ChannelHandler[Any]):
    """Answers each request when it is whole."""

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        """Say hello."""
        if isinstance(msg, LastHttpContent):
            ctx.write_and_flush(FullHttpResponse(200, b"hello"))


def serving(*handlers: ChannelHandler[Any], **figures: Any) -> EmbeddedChannel:
    """A channel of a server with deadlines."""
    return EmbeddedChannel(HttpServerCodec(), HttpServerDeadlines(**figures), *(handlers or (Answering(),)))


def written(channel: EmbeddedChannel) -> bytes:
    """All that went out."""
    out = b""
    while (piece := channel.read_outbound()) is not None:
        out += bytes(piece)
    return out


def drip(channel: EmbeddedChannel, data: bytes, seconds: float) -> float:
    """Send *data* byte by byte, one each *seconds*, until the channel is closed; tell how long that took."""
    for number, byte in enumerate(data):
        if not channel.is_open:
            return number * seconds
        channel.write_inbound(bytes([byte]))
        channel.advance_time(seconds)
    return len(data) * seconds


@pytest.mark.parametrize(
    ("said", "least", "most", "answer"),
    [
        (b"", 30.0, 35.0, b""),
        (b"GET / HT", 10.0, 15.0, b"408"),
        (b"\r\n", 15.0, 25.0, b""),
        (POST, 10.0, 20.0, b"408"),
        (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", 10.0, 20.0, b"408"),
        (GET, 15.0, 25.0, b"200"),
    ],
)
def test_silence_ends_the_connection(said: bytes, least: float, most: float, answer: bytes, caplog: pytest.LogCaptureFixture) -> None:
    """Wherever it begins; with a line in the log that says what has not come."""
    caplog.set_level(logging.DEBUG)
    channel = serving()
    if said:
        channel.write_inbound(said)
    channel.advance_time(least - 0.5)
    assert channel.is_open
    for _ in range(int((most - least) * 2) + 2):
        if channel.is_open:
            channel.advance_time(0.5)

    assert not channel.is_open
    assert answer == written(channel)[9:12]
    assert isinstance(channel.close_cause, ReadTimeoutError)
    assert "has not come within" in caplog.text


def test_a_head_drop_by_drop_is_no_sign_of_life() -> None:
    """What counts is its end."""
    assert drip(serving(), b"GET / HTTP/1.1\r\n" + b"X-A: b\r\n" * 50, 1.0) <= 15.0


def test_content_has_to_come_at_a_rate() -> None:
    """A byte a second is none; a thousand a second is, up to the time for all of it."""
    slow, steady = serving(), serving()
    for channel in (slow, steady):
        channel.write_inbound(POST)
    assert drip(slow, b"x" * 60, 1.0) <= 20.0
    for _ in range(290):
        steady.write_inbound(b"x" * 1000)
        steady.advance_time(1.0)
    assert steady.is_open
    for _ in range(30):
        if steady.is_open:
            steady.write_inbound(b"x" * 1000)
            steady.advance_time(1.0)
    assert not steady.is_open


def test_what_is_no_longer_http_is_left_alone() -> None:
    """Whoever takes the codec out, to go on as another protocol, need not know of what watches it."""
    channel = serving()
    channel.write_inbound(GET)
    channel.pipeline().remove(HttpServerCodec)
    channel.advance_time(1000)
    assert channel.is_open
    channel.close()


def test_requests_one_after_the_other_go_on_for_ever() -> None:
    """Each begins anew; what counts is the silence between two."""
    channel = serving()
    for _ in range(60):
        channel.write_inbound(GET)
        channel.advance_time(7.0)
    assert channel.is_open


def test_a_response_takes_as_long_as_it_takes() -> None:
    """The peer is not judged for what we do."""
    silent: ChannelHandler[Any] = type("Silent", (ChannelHandler,), {"channel_read": lambda self, ctx, msg: None})()
    channel = serving(silent)
    channel.write_inbound(GET)
    for _ in range(100):
        channel.advance_time(10.0)

    assert channel.is_open


@pytest.mark.parametrize("way", ["auto_read", "pause"])
def test_content_that_we_do_not_read_is_not_the_peer_s_fault(way: str) -> None:
    """Time counts while the channel reads."""
    channel = serving()
    channel.write_inbound(POST)
    if way == "auto_read":
        channel.reading.set_auto_read(False)
    else:
        channel.pause_reading()
    channel.advance_time(100.0)
    assert channel.is_open
    if way == "auto_read":
        channel.reading.set_auto_read(True)
    else:
        channel.resume_reading()
    channel.advance_time(30.0)

    assert not channel.is_open


def test_no_end_and_figures_that_cannot_be() -> None:
    """0 is never; below is refused."""
    never = dict.fromkeys(("first_byte_seconds", "head_seconds", "content_seconds", "content_rate", "keep_alive_seconds"), 0)
    channel = serving(**never)
    channel.write_inbound(b"GET")
    channel.advance_time(1_000_000.0)
    assert channel.is_open
    with pytest.raises(ValueError, match="allowed is 0"):
        HttpServerDeadlines(head_seconds=-1)


def test_it_costs_nothing_for_a_message() -> None:
    """No callback for what is read or written."""
    own = {name for name in vars(HttpServerDeadlines) if not name.startswith("_")}

    assert {
        "handler_added",
        "channel_active",
        "channel_inactive",
        "handler_removed",
    } == own
