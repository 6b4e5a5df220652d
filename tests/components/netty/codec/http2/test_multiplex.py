"""Streams of one connection: who serves them, who waits, and how they end with it."""

from typing import Any

import h2.events
import pytest

from pyboot.components.netty.channel import ChannelHandler, ChannelHandlerContext, EmbeddedChannel
from pyboot.components.netty.channel.close_reason import close_reason_of
from pyboot.components.netty.channel.fault import log_of
from pyboot.components.netty.codec.http2.codec import Http2FrameCodec
from pyboot.components.netty.codec.http2.multiplex import Http2MultiplexHandler
from pyboot.components.netty.errors import ChannelPipelineError, ClosedChannelError
from pyboot.components.netty.wire.http2.errors import Http2StreamError, Http2StreamResetError
from pyboot.components.netty.wire.http2.frame import Http2DataFrame, Http2Headers, Http2HeadersFrame, Http2ResetFrame
from tests.components.netty.life import Life, kinds

from .peers import Server, named


class Big(ChannelHandler[Any]):
    """Answers with a hundred thousand bytes."""

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        if msg.end_stream:
            ctx.write(Http2HeadersFrame(Http2Headers(status=200)))
            ctx.write_and_flush(Http2DataFrame(bytes(100_000), True))


class Logging(Life):
    """A life that reads."""

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        self.log.append(msg)


def test_it_wants_a_codec_in_front() -> None:
    """The error says so."""
    with pytest.raises(ChannelPipelineError, match="stands behind an Http2FrameCodec"):
        EmbeddedChannel(Http2MultiplexHandler())


def test_streams_are_served_side_by_side() -> None:
    """Each in a channel of its own, which is gone when both sides have ended."""
    server = Server(Big)
    server.client.increment_flow_control_window(1 << 20)
    server.client.update_settings({4: 1 << 20})
    server.exchange()
    server.client.send_headers(1, [(":method", "GET"), (":path", "/"), (":scheme", "http"), (":authority", "a")], end_stream=True)
    events = server.ask(3)
    assert (2, {1, 3}) == (len(server.streams), {each.stream_id for each in events if isinstance(each, h2.events.StreamEnded)})
    assert [False, False] == [stream.is_open for stream in server.streams]
    assert {} == server.multiplexer._children


def test_a_stream_that_closes_delivers_what_waits_for_the_connection() -> None:
    """However often it has its turn."""
    server = Server(Big)
    server.client.update_settings({4: 1 << 20})
    server.exchange()
    events = server.ask(1)
    with server.channel._acting():
        server.streams[0].close()
    for _ in range(4):
        server.client.increment_flow_control_window(10_000)
        events += server.exchange()
    assert ("StreamEnded", 100_000) == (
        named(events)[-1],
        sum(len(each.data) for each in events if isinstance(each, h2.events.DataReceived)),
    )
    assert {} == server.multiplexer._children


def test_streams_that_wait_for_the_connection_take_turns() -> None:
    """Room that the peer makes goes to all who wait, one behind the other."""
    server = Server(Big)
    server.client.update_settings({4: 1 << 20})
    server.exchange()
    server.ask(1)
    server.ask(3)
    got = {1: 0, 3: 0}
    early = {}
    for turn in range(10):
        server.client.increment_flow_control_window(20_000)
        for each in server.exchange():
            if isinstance(each, h2.events.DataReceived):
                got[each.stream_id] += len(each.data)
        if turn == 1:
            early = got.copy()
    # What the connection allows by itself, 65,535 bytes, has gone to the first; what came since to each in its turn.
    assert {1: 20_000, 3: 20_000} == early
    assert {1: 34_465, 3: 100_000} == got


def test_a_connection_that_is_full_makes_streams_wait() -> None:
    """Nothing is laid onto its buffer that the network does not take."""
    server = Server(Big)
    server.client.increment_flow_control_window(1 << 20)
    server.client.update_settings({4: 1 << 20})
    server.exchange()
    server.channel.hold_network()
    for number in range(1, 21, 2):
        server.client.send_headers(number, [(":method", "GET"), (":path", "/"), (":scheme", "http"), (":authority", "a")], end_stream=True)
    server.channel.write_inbound(server.client.data_to_send())
    server.channel.run_pending_tasks()
    assert server.channel.outbound.pending < 300_000
    server.channel.release_network()
    events = server.exchange()
    assert 10 == len([each for each in events if isinstance(each, h2.events.StreamEnded)])


