"""Leaving: a handler with coroutine callbacks goes in its turn, and waits for nothing that waits for it."""

import asyncio
from typing import Any

import pytest

from pyboot.components.netty.channel import ChannelHandler, ChannelHandlerContext, EmbeddedChannel
from pyboot.components.netty.errors import ClosedChannelError


class Swallows(ChannelHandler[Any]):
    """Hears, at the end, of writes that a close took with it."""

    def exception_caught(self, ctx: ChannelHandlerContext, error: Exception) -> None:
        assert isinstance(error, ClosedChannelError)


class Leaves(ChannelHandler[Any]):
    """Suspends in each message, until it is cancelled, and goes by way of the channel."""

    def __init__(self, ask: str) -> None:
        self.ask = ask
        self.log: list[str] = []

    async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        await ctx.channel.loop.create_future()

    async def write(self, ctx: ChannelHandlerContext, msg: Any, promise: Any) -> None:
        ctx.write(msg, promise)
        await ctx.channel.loop.create_future()

    async def handler_removed(self, ctx: ChannelHandlerContext) -> None:
        await asyncio.sleep(0)
        if self.ask == "write":
            await ctx.channel.write_and_flush(b"bye")
        elif self.ask == "flush":
            await ctx.channel.flush()
        else:
            await ctx.channel.close()
        self.log.append("went")


@pytest.mark.parametrize("ask", ["write", "flush", "close"])
@pytest.mark.parametrize("busy", [[], ["in"], ["out"], ["in", "out"]])
def test_a_handler_that_leaves_may_wait_for_what_it_asks_of_its_channel(ask: str, busy: list[str]) -> None:
    """That passes by what waits for the end of its leaving."""
    channel = EmbeddedChannel()
    handler = Leaves(ask)
    channel.pipeline().add_last(handler).add_last(Swallows())
    if "in" in busy:
        channel.pipeline().fire_channel_read("first")
    if "out" in busy:
        channel.pipeline().write(b"first")
    channel.pipeline().remove(handler)
    channel.pipeline().write(b"later")
    channel.run_pending_tasks()
    assert ["went"] == handler.log
    first = [b"first"] if "out" in busy and ask != "close" else []
    expected = {"write": [*first, b"bye", b"later"], "flush": [*first, b"later"], "close": []}[ask]
    channel.flush()
    assert expected == channel.outbound_messages()
    assert ("close" == ask) is not channel.is_open


def test_a_handler_that_leaves_may_wait_for_room() -> None:
    """What it writes is flushed past what waits for the end of its leaving."""
    log: list[str] = []

    class Fills(Leaves):
        async def handler_removed(self, ctx: ChannelHandlerContext) -> None:
            await ctx.write(b"x" * 100_000)
            log.append("went")

    channel = EmbeddedChannel()
    channel.pipeline().add_last(handler := Fills(""))
    channel.pipeline().write(b"first")
    channel.pipeline().remove(handler)
    channel.run_pending_tasks()
    assert ["went"] == log
    assert [b"first", b"x" * 100_000] == channel.outbound_messages()


@pytest.mark.parametrize("direction", ["in", "out"])
def test_a_callback_that_removes_its_own_handler_may_wait_for_what_passes_in_the_other_direction(direction: str) -> None:
    """So nothing is held there: it goes on to its end first, and its handler is told then."""
    log: list[Any] = []

    class Goes(ChannelHandler[Any]):
        async def go(self, ctx: ChannelHandlerContext) -> None:
            self.passed = ctx.channel.loop.create_future()
            ctx.pipeline.remove(self)
            await self.passed
            log.append("goes on")

        async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            await self.go(ctx)

        async def write(self, ctx: ChannelHandlerContext, msg: Any, promise: Any) -> None:
            await self.go(ctx)

    class Hears(ChannelHandler[Any]):
        def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            log.append(msg)
            handler.passed.set_result(None)

        def write(self, ctx: ChannelHandlerContext, msg: Any, promise: Any) -> None:
            log.append(msg)
            handler.passed.set_result(None)

    handler = Goes()
    channel = EmbeddedChannel(handler)
    if direction == "in":
        channel.pipeline().add_first(Hears())
        channel.pipeline().context(handler).call("channel_read", ("first",))
        channel.pipeline().write("passes")
    else:
        channel.pipeline().add_last(Hears())
        channel.pipeline().context(Hears).write("first")
        channel.pipeline().fire_channel_read("passes")
    channel.run_pending_tasks()
    assert ["passes", "goes on"] == log


