"""Frame decoders and encoders in a pipeline."""

from typing import Any

import pytest

from pyboot.components.netty.buffer.byte_buffer import ByteBuffer
from pyboot.components.netty.buffer.composite import CompositeByteBuffer
from pyboot.components.netty.buffer.endian import Endian
from pyboot.components.netty.channel.config import ChannelConfig
from pyboot.components.netty.channel.context import ChannelHandlerContext
from pyboot.components.netty.channel.embedded.channel import EmbeddedChannel
from pyboot.components.netty.channel.event import INPUT_SHUTDOWN
from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.components.netty.codec.fixed import FixedLengthFrameDecoder
from pyboot.components.netty.codec.frames import LengthFieldBasedFrameDecoder, LengthFieldPrepender, LineBasedFrameDecoder
from pyboot.components.netty.errors import CorruptedFrameError, EncoderError, PrematureCloseError, TooLongFrameError
from pyboot.testing.codec import check_decoder, check_round_trip, decode


def test_length_field_frames_keep_the_contract() -> None:
    """The header is stripped; a frame of no bytes among them."""
    check_decoder(
        lambda: LengthFieldBasedFrameDecoder(16, 0, 2, 0, 2),
        b"\x00\x05hello\x00\x00\x00\x03ada",
        [b"hello", b"", b"ada"],
        wrong={b"\x00\x0f" + bytes(15): TooLongFrameError},
    )
    check_decoder(
        lambda: LengthFieldBasedFrameDecoder(16, 0, 2, -2, 0),
        b"\x00\x07hello\x00\x02\x00\x05ada",
        [b"\x00\x07hello", b"\x00\x02", b"\x00\x05ada"],
        wrong={b"\x00\x01": CorruptedFrameError},
    )


def test_lines_keep_the_contract() -> None:
    """Both ends of a line, and an empty one."""
    check_decoder(
        lambda: LineBasedFrameDecoder(8),
        b"first\r\nsecond\n\r\nla\rst\n",
        [b"first", b"second", b"", b"la\rst"],
        wrong={b"123456789\n": TooLongFrameError},
    )
    check_decoder(lambda: LineBasedFrameDecoder(stripDelimiter=False), b"first\r\nsecond\n", [b"first\r\n", b"second\n"])


def test_what_is_no_bytes_passes_through() -> None:
    """Netty's rule for every decoder."""
    channel = EmbeddedChannel(LineBasedFrameDecoder())
    message = object()
    channel.write_inbound(message)

    assert message is channel.read_inbound()


def test_every_kind_of_bytes_is_cut() -> None:
    """A line may begin in one kind and end in another."""
    channel = EmbeddedChannel(LineBasedFrameDecoder())
    channel.write_inbound(ByteBuffer(b"a"), b"b", bytearray(b"c"), memoryview(b"d"), CompositeByteBuffer([b"e", b"\n"]))

    assert [b"abcde"] == channel.inbound_messages()


def test_a_stream_that_ends_within_a_frame_is_told() -> None:
    """Before the channel is inactive for those behind."""
    assert [PrematureCloseError] == [type(error) for error in decode(LineBasedFrameDecoder(), [b"half a li"], close=True).errors]
    assert [] == decode(LineBasedFrameDecoder(), [b"whole\n"], close=True).errors


class Upgrade(ChannelHandler[ByteBuffer]):
    """Takes the decoder in front of it out when it is told to."""

    def channel_read(self, ctx: ChannelHandlerContext, msg: ByteBuffer) -> None:
        """`upgrade` is the last line."""
        if msg == b"upgrade":
            ctx.pipeline.remove(LineBasedFrameDecoder)
        ctx.fire_channel_read(msg)


