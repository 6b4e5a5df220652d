"""A connection of HTTP/2 in its pipeline: how it begins, and its two ends."""

import logging
from typing import Any

import h2.events
import pytest

from pyboot.components.netty.channel import ChannelHandler, ChannelHandlerContext, EmbeddedChannel
from pyboot.components.netty.channel.close_reason import close_reason_of
from pyboot.components.netty.channel.event import DRAINING
from pyboot.components.netty.channel.fault import log_of
from pyboot.components.netty.codec.http2.codec import Http2FrameCodec
from pyboot.components.netty.errors import ClosedChannelError, UnsupportedMessageError
from pyboot.components.netty.wire.http2.config import Http2Config
from pyboot.components.netty.wire.http2.errors import Http2ConnectionError
from pyboot.components.netty.wire.http2.frame import Http2DataFrame, Http2GoAwayFrame, Http2Headers, Http2HeadersFrame, Http2PingFrame

from .peers import Server


class Answering(ChannelHandler[Any]):
    """Answers each request with 204 when it has come."""

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        if msg.end_stream:
            ctx.write_and_flush(Http2HeadersFrame(Http2Headers(status=204), True))


def test_both_sides_greet_when_the_channel_is_active() -> None:
    """A client with the preface in front; also where the codec comes later, as after ALPN."""
    client = EmbeddedChannel(Http2FrameCodec(is_server=False))
    assert client.outbound_bytes().startswith(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00")
    late = EmbeddedChannel()
    late.pipeline().add_last(Http2FrameCodec(is_server=True))
    assert late.outbound_bytes().startswith(b"\x00\x00\x1e\x04\x00\x00\x00\x00\x00")


def test_a_ping_and_a_good_bye_of_ours() -> None:
    """The frames of the connection are written to it; those of a stream to its channel."""
    server = Server(Answering)
    server.channel.write_outbound(Http2PingFrame(b"12345678"), Http2GoAwayFrame(0, b"bye"))
    events = server.exchange()
    assert [h2.events.PingReceived, h2.events.ConnectionTerminated] == [type(each) for each in events]
    with pytest.raises(UnsupportedMessageError):
        server.channel.write_outbound(Http2DataFrame(b"x"))


# GOAWAY of the last stream there can be, then the PING that asks whether it was heard; the peer's answer.
LEAVING = b"\x00\x00\x08\x07\x00\x00\x00\x00\x00\x7f\xff\xff\xff" + bytes(4) + b"\x00\x00\x08\x06\x00\x00\x00\x00\x00drained?"
HEARD = b"\x00\x00\x08\x06\x01\x00\x00\x00\x00drained?"
ASKED = b"\x00\x00\x06\x01\x05\x00\x00\x00"  # and the number of the stream, then
GET = b"\x82\x84\x86\x41\x01a"


def last_stream(number: int) -> bytes:
    """Return GOAWAY that names the last stream."""
    return b"\x00\x00\x08\x07\x00\x00\x00\x00\x00" + number.to_bytes(4, "big") + bytes(4)


def test_a_close_waits_for_the_streams_that_have_begun_and_for_those_on_their_way() -> None:
    """GOAWAY twice: what the peer began before it heard the first is served, what it begins behind that is dropped, content too."""
    server = Server(Answering)
    server.ask(1, ends=False)
    channel = server.channel
    closed = channel.close()
    assert (LEAVING, True) == (channel.outbound_bytes(), channel.state < 4)

    channel.write_inbound(ASKED + b"\x03" + GET)
    assert channel.outbound_bytes().endswith(b"\x00\x00\x00\x03\x89")  # 204
    channel.write_inbound(HEARD)
    assert last_stream(3) == channel.outbound_bytes()
    channel.write_inbound(b"\x00\x00\x06\x01\x04\x00\x00\x00\x05" + GET + b"\x00\x00\x01\x00\x01\x00\x00\x00\x05x")
    assert b"" == channel.outbound_bytes()
    channel.write_inbound(b"\x00\x00\x00\x00\x01\x00\x00\x00\x01")  # the end of the first request
    channel.run_pending_tasks()

    assert (b"\x00\x00\x00\x01\x89", 4, True) == (channel.outbound_bytes()[-5:], channel.state, closed.is_success)


def test_a_peer_that_does_not_say_whether_it_heard_is_not_waited_for() -> None:
    """A second, then the last stream is named."""
    server = Server(Answering)
    server.ask(1)
    channel = server.channel
    channel.close()
    assert LEAVING == channel.outbound_bytes()

    channel.advance_time(1.1)
    channel.run_pending_tasks()

    assert (last_stream(1), 4) == (channel.outbound_bytes(), channel.state)


def test_a_close_waits_no_longer_than_its_peer_is_there() -> None:
    """Who closes is told then."""
    server = Server(Answering)
    server.ask(1, ends=False)
    closed = server.channel.close()
    server.channel.abort()
    server.channel.run_pending_tasks()
    assert closed.is_done


def test_a_close_without_streams_is_at_once() -> None:
    """GOAWAY, then the end."""
    server = Server(Answering)
    server.channel.close()
    assert b"\x00\x00\x08\x07\x00\x00\x00\x00\x00" + bytes(8) == server.channel.outbound_bytes()
    assert not server.channel.is_open


def test_a_peer_hears_of_the_end_before_it_comes() -> None:
    """As soon as the connection drains; it may have asked already, so that is served; the close says nothing more, and waits for nobody."""
    for asks in (False, True):
        server = Server(Answering)
        channel = server.channel
        channel.pipeline().fire_user_event_triggered(DRAINING)
        assert (LEAVING, True) == (channel.outbound_bytes(), channel.is_open)

        if asks:
            channel.write_inbound(ASKED + b"\x01" + GET)
            assert channel.outbound_bytes().endswith(b"\x00\x00\x00\x01\x89")
        channel.write_inbound(HEARD)
        assert (last_stream(int(asks)), True) == (channel.outbound_bytes(), channel.is_open)
        channel.close()
        channel.run_pending_tasks()
        assert (b"", 4) == (channel.outbound_bytes(), channel.state)


def test_a_close_soon_behind_the_word_of_it_waits_for_the_answer() -> None:
    """And says it no second time; who does not answer is waited for a second in all."""
    for answers in (True, False):
        server = Server(Answering)
        channel = server.channel
        channel.pipeline().fire_user_event_triggered(DRAINING)
        assert LEAVING == channel.outbound_bytes()
        closed = channel.close()
        assert (b"", False) == (channel.outbound_bytes(), closed.is_done)
        if answers:
            channel.write_inbound(HEARD)
        else:
            channel.advance_time(1.1)
        channel.run_pending_tasks()
        assert (last_stream(0), 4, True) == (channel.outbound_bytes(), channel.state, closed.is_success)


def test_streams_hear_that_their_connection_will_end() -> None:
    """Each once; a client, which is not asked for anything, says nothing of it."""
    heard: list[object] = []

    class Hearing(ChannelHandler[Any]):
        def user_event_triggered(self, ctx: ChannelHandlerContext, event: object) -> None:
            heard.append(event)

    server = Server(Hearing)
    server.ask(1, ends=False)
    server.ask(3, ends=False)
    for _ in range(2):
        server.channel.pipeline().fire_user_event_triggered(DRAINING)
    assert [DRAINING, DRAINING] == heard

    client = EmbeddedChannel(Http2FrameCodec(is_server=False))
    client.outbound_bytes()
    client.pipeline().fire_user_event_triggered(DRAINING)
    assert b"" == client.outbound_bytes()


def test_a_peer_that_breaks_the_protocol_is_told_and_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    """Whatever it sent behind that."""
    server = Server(Answering)
    with caplog.at_level(logging.DEBUG, "pyboot"):
        server.channel.write_inbound(b"\x00\x00\x00\x09\x04\x00\x00\x00\x01" * 1000)
    out = server.channel.outbound_bytes()
    assert (b"\x07\x00\x00\x00\x00\x00", 1) == (out[3:9], len(caplog.records))
    assert "CONTINUATION of no head (PROTOCOL_ERROR)" in caplog.text
    assert isinstance(server.channel.close_cause, Http2ConnectionError)
    assert not server.channel.is_open
    assert ("protocol-error", {"protocol-error": 1}) == (close_reason_of(server.channel), dict(log_of(server.channel).counts))


def test_a_flood_is_calmed_with_one_line_of_the_log(caplog: pytest.LogCaptureFixture) -> None:
    """ENHANCE_YOUR_CALM, and the connection is closed: rapid reset of a thousand streams."""
    server = Server(Answering, config=Http2Config(max_resets_received=100))
    flood = b"".join(
        b"\x00\x00\x06\x01\x04"
        + number.to_bytes(4, "big")
        + b"\x83\x84\x86\x41\x01a"
        + b"\x00\x00\x04\x03\x00"
        + number.to_bytes(4, "big")
        + bytes(4)
        for number in range(1, 2001, 2)
    )
    with caplog.at_level(logging.WARNING, "pyboot"):
        server.channel.write_inbound(flood)
        server.channel.run_pending_tasks()
    assert b"\x00\x00\x00\x0b" in server.channel.outbound_bytes()
    assert ["ENHANCE_YOUR_CALM" in record.getMessage() for record in caplog.records] == [True]
    assert (False, 101) == (server.channel.is_open, len(server.streams))
    assert ("enhance-your-calm", 1) == (close_reason_of(server.channel), log_of(server.channel).counts["enhance-your-calm"])


def test_a_frame_past_the_limit_is_too_long() -> None:
    """It is not waited for; the reason is that of any frame."""
    server = Server(Answering)
    server.channel.write_inbound(b"\xff\xff\xff\x00\x00\x00\x00\x00\x01")
    assert ("frame-too-long", {"frame-too-long": 1}) == (close_reason_of(server.channel), dict(log_of(server.channel).counts))


def test_a_peer_that_names_its_error_ends_for_that() -> None:
    """GOAWAY is counted when it comes; the end of the connection has its reason, that of a peer without a word not."""
    named, silent = Server(Answering), Server(Answering)
    named.channel.write_inbound(b"\x00\x00\x08\x07\x00\x00\x00\x00\x00" + bytes(7) + b"\x02")
    assert {"peer-error": 1} == dict(log_of(named.channel).counts)
    for each in (named.channel, silent.channel):
        each.close_cause = ClosedChannelError("the peer has closed the connection")
        each.closing.lost(None)
        each.run_pending_tasks()
    assert ["peer-error", "peer-closed"] == [close_reason_of(each.channel) for each in (named, silent)]


def test_a_close_that_waits_for_its_peer_is_over_with_a_connection_that_the_peer_breaks(caplog: pytest.LogCaptureFixture) -> None:
    """Found by a fuzzer: its promise was done by then, and was asked to be done again."""
    server = Server(Answering)
    server.ask()
    with server.channel._acting():
        closing = server.channel.close()
    assert server.channel.is_open
    server.channel.write_inbound(b"\x00\x00\x04\x08\x00\x00\x00\x00\x00\x00\x00\x00\x00")  # WINDOW_UPDATE of 0 bytes
    server.channel.run_pending_tasks()

    assert (False, True) == (server.channel.is_open, closing.is_success)
    assert [] == [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