def test_a_cancellation_that_comes_before_a_handler_is_told_is_not_its_own() -> None:
    """The channel that is lost cancels what is under way, and the handler, which waits behind that, is told all the same."""
    log: list[str] = []

    class Stubborn(ChannelHandler[Any]):
        async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            return None

        async def write(self, ctx: ChannelHandlerContext, msg: Any, promise: Any) -> None:
            try:
                await ctx.channel.loop.create_future()
            except asyncio.CancelledError:
                await asyncio.sleep(0)
                log.append("cancelled")

        def handler_removed(self, ctx: ChannelHandlerContext) -> None:
            log.append("removed")

    channel = EmbeddedChannel(handler := Stubborn(), Swallows())
    channel.pipeline().write(b"first")
    channel.pipeline().remove(handler)
    channel.lose()
    channel.run_pending_tasks()
    assert ["cancelled", "removed"] == log
    assert "over" == channel.closing.step


# A direction that is at rest keeps its place too, until the handler has left.


class Mails(ChannelHandler[Any]):
    """Has a mailbox for each direction."""

    async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        ctx.fire_channel_read(msg)

    async def write(self, ctx: ChannelHandlerContext, msg: Any, promise: Any) -> None:
        ctx.write(msg, promise)


def test_a_handler_that_asks_its_channel_first_keeps_its_place_in_that_direction() -> None:
    """What it writes by way of the channel passes its own outbox, which runs empty with that, and stays where it is."""

    class Asks(Mails):
        async def handler_removed(self, ctx: ChannelHandlerContext) -> None:
            ctx.channel.write(b"asked")
            await asyncio.sleep(0)
            ctx.write(b"had")

    channel = EmbeddedChannel(handler := Asks())
    channel.pipeline().remove(handler)
    channel.pipeline().write(b"later")
    channel.run_pending_tasks()
    channel.flush()
    assert [b"asked", b"had", b"later"] == channel.outbound_messages()


def test_a_replaced_handler_keeps_its_place_whatever_passes_before_it_is_told() -> None:
    """Its inbox runs empty in the handler_added of the new one, and it has not left with that."""

    class Had(Mails):
        async def handler_removed(self, ctx: ChannelHandlerContext) -> None:
            await asyncio.sleep(0)
            ctx.fire_channel_read("had")

    class Fires(ChannelHandler[Any]):
        def handler_added(self, ctx: ChannelHandlerContext) -> None:
            ctx.pipeline.fire_channel_read("first")

        def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            if msg == "first":
                ctx.pipeline.fire_channel_read("second")
            ctx.fire_channel_read(msg)

    channel = EmbeddedChannel(handler := Had())
    channel.pipeline().replace(handler, Fires())
    channel.pipeline().fire_channel_read("later")
    channel.run_pending_tasks()
    assert ["first", "second", "had", "later"] == channel.inbound_messages()


@pytest.mark.parametrize("direction", ["in", "out"])
def test_a_handler_of_one_direction_keeps_its_place_in_the_other(direction: str) -> None:
    """It has something left for a direction of which it sees nothing."""
    log: list[Any] = []

    class Slow(ChannelHandler[Any]):
        async def suspend(self, ctx: ChannelHandlerContext) -> None:
            try:
                await ctx.channel.loop.create_future()
            finally:
                await asyncio.sleep(0)

    class In(Slow):
        async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            await self.suspend(ctx)

        def handler_removed(self, ctx: ChannelHandlerContext) -> None:
            ctx.write(b"had")

    class Out(Slow):
        async def write(self, ctx: ChannelHandlerContext, msg: Any, promise: Any) -> None:
            await self.suspend(ctx)

        def handler_removed(self, ctx: ChannelHandlerContext) -> None:
            ctx.fire_channel_read(b"had")

    channel = EmbeddedChannel(handler := In() if direction == "in" else Out(), Hears(log))
    pipeline = channel.pipeline()
    if direction == "in":
        pipeline.fire_channel_read(b"first")
        pipeline.remove(handler)
        pipeline.write(b"later")
    else:
        pipeline.context(Hears).write(b"first")
        pipeline.remove(handler)
        pipeline.fire_channel_read(b"later")
    channel.run_pending_tasks()
    channel.flush()
    assert [b"had", b"later"] == (channel.outbound_messages() if direction == "in" else channel.inbound_messages())


