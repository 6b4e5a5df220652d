"""A handler that leaves keeps its place: what it had taken goes ahead of what came to it later, either way, whatever is under way."""

import asyncio
import itertools
import random
from typing import Any

import pytest

from pyboot.components.netty.channel import ChannelHandler, ChannelHandlerContext, EmbeddedChannel
from pyboot.components.netty.errors import ClosedChannelError

KINDS = ("plain", "coroutine")


class Delays(ChannelHandler[Any]):
    """Keeps up to two messages of each direction, and hands on what it still has when it is removed."""

    def __init__(self, schedule: random.Random) -> None:
        self.schedule = schedule
        self.read: list[Any] = []
        self.written: list[Any] = []
        self.removals = 0

    def take_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        self.read.append(msg)
        if len(self.read) > 2:
            ctx.fire_channel_read(self.read.pop(0))

    def take_write(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        self.written.append(msg)
        if len(self.written) > 2:
            ctx.write(self.written.pop(0))

    async def suspend(self) -> None:
        """Suspend for some turns, or not at all, and for one more where that is cancelled."""
        try:
            for _ in range(self.schedule.randrange(4)):
                await asyncio.sleep(0)
        except asyncio.CancelledError:
            if self.schedule.random() < 0.5:
                await asyncio.sleep(0)
            raise

    def leave(self, ctx: ChannelHandlerContext) -> None:
        """Hand on one of each, until nothing is left."""
        if self.read:
            ctx.fire_channel_read(self.read.pop(0))
        if self.written:
            ctx.write(self.written.pop(0))


class PlainRead(Delays):
    def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        self.take_read(ctx, msg)


class CoroutineRead(Delays):
    async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        self.take_read(ctx, msg)
        await self.suspend()


class PlainWrite(Delays):
    def write(self, ctx: ChannelHandlerContext, msg: Any, promise: Any) -> None:
        self.take_write(ctx, msg)


class CoroutineWrite(Delays):
    async def write(self, ctx: ChannelHandlerContext, msg: Any, promise: Any) -> None:
        self.take_write(ctx, msg)
        await self.suspend()


class PlainRemoved(Delays):
    def handler_removed(self, ctx: ChannelHandlerContext) -> Any:
        self.removals += 1
        while self.read or self.written:
            self.leave(ctx)


class CoroutineRemoved(Delays):
    async def handler_removed(self, ctx: ChannelHandlerContext) -> None:
        self.removals += 1
        while self.read or self.written:
            await self.suspend()
            self.leave(ctx)


class ReturnedRemoved(CoroutineRemoved):
    def handler_removed(self, ctx: ChannelHandlerContext) -> Any:
        return super().handler_removed(ctx)


class Passes(ChannelHandler[Any]):
    """Stands in the place of another."""


class Swallows(ChannelHandler[Any]):
    """Hears, at the end, of writes that a close took with it."""

    def exception_caught(self, ctx: ChannelHandlerContext, error: Exception) -> None:
        assert isinstance(error, ClosedChannelError)


READS = {"plain": PlainRead, "coroutine": CoroutineRead}
WRITES = {"plain": PlainWrite, "coroutine": CoroutineWrite}
REMOVALS = {"plain": PlainRemoved, "coroutine": CoroutineRemoved, "returned": ReturnedRemoved}


def handler_of(read: str, write: str, removed: str, schedule: random.Random) -> Delays:
    """A handler whose callbacks are of these kinds."""
    made: Delays = type("Handler", (READS[read], WRITES[write], REMOVALS[removed]), {})(schedule)
    return made


def one_turn(channel: EmbeddedChannel) -> None:
    """Let the loop of *channel* turn once."""
    channel.loop.call_soon(channel.loop.stop)
    channel.loop.run_forever()


@pytest.mark.parametrize("act", ["removed", "replaced"])
@pytest.mark.parametrize(("read", "write", "removed"), list(itertools.product(KINDS, KINDS, REMOVALS)))
def test_nothing_overtakes_what_a_handler_had_when_it_was_removed(read: str, write: str, removed: str, act: str) -> None:
    """Messages leave in the order they came, in both directions, whatever was suspended, and none is lost."""
    for seed in range(60):
        schedule = random.Random(seed)
        channel = EmbeddedChannel()
        handler = handler_of(read, write, removed, schedule)
        channel.pipeline().add_last(handler, name="leaves")
        count = {"in": 0, "out": 0}
        steps = ["in", "out", "turn"] * 5
        schedule.shuffle(steps)
        steps.insert(schedule.randrange(2, len(steps)), act)
        for step in steps:
            if step == "in":
                channel.pipeline().fire_channel_read(count["in"])
                count["in"] += 1
            elif step == "out":
                channel.pipeline().write(b"%d" % count["out"])
                count["out"] += 1
            elif step == "turn":
                one_turn(channel)
            elif step == "removed":
                channel.pipeline().remove("leaves")
            else:
                channel.pipeline().replace("leaves", Passes(), "new")
        channel.run_pending_tasks()
        channel.flush()
        seen = f"seed {seed}: {steps}"
        assert list(range(count["in"])) == channel.inbound_messages(), seen
        assert [b"%d" % number for number in range(count["out"])] == channel.outbound_messages(), seen
        assert 1 == handler.removals, seen
        assert ([] if act == "removed" else ["new"]) == channel.pipeline().names(), seen
        assert not channel.pipeline().has_mail(), seen
        pipeline = channel.pipeline()
        stay = [pipeline.head, *pipeline.contexts(), pipeline.tail]  # nobody who has left stands between them any more
        assert stay[1:] == [ctx.next for ctx in stay[:-1]], seen
        assert stay[:-1] == [ctx.prev for ctx in stay[1:]], seen


@pytest.mark.parametrize(("read", "write", "removed"), list(itertools.product(KINDS, KINDS, REMOVALS)))
def test_a_channel_that_is_lost_tells_a_handler_once_that_it_went(read: str, write: str, removed: str) -> None:
    """Whether it was removed just before, with something suspended, or goes with the channel; what was read stays in its order."""
    for seed in range(60):
        schedule = random.Random(seed)
        channel = EmbeddedChannel()
        handler = handler_of(read, write, removed, schedule)
        channel.pipeline().add_last(handler, name="leaves").add_last(Swallows())
        steps = ["in", "out", "turn"] * 3
        schedule.shuffle(steps)
        steps[schedule.randrange(3, len(steps)) :] = schedule.choice([["lost"], ["removed", "lost"], ["removed", "out", "turn", "lost"]])
        promises = []
        for number, step in enumerate(steps):
            if step == "in":
                channel.pipeline().fire_channel_read(number)
            elif step == "out":
                promises.append(channel.new_promise())
                channel.pipeline().write(b"x", promises[-1])
            elif step == "turn":
                one_turn(channel)
            elif step == "removed":
                channel.pipeline().remove("leaves")
            else:
                channel.lose()
        channel.run_pending_tasks()
        seen = f"seed {seed}: {steps}"
        assert 1 == handler.removals, seen
        inbound = channel.inbound_messages()
        assert sorted(inbound) == inbound, seen
        assert "over" == channel.closing.step, seen
