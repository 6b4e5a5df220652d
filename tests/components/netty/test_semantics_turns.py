"""A loop always turns: while a loud client does its worst, a quiet one waits for no more than a budget, on every path.

What is measured is counted, not timed: how often the loud one's handler is called between two turns of the loop.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from pyboot.components.netty import (
    Bootstrap,
    ByteArrayDecoder,
    ByteToMessageDecoder,
    Channel,
    ChannelHandler,
    ChannelHandlerContext,
    ChunkedWriteHandler,
    EmbeddedChannel,
    FixedChannelPool,
    LineBasedFrameDecoder,
    MessageToMessageDecoder,
)
from pyboot.components.netty.channel.life.budget import TURN_CALLS
from pyboot.components.netty.handler.chunked import ChunkedIterable

from .conftest import Connect, Listen
from .suspending import until


class Turns:
    """Counts calls, and how many of them came between two turns of the loop."""

    def __init__(self) -> None:
        self.calls = 0
        self.most = 0
        self.turns = 0
        self._seen = 0
        self._loop = asyncio.get_running_loop()
        self._handle = self._loop.call_soon(self._turn)

    def _turn(self) -> None:
        self.turns += 1
        self.most = max(self.most, self.calls - self._seen)
        self._seen = self.calls
        self._handle = self._loop.call_soon(self._turn)

    async def until(self, true: Callable[[], object]) -> None:
        """Wait until *true*() holds, asked in each turn; then check what was counted."""
        await until(true)
        self._handle.cancel()


class Writes(ChannelHandler[Any]):
    """Never stops writing; *how* says in which way it waits for its writes."""

    def __init__(self, turns: Turns, how: Callable[[ChannelHandlerContext], Awaitable[Any]]) -> None:
        self.turns, self.how = turns, how
        self.channel: Channel | None = None
        self.ended: BaseException | None = None

    async def channel_active(self, ctx: ChannelHandlerContext) -> None:
        self.channel = ctx.channel
        try:
            while True:
                self.turns.calls += 1
                await self.how(ctx)
        except BaseException as error:
            self.ended = error
            raise

    def exception_caught(self, ctx: ChannelHandlerContext, error: Exception) -> None:
        ctx.close()


async def written(ctx: ChannelHandlerContext) -> None:
    await ctx.write_and_flush(b"tick\n")


async def flushed(ctx: ChannelHandlerContext) -> None:
    ctx.write(b"tick\n")
    await ctx.flush()


async def promised(ctx: ChannelHandlerContext) -> None:
    promise = ctx.new_promise()
    ctx.write_and_flush(b"tick\n", promise)
    await promise


async def large(ctx: ChannelHandlerContext) -> None:
    await ctx.write_and_flush(bytes(60_000))


@pytest.mark.parametrize("how", [written, flushed, promised, large])
async def test_awaited_writes_turn_the_loop_and_notice_a_client_that_leaves(
    how: Callable[[ChannelHandlerContext], Awaitable[Any]], listen: Listen, connect: Connect, caplog: pytest.LogCaptureFixture
) -> None:
    """While the client reads, and when it has gone: the callback ends, and asyncio has nothing to say about dead sockets."""
    caplog.set_level(logging.WARNING)
    turns = Turns()
    handler = Writes(turns, how)
    server = await listen(lambda channel: channel.pipeline().add_last(handler))
    reader, writer = await connect(server)
    await reader.readexactly(200_000)
    writer.transport.abort()
    await turns.until(lambda: handler.ended is not None)
    assert handler.channel is not None
    await handler.channel.close_future

    assert turns.most <= TURN_CALLS
    assert [] == [record.getMessage() for record in caplog.records]


class Ignores(ChannelHandler[Any]):
    """Keeps everything to itself."""

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None: ...
    def channel_read_complete(self, ctx: ChannelHandlerContext) -> None: ...
    def user_event_triggered(self, ctx: ChannelHandlerContext, event: object) -> None: ...
    def exception_caught(self, ctx: ChannelHandlerContext, error: Exception) -> None: ...
    def channel_inactive(self, ctx: ChannelHandlerContext) -> None: ...


NOTHING_TO_WAIT_FOR: dict[str, Callable[[ChannelHandlerContext], Awaitable[Any]]] = {
    "a read": lambda ctx: ctx.read(),
    "a read from the tail": lambda ctx: ctx.channel.read(),
    "a message": lambda ctx: ctx.fire_channel_read(b"x"),
    "the end of a read": lambda ctx: ctx.fire_channel_read_complete(),
    "an event": lambda ctx: ctx.fire_user_event_triggered("x"),
    "an event from the head": lambda ctx: ctx.pipeline.tail.fire_user_event_triggered("x"),
    "an error": lambda ctx: ctx.fire_exception_caught(ValueError("x")),
    "an end": lambda ctx: ctx.fire_channel_inactive(),
    "an empty flush": lambda ctx: ctx.flush(),
}


@pytest.mark.parametrize("what", NOTHING_TO_WAIT_FOR)
async def test_awaiting_what_is_over_at_once_turns_the_loop(what: str, listen: Listen, connect: Connect) -> None:
    """Whatever operation or event a coroutine awaits without end: each counts as a call."""
    turns = Turns()
    handler = Writes(turns, NOTHING_TO_WAIT_FOR[what])
    server = await listen(lambda channel: channel.pipeline().add_last(handler, Ignores()))
    connection = await connect(server)
    await turns.until(lambda: turns.calls > 5 * TURN_CALLS)
    assert handler.channel is not None
    handler.channel.abort()
    await until(lambda: handler.ended is not None)

    assert turns.most <= TURN_CALLS
    connection[1].close()


@pytest.mark.parametrize("channels", [1, 20])
async def test_many_tasks_that_write_share_the_budget(channels: int, listen: Listen, connect: Connect) -> None:
    """Sixty tasks that nobody but themselves waits for, on one channel or many: after their first turn one budget a turn for all."""
    turns = Turns()
    accepted: list[Channel] = []
    server = await listen(lambda channel: accepted.append(channel))
    connections = [await connect(server) for _ in range(channels)]
    await until(lambda: len(accepted) == channels)

    async def write(channel: Channel) -> None:
        while True:
            turns.calls += 1
            await channel.write_and_flush(b"")

    tasks = [asyncio.create_task(write(accepted[number % channels])) for number in range(60)]
    await until(lambda: turns.calls > (channels + 4) * TURN_CALLS)
    turns.most = 0
    await turns.until(lambda: turns.calls > (channels + 14) * TURN_CALLS)
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)

    assert turns.most <= TURN_CALLS + 60
    assert len(connections) == channels


class Spells(MessageToMessageDecoder[bytes, int]):
    """A message for each byte of one."""

    def decode(self, ctx: ChannelHandlerContext, msg: bytes, out: list[int]) -> None:
        out.extend(msg)


class SpellsAsync(Spells):
    """The same as a coroutine."""

    async def decode(self, ctx: ChannelHandlerContext, msg: bytes, out: list[int]) -> None:
        super().decode(ctx, msg, out)


class SpellsBytes(ByteToMessageDecoder[int]):
    """The same of a stream: all that is there, in one call."""

    def decode(self, ctx: ChannelHandlerContext, buffer: Any, out: list[Any]) -> None:
        out.extend(buffer.read_bytes(buffer.readable_bytes()))


class SpellsBytesAsync(SpellsBytes):
    """The same as a coroutine."""

    async def decode(self, ctx: ChannelHandlerContext, buffer: Any, out: list[Any]) -> None:
        super().decode(ctx, buffer, out)


class Keeps(ChannelHandler[Any]):
    """Keeps what it gets, in order; a coroutine suspends once in a while."""

    def __init__(self, turns: Turns) -> None:
        self.turns = turns
        self.got: list[object] = []

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        self.turns.calls += 1
        self.got.append(msg)

    def channel_inactive(self, ctx: ChannelHandlerContext) -> None:
        self.got.append("inactive")


class KeepsAsync(Keeps):
    async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        super().channel_read(ctx, msg)
        if len(self.got) % 1000 == 1:
            await asyncio.sleep(0)


@pytest.mark.parametrize("decoder", [Spells, SpellsAsync, SpellsBytes, SpellsBytesAsync])
@pytest.mark.parametrize("kind", [Keeps, KeepsAsync])
async def test_many_messages_made_of_one_turn_the_loop(
    decoder: Callable[[], ChannelHandler[Any]], kind: Callable[[Turns], Keeps], listen: Listen, connect: Connect
) -> None:
    """A list that one call of decode gives: in order, a budget a turn, and before the end of the channel."""
    turns = Turns()
    handler = kind(turns)
    server = await listen(lambda channel: channel.pipeline().add_last(ByteArrayDecoder(), decoder(), handler))
    _, writer = await connect(server)
    sent = bytes(range(256)) * 8
    writer.write(sent)
    writer.write_eof()
    await turns.until(lambda: handler.got[-1:] == ["inactive"])

    assert [*sent, "inactive"] == handler.got
    assert turns.most <= 2 * TURN_CALLS  # a coroutine decoder and a coroutine handler go on in turns of their own


@pytest.mark.parametrize("decoder", [Spells, SpellsBytes])
def test_what_comes_behind_a_paused_list_waits_for_it(decoder: Callable[[], ChannelHandler[Any]]) -> None:
    """A handler before it may fire more in the same turn; one that is removed meanwhile hands on first what it has."""
    channel = EmbeddedChannel(decoder())
    many = b"a" * (3 * TURN_CALLS)
    with channel._acting():
        channel.pipeline().fire_channel_read(many)
        channel.pipeline().fire_channel_read(b"bc")
        before = len(channel.inbound_messages())
        channel.pipeline().remove(decoder)
        channel.pipeline().fire_channel_read(b"d")

    got = b"".join(bytes([each]) if isinstance(each, int) else bytes(each) for each in channel.inbound_messages())
    assert before <= TURN_CALLS
    assert many + b"bcd" == got


class Reads(ChannelHandler[Any]):
    """Counts what it gets, plainly."""

    def __init__(self, turns: Turns) -> None:
        self.turns = turns
        self.seen = 0

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        self.turns.calls += 1
        self.seen += 1


class ReadsAsync(Reads):
    """The same as a coroutine that suspends once in a while."""

    async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        super().channel_read(ctx, msg)
        if self.seen % 1000 == 1:
            await asyncio.sleep(0)


class Bytewise(ByteToMessageDecoder[int]):
    """A message for each byte."""

    def decode(self, ctx: ChannelHandlerContext, buffer: Any) -> int:
        return int(buffer.read_byte())


class AsyncBytewise(Bytewise):
    """The same as a coroutine."""

    async def decode(self, ctx: ChannelHandlerContext, buffer: Any) -> Any:
        return super().decode(ctx, buffer)


@pytest.mark.parametrize("decoder", [LineBasedFrameDecoder, Bytewise, AsyncBytewise])
@pytest.mark.parametrize("kind", [Reads, ReadsAsync])
async def test_a_read_of_many_messages_turns_the_loop(
    decoder: Callable[[], ChannelHandler[Any]], kind: Callable[[Turns], Reads], listen: Listen, connect: Connect
) -> None:
    """One client's newlines: a hundred thousand of them come, a budget a turn."""
    turns = Turns()
    handler = kind(turns)
    server = await listen(lambda channel: channel.pipeline().add_last(decoder(), handler))
    _, writer = await connect(server)
    writer.write(b"\n" * 100_000)
    await turns.until(lambda: handler.seen >= 100_000)

    assert 100_000 == handler.seen
    assert turns.most <= TURN_CALLS


