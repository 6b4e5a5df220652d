"""Messages in parts, made whole. Netty's MessageAggregatorTest among it."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from pyboot.components.netty.buffer.byte_buffer import ByteBuffer
from pyboot.components.netty.buffer.composite import CompositeByteBuffer
from pyboot.components.netty.buffer.holder import ByteBufferHolder
from pyboot.components.netty.channel.config import ChannelConfig
from pyboot.components.netty.channel.context import ChannelHandlerContext
from pyboot.components.netty.channel.embedded.channel import EmbeddedChannel
from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.components.netty.codec.aggregator import MessageAggregator
from pyboot.components.netty.codec.result import DecoderResult
from pyboot.components.netty.errors import CorruptedFrameError, TooLongFrameError


@dataclass
class Start:
    """How a message begins."""

    name: str
    size: int | None = None
    decoder_result: DecoderResult = DecoderResult.SUCCESS


@dataclass
class Piece(ByteBufferHolder):
    """Some of its content."""

    content: ByteBuffer
    last: bool = False
    decoder_result: DecoderResult = DecoderResult.SUCCESS


@dataclass
class Whole(ByteBufferHolder):
    """All of it."""

    name: str
    content: CompositeByteBuffer = field(default_factory=CompositeByteBuffer)


class Aggregator(MessageAggregator):
    """Of these."""

    def is_start(self, msg: Any) -> bool:
        return isinstance(msg, Start)

    def is_content(self, msg: Any) -> bool:
        return isinstance(msg, Piece)

    def is_last(self, msg: Any) -> bool:
        return isinstance(msg, Piece) and msg.last

    def declared_bytes(self, start: Start) -> int | None:
        return start.size

    def is_whole(self, msg: Any) -> bool:
        return isinstance(msg, Whole)

    def aggregate(self, start: Start, content: CompositeByteBuffer, last: Any) -> Whole:
        if start.name == "wrong":
            raise ValueError(start.name)
        return Whole(start.name, content)


def piece(content: bytes, *, last: bool = False) -> Piece:
    """A part."""
    return Piece(ByteBuffer(content), last)


def test_parts_become_a_whole_and_all_else_passes() -> None:
    """Nothing is copied, and the whole owns its parts."""
    channel = EmbeddedChannel(Aggregator(8))
    parts = [piece(b"he"), piece(b"llo", last=True)]
    whole = Whole("ready")
    channel.write_inbound(Start("a"), parts[0], "between", parts[1], whole, Start("b", 0), piece(b"", last=True))
    between, first, ready, second = channel.inbound_messages()

    assert ("between", "a", b"hello", True, "b", b"") == (
        between,
        first.name,
        bytes(first.content),
        ready is whole,
        second.name,
        bytes(second.content),
    )
    assert parts[0].content is first.content.component(0)
    first.release()
    assert [0, 0] == [each.ref_count for each in parts]


@pytest.mark.parametrize("start", [Start("big"), Start("big", 9)])
def test_a_message_that_is_too_long_is_dropped_and_the_next_one_is_not(start: Start) -> None:
    """As soon as it is known, once; all its parts are released."""
    errors: list[Exception] = []

    class Errors(ChannelHandler[Any]):
        def exception_caught(self, ctx: ChannelHandlerContext, error: Exception) -> None:
            errors.append(error)

    channel = EmbeddedChannel(Aggregator(8), Errors())
    parts = [piece(b"12345"), piece(b"6789"), piece(b"0", last=True)]
    channel.write_inbound(start, *parts, Start("next"), piece(b"x", last=True))

    assert [TooLongFrameError] == [type(error) for error in errors]
    assert [0, 0, 0] == [each.ref_count for each in parts]
    assert ["next"] == [each.name for each in channel.inbound_messages()]


def test_a_message_that_begins_within_another_drops_that() -> None:
    """And is told."""
    channel = EmbeddedChannel(Aggregator(8))
    part = piece(b"12345")
    channel.write_inbound(Start("a"), part)
    with pytest.raises(CorruptedFrameError):
        channel.write_inbound(Start("b"))

    assert 0 == part.ref_count


def test_a_part_that_is_wrong_ends_its_message() -> None:
    """Whoever answers it sees that."""
    channel = EmbeddedChannel(Aggregator(8))
    failed = DecoderResult.failure(ValueError("no"))
    channel.write_inbound(Start("a", None, failed), Start("b"), Piece(ByteBuffer(b"x"), False, failed))

    assert [("a", b""), ("b", b"x")] == [(each.name, bytes(each.content)) for each in channel.inbound_messages()]


@pytest.mark.parametrize("leave", [lambda channel: channel.close(), lambda channel: channel.pipeline().remove(Aggregator)])
def test_what_is_not_whole_is_released(leave: Any) -> None:
    """When the channel closes, and when the handler goes."""
    channel = EmbeddedChannel(Aggregator(8))
    part = piece(b"12345")
    channel.write_inbound(Start("a"), part)
    leave(channel)
    channel.run_pending_tasks()

    assert 0 == part.ref_count


def test_a_whole_that_cannot_be_made_is_released() -> None:
    """Its error is told."""
    channel = EmbeddedChannel(Aggregator(8))
    part = piece(b"12345", last=True)
    with pytest.raises(ValueError, match="wrong"):
        channel.write_inbound(Start("wrong"), part)

    assert 0 == part.ref_count


def test_who_asked_for_a_message_and_got_a_part_gets_the_rest() -> None:
    """Where the channel does not read by itself."""
    config = ChannelConfig()
    config.auto_read = False
    reads: list[int] = []

    class Reads(ChannelHandler[Any]):
        def read(self, ctx: ChannelHandlerContext) -> None:
            reads.append(1)
            ctx.read()

    channel = EmbeddedChannel(Reads(), Aggregator(8), config=config)
    channel.read()
    channel.receive(Start("a"))
    channel.receive(piece(b"x", last=True))

    assert ([1, 1], 1) == (reads, len(channel.inbound_messages()))


class Weighing(MessageAggregator):
    """Of pieces that are whole messages; looks at each with something that fails."""

    def is_start(self, msg: Any) -> bool:
        return isinstance(msg, Piece)

    def is_content(self, msg: Any) -> bool:
        return False

    def declared_bytes(self, start: Piece) -> int | None:
        raise ValueError("weight")


class Greeting(Weighing):
    """The same, with a greeting that fails."""

    def declared_bytes(self, start: Piece) -> int | None:
        return None

    def begin(self, ctx: ChannelHandlerContext, start: Piece) -> None:
        raise ValueError("greeting")


@pytest.mark.parametrize("make", [Weighing, Greeting])
def test_a_start_that_is_refused_is_released(make: type[Weighing]) -> None:
    """Whatever refused it."""
    start = piece(b"a", last=True)
    with pytest.raises(ValueError, match=r"weight|greeting"):
        EmbeddedChannel(make(10)).write_inbound(start)

    assert 0 == start.ref_count
