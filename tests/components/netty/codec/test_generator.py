"""GeneratorDecoder in a pipeline."""

from typing import Any

import pytest

from pyboot.components.netty.channel.context import ChannelHandlerContext
from pyboot.components.netty.channel.embedded.channel import EmbeddedChannel
from pyboot.components.netty.channel.event import INPUT_SHUTDOWN
from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.components.netty.codec.generator import GeneratorDecoder
from pyboot.components.netty.errors import CorruptedFrameError, PrematureCloseError, TooLongFrameError
from pyboot.components.netty.wire.steps import Message, need, until
from pyboot.testing.codec import check_decoder, decode


class Commands(GeneratorDecoder):
    """``name SP length CRLF body``, as memcached has it."""

    max_message_bytes = 64

    def message(self) -> Message:
        name = yield until(b" ")
        length = yield until(b"\r\n")
        if not length.isdigit():
            raise CorruptedFrameError(f"length {length!r}")
        return name, (yield need(int(length)))


def test_a_generator_keeps_the_contract() -> None:
    """It stands where it is while bytes are missing."""
    check_decoder(
        Commands,
        b"set 5\r\nhelloget 0\r\nset 1\r\nx",
        [(b"set", b"hello"), (b"get", b""), (b"set", b"x")],
        wrong={
            b"set five\r\n": CorruptedFrameError,
            b"set 60\r\n": TooLongFrameError,
            b"set 5\r\nhell": PrematureCloseError,
            b"x" * 66: TooLongFrameError,
        },
    )


def test_a_class_that_does_not_write_message_says_so() -> None:
    """On the first byte."""

    class Nothing(GeneratorDecoder): ...

    with pytest.raises(AssertionError):
        assert not decode(Nothing(), [b"x"]).errors


class Lines(GeneratorDecoder):
    """Netty's LineDecoder, of ReplayingDecoderTest."""

    def message(self) -> Message:
        return (yield until(b"\n"))


def test_line_protocol() -> None:
    """Netty: "A", "B", LF is one line; a line without an end is none, and here it is told."""
    channel = EmbeddedChannel(Lines())
    channel.write_inbound(b"A")
    channel.write_inbound(b"B")
    assert [] == channel.inbound_messages()
    channel.write_inbound(b"\n")
    assert [b"AB"] == channel.inbound_messages()
    channel.write_inbound(b"C")

    with pytest.raises(PrematureCloseError):
        channel.finish_input()


def test_replacement() -> None:
    """Netty: what a decoder has not read goes to the one that takes its place, in the middle of a read too."""

    class Replacing(ChannelHandler[Any]):
        def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> Any:
            if ctx.pipeline.get(Commands) is not None:
                ctx.pipeline.replace(Commands, Lines())
            return ctx.fire_channel_read(msg)

    channel = EmbeddedChannel(Commands(), Replacing())
    channel.write_inbound(b"set 1\r\nxC\nD")
    channel.write_inbound(b"\n")

    assert [(b"set", b"x"), b"C", b"D"] == channel.inbound_messages()


def test_remove_itself() -> None:
    """Netty: of "a", "b", "c" the first is a message, and the others are handed on as they came."""

    class Removing(ChannelHandler[Any]):
        def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> Any:
            ctx.pipeline.remove_if_exists(First)
            return ctx.fire_channel_read(msg)

    class First(GeneratorDecoder):
        def message(self) -> Message:
            return (yield need(1))

    channel = EmbeddedChannel(First(), Removing())
    channel.write_inbound(b"abc")

    assert [b"a", b"bc"] == [bytes(message) for message in channel.inbound_messages()]


def test_fire_channel_input_shutdown_event() -> None:
    """Netty: the event passes, behind what was whole."""
    seen: list[object] = []

    class Seeing(ChannelHandler[Any]):
        def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            seen.append(msg)

        def user_event_triggered(self, ctx: ChannelHandlerContext, event: object) -> None:
            seen.append(event)

    channel = EmbeddedChannel(Lines(), Seeing())
    channel.write_inbound(b"A\n")
    channel.pipeline().fire_user_event_triggered(INPUT_SHUTDOWN)

    assert [b"A", INPUT_SHUTDOWN] == seen
