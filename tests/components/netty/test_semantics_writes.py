"""Coroutine callbacks (design 5.2): writing and waiting for room; outbound coroutine handlers."""

import asyncio
from typing import Any

import pytest

from pyboot.components.netty.channel import ChannelConfig, ChannelHandler, ChannelHandlerContext, EmbeddedChannel
from pyboot.components.netty.channel.promise import ChannelPromise
from pyboot.components.netty.errors import ClosedChannelError

from .suspending import Sink, embedded, turn

# Writes.


async def test_awaiting_a_write_waits_until_the_channel_is_writable() -> None:
    """Back-pressure reaches the handler that writes."""
    config = ChannelConfig()
    config.low_water_mark, config.high_water_mark = 100, 200
    log: list[str] = []

    class Floods(ChannelHandler[Any]):
        async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            for n in range(3):
                await ctx.write_and_flush(b"x" * 50)
                log.append(f"{n} writable={ctx.channel.is_writable}")

    channel = embedded(Floods(), config=config)
    channel.hold_network()
    channel.receive("a")
    await turn()
    assert ["0 writable=True"] == log
    channel.release_network()
    await turn()
    assert ["0 writable=True", "1 writable=True", "2 writable=True"] == log
    channel.finish()


async def test_awaiting_a_write_before_the_flush_of_read_complete_does_not_wait_for_ever() -> None:
    """The usual pair, write in channel_read and flush in channel_read_complete, must not deadlock past the high mark."""
    config = ChannelConfig()
    config.low_water_mark, config.high_water_mark = 100, 200

    class Echo(ChannelHandler[Any]):
        async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            await ctx.write(msg)

        def channel_read_complete(self, ctx: ChannelHandlerContext) -> None:
            ctx.flush()

    channel = embedded(Echo(), config=config)
    channel.write_inbound(b"x" * 300, b"y")
    await turn()
    assert b"x" * 300 + b"y" == channel.outbound_bytes()
    channel.finish()


async def test_a_write_waiting_for_room_raises_when_the_channel_closes() -> None:
    """ClosedChannelError, with the reason as its cause."""
    config = ChannelConfig()
    config.low_water_mark, config.high_water_mark = 10, 20
    raised: list[BaseException] = []

    async def write() -> None:
        try:
            await channel.write_and_flush(b"x" * 50)
        except ClosedChannelError as error:
            raised.append(error)

    channel = embedded(config=config)
    channel.hold_network()
    task = asyncio.create_task(write())
    await turn()
    channel.lost(None)
    await task
    assert [ClosedChannelError] == [type(error) for error in raised]


async def test_a_failed_write_that_is_awaited_raises_there_and_is_not_reported() -> None:
    """Once, to who asked."""

    class Encoder(ChannelHandler[Any]):
        def write(self, ctx: ChannelHandlerContext, msg: Any, promise: ChannelPromise | None) -> None:
            raise ValueError(msg)

    class Writes(ChannelHandler[Any]):
        async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            try:
                await ctx.write(msg)
            except ValueError as error:
                ctx.fire_channel_read(f"raised {error}")

    sink = Sink()
    channel = embedded(Encoder(), Writes(), sink)
    channel.write_inbound("a")
    await turn()
    assert ["raised a"] == sink.log
    channel.finish()


async def test_a_failed_write_nobody_awaits_is_reported_once() -> None:
    """To exception_caught."""

    class Encoder(ChannelHandler[Any]):
        def write(self, ctx: ChannelHandlerContext, msg: Any, promise: ChannelPromise | None) -> None:
            raise ValueError(msg)

    sink = Sink()
    channel = embedded(Encoder(), sink)
    channel.write("a")
    await turn()
    assert ["ValueError('a')"] == [repr(entry) for entry in sink.log]
    channel.finish()


# Outbound coroutine handlers.


class Shout(ChannelHandler[Any]):
    """Turns text into bytes, after a pause; the natural way to write an outbound coroutine handler."""

    async def write(self, ctx: ChannelHandlerContext, msg: Any, promise: ChannelPromise | None) -> None:
        await asyncio.sleep(0)
        await ctx.write(msg.upper(), promise)


async def test_an_outbound_coroutine_handler_keeps_writes_and_flushes_in_order() -> None:
    """A flush waits for the write before it, and the bytes leave in the order they were written."""
    channel = embedded(Shout())
    channel.write(b"a")
    channel.write_and_flush(b"b")
    channel.write_and_flush(b"c")
    await turn()
    assert [b"A", b"B", b"C"] == channel.outbound_messages()
    channel.finish()


async def test_a_write_with_a_promise_passes_an_outbound_coroutine_handler() -> None:
    """Awaiting the next write inside, with the promise, must not keep the flush behind it from passing."""
    channel = embedded(Shout())
    promise = channel.new_promise()
    channel.write_and_flush(b"a", promise)
    await turn()
    assert [b"A"] == channel.outbound_messages()
    assert promise.is_success
    channel.finish()


