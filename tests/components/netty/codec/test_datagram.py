"""Codecs for the content of datagrams. Netty's DatagramPacketDecoderTest and DatagramPacketEncoderTest among it."""

from typing import Any

import pytest

from pyboot.components.netty.buffer.byte_buffer import ByteBuffer
from pyboot.components.netty.channel.context import ChannelHandlerContext
from pyboot.components.netty.channel.embedded.channel import EmbeddedChannel
from pyboot.components.netty.channel.envelope import AddressedEnvelope, DatagramPacket
from pyboot.components.netty.codec.datagram import DatagramPacketDecoder, DatagramPacketEncoder
from pyboot.components.netty.codec.encoder import MessageToMessageEncoder
from pyboot.components.netty.codec.json_text import JsonDecoder, JsonEncoder
from pyboot.components.netty.codec.message_decoder import MessageToMessageDecoder
from pyboot.components.netty.codec.text import StringDecoder, StringEncoder
from pyboot.components.netty.errors import DecoderError, EncoderError

THERE = ("127.0.0.1", 9)


def test_the_content_of_each_datagram_is_decoded_alone() -> None:
    """A wrong one costs no other, and all else passes."""
    channel = EmbeddedChannel(DatagramPacketDecoder(StringDecoder()))
    channel.write_inbound(DatagramPacket(ByteBuffer("ä".encode()), THERE), "text")
    with pytest.raises(DecoderError):
        channel.write_inbound(DatagramPacket(b"\xc3", THERE))
    channel = EmbeddedChannel(DatagramPacketDecoder(JsonDecoder()))
    channel.write_inbound(DatagramPacket(b"[1]", THERE))

    assert [[1]] == channel.inbound_messages()


@pytest.mark.parametrize(("encoder", "content", "expected"), [(StringEncoder(), "ä", b"\xc3\xa4"), (JsonEncoder(), {"a": 1}, b'{"a":1}')])
def test_the_content_of_each_envelope_is_encoded(encoder: Any, content: Any, expected: bytes) -> None:
    """It goes to whom it was for; what the encoder does not know passes."""
    channel = EmbeddedChannel(DatagramPacketEncoder(encoder))
    channel.write_outbound(AddressedEnvelope(content, THERE), DatagramPacket(b"raw", THERE), b"bare")

    assert [(expected, THERE, None), (b"raw", THERE, None), b"bare"] == channel.outbound_messages()


class Counting(MessageToMessageEncoder[int, bytes]):
    """Makes so many messages."""

    def encode(self, ctx: ChannelHandlerContext, msg: int, out: list[bytes]) -> None:  # type: ignore[override]  # Netty's form
        out.extend([b"x"] * msg)


def test_a_datagram_is_one_message() -> None:
    """Not none, and not two."""
    channel = EmbeddedChannel(DatagramPacketEncoder(Counting()))
    channel.write_outbound(AddressedEnvelope(1, THERE))

    assert [(b"x", THERE, None)] == channel.outbound_messages()
    for number in (0, 2):
        with pytest.raises(EncoderError, match=f"made {number} messages"):
            channel.write_outbound(AddressedEnvelope(number, THERE))


def test_coroutines_are_refused_when_the_handler_is_made() -> None:
    """They have to be handlers of their own."""

    class Decoding(MessageToMessageDecoder[bytes, bytes]):
        async def decode(self, ctx: ChannelHandlerContext, msg: bytes) -> bytes:
            return msg

    class Encoding(MessageToMessageEncoder[bytes, bytes]):
        async def encode(self, ctx: ChannelHandlerContext, msg: bytes) -> bytes:
            return msg

    with pytest.raises(TypeError, match="Decoding decodes in a coroutine"):
        DatagramPacketDecoder(Decoding())
    with pytest.raises(TypeError, match="Encoding encodes in a coroutine"):
        DatagramPacketEncoder(Encoding())
