"""What a channel counts of itself."""

from typing import Any

from pyboot.components.netty import (
    ByteBuffer,
    ByteToMessageDecoder,
    ChannelHandler,
    ChannelHandlerContext,
    EmbeddedChannel,
    LineBasedFrameDecoder,
)
from pyboot.components.netty.channel.fault import log_of
from pyboot.components.netty.channel.traffic import Traffic, TrafficSum


def test_a_fresh_channel_has_counted_nothing() -> None:
    """All zero, the time since it is active aside."""
    channel = EmbeddedChannel()

    assert Traffic() == Traffic.of(channel)


def test_frames_reads_writes_and_flushes_are_counted() -> None:
    """Two frames come in one read; what is written is one run of the two that one flush sends."""

    class Answer(ChannelHandler[Any]):
        def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            ctx.write(msg)

        def channel_read_complete(self, ctx: ChannelHandlerContext) -> None:
            ctx.flush()

    channel = EmbeddedChannel(LineBasedFrameDecoder(64), Answer())
    channel.receive(ByteBuffer(b"one\ntwo\nthr"))

    counted = Traffic.of(channel)
    assert (2, 2, 1, 1, 1) == (counted.messages_in, counted.messages_out, counted.reads, counted.writes, counted.flushes)
    assert 6 == counted.bytes_out


def test_messages_of_a_decoder_of_ones_own_are_counted() -> None:
    """As those of the ready ones; the last one too, that is made at the end of the input."""

    class Pairs(ByteToMessageDecoder):
        def decode(self, ctx: ChannelHandlerContext, buffer: ByteBuffer, out: list[Any]) -> None:
            if buffer.readable_bytes() >= 2:
                out.append(bytes(buffer.read_bytes(2)))

        def decode_last(self, ctx: ChannelHandlerContext, buffer: ByteBuffer, out: list[Any]) -> None:
            if buffer.is_readable():
                out.append(bytes(buffer.read_bytes(buffer.readable_bytes())))

    channel = EmbeddedChannel(Pairs())
    channel.receive(ByteBuffer(b"abcde"))
    channel.close()
    channel.run_pending_tasks()

    assert [b"ab", b"cd", b"e"] == channel.inbound_messages()
    assert 3 == Traffic.of(channel).messages_in


def test_errors_of_callbacks_are_counted() -> None:
    """Of plain and of decoding ones, and that which exception_caught itself raises."""

    class Failing(ChannelHandler[Any]):
        def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            raise ValueError(msg)

        def exception_caught(self, ctx: ChannelHandlerContext, error: Exception) -> None:
            raise KeyError("second") from error

    channel = EmbeddedChannel(Failing())
    channel.receive(ByteBuffer(b"x"))

    assert 2 == Traffic.of(channel).errors
    assert {"Failing": 2} == log_of(channel).tally.counts("error")


def test_counts_stay_when_what_was_written_is_lost() -> None:
    """A counter never falls: messages that a close takes with it were never counted as taken."""
    channel = EmbeddedChannel()
    channel.write_outbound(b"one")
    before = Traffic.of(channel)
    channel.write(b"two")
    channel.abort()

    after = Traffic.of(channel)
    assert all(new >= old for new, old in zip(after, before, strict=True))
    assert 1 == after.messages_out


def test_a_sum_is_that_of_its_channels() -> None:
    """Added up, copied, and added to again."""
    one, two = EmbeddedChannel(), EmbeddedChannel()
    one.write_outbound(b"abc")
    two.write_outbound(b"de")
    total = TrafficSum()
    total.add(one)
    other = total.copy()
    other.add_all([two])

    assert 3 == total.traffic().bytes_out
    assert Traffic(bytes_out=5, messages_out=2, writes=2, flushes=2) == other.traffic()