def test_removal_in_the_middle_of_a_read_hands_the_rest_on() -> None:
    """Netty: ByteToMessageDecoderTest.testRemoveItself; bytes behind the line are no lines any more."""
    channel = EmbeddedChannel(LineBasedFrameDecoder(), Upgrade())
    channel.write_inbound(ByteBuffer(b"hello\nupgrade\nraw\nbytes"))

    assert [b"hello", b"upgrade", b"raw\nbytes"] == channel.inbound_messages()


def test_nothing_is_handed_on_where_nothing_is_left() -> None:
    """An empty read would be a message that nobody sent."""
    channel = EmbeddedChannel(LineBasedFrameDecoder(), Upgrade())
    channel.write_inbound(ByteBuffer(b"upgrade\n"))

    assert [b"upgrade"] == channel.inbound_messages()


def test_bytes_that_come_while_a_message_is_handled_wait_for_their_turn() -> None:
    """Netty: ByteToMessageDecoderTest.reentrantReadSafe; a handler that lets more come in does not disturb the order."""
    channel = EmbeddedChannel(LineBasedFrameDecoder())

    class Again(ChannelHandler[ByteBuffer]):
        """Lets two more lines come in on the first one."""

        def channel_read(self, ctx: ChannelHandlerContext, msg: ByteBuffer) -> None:
            ctx.fire_channel_read(msg)
            if msg == b"one":
                channel.pipeline().fire_channel_read(ByteBuffer(b"ee\nfour\n"))

    channel.pipeline().add_last(Again())
    channel.write_inbound(ByteBuffer(b"one\ntwo\nthr"))

    assert [b"one", b"two", b"three", b"four"] == channel.inbound_messages()


def test_nothing_is_read_behind_an_error_that_closed_the_channel() -> None:
    """What a peer sends behind bytes that are no good is not to be trusted."""

    class Closer(ChannelHandler[ByteBuffer]):
        """Does what the tail of a real pipeline does."""

        def exception_caught(self, ctx: ChannelHandlerContext, error: Exception) -> None:
            ctx.close()

    channel = EmbeddedChannel(LineBasedFrameDecoder(4), Closer())
    channel.write_inbound(ByteBuffer(b"one\ntoo long\ntwo\n"))

    assert [b"one"] == channel.inbound_messages()


def test_a_read_that_gave_no_frame_is_followed_by_another() -> None:
    """Where nobody reads by himself, whoever asked for a message would wait for ever; Netty: testDoesNotOverRead."""
    channel = EmbeddedChannel(LineBasedFrameDecoder())
    channel.auto_read = False
    before = channel.reads
    channel.write_inbound(ByteBuffer(b"half"))
    assert 1 == channel.reads - before

    channel.write_inbound(ByteBuffer(b" a line\n"))
    assert 1 == channel.reads - before


def test_the_end_of_a_half_closed_stream_is_told_once() -> None:
    """Then, not when the channel closes later."""
    config = ChannelConfig()
    config.allow_half_closure = True
    channel = EmbeddedChannel(LineBasedFrameDecoder(), config=config)
    channel.write_inbound(ByteBuffer(b"half a li"))

    with pytest.raises(PrematureCloseError):
        channel.finish_input()
    channel.finish()


def prepended(prepender: LengthFieldPrepender, message: object) -> bytes:
    """What leaves the channel for *message*."""
    channel = EmbeddedChannel(prepender)
    channel.write_outbound(message)
    return channel.outbound_bytes()


def test_prepend_length() -> None:
    """Netty: LengthFieldPrependerTest, its five cases."""
    assert b"\x00\x00\x00\x01A" == prepended(LengthFieldPrepender(4), b"A")
    assert b"\x00\x00\x00\x05A" == prepended(LengthFieldPrepender(4, length_includes_length_field=True), b"A")
    assert b"\x00\x00\x00\x00A" == prepended(LengthFieldPrepender(4, -1), b"A")
    assert b"\x01\x00\x00\x00A" == prepended(LengthFieldPrepender(4, byte_order="little"), b"A")
    with pytest.raises(EncoderError):
        prepended(LengthFieldPrepender(4, -2), b"A")


