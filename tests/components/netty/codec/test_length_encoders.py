"""Encoders that write a header of the user's own."""

from typing import Any

import pytest

from pyboot.components.netty.buffer.byte_buffer import ByteBuffer
from pyboot.components.netty.channel.embedded.channel import EmbeddedChannel
from pyboot.components.netty.codec.frames import LengthFieldBasedFrameDecoder
from pyboot.components.netty.codec.length_encoders import LengthFieldBasedFrameEncoder, SimpleBytesLengthFieldBasedFrameEncoder
from pyboot.components.netty.errors import EncoderError
from pyboot.testing.codec import check_round_trip


def written(encoder: Any, *messages: object) -> list[Any]:
    """What leaves the channel."""
    channel = EmbeddedChannel(encoder)
    channel.write_outbound(*messages)
    return channel.outbound_messages()


def test_the_header_of_the_published_package() -> None:
    """Four fixed bytes and the length; a buffer is released."""
    buffer = ByteBuffer(b"abc")
    head = b"\x01\x00\x02\x02\x00\x00\x00\x03"

    assert [head + b"abc", head + b"abc", 1] == written(SimpleBytesLengthFieldBasedFrameEncoder(), b"abc", buffer, 1)
    assert 0 == buffer.ref_count


def test_a_header_of_ones_own() -> None:
    """Written by a function or a coroutine."""

    def plain(length: int, data: Any, out: ByteBuffer) -> None:
        out.write_uint8(length)

    async def coroutine(length: int, data: Any, out: ByteBuffer) -> None:
        out.write_uint8(length)

    for callback in (plain, coroutine):
        assert [b"\x03abc"] == written(SimpleBytesLengthFieldBasedFrameEncoder(callback), b"abc")


def test_the_decoder_of_the_seed_reads_it() -> None:
    """Chapter 4.3: offset 4, length 4, strip 8."""
    decoder = LengthFieldBasedFrameDecoder(length_field_length=4, length_adjustment=0, length_field_offset=4, initial_bytes_to_strip=8)

    check_round_trip(SimpleBytesLengthFieldBasedFrameEncoder(), decoder, [b"hello", b"", b"world"])


def test_a_derived_encoder_writes_both_parts() -> None:
    """And one that does not says so."""

    class Text(LengthFieldBasedFrameEncoder[str]):
        def encode_header(self, ctx: Any, msg: str, out: ByteBuffer) -> None:
            out.write_ushort(len(msg))

        async def encode_data(self, ctx: Any, msg: str, out: ByteBuffer) -> None:
            out.write_terminated_string(msg)

    class Half(Text):
        encode_data = LengthFieldBasedFrameEncoder.encode_data  # type: ignore[assignment]  # that is the point

    assert [b"\x00\x02ab", b"raw"] == written(Text(), "ab", b"raw")
    with pytest.raises(EncoderError, match="must write encode_data"):
        written(Half(), "ab")