async def test_many_loud_clients_share_the_budget(listen: Listen, connect: Connect) -> None:
    """Thirty of them, behind a coroutine handler: a quiet one waits for one budget, and one read of each that begins anew."""
    turns = Turns()
    handlers: list[ReadsAsync] = []
    quiet: list[bytes] = []

    class Init(ChannelHandler[Any]):
        sharable = True

        def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            quiet.append(bytes(msg))

    def child(channel: Channel) -> None:
        handlers.append(ReadsAsync(turns))
        channel.pipeline().add_last(LineBasedFrameDecoder(), handlers[-1])

    loud = await listen(child)
    other = await listen(lambda channel: channel.pipeline().add_last(Init()))
    writers = [(await connect(loud))[1] for _ in range(30)]
    _, asks = await connect(other)
    for writer in writers:
        writer.write(b"\n" * 20_000)
    gaps, asked_at = [], 0
    async with asyncio.timeout(60):
        while sum(handler.seen for handler in handlers) < 30 * 20_000:
            if len(quiet) == len(gaps):
                asked_at = turns.calls
                asks.write(b"?")
                count = len(gaps)
            await asyncio.sleep(0)
            if len(quiet) > count:
                gaps.append(turns.calls - asked_at)
    await turns.until(lambda: True)

    gaps.sort()
    # An answer takes a few turns of the loop; each is a budget of the row, and a read of those that have come to a new one.
    assert gaps[len(gaps) * 99 // 100] <= 30 * TURN_CALLS
    assert gaps[len(gaps) // 2] <= 4 * TURN_CALLS


async def test_a_pool_turns_the_loop(listen: Listen) -> None:
    """Who borrows and gives back at once never waits for anybody."""
    server = await listen(lambda channel: None)
    pool = FixedChannelPool(Bootstrap().handler(lambda channel: None).address(*server.local_address()), 1)
    async with pool.lease():
        pass
    turns = Turns()
    for _ in range(10 * TURN_CALLS):
        turns.calls += 1
        async with pool.lease():
            pass
    await turns.until(lambda: True)
    await pool.close()

    assert turns.most <= TURN_CALLS


async def test_chunks_turn_the_loop(listen: Listen, connect: Connect) -> None:
    """A network that takes everything keeps no file, and no generator, in one turn."""
    turns = Turns()

    def chunks() -> Any:
        for _ in range(10 * TURN_CALLS):
            turns.calls += 1
            yield b"x"

    class Sends(ChannelHandler[Any]):
        def channel_active(self, ctx: ChannelHandlerContext) -> None:
            ctx.write_and_flush(ChunkedIterable(chunks()))

    server = await listen(lambda channel: channel.pipeline().add_last(ChunkedWriteHandler(), Sends()))
    reader, _ = await connect(server)
    await reader.readexactly(10 * TURN_CALLS)
    await turns.until(lambda: True)

    assert turns.most <= TURN_CALLS + 1