@pytest.mark.parametrize("kind", ["plain", "returned"])
def test_a_channel_that_ends_keeps_the_place_of_each_handler(kind: str) -> None:
    """The one nearer the network is told last, and what it has left comes behind what the one that takes longer has."""

    class Had(ChannelHandler[Any]):
        def __init__(self, name: str, turns: int) -> None:
            self.name = name
            self.turns = turns

        async def write(self, ctx: ChannelHandlerContext, msg: Any, promise: Any) -> None:
            try:
                await ctx.channel.loop.create_future()
            finally:
                for _ in range(self.turns):
                    await asyncio.sleep(0)

        def handler_removed(self, ctx: ChannelHandlerContext) -> Any:
            return ctx.fire_channel_read(self.name) if kind == "plain" else self.later(ctx)

        async def later(self, ctx: ChannelHandlerContext) -> None:
            ctx.fire_channel_read(self.name)

    channel = EmbeddedChannel(Swallows(), near := Had("near", 0), far := Had("far", 3))
    channel.pipeline().context(far).next.write(b"x")
    channel.pipeline().context(far).write(b"x")
    assert near is not far
    channel.lose()
    channel.run_pending_tasks()
    assert ["far", "near"] == channel.inbound_messages()
    assert "over" == channel.closing.step


def test_a_handler_that_has_left_leaves_no_task() -> None:
    """A direction that is at rest, and had a task, gives it back."""

    class Suspends(Mails):
        async def write(self, ctx: ChannelHandlerContext, msg: Any, promise: Any) -> None:
            await asyncio.sleep(0)
            ctx.write(msg, promise)

    channel = EmbeddedChannel(handler := Suspends())
    channel.pipeline().write(b"a")
    channel.run_pending_tasks()
    channel.pipeline().remove(handler)
    channel.run_pending_tasks()
    assert set() == asyncio.all_tasks(channel.loop)


# Who asks for its own removal, while something else of it is suspended.


class Both(ChannelHandler[Any]):
    """Asks for its removal in one direction, while it is suspended, and slow to be cancelled, in the other."""

    def __init__(self, asks: str, log: list[Any]) -> None:
        self.asks = asks
        self.log = log

    async def take(self, ctx: ChannelHandlerContext, direction: str) -> None:
        if direction == self.asks:
            self.passed = ctx.channel.loop.create_future()
            ctx.pipeline.remove(self)
            if direction == "out":
                await self.passed
            self.log.append("goes on")
            return
        try:
            await ctx.channel.loop.create_future()
        finally:
            for _ in range(3):
                await asyncio.sleep(0)
            self.log.append("cancelled")

    async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        await self.take(ctx, "in")

    async def write(self, ctx: ChannelHandlerContext, msg: Any, promise: Any) -> None:
        await self.take(ctx, "out")

    def handler_removed(self, ctx: ChannelHandlerContext) -> None:
        self.log.append("removed")


class Hears(ChannelHandler[Any]):
    """Lets whoever waits for a message go on."""

    def __init__(self, log: list[Any]) -> None:
        self.log = log

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        self.log.append(msg)
        ctx.fire_channel_read(msg)


def test_an_operation_that_removes_its_own_handler_may_wait_for_what_comes_in_behind_a_cancelled_read() -> None:
    """The handler is told once the read has ended, ahead of what comes in, and the operation goes on to its end."""
    log: list[Any] = []
    handler = Both("out", log)

    class Passes(Hears):
        def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            super().channel_read(ctx, msg)
            handler.passed.set_result(None)

    channel = EmbeddedChannel(handler, Passes(log))
    channel.pipeline().fire_channel_read("suspended")
    channel.pipeline().write(b"asks")
    channel.pipeline().fire_channel_read("passes")
    channel.run_pending_tasks()
    assert ["cancelled", "removed", "passes", "goes on"] == log


def test_a_read_that_removes_its_own_handler_is_told_behind_a_cancelled_operation() -> None:
    """Once no callback is under way any more; what is written meanwhile waits for that."""
    log: list[Any] = []
    channel = EmbeddedChannel(Both("in", log))
    channel.pipeline().write(b"suspended")
    channel.pipeline().fire_channel_read("asks")
    channel.run_pending_tasks()
    assert ["goes on", "cancelled", "removed"] == log


def test_an_expelled_handler_that_takes_turns_to_go_is_waited_for() -> None:
    """A handler_added that raises, and a handler_removed that returns a coroutine: the channel is over when that is."""
    log: list[str] = []

    class Fails(ChannelHandler[Any]):
        def handler_added(self, ctx: ChannelHandlerContext) -> None:
            raise ValueError("no")

        def handler_removed(self, ctx: ChannelHandlerContext) -> Any:
            return self.later()

        async def later(self) -> None:
            try:
                await channel.loop.create_future()
            finally:  # the end of the channel cancels it
                await asyncio.sleep(0)
                log.append(channel.closing.step)

    class Hears(ChannelHandler[Any]):
        def exception_caught(self, ctx: ChannelHandlerContext, error: Exception) -> None:
            log.append(str(error))
            channel.lose()

    channel = EmbeddedChannel(Hears())
    channel.pipeline().add_last(Fails(), name="f")
    channel.run_pending_tasks()
    assert ["handler_added of f raised ValueError('no'); it was removed", "told"] == log
    assert "over" == channel.closing.step
    assert [] == channel.pipeline().names()


