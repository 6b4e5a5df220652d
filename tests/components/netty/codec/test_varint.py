"""Varint frames in a pipeline, both ways."""

from pyboot.components.netty.buffer.byte_buffer import ByteBuffer
from pyboot.components.netty.channel.embedded.channel import EmbeddedChannel
from pyboot.components.netty.codec.varint import ProtobufVarint32FrameDecoder, ProtobufVarint32LengthFieldPrepender
from pyboot.components.netty.errors import CorruptedFrameError, PrematureCloseError, TooLongFrameError
from pyboot.testing.codec import check_decoder, check_round_trip


def test_frames_keep_the_contract() -> None:
    """Lengths of one byte and of two."""
    check_decoder(
        lambda: ProtobufVarint32FrameDecoder(200),
        b"\x03ada\x00\x80\x01" + b"x" * 128,
        [b"ada", b"", b"x" * 128],
        wrong={
            b"\xff\xff\xff\xff\x1f": CorruptedFrameError,
            b"\xc9\x01": TooLongFrameError,
            b"\x80": PrematureCloseError,
            b"\x01": PrematureCloseError,
        },
    )


def test_lengths_are_prepended() -> None:
    """What is no bytes passes."""
    channel = EmbeddedChannel(ProtobufVarint32LengthFieldPrepender())
    channel.write_outbound(b"ada", bytes(300), 1)

    assert [b"\x03ada", b"\xac\x02" + bytes(300), 1] == channel.outbound_messages()
    check_round_trip(ProtobufVarint32LengthFieldPrepender(), ProtobufVarint32FrameDecoder(), [b"", b"x", bytes(300)])


def test_a_long_message_is_not_joined_with_its_length() -> None:
    """It is not copied; a short one is, for one write costs less than two."""
    channel = EmbeddedChannel(ProtobufVarint32LengthFieldPrepender())
    long = ByteBuffer(b"x" * 5000)
    channel.write_outbound(ByteBuffer(b"short"), long)

    assert b"\x05short" == channel.read_outbound()
    assert b"\x88\x27" == channel.read_outbound()
    assert long is channel.read_outbound()