async def test_a_coroutine_flush_does_not_hold_up_writes_with_promises() -> None:
    """A handler that overrides flush alone passes writes on as if it were not there."""

    class Flush(ChannelHandler[Any]):
        async def flush(self, ctx: ChannelHandlerContext) -> None:
            await asyncio.sleep(0)
            ctx.flush()

    channel = embedded(Flush())
    promise = channel.new_promise()
    channel.write_and_flush(b"a", promise)
    await turn()
    assert promise.is_success
    assert [b"a"] == channel.outbound_messages()
    channel.finish()


async def test_a_write_past_the_high_mark_passes_an_outbound_coroutine_handler() -> None:
    """Awaiting inside waits for room that only the flush behind it can make."""
    config = ChannelConfig()
    config.low_water_mark, config.high_water_mark = 100, 200
    channel = embedded(Shout(), config=config)
    channel.write_and_flush(b"x" * 300)
    await turn()
    assert [b"X" * 300] == channel.outbound_messages()
    channel.finish()


async def test_awaiting_a_write_through_an_outbound_coroutine_handler_waits_for_room() -> None:
    """Back-pressure passes handlers that do not wait themselves."""
    config = ChannelConfig()
    config.low_water_mark, config.high_water_mark = 100, 200

    class Plain(ChannelHandler[Any]):
        async def write(self, ctx: ChannelHandlerContext, msg: Any, promise: ChannelPromise | None) -> None:
            ctx.write(msg, promise)

    channel = embedded(Plain(), config=config)
    channel.hold_network()
    task = asyncio.ensure_future(wait_for(channel.write_and_flush(b"x" * 300)))
    await turn()
    assert not task.done()
    channel.release_network()
    await task
    channel.finish()


async def wait_for(awaitable: Any) -> Any:
    """Await it, as a coroutine."""
    return await awaitable


async def test_an_error_of_an_outbound_coroutine_fails_its_write_alone() -> None:
    """It is raised by awaiting, or reported once if nobody does; the next write goes through."""

    class Picky(ChannelHandler[Any]):
        async def write(self, ctx: ChannelHandlerContext, msg: Any, promise: ChannelPromise | None) -> None:
            await asyncio.sleep(0)
            if msg == b"bad":
                raise ValueError(msg)
            ctx.write(msg, promise)

    sink = Sink()
    channel = embedded(Picky(), sink)
    with pytest.raises(ValueError, match="bad"):
        await channel.write(b"bad")
    channel.write(b"bad")
    promise = channel.new_promise()
    channel.write(b"bad", promise)
    channel.write_and_flush(b"good")
    await turn()
    assert ["ValueError(b'bad')"] == [repr(entry) for entry in sink.log]
    assert isinstance(promise.error, ValueError)
    assert [b"good"] == channel.outbound_messages()
    channel.finish()


@pytest.mark.parametrize("end", ["close", "lose"])
async def test_writes_in_an_outbound_mailbox_end_when_the_channel_does(end: str) -> None:
    """The one that is suspended and those that wait: nobody waits for ever."""

    class Stuck(ChannelHandler[Any]):
        async def write(self, ctx: ChannelHandlerContext, msg: Any, promise: ChannelPromise | None) -> None:
            await asyncio.sleep(3600)

    channel = embedded(Stuck(), Sink())
    suspended, waiting = channel.write(b"a"), channel.write(b"b")
    promise = channel.new_promise()
    channel.write(b"c", promise)
    tasks = [asyncio.ensure_future(wait_for(write)) for write in (suspended, waiting, promise)]
    await turn()
    if end == "close":
        channel.begin_close(channel.new_promise())
    else:
        channel.lose(ConnectionResetError())
    await turn()
    assert [True, True, True] == [task.done() for task in tasks]
    assert [ClosedChannelError] * 3 == [type(task.exception()) for task in tasks if not task.cancelled()]


async def test_a_close_behind_a_stuck_write_is_carried_out() -> None:
    """A close waits for its turn, and ends at the latest when the connection is lost."""

    class Stuck(ChannelHandler[Any]):
        async def write(self, ctx: ChannelHandlerContext, msg: Any, promise: ChannelPromise | None) -> None:
            await asyncio.sleep(3600)

    channel = embedded(Stuck())
    channel.write(b"a")
    closed = channel.pipeline().close()
    await turn()
    channel.lost(None)
    await turn()
    assert closed.is_done


async def test_a_write_suspended_in_a_removed_handler_is_over() -> None:
    """It is cancelled, and whoever waits for it learns that."""

    class Stuck(ChannelHandler[Any]):
        async def write(self, ctx: ChannelHandlerContext, msg: Any, promise: ChannelPromise | None) -> None:
            await asyncio.sleep(3600)

    stuck = Stuck()
    channel = embedded(stuck)
    promise = channel.new_promise()
    channel.write(b"a", promise)
    channel.write_and_flush(b"b")
    await turn()
    channel.pipeline().remove(stuck)
    await turn()
    assert promise.is_done
    assert [b"b"] == channel.outbound_messages()
    channel.finish()


