"""Codecs: both directions in one handler."""

from pyboot.components.netty.buffer.byte_buffer import ByteBuffer
from pyboot.components.netty.channel.context import ChannelHandlerContext
from pyboot.components.netty.channel.embedded.channel import EmbeddedChannel
from pyboot.components.netty.codec.duplex import ByteToMessageCodec, MessageToMessageCodec
from pyboot.testing.codec import check_decoder, check_round_trip


class Numbers(ByteToMessageCodec[int]):
    """Two bytes each."""

    def decode(self, ctx: ChannelHandlerContext, buffer: ByteBuffer) -> int | None:
        return buffer.read_ushort() if buffer.is_readable(2) else None

    async def encode(self, ctx: ChannelHandlerContext, msg: int, out: ByteBuffer) -> None:  # type: ignore[override]  # Netty's form
        out.write_ushort(msg)


class Hexadecimal(MessageToMessageCodec[str, int]):
    """Text to numbers and back."""

    def decode(self, ctx: ChannelHandlerContext, msg: str) -> int:
        return int(msg, 16)

    def encode(self, ctx: ChannelHandlerContext, msg: int) -> str:
        return f"{msg:x}"


def test_a_byte_codec_does_both() -> None:
    """One direction plain, the other a coroutine."""
    check_decoder(Numbers, b"\x00\x01\x00\x02", [1, 2])
    check_round_trip(Numbers(), Numbers(), [0, 1, 65535])
    channel = EmbeddedChannel(Numbers())
    channel.write_outbound(1, "text")
    assert [b"\x00\x01", "text"] == channel.outbound_messages()


def test_a_message_codec_does_both() -> None:
    """Each direction knows its type."""
    channel = EmbeddedChannel(Hexadecimal())
    channel.write_inbound("ff", 1)
    channel.write_outbound(255, "text")

    assert ([255, 1], ["ff", "text"]) == (channel.inbound_messages(), channel.outbound_messages())


def test_removal_hands_on_what_was_collected() -> None:
    """Netty: ByteToMessageCodecTest.testForwardPendingData."""
    channel = EmbeddedChannel(Numbers())
    channel.write_inbound(ByteBuffer(b"\x00\x01\x02"))
    channel.pipeline().remove(Numbers)

    assert [1, b"\x02"] == channel.inbound_messages()
