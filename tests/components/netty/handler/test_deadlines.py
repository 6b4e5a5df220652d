"""Peers that send nothing, or a message drop by drop, on a clock that is turned."""

import logging
from typing import Any

import pytest

from pyboot.components.netty import ByteBuffer, ChannelHandler, ChannelHandlerContext, EmbeddedChannel
from pyboot.components.netty.codec.decoder import ByteToMessageDecoder
from pyboot.components.netty.codec.frames import LengthFieldBasedFrameDecoder, LineBasedFrameDecoder
from pyboot.components.netty.codec.json_text import JsonObjectDecoder
from pyboot.components.netty.codec.text import StringDecoder
from pyboot.components.netty.codec.varint import ProtobufVarint32FrameDecoder
from pyboot.components.netty.errors import ReadTimeoutError, TooLongFrameError
from pyboot.components.netty.handler.deadlines import ConnectionDeadlines


class Fours(ByteToMessageDecoder[bytes]):
    """Messages of four bytes, as a user writes a decoder."""

    def decode(self, ctx: ChannelHandlerContext, buffer: ByteBuffer) -> bytes | None:
        """The next four bytes."""
        return buffer.read_bytes(4) if buffer.readable_bytes() >= 4 else None


LENGTHS = (LengthFieldBasedFrameDecoder, b"\0\0\0\x08abc", b"\0\0\0\x02ab")
DECODERS = [
    LENGTHS,
    (LineBasedFrameDecoder, b"abc", b"ab\n"),
    (ProtobufVarint32FrameDecoder, b"\x08abc", b"\x02ab"),
    (JsonObjectDecoder, b'{"a": [', b'{"a": 1}'),
    (Fours, b"abc", b"abcd"),
]


def watched(decoder: type[ChannelHandler[Any]] = LengthFieldBasedFrameDecoder, **figures: Any) -> EmbeddedChannel:
    """A connection with deadlines."""
    return EmbeddedChannel(ConnectionDeadlines(**figures), decoder())


def seconds_open(channel: EmbeddedChannel, most: float, data: bytes = b"") -> float:
    """Let time pass until the channel is closed, a byte of *data* each half second; tell how long that took."""
    for number in range(int(most * 2)):
        if number < len(data):
            channel.write_inbound(data[number : number + 1])
        channel.advance_time(0.5)
        if not channel.is_open:
            return (number + 1) / 2
    return most


def reasons(channel: EmbeddedChannel) -> list[str]:
    """The reasons that were counted."""
    return [*channel.loop_state.faults.counts] if channel.loop_state.faults else []


def test_a_peer_that_sends_nothing_is_cut_off(caplog: pytest.LogCaptureFixture) -> None:
    """With one line in the log that names the reason, and a count."""
    channel = watched(first_byte_seconds=10)

    with caplog.at_level(logging.INFO):
        assert 10.0 <= seconds_open(channel, 60) <= 12.5

    assert isinstance(channel.close_cause, ReadTimeoutError)
    assert ["nothing has come for" in record.message for record in caplog.records] == [True]
    assert ["first-byte-timeout"] == reasons(channel)


def test_after_the_first_byte_nothing_is_watched_any_more() -> None:
    """Where nothing else is asked for, the handler leaves."""
    channel = watched(first_byte_seconds=10)
    channel.write_inbound(b"\0")

    assert channel.pipeline().get(ConnectionDeadlines) is None
    assert 120 == seconds_open(channel, 120)


@pytest.mark.parametrize(("decoder", "begun", "whole"), DECODERS)
def test_a_message_that_does_not_end_is_cut_off(decoder: Any, begun: bytes, whole: bytes) -> None:
    """Whether the rest never comes or comes drop by drop; time between messages does not count."""
    silent, dripping, between = (watched(decoder, frame_seconds=10) for _ in range(3))

    silent.write_inbound(begun)
    assert 10.0 <= seconds_open(silent, 60) <= 15.0
    between.write_inbound(whole)
    assert 120 == seconds_open(between, 120)
    assert ["frame-timeout"] == reasons(silent)
    if decoder is not Fours:
        dripping.write_inbound(b"\0\0\0\x80" if decoder is LengthFieldBasedFrameDecoder else begun[:1])
        drops = b"\x7f" * 3 + b"x" * 100 if decoder is ProtobufVarint32FrameDecoder else b'"' + b"x" * 100
        assert 10.0 <= seconds_open(dripping, 30, drops) <= 16.0