class ReadsOnly(ChannelHandler[Any]):
    """Removes itself in its first message, and has something left to write."""

    async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        ctx.pipeline.remove(self)

    async def handler_removed(self, ctx: ChannelHandlerContext) -> None:
        await asyncio.sleep(0)
        ctx.write(b"had")


class ReadsAndTakesTurns(ReadsOnly):
    """Goes on for a while behind that."""

    async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        ctx.pipeline.remove(self)
        ctx.pipeline.write(b"passes")
        await asyncio.sleep(0)


@pytest.mark.parametrize("asks", ["in", "out"])
@pytest.mark.parametrize("busy", [False, True])
def test_what_a_handler_has_left_that_asked_for_its_own_removal_goes_ahead_of_what_came_later(asks: str, busy: bool) -> None:
    """Its handler_removed takes turns, in which both directions wait."""
    log: list[Any] = []

    class Had(Both):
        async def take(self, ctx: ChannelHandlerContext, direction: str) -> None:
            if direction == self.asks:
                ctx.pipeline.remove(self)
            else:
                await super().take(ctx, direction)

        async def handler_removed(self, ctx: ChannelHandlerContext) -> None:  # type: ignore[override]  # a coroutine
            await asyncio.sleep(0)
            ctx.fire_channel_read(b"had")
            ctx.write(b"had")

    channel = EmbeddedChannel(Had(asks, log))
    events = [lambda: channel.pipeline().fire_channel_read(b"in"), lambda: channel.pipeline().write(b"out")]
    if asks == "in":
        events.reverse()
    for event in events if busy else events[1:]:
        event()
    channel.pipeline().write(b"later")
    channel.pipeline().fire_channel_read(b"later")
    channel.run_pending_tasks()
    channel.flush()
    assert [b"had", b"later"] == channel.outbound_messages()
    assert [b"had", b"later"] == channel.inbound_messages()
    assert not channel.pipeline().has_mail()


@pytest.mark.parametrize("handler_class", [ReadsOnly, ReadsAndTakesTurns])
def test_a_read_that_removes_its_own_handler_keeps_the_place_of_one_without_operations(handler_class: type[ReadsOnly]) -> None:
    """It has no outbox until it needs one to wait in."""
    channel = EmbeddedChannel(handler_class())
    channel.pipeline().fire_channel_read(b"asks")
    channel.pipeline().write(b"later")
    channel.run_pending_tasks()
    channel.flush()
    passes = [] if handler_class is ReadsOnly else [b"passes", b"later"]
    assert [*passes, b"had", *([] if passes else [b"later"])] == channel.outbound_messages()


def test_a_handler_whose_removal_takes_no_turn_can_write_when_it_has_left() -> None:
    """The coroutine that its handler_removed returned was over at once."""
    contexts: list[ChannelHandlerContext] = []

    class Returns(ChannelHandler[Any]):
        def handler_removed(self, ctx: ChannelHandlerContext) -> Any:
            contexts.append(ctx)
            return self.end()

        async def end(self) -> None:
            return None

    channel = EmbeddedChannel(Returns())
    channel.pipeline().remove(Returns)
    contexts[0].write(b"late")
    contexts[0].fire_channel_read(b"late")
    channel.flush()
    assert [b"late"] == channel.outbound_messages()
    assert [b"late"] == channel.inbound_messages()


@pytest.mark.parametrize("kind", ["plain", "coroutine"])
def test_a_handler_that_fails_to_come_and_to_go_is_out_of_the_chain(kind: str) -> None:
    """Nothing passes its context any more."""

    class Fails(ChannelHandler[Any]):
        def handler_added(self, ctx: ChannelHandlerContext) -> None:
            raise ValueError("no")

        def handler_removed(self, ctx: ChannelHandlerContext) -> None:
            raise KeyError("neither")

        def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            ctx.fire_channel_read(msg)

    class Hears(ChannelHandler[Any]):
        def exception_caught(self, ctx: ChannelHandlerContext, error: Exception) -> None:
            return None

    class FailsLater(Fails):
        async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            ctx.fire_channel_read(msg)

    channel = EmbeddedChannel(hears := Hears())
    channel.pipeline().add_last(Fails() if kind == "plain" else FailsLater())
    assert channel.pipeline().context(hears).next is channel.pipeline().tail
    assert channel.pipeline().head.next_read is channel.pipeline().tail
