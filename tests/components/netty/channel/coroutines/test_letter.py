"""Letters: each kind knows what to call, and what becomes of it when that is never called."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from pyboot.components.netty.buffer.allocator import PooledByteBufferAllocator
from pyboot.components.netty.channel import ChannelEvent, ChannelHandler, ChannelHandlerContext, ChannelPromise, EmbeddedChannel
from pyboot.components.netty.channel.coroutines import letter as kinds
from pyboot.components.netty.channel.coroutines.letter import (
    CallLetter,
    CoroutineLetter,
    EventLetter,
    Letter,
    OperationLetter,
    ReadLetter,
    WriteLetter,
)
from pyboot.components.netty.errors import ClosedChannelError, ReleasedBufferError


class Logs(ChannelHandler[Any]):
    """Writes down what it is called for."""

    def __init__(self) -> None:
        self.log: list[object] = []

    async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        self.log.append(("read", msg))

    async def user_event_triggered(self, ctx: ChannelHandlerContext, event: object) -> None:
        self.log.append(("event", event))

    async def write(self, ctx: ChannelHandlerContext, msg: Any, promise: ChannelPromise | None) -> None:
        self.log.append(("write", msg))

    async def connect(self, ctx: ChannelHandlerContext, address: object, promise: ChannelPromise) -> None:
        self.log.append(("connect", address))


async def nothing() -> None:
    """A coroutine to be given."""


def context() -> tuple[ChannelHandlerContext, list[object]]:
    """A place for letters, and what its handler writes down."""
    handler = Logs()
    channel = EmbeddedChannel(handler, loop=asyncio.get_running_loop())
    return channel.pipeline().context(handler), handler.log


MADE: dict[str, Callable[[ChannelHandlerContext], Letter]] = {
    "ReadLetter": lambda ctx: ReadLetter("m"),
    "EventLetter": lambda ctx: EventLetter("user_event_triggered", (ctx, "e")),
    "WriteLetter": lambda ctx: WriteLetter("w", None, ctx.new_promise()),
    "OperationLetter": lambda ctx: OperationLetter("connect", ("a", promise := ctx.new_promise()), promise),
    "CallLetter": lambda ctx: CallLetter("call", ctx.handler.log.append, (("call", 1),)),  # type: ignore[attr-defined]  # of Logs
    "CoroutineLetter": lambda ctx: CoroutineLetter(nothing()),
}
CALLED: dict[str, list[object]] = {
    "ReadLetter": [("read", "m")],
    "EventLetter": [("event", "e")],
    "WriteLetter": [("write", "w")],
    "OperationLetter": [("connect", "a")],
    "CallLetter": [("call", 1)],
    "CoroutineLetter": [],
}


def test_each_kind_is_tested() -> None:
    """A new one is to be added to the table above."""
    assert set(MADE) == set(kinds.__all__) - {"Letter"} == set(CALLED)


@pytest.mark.parametrize("kind", MADE)
async def test_delivering_calls_what_the_letter_is_for(kind: str) -> None:
    """A coroutine that comes of it is for the mailbox to run."""
    ctx, log = context()
    outcome = MADE[kind](ctx).deliver(ctx)
    if outcome is not None:
        await outcome
    assert CALLED[kind] == log


@pytest.mark.parametrize("kind", ["ReadLetter", "EventLetter"])
async def test_a_letter_to_a_handler_that_was_removed_passes_through(kind: str) -> None:
    """Whoever is called is looked up when its turn comes."""
    ctx, log = context()
    letter = MADE[kind](ctx)
    ctx.pipeline.remove(ctx.name)
    letter.deliver(ctx)
    assert [] == log


@pytest.mark.parametrize(
    ("kind", "outlives"), [("ReadLetter", False), ("WriteLetter", False), ("OperationLetter", False), ("CallLetter", True)]
)
async def test_what_somebody_waits_for_does_not_outlive_the_channel(kind: str, outlives: bool) -> None:
    """What a handler must hear of itself does."""
    ctx, _ = context()
    assert outlives is MADE[kind](ctx).outlives_channel()


@pytest.mark.parametrize("name", ["channel_event", "channel_inactive", "channel_unregistered"])
async def test_of_events_those_that_tell_the_end_outlive_it(name: str) -> None:
    """And no others."""
    ctx, _ = context()
    assert EventLetter(name, (ctx,)).outlives_channel()
    assert not EventLetter("channel_read_complete", (ctx,)).outlives_channel()


async def test_a_lost_message_is_released() -> None:
    """One that came in, and one that was to go out, whose write fails."""
    ctx, _ = context()
    buffers = [PooledByteBufferAllocator.DEFAULT.buffer(8).write_bytes(b"abc") for _ in range(2)]
    promise, answer = ctx.new_promise(), ctx.new_promise()
    read, write = ReadLetter(buffers[0]), WriteLetter(buffers[1], promise, answer)
    assert [3, 3] == [read.size(), write.size()]
    ctx.channel.abort()
    read.lost(ctx)
    write.lost(ctx)
    assert [0, 0] == [read.size(), write.size()]
    for buffer in buffers:
        with pytest.raises(ReleasedBufferError):
            buffer.read_byte()
    assert [ClosedChannelError, ClosedChannelError] == [type(promise.error), type(answer.error)]


async def test_a_lost_operation_fails_but_a_close_has_happened() -> None:
    """That is what it asked for."""
    ctx, _ = context()
    connect, close = ctx.new_promise(), ctx.new_promise()
    OperationLetter("connect", ("a", connect), connect).lost(ctx)
    OperationLetter("close", (close,), close).lost(ctx)
    assert (ClosedChannelError, True) == (type(connect.error), close.is_success)


async def test_a_signal_says_no_more_than_its_name() -> None:
    """A writability, a flush that was taken, an event of the published package without anything; all else is worth a letter each."""
    ctx, _ = context()
    said = [
        EventLetter("channel_writability_changed", (ctx,)),
        EventLetter("channel_write_complete", (ctx,)),
        EventLetter("channel_event", (ctx, ChannelEvent.WRITE_DO)),
        EventLetter("channel_event", (ctx, ChannelEvent.UDF_EVENT, 1)),
        EventLetter("user_event_triggered", (ctx, "e")),
        ReadLetter("m"),
    ]
    signals = [letter.signal() for letter in said]
    assert ["channel_writability_changed", "channel_write_complete", ChannelEvent.WRITE_DO, None, None, None] == signals