@pytest.mark.parametrize(("decoder", "begun", "whole"), DECODERS)
def test_a_busy_peer_is_never_taken_for_a_slow_one(decoder: Any, begun: bytes, whole: bytes) -> None:
    """Though a message, which begins like every other, is under way whenever somebody looks."""
    channel = watched(decoder, frame_seconds=10, min_rate=1)
    for _ in range(200):
        channel.write_inbound(whole[:-1])
        channel.advance_time(0.5)
        channel.write_inbound(whole[-1:])
    assert channel.is_open


@pytest.mark.parametrize(("bytes_in_half_a_second", "is_cut_off"), [(1, True), (100, False)])
def test_a_message_has_to_come_at_a_rate(bytes_in_half_a_second: int, is_cut_off: bool) -> None:
    """Once its grace is over; 200 bytes a second are enough where 16 are asked for, 2 are not."""
    channel = watched(min_rate=16)
    channel.write_inbound((1_000_000).to_bytes(4, "big"))
    for _ in range(60):
        if channel.is_open:
            channel.write_inbound(b"x" * bytes_in_half_a_second)
            channel.advance_time(0.5)
    assert is_cut_off is not channel.is_open
    assert (["min-rate"] if is_cut_off else []) == reasons(channel)


def test_bytes_of_a_message_that_is_not_whole_have_a_limit() -> None:
    """It is met with the read that goes past it, and whole messages do not count."""
    channel = watched(max_unread=1000)
    channel.write_inbound((900).to_bytes(4, "big") + b"x" * 900 + (2000).to_bytes(4, "big") + b"x" * 900)
    assert channel.is_open

    channel.write_inbound(b"x" * 200)

    assert not channel.is_open
    assert isinstance(channel.close_cause, TooLongFrameError)
    assert ["max-unread"] == reasons(channel)


def test_who_is_not_read_from_is_not_judged() -> None:
    """The time begins again when this side reads."""
    channel = watched(first_byte_seconds=10, frame_seconds=10)
    channel.write_inbound(b"\0")
    channel.pause_reading()
    assert 60 == seconds_open(channel, 60)

    channel.resume_reading()
    assert 10.0 <= seconds_open(channel, 60) <= 15.0


def test_without_a_decoder_only_the_first_byte_counts() -> None:
    """Bytes that no decoder takes are messages themselves."""
    channel = EmbeddedChannel(ConnectionDeadlines(first_byte_seconds=5, frame_seconds=5, min_rate=100, max_unread=1))
    channel.write_inbound(b"abc")

    assert 60 == seconds_open(channel, 60)


def test_a_decoder_that_takes_the_place_of_another_is_watched() -> None:
    """Pipelines change: the watch goes with them."""
    channel = watched(frame_seconds=10)
    channel.write_inbound(b"\0\0\0\x01a")
    channel.advance_time(5)
    channel.pipeline().replace(LengthFieldBasedFrameDecoder, LineBasedFrameDecoder(), "text")
    channel.write_inbound(b"never ended")

    assert 10.0 <= seconds_open(channel, 60) <= 15.0


def test_half_a_character_is_a_message_under_way() -> None:
    """What a reader keeps elsewhere is no less under way."""
    channel = watched(StringDecoder, frame_seconds=10)
    channel.write_inbound(b"\xc3")

    assert 10.0 <= seconds_open(channel, 60) <= 15.0


def test_negative_figures_are_refused() -> None:
    """With what is allowed."""
    with pytest.raises(ValueError, match=r"min_rate=-1: allowed is 0|max_unread=0: allowed is 0"):
        ConnectionDeadlines(min_rate=-1)
