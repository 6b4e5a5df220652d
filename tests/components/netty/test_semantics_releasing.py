"""Who lets go of a message gives it back, whatever kind of message it is."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from pyboot.components.netty.buffer.byte_buffer import ByteBuffer
from pyboot.components.netty.buffer.composite import CompositeByteBuffer
from pyboot.components.netty.buffer.holder import ByteBufferHolder
from pyboot.components.netty.channel.config import ChannelConfig
from pyboot.components.netty.channel.context import ChannelHandlerContext
from pyboot.components.netty.channel.embedded.channel import EmbeddedChannel
from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.components.netty.channel.head_tail import log_unhandled_message
from pyboot.components.netty.channel.promise import ChannelPromise
from pyboot.components.netty.codec.encoder import MessageToByteEncoder, MessageToMessageEncoder
from pyboot.components.netty.codec.message_decoder import MessageToMessageDecoder
from pyboot.components.netty.errors import CodecError
from pyboot.components.netty.handler.flow import FlowControlHandler


@dataclass
class Chunk(ByteBufferHolder):
    """A message that says more than its bytes."""

    content: ByteBuffer


KINDS = [lambda: ByteBuffer(b"abc"), lambda: CompositeByteBuffer([b"a", b"bc"]), lambda: Chunk(ByteBuffer(b"abc"))]


class Suspended(ChannelHandler[Any]):
    """Waits for ever, both ways."""

    async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        await asyncio.Event().wait()

    async def write(self, ctx: ChannelHandlerContext, msg: Any, promise: ChannelPromise | None) -> None:
        await asyncio.Event().wait()


class FailingDecoder(MessageToMessageDecoder[Any, Any]):
    """Raises."""

    def decode(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        raise ValueError("no")


class WaitingDecoder(MessageToMessageDecoder[Any, Any]):
    """Is cancelled when the channel closes."""

    async def decode(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        await asyncio.Event().wait()


class FailingEncoder(MessageToMessageEncoder[Any, Any]):
    """Raises."""

    def encode(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        raise ValueError("no")


class WaitingEncoder(MessageToMessageEncoder[Any, Any]):
    """Is cancelled when the channel closes."""

    async def encode(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        await asyncio.Event().wait()


def at_the_tail(msg: Any) -> None:
    """No handler took it."""
    seen: list[ChannelHandlerContext] = []

    class First(ChannelHandler[Any]):
        def channel_active(self, ctx: ChannelHandlerContext) -> None:
            seen.append(ctx)

    EmbeddedChannel(First())
    log_unhandled_message(seen[0], msg)


def written_after_the_close(msg: Any) -> None:
    """It came too late."""
    channel = EmbeddedChannel()
    channel.close()
    channel.run_pending_tasks()
    channel.write(msg)


def written_with_a_cancelled_promise(msg: Any) -> None:
    """Nobody wants it any more."""
    channel = EmbeddedChannel()
    promise = channel.new_promise()
    promise.cancel()
    channel.write(msg, promise)


def read_behind_a_coroutine_that_waits(msg: Any) -> None:
    """The channel closes before its turn."""
    channel = EmbeddedChannel(Suspended())
    channel.write_inbound(b"first", msg)
    channel.close()
    channel.run_pending_tasks()


def written_behind_a_coroutine_that_waits(msg: Any) -> None:
    """The same outbound."""
    channel = EmbeddedChannel(Suspended())
    channel.write(b"first")
    channel.write(msg)
    channel.lose()


def kept_by_flow_control(msg: Any) -> None:
    """Nobody asked for it before the channel closed."""
    config = ChannelConfig()
    config.auto_read = False
    channel = EmbeddedChannel(FlowControlHandler(), config=config)
    channel.write_inbound(msg)
    channel.close()
    channel.run_pending_tasks()


def decoded(handler: Callable[[], Any]) -> Callable[[Any], None]:
    """By a decoder that comes to nothing."""

    def path(msg: Any) -> None:
        channel = EmbeddedChannel(handler())
        try:
            channel.write_inbound(msg)
        except CodecError:
            pass
        channel.close()
        channel.run_pending_tasks()

    return path


def encoded(handler: Callable[[], Any]) -> Callable[[Any], None]:
    """By an encoder that comes to nothing."""

    def path(msg: Any) -> None:
        channel = EmbeddedChannel(handler())
        channel.write(msg, channel.new_promise())
        channel.run_pending_tasks()
        channel.lose()

    return path


PATHS = {
    "tail": at_the_tail,
    "closed": written_after_the_close,
    "cancelled": written_with_a_cancelled_promise,
    "read behind a coroutine": read_behind_a_coroutine_that_waits,
    "written behind a coroutine": written_behind_a_coroutine_that_waits,
    "flow control": kept_by_flow_control,
    "decoder fails": decoded(FailingDecoder),
    "decoder is cancelled": decoded(WaitingDecoder),
    "encoder fails": encoded(FailingEncoder),
    "encoder is cancelled": encoded(WaitingEncoder),
}


@pytest.mark.parametrize("path", list(PATHS))
@pytest.mark.parametrize("kind", KINDS, ids=["buffer", "composite", "holder"])
def test_a_message_that_goes_no_further_is_released_once(kind: Callable[[], Any], path: str) -> None:
    """At every place where that happens, and with one reference of somebody else's that stays."""
    msg = kind()
    msg.retain()
    PATHS[path](msg)

    assert 1 == msg.ref_count


@pytest.mark.parametrize("path", list(PATHS))
def test_a_view_that_goes_no_further_is_left_alone(path: str) -> None:
    """Its release means another thing: nobody could use it any more."""
    view = memoryview(b"mine")
    PATHS[path](view)

    assert b"mine" == bytes(view)


def test_a_cancelled_encode_gives_its_buffer_back() -> None:
    """The buffer that it was to write to."""
    outs: list[ByteBuffer] = []

    class Waiting(MessageToByteEncoder[str]):
        async def encode(self, ctx: ChannelHandlerContext, msg: str, out: ByteBuffer) -> None:  # type: ignore[override]  # Netty's form
            outs.append(out.write_bytes(msg.encode()))
            await asyncio.Event().wait()

    channel = EmbeddedChannel(Waiting())
    channel.write("half")
    channel.lose()

    assert [0] == [out.ref_count for out in outs]
