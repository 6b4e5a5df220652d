"""The base for decoders of messages: Netty's contract of MessageToMessageDecoder, in each form a user may write."""

from collections.abc import Callable
from typing import Any

import pytest

from pyboot.components.netty.buffer.byte_buffer import ByteBuffer
from pyboot.components.netty.channel.config import ChannelConfig
from pyboot.components.netty.channel.context import ChannelHandlerContext
from pyboot.components.netty.channel.embedded.channel import EmbeddedChannel
from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.components.netty.codec.frames import LineBasedFrameDecoder
from pyboot.components.netty.codec.message_decoder import MessageToMessageDecoder
from pyboot.components.netty.codec.text import StringDecoder
from pyboot.components.netty.errors import DecoderError


class Recorded(ChannelHandler[Any]):
    """Takes everything, and keeps the errors."""

    def __init__(self) -> None:
        self.errors: list[Exception] = []

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        """Nobody else wants it."""

    def exception_caught(self, ctx: ChannelHandlerContext, error: Exception) -> None:
        self.errors.append(error)


class Numbers(MessageToMessageDecoder[str, int]):
    """Netty's form: several messages of one."""

    def decode(self, ctx: ChannelHandlerContext, msg: str, out: list[int]) -> None:  # type: ignore[override]  # Netty's form
        out.extend(int(word) for word in msg.split())


class Length(MessageToMessageDecoder[str | bytes, int]):
    """The returning form, as a coroutine."""

    async def decode(self, ctx: ChannelHandlerContext, msg: str | bytes) -> int | None:
        return len(msg) or None


def through(handler: ChannelHandler[Any], *messages: Any) -> list[Any]:
    """What *messages* become."""
    channel = EmbeddedChannel(handler)
    channel.write_inbound(*messages)
    return channel.inbound_messages()


def test_messages_of_the_named_type_are_decoded_and_others_pass() -> None:
    """In both forms."""
    assert [1, 2, 3.0] == through(Numbers(), "1 2", 3.0, "")
    assert [2, 3, 1.5] == through(Length(), "ab", b"abc", "", 1.5)


def test_an_error_of_a_message_decoder_is_wrapped_and_what_it_made_before_is_passed_on() -> None:
    """Netty: items made before the error are fired."""

    class Half(MessageToMessageDecoder[str, int]):
        def decode(self, ctx: ChannelHandlerContext, msg: str, out: list[int]) -> None:  # type: ignore[override]  # Netty's form
            out.append(1)
            raise ValueError("no")

    channel = EmbeddedChannel(Half())
    with pytest.raises(DecoderError, match=r"raised ValueError\('no'\)"):
        channel.write_inbound("x")
    assert [1] == channel.inbound_messages()


def test_a_buffer_is_released_unless_it_is_passed_on() -> None:
    """Also where decode raised."""

    class Passing(MessageToMessageDecoder[ByteBuffer, ByteBuffer]):
        def decode(self, ctx: ChannelHandlerContext, msg: ByteBuffer) -> ByteBuffer | None:
            return msg if msg == b"keep" else None

    kept, dropped = ByteBuffer(b"keep"), ByteBuffer(b"drop")
    assert [kept] == through(Passing(), kept, dropped)
    assert (1, 0) == (kept.ref_count, dropped.ref_count)


def test_a_message_decoder_that_gave_nothing_reads_again() -> None:
    """Where nobody reads by himself."""
    channel = EmbeddedChannel(Numbers())
    channel.auto_read = False
    before = channel.reads
    channel.write_inbound("")

    assert 1 == channel.reads - before


def test_the_list_is_closed_behind_the_messages() -> None:
    """The published package's `close_decode` of message decoders gets the list."""
    log: list[Any] = []

    class Closing(Numbers):
        async def close_decode(self, ctx: ChannelHandlerContext, out: list[int]) -> None:
            log.append(list(out))

    assert [1, 2] == through(Closing(), "1 2")
    assert [[1, 2]] == log


class Refusing(MessageToMessageDecoder[str, str]):
    """Takes nothing."""

    def decode(self, ctx: ChannelHandlerContext, msg: str) -> str | None:
        raise OSError("no")


@pytest.mark.parametrize(
    ("handlers", "message"), [([Refusing], "x"), ([LineBasedFrameDecoder, StringDecoder], b"\xff\n"), ([StringDecoder], b"\xff")]
)
def test_a_message_that_is_wrong_is_followed_by_a_read_too(handlers: list[Callable[[], ChannelHandler[Any]]], message: object) -> None:
    """Who asked for one has not got it, and lives on if the error closes nothing."""
    config = ChannelConfig()
    config.auto_read = False
    channel = EmbeddedChannel(*(make() for make in handlers), Recorded(), config=config)
    channel.write_inbound(message)

    assert 1 == channel.reads


class RefusingBoth(MessageToMessageDecoder[str, str]):
    """Fails twice for one message."""

    def decode(self, ctx: ChannelHandlerContext, msg: str, out: list[str]) -> None:  # type: ignore[override]  # Netty's form
        out.append(msg)
        raise OSError("decode")

    def close_decode(self, ctx: ChannelHandlerContext, out: list[str]) -> None:
        raise OSError("close")


def test_both_errors_of_one_message_are_told() -> None:
    """None hides the other."""
    recorded = Recorded()
    EmbeddedChannel(RefusingBoth(), recorded).write_inbound("x")

    assert ["decode", "close"] == [str(error.__cause__ or error) for error in recorded.errors]
