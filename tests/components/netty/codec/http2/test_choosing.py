"""HTTP/2 or HTTP/1.1 by the first bytes."""

from typing import Any

import pytest

from pyboot.components.netty.buffer.message import bytes_of
from pyboot.components.netty.channel import ChannelHandler, ChannelHandlerContext, EmbeddedChannel
from pyboot.components.netty.channel.close_reason import close_reason_of
from pyboot.components.netty.channel.fault import log_of
from pyboot.components.netty.codec.http2.choosing import Http2OrHttpHandler
from pyboot.components.netty.wire.http2.frame import Http2HeadersFrame
from tests.components.netty.life import Life

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
GREETING = PREFACE + b"\x00\x00\x00\x04\x00\x00\x00\x00\x00"
GET = b"\x00\x00\x06\x01\x05\x00\x00\x00\x01\x82\x84\x86\x41\x01a"


class Reading(Life):
    """A life that reads."""

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        data = bytes_of(msg)
        self.log.append(type(msg) if data is None else data)


def choosing(**options: Any) -> tuple[EmbeddedChannel, Reading, Reading]:
    """A connection, what becomes of it by HTTP/1, and of a stream of HTTP/2."""
    first, second = Reading(), Reading()

    def fill(handler: ChannelHandler[Any]) -> Any:
        return lambda channel: channel.pipeline().add_last(handler)

    return EmbeddedChannel(Http2OrHttpHandler(fill(first), fill(second), **options)), first, second


@pytest.mark.parametrize("cut", range(1, len(GREETING + GET)))
def test_the_preface_makes_it_http_2_at_every_cut(cut: int) -> None:
    """The streams get their handlers, the connection the codec."""
    channel, first, second = choosing()
    for piece in ((GREETING + GET)[:cut], (GREETING + GET)[cut:]):
        channel.write_inbound(piece)
    assert ([], ["registered", "active", Http2HeadersFrame]) == (first.log, second.log)
    assert ["Http2FrameCodec#0", "Http2MultiplexHandler#0"] == channel.pipeline().names()


@pytest.mark.parametrize("cut", [1, 3, 4, 10])
def test_everything_else_is_http_1(cut: int) -> None:
    """Its handlers find a new connection, and all of its bytes."""
    channel, first, second = choosing()
    for piece in (b"PRI / HTTP/1.1\r\n"[:cut], b"PRI / HTTP/1.1\r\n"[cut:]):
        channel.write_inbound(piece)
    assert ["registered", "active"] == first.log[:2]
    assert b"PRI / HTTP/1.1\r\n" == b"".join(first.log[2:])
    assert [] == second.log


class Negotiated(ChannelHandler[Any]):
    """Stands for TLS that has agreed on a protocol."""

    application_protocol = "h2"


def test_what_alpn_has_chosen_holds_whatever_comes() -> None:
    """A client that agreed on HTTP/2 and speaks HTTP/1.1 then is told so in HTTP/2."""
    channel, first, _ = choosing()
    channel.pipeline().add_first(Negotiated())
    channel.pipeline().fire_user_event_triggered("handshake")
    assert ["Negotiated#0", "Http2FrameCodec#0", "Http2MultiplexHandler#0"] == channel.pipeline().names()
    channel.write_inbound(b"GET / HTTP/1.1\r\n")
    assert b"\x07\x00\x00\x00\x00\x00" in channel.outbound_bytes()
    assert ([], False) == (first.log, channel.is_open)


def test_a_client_that_says_nothing_is_closed() -> None:
    """In the time that it has; nobody behind has heard of it."""
    channel, first, _ = choosing(first_byte_seconds=5.0)
    channel.write_inbound(b"PRI")
    channel.advance_time(6)
    assert (False, []) == (channel.is_open, first.log)
    assert ("first-byte-timeout", {"first-byte-timeout": 1}) == (close_reason_of(channel), dict(log_of(channel).counts))


def test_a_client_that_has_said_enough_has_all_the_time() -> None:
    """The deadline is over with the choice."""
    channel, _, _ = choosing(first_byte_seconds=5.0)
    channel.write_inbound(b"GET /")
    channel.advance_time(60)
    assert channel.is_open
