"""SocksClientCodec: requests out, the answer to each in."""

import pytest

from pyboot.components.netty.buffer.byte_buffer import ByteBuffer
from pyboot.components.netty.channel.embedded.channel import EmbeddedChannel
from pyboot.components.netty.codec.socks.client import SocksClientCodec
from pyboot.components.netty.errors import EncoderError
from pyboot.components.netty.wire.socks.kinds import Socks4CommandStatus, SocksCommand
from pyboot.components.netty.wire.socks.message import (
    Socks4CommandRequest,
    Socks4CommandResponse,
    Socks5CommandRequest,
    Socks5CommandResponse,
    Socks5InitialRequest,
    Socks5InitialResponse,
    Socks5PasswordAuthRequest,
    Socks5PasswordAuthResponse,
)


def test_a_conversation_of_version_5() -> None:
    """What is read depends on what was asked."""
    channel = EmbeddedChannel(SocksClientCodec())
    conversation = [
        (Socks5InitialRequest((0, 2)), b"\x05\x02\x00\x02", b"\x05\x02", Socks5InitialResponse(2)),
        (Socks5PasswordAuthRequest("me", "x"), b"\x01\x02me\x01x", b"\x01\x00", Socks5PasswordAuthResponse(0)),
        (
            Socks5CommandRequest(SocksCommand.CONNECT, "a", 80),
            b"\x05\x01\x00\x03\x01a\x00\x50",
            b"\x05\x00\x00\x01\x0a\x00\x00\x01\x00\x50",
            Socks5CommandResponse(0, "10.0.0.1", 80),
        ),
    ]
    for request, written, received, answer in conversation:
        channel.write_outbound(request)
        assert written == channel.outbound_bytes()
        channel.write_inbound(received)
        assert answer == channel.read_inbound()


def test_version_4_and_what_comes_behind_its_answer() -> None:
    """Nobody touches it once the codec is gone."""
    channel = EmbeddedChannel(SocksClientCodec())
    channel.write_outbound(Socks4CommandRequest(SocksCommand.CONNECT, "10.0.0.1", 80), b"other bytes")
    assert b"\x04\x01\x00\x50\x0a\x00\x00\x01\0other bytes" == channel.outbound_bytes()
    channel.write_inbound(b"\x00\x5a\x00\x00\x00\x00\x00\x00HTTP/")
    channel.pipeline().remove(SocksClientCodec)
    answer, rest = channel.inbound_messages()
    assert (Socks4CommandResponse(Socks4CommandStatus.SUCCESS), b"HTTP/") == (answer, bytes(rest))
    assert isinstance(rest, ByteBuffer)


def test_what_has_no_form_fails_its_write() -> None:
    """And the answer to the one before is still read."""
    channel = EmbeddedChannel(SocksClientCodec())
    channel.write_outbound(Socks5InitialRequest())
    with pytest.raises(EncoderError):
        channel.write_outbound(Socks5CommandRequest(SocksCommand.CONNECT, "a b", 80))
    channel.write_inbound(b"\x05\x00")
    assert Socks5InitialResponse(0) == channel.read_inbound()