async def test_a_plain_write_that_returns_a_coroutine_is_run_with_and_without_a_promise() -> None:
    """Not awaiting never loses the work."""

    class Returns(ChannelHandler[Any]):
        def write(self, ctx: ChannelHandlerContext, msg: Any, promise: ChannelPromise | None) -> Any:
            return self.later(ctx, msg, promise)

        async def later(self, ctx: ChannelHandlerContext, msg: Any, promise: ChannelPromise | None) -> None:
            ctx.write(msg.upper(), promise)

    channel = embedded(Returns())
    channel.write(b"a")
    channel.write(b"b", channel.new_promise())
    channel.flush()
    await turn()
    assert [b"A", b"B"] == channel.outbound_messages()
    channel.finish()


async def test_two_channels_that_write_to_each_other_keep_order() -> None:
    """A proxy's two sides: each waits for the other's room, and nothing is lost or reordered."""

    class To(ChannelHandler[Any]):
        def __init__(self) -> None:
            self.other: EmbeddedChannel | None = None

        async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            assert self.other is not None
            await self.other.write_and_flush(msg)

    left_to, right_to = To(), To()
    left, right = embedded(left_to), embedded(right_to)
    left_to.other, right_to.other = right, left
    for n in range(10):
        left.receive(b"l%d" % n)
        right.receive(b"r%d" % n)
    await turn()
    assert [b"l%d" % n for n in range(10)] == right.outbound_messages()
    assert [b"r%d" % n for n in range(10)] == left.outbound_messages()
    left.finish()
    right.finish()


async def test_an_answer_and_a_close_behind_a_coroutine_encoder_both_arrive() -> None:
    """The close waits for its turn, so `write_and_flush; close` says goodbye."""

    class Encodes(ChannelHandler[Any]):
        async def write(self, ctx: ChannelHandlerContext, msg: Any, promise: ChannelPromise | None) -> None:
            await asyncio.sleep(0)
            await ctx.write(msg.encode(), promise)

    class Answers(ChannelHandler[Any]):
        async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            ctx.write_and_flush("bye")
            ctx.close()

    channel = embedded(Encodes(), Answers())
    channel.receive("question")
    await turn()
    assert b"bye" == channel.outbound_bytes()
    assert not channel.is_open


async def test_the_peers_end_waits_for_answers_in_a_coroutine_encoder() -> None:
    """Mail in an outbox counts as work under way."""

    class Answers(ChannelHandler[Any]):
        async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            await asyncio.sleep(0)
            ctx.write_and_flush(msg)

    channel = embedded(Shout(), Answers())
    channel.receive(b"a")
    channel.finish_input()
    await turn()
    assert b"A" == channel.outbound_bytes()
    assert not channel.is_open


async def test_a_coroutine_may_wait_for_the_delivery_of_each_write() -> None:
    """A promise each; the second message waits for its turn."""
    log: list[Any] = []

    class Delivers(ChannelHandler[Any]):
        async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            promise = ctx.new_promise()
            ctx.write_and_flush(msg, promise)
            await promise
            log.append(msg)

    channel = embedded(Delivers())
    channel.hold_network()
    channel.receive(b"a")
    channel.receive(b"b")
    await turn()
    assert [] == log
    channel.release_network()
    await turn()
    assert [b"a", b"b"] == log
    channel.finish()


async def test_a_coroutine_read_complete_may_wait_for_its_flush() -> None:
    """write in one callback, await flush in the other."""

    class Echo(ChannelHandler[Any]):
        async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            await ctx.write(msg)

        async def channel_read_complete(self, ctx: ChannelHandlerContext) -> None:
            await ctx.flush()

    channel = embedded(Echo())
    channel.receive(b"a")
    await turn()
    assert b"a" == channel.outbound_bytes()
    channel.finish()


async def test_a_coroutine_flush_that_suspends_runs_once_for_each_flush_and_is_waited_for() -> None:
    """Who awaits the writes does not make it run again, and nothing leaves before it has passed the flush on."""
    log: list[str] = []
    gate = asyncio.Event()

    class Flushes(ChannelHandler[Any]):
        async def flush(self, ctx: ChannelHandlerContext) -> None:
            log.append("flush")
            await gate.wait()
            ctx.flush()

    channel = embedded(Flushes())

    async def write() -> None:
        for part in (b"a", b"b"):
            await channel.write_and_flush(part)

    writing = asyncio.ensure_future(write())
    await turn()
    assert ["flush"] == log
    assert [] == channel.outbound_messages()
    gate.set()
    await writing
    await turn()
    assert ["flush", "flush"] == log
    assert [b"a", b"b"] == channel.outbound_messages()
    channel.finish()


async def test_a_coroutine_flush_that_lets_it_be_keeps_nobody_waiting_for_room() -> None:
    """Nor does one that waits for room itself."""

    class Swallows(ChannelHandler[Any]):
        async def flush(self, ctx: ChannelHandlerContext) -> None:
            await asyncio.sleep(0)

    class Waits(ChannelHandler[Any]):
        async def flush(self, ctx: ChannelHandlerContext) -> None:
            await ctx.write(bytes(100_000))
            ctx.flush()

    for handler in (Swallows(), Waits()):
        channel = embedded(handler)
        async with asyncio.timeout(20):
            for _ in range(3):
                await channel.write_and_flush(bytes(100_000))
        channel.finish()