@pytest.mark.parametrize(("width", "field"), [(1, b"\x03"), (2, b"\x00\x03"), (3, b"\x00\x00\x03"), (8, bytes(7) + b"\x03")])
def test_every_width_and_every_kind_of_bytes(width: int, field: bytes) -> None:
    """Also of a buffer, which is released."""
    buffer = ByteBuffer(b"abc")
    for message in (b"abc", bytearray(b"abc"), memoryview(b"abc"), CompositeByteBuffer([b"a", b"bc"]), buffer):
        assert field + b"abc" == prepended(LengthFieldPrepender(width), message)
    assert 0 == buffer.ref_count


def test_a_length_that_does_not_fit_is_refused() -> None:
    """256 in one byte would be 0."""
    assert b"\xff" + bytes(255) == prepended(LengthFieldPrepender(1), bytes(255))
    with pytest.raises(EncoderError, match="length 256 does not fit in a length field of 1 bytes"):
        prepended(LengthFieldPrepender(1), bytes(256))


def test_long_messages_are_not_copied_for_their_header() -> None:
    """The header leaves as a piece of its own."""
    channel = EmbeddedChannel(LengthFieldPrepender())
    message = bytes(100_000)
    channel.write_outbound(message)

    assert b"\x00\x01\x86\xa0" == channel.read_outbound()
    assert message is channel.read_outbound()


def test_what_is_prepended_is_decoded() -> None:
    """In every width and order."""
    for width in (1, 2, 3, 4, 8):
        check_round_trip(
            LengthFieldPrepender(width, byte_order="little"),
            LengthFieldBasedFrameDecoder(1024, 0, width, 0, width, byte_order="little"),
            [b"", b"x", bytes(200)],
        )


def test_a_width_that_no_field_has_is_refused() -> None:
    """When the handler is made."""
    with pytest.raises(ValueError, match="length_field_length 5"):
        LengthFieldPrepender(5)


def test_the_keywords_of_the_published_package() -> None:
    """Byte order as an enum, camelCase for lines."""
    assert [b"abc"] == decode(
        LengthFieldBasedFrameDecoder(length_field_length=2, initial_bytes_to_strip=2, endian=Endian.LITTLE_ENDIAN), [b"\x03\x00abc"]
    ).messages
    lines = LineBasedFrameDecoder(maxLength=4, stripDelimiter=False, failFast=True, ignoreEmpty=True)
    found = decode(lines, [b"\n\r\na\n\r", b"\n", b"too long"])
    assert ([b"a\n"], [TooLongFrameError]) == (found.messages, [type(error) for error in found.errors])


@pytest.mark.parametrize("length", [0, 255, 256, 1023, 1024, 4095, 65535, 65536, 70000])
def test_a_length_is_written_alike_however_long_the_message_is(length: int) -> None:
    """At each border between the ways it is made."""
    channel = EmbeddedChannel(LengthFieldPrepender(4))

    channel.write_outbound(b"x" * length)

    assert length.to_bytes(4, "big") + b"x" * length == channel.outbound_bytes()


def test_what_a_replaced_decoder_has_not_cut_comes_before_the_end() -> None:
    """Where the end comes while a frame is handled, and a handler of one of the frames behind it replaces the decoder."""
    first = FixedLengthFrameDecoder(1)
    events: list[object] = []

    class Behind(ChannelHandler[Any]):
        def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            events.append(bytes(msg))
            if msg == b"a":
                channel.finish_input()
            elif msg == b"b":
                ctx.pipeline.replace(first, FixedLengthFrameDecoder(2))

        def user_event_triggered(self, ctx: ChannelHandlerContext, event: object) -> None:
            events.append(event)

    config = ChannelConfig()
    config.allow_half_closure = True
    channel = EmbeddedChannel(first, Behind(), config=config)
    channel.receive(b"abccdd")

    assert [b"a", b"b", b"cc", b"dd", INPUT_SHUTDOWN] == events
