"""Heart-beats: agreed upon, kept, and asked for."""

import pytest

from pyboot.components.netty.channel.context import ChannelHandlerContext
from pyboot.components.netty.channel.embedded.channel import EmbeddedChannel
from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.components.netty.codec.stomp.codec import StompFrameDecoder, StompFrameEncoder
from pyboot.components.netty.codec.stomp.heartbeat import StompHeartbeatHandler
from pyboot.components.netty.errors import ReadTimeoutError
from pyboot.components.netty.wire.stomp.errors import CorruptedStompFrameError
from pyboot.components.netty.wire.stomp.frame import StompFrame

CONNECTED = b"CONNECTED\nversion:1.2\nheart-beat:%s\n\n\x00\n"


class Errors(ChannelHandler[StompFrame]):
    """Keeps them."""

    def __init__(self) -> None:
        self.seen: list[Exception] = []

    def exception_caught(self, ctx: ChannelHandlerContext, error: Exception) -> None:
        """Keep *error*."""
        self.seen.append(error)


def server(send: float = 10, expect: float = 10) -> tuple[EmbeddedChannel, Errors]:
    """A server's side."""
    errors = Errors()
    return EmbeddedChannel(StompFrameDecoder(), StompFrameEncoder(), StompHeartbeatHandler(send, expect), errors), errors


def opened(asked: bytes, send: float = 10, expect: float = 10) -> tuple[EmbeddedChannel, Errors]:
    """A server's side that was asked for heart-beats, and has answered."""
    channel, errors = server(send, expect)
    channel.receive(b"CONNECT\naccept-version:1.2\nhost:a\nheart-beat:%b\n\n\x00" % asked)
    channel.write_outbound(StompFrame("CONNECTED", {"version": "1.2"}))
    assert b"CONNECTED\nversion:1.2\nheart-beat:%d,%d\n\n\x00\n" % (send * 1000, expect * 1000) == channel.outbound_bytes()
    return channel, errors


def test_a_beat_leaves_where_nothing_else_did() -> None:
    """Before the time is over; a frame does as well."""
    channel, _ = opened(b"0,20000", expect=0)
    channel.advance_time(15.9)
    assert b"" == channel.outbound_bytes()
    channel.advance_time(0.2)
    assert b"\n" == channel.outbound_bytes()
    channel.advance_time(10)
    channel.write_outbound(StompFrame("RECEIPT", {"receipt-id": "1"}))
    channel.outbound_bytes()
    channel.advance_time(15)
    assert b"" == channel.outbound_bytes()
    channel.advance_time(2)
    assert b"\n" == channel.outbound_bytes()


def test_a_peer_of_whom_nothing_is_heard_is_given_up() -> None:
    """After twice the time; a beat alone is something."""
    channel, errors = opened(b"10000,0", send=0)
    for _ in range(5):
        channel.advance_time(15)
        channel.receive(b"\n")
    channel.advance_time(19)
    assert channel.is_open
    channel.advance_time(2)

    assert not channel.is_open
    assert ["no heart-beat for 20 s, which is twice the time agreed upon"] == [str(error) for error in errors.seen]
    assert isinstance(errors.seen[0], ReadTimeoutError)


def test_nothing_is_done_that_was_not_agreed_upon() -> None:
    """By a peer that says nothing, or says no."""
    for asked in (b"0,0", None):
        channel, errors = server()
        channel.receive(b"CONNECT\nhost:a\n" + (b"heart-beat:" + asked + b"\n" if asked else b"") + b"\n\x00")
        channel.write_outbound(StompFrame("CONNECTED", {"version": "1.2"}))
        channel.outbound_bytes()
        channel.advance_time(1000)
        assert (b"", True, []) == (channel.outbound_bytes(), channel.is_open, errors.seen)


def test_a_client_asks_first() -> None:
    """And goes by what the server answers."""
    channel, _ = server(1, 2)
    channel.write_outbound(StompFrame("CONNECT", {"host": "a"}))
    assert b"CONNECT\nhost:a\nheart-beat:1000,2000\n\n\x00\n" == channel.outbound_bytes()
    channel.receive(b"CONNECTED\nversion:1.2\nheart-beat:3000,500\n\n\x00\n")
    channel.advance_time(0.9)
    assert b"\n" == channel.outbound_bytes()
    channel.advance_time(5.2)
    assert not channel.is_open


def test_a_header_of_the_users_own_counts() -> None:
    """It is what the peer is told."""
    channel, _ = server()
    channel.receive(b"STOMP\nhost:a\nheart-beat:0,1000\n\n\x00")
    channel.write_outbound(StompFrame("CONNECTED", {"version": "1.2", "heart-beat": "0,0"}))
    assert b"CONNECTED\nversion:1.2\nheart-beat:0,0\n\n\x00\n" == channel.outbound_bytes()
    channel.advance_time(100)
    assert b"" == channel.outbound_bytes()


def test_a_header_that_is_none_is_an_error() -> None:
    """The peer's fault."""
    channel, errors = server()
    channel.receive(b"CONNECT\nheart-beat:often\n\n\x00")

    assert [CorruptedStompFrameError] == [type(error) for error in errors.seen]


def test_the_end_ends_the_timers() -> None:
    """That of the connection, or of the handler's stay."""
    channel, errors = opened(b"10000,10000")
    channel.pipeline().remove(StompHeartbeatHandler)
    channel.advance_time(100)
    assert (b"", True, []) == (channel.outbound_bytes(), channel.is_open, errors.seen)
    with pytest.raises(ValueError, match="must not be below 0"):
        StompHeartbeatHandler(-1)
