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