def test_a_reset_of_the_peer_is_an_event_an_error_and_the_end() -> None:
    """In this order, behind what came before it."""
    life = Logging()
    server = Server(lambda: life)
    server.ask(1, content=b"abc", ends=False)
    server.client.reset_stream(1, 8)
    server.exchange()
    assert [
        "registered",
        "active",
        Http2HeadersFrame,
        Http2DataFrame,
        Http2ResetFrame,
        Http2StreamResetError,
        "inactive",
        "unregistered",
        "removed",
    ] == [each if isinstance(each, str) else type(each) for each in life.log]
    assert "peer-reset" == close_reason_of(server.streams[0])


def test_a_stream_that_fails_ends_alone() -> None:
    """Its handlers get the error; the others go on."""
    life = Logging()
    server = Server(lambda: life)
    server.ask(1, ends=False)
    server.channel.write_inbound(b"\x00\x00\x04\x08\x00\x00\x00\x00\x01" + bytes(4))
    server.channel.run_pending_tasks()
    assert Http2StreamError in kinds(life.log)
    assert ["StreamReset"] == named(server.exchange())
    assert server.channel.is_open
    assert "protocol-error" == close_reason_of(server.streams[0])


def test_streams_end_with_their_connection() -> None:
    """They hear why."""
    life = Logging()
    server = Server(lambda: life)
    server.ask(1, ends=False)
    with pytest.raises(ConnectionResetError):
        server.channel.lose(ConnectionResetError())
    server.channel.run_pending_tasks()
    assert [ClosedChannelError, "inactive", "unregistered", "removed"] == kinds(life.log)[-4:]
    assert "peer-closed" == close_reason_of(server.streams[0])


@pytest.mark.parametrize(("code", "reason", "counted"), [(0, "going-away", {"going-away": 2}), (2, "peer-error", {"peer-error": 3})])
def test_a_stream_that_the_peer_did_not_look_at_ends_for_its_good_bye(code: int, reason: str, counted: dict[str, int]) -> None:
    """It may be tried again; the reason is not that of one that was reset. An error is counted for the connection too."""
    multiplexer = Http2MultiplexHandler()
    channel = EmbeddedChannel(Http2FrameCodec(is_server=False), multiplexer)
    streams = []
    for opened in (channel.new_promise(), channel.new_promise()):
        multiplexer.open(None, opened)
        streams.append(opened.result())
    channel.write_inbound(b"\x00\x00\x00\x04\x00\x00\x00\x00\x00" + b"\x00\x00\x08\x07\x00\x00\x00\x00\x00" + bytes(7) + bytes([code]))
    channel.run_pending_tasks()
    assert [reason, reason] == [close_reason_of(stream) for stream in streams]
    assert counted == dict(log_of(channel).counts)


class Small(ChannelHandler[Any]):
    """Answers with nothing."""

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        ctx.write_and_flush(Http2HeadersFrame(Http2Headers(status=204), True))


def test_an_initializer_that_raises_ends_its_own_stream_alone(caplog: pytest.LogCaptureFixture) -> None:
    """It is reset, so that nobody waits for it; the connection and its other streams go on."""

    class Failing(Server):
        def _init(self, stream: Any) -> None:
            super()._init(stream)
            if len(self.streams) == 2:
                raise ZeroDivisionError("there is no such handler")

    server = Failing(Small)
    seen = [named(server.ask(number)) for number in (1, 3, 5)]
    assert [["ResponseReceived", "StreamEnded"], ["StreamReset"], ["ResponseReceived", "StreamEnded"]] == seen
    assert (False, True) == (server.streams[1].is_open, server.channel.is_open)
    assert ["ZeroDivisionError"] == [record.exc_info[0].__name__ for record in caplog.records if record.exc_info and record.exc_info[0]]
