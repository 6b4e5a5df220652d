"""Chain: where a context that was removed or replaced still forwards, and that this never goes in a circle."""

from typing import Any

import pytest

from pyboot.components.netty.channel import (
    ChannelConfig,
    ChannelHandler,
    ChannelHandlerContext,
    ChannelInitializer,
    ChannelPipeline,
    EmbeddedChannel,
)
from pyboot.components.netty.channel.chain import Chain
from pyboot.components.netty.channel.promise import ChannelPromise

OPERATIONS = ("write", "flush", "read", "bind", "connect", "disconnect", "close", "deregister")


class Named(ChannelHandler[Any]):
    """Logs what passes in either direction under a name."""

    def __init__(self, name: str, log: list[str]) -> None:
        self.name = name
        self.log = log

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        self.log.append(f"{self.name} read")
        ctx.fire_channel_read(msg)

    def write(self, ctx: ChannelHandlerContext, msg: Any, promise: ChannelPromise | None) -> None:
        self.log.append(f"{self.name} write")
        ctx.write(msg, promise)

    def user_event_triggered(self, ctx: ChannelHandlerContext, event: object) -> None:
        self.log.append(f"{self.name} read")
        ctx.fire_user_event_triggered(event)

    def read(self, ctx: ChannelHandlerContext) -> None:
        self.log.append(f"{self.name} write")
        ctx.read()


class Nothing(ChannelInitializer):
    """A replacement that takes itself out at once."""

    def init_channel(self, channel: Any) -> None:
        pass


def three() -> tuple[EmbeddedChannel, ChannelPipeline, list[str]]:
    """A channel with the handlers a, b and c."""
    channel, log = EmbeddedChannel(), []
    for name in "abc":
        channel.pipeline().add_last(Named(name, log), name=name)
    return channel, channel.pipeline(), log


def fired_from(ctx: ChannelHandlerContext, log: list[str]) -> list[str]:
    """Who sees what is fired from *ctx*, inbound and outbound; rare events, whose links are walked, go the same way."""
    log.clear()
    ctx.fire_user_event_triggered("e")
    ctx.read()
    rare, log[:] = list(log), []
    ctx.fire_channel_read("m")
    ctx.write(b"m")
    assert rare == log
    return list(log)


def test_a_removed_context_forwards_to_where_it_stood() -> None:
    """To the neighbours that it had."""
    _, pipeline, log = three()
    ctx = pipeline.context("b")
    pipeline.remove("b")
    assert ["c read", "a write"] == fired_from(ctx, log)


def test_a_removed_context_passes_by_neighbours_that_went_after_it() -> None:
    """As far as it takes."""
    _, pipeline, log = three()
    ctx = pipeline.context("b")
    for name in ("b", "c", "a"):
        pipeline.remove(name)
    assert [] == fired_from(ctx, log)


def test_a_replaced_context_forwards_both_ways_to_the_new_one() -> None:
    """Netty's rule: what a decoder still has, and what it answers, goes through its successor."""
    _, pipeline, log = three()
    ctx = pipeline.context("b")
    pipeline.replace("b", Named("n", log), "n")
    assert ["n read", "c read", "n write", "a write"] == fired_from(ctx, log)


def test_a_replaced_context_whose_successor_went_forwards_to_the_neighbours_of_that() -> None:
    """Of those that the successor had when it went."""
    _, pipeline, log = three()
    ctx = pipeline.context("b")
    pipeline.replace("b", Named("n", log), "n")
    pipeline.add_after("n", Named("o", log), "o")
    pipeline.remove("n")
    assert ["o read", "c read", "a write"] == fired_from(ctx, log)


def test_a_long_row_of_replacements_is_followed_without_recursion() -> None:
    """To the last of them, however many there were."""
    channel, log = EmbeddedChannel(), []
    pipeline = channel.pipeline().add_last(Named("0", log))
    ctx = pipeline.context(Named)
    for number in range(3000):
        pipeline.replace(Named, Named(str(number % 10), log))
    assert ["9 read", "9 write"] == fired_from(ctx, log)


def test_the_first_of_many_replacements_leads_on_after_all_are_gone() -> None:
    """The ends are always reached."""
    channel, log = EmbeddedChannel(), []
    pipeline = channel.pipeline().add_last(Named("0", log))
    ctx = pipeline.context(Named)
    for _ in range(100):
        pipeline.replace(Named, Named("n", log))
    pipeline.remove(Named)
    assert [] == fired_from(ctx, log)
    assert ["m"] == channel.inbound_messages()


def test_a_handler_inserted_before_one_that_was_replaced_meanwhile_stands_before_the_new_one() -> None:
    """Several handlers go in one after the other, and the first may change who stands behind them."""
    _, pipeline, log = three()

    class Replaces(ChannelHandler[Any]):
        def handler_added(self, ctx: ChannelHandlerContext) -> None:
            ctx.pipeline.replace("a", Named("n", log), "n")

    class Removes(ChannelHandler[Any]):
        def handler_added(self, ctx: ChannelHandlerContext) -> None:
            ctx.pipeline.remove("n")

    pipeline.add_first(Replaces(), Removes(), Named("x", log))
    assert ["Replaces#0", "Removes#0", "Named#0", "b", "c"] == pipeline.names()


@pytest.mark.parametrize("replacement", ["removes itself", "stays"])
@pytest.mark.parametrize("name", OPERATIONS)
def test_a_handler_that_replaces_itself_within_an_operation_passes_it_on(name: str, replacement: str) -> None:
    """Plain handlers, every operation; the replacement may leave in its handler_added, as initializers do."""
    seen: list[str] = []

    def passes(self: Any, ctx: Any, *arguments: Any) -> None:
        seen.append(type(self).__name__)
        if type(self).__name__ == "Old":
            ctx.pipeline.replace(self, Nothing() if replacement == "removes itself" else type("New", (ChannelHandler,), {name: passes})())
        getattr(ctx, name)(*arguments)

    config = ChannelConfig()
    config.auto_read = False
    handlers = [type(kind, (ChannelHandler,), {name: passes})() for kind in ("Before", "Old")]
    channel = EmbeddedChannel(*handlers, config=config)
    channel.has_disconnect = True
    arguments: list[Any] = [b"m"] if name == "write" else ["address"] if name in ("bind", "connect") else []
    promise = None if name in ("flush", "read") else channel.new_promise()
    getattr(channel.pipeline(), name)(*arguments, *([promise] if promise is not None else []))
    channel.run_pending_tasks()
    assert (["Old", "Before"] if replacement == "removes itself" else ["Old", "New", "Before"]) == seen
    if promise is not None:
        channel.pipeline().flush()
        assert promise.is_done


@pytest.mark.parametrize("suspends", [False, True])
@pytest.mark.parametrize("kind", ["plain", "coroutine"])
@pytest.mark.parametrize("name", ["channel_read", "write", "close", "user_event_triggered"])
def test_a_coroutine_that_replaces_itself_goes_on_through_the_new_one(name: str, kind: str, suspends: bool) -> None:
    """The textbook protocol upgrade: then it fires, and writes, and ends; the new one may have coroutines too."""
    seen: list[str] = []

    class Old(ChannelHandler[Any]):
        async def act(self, ctx: ChannelHandlerContext, *arguments: Any) -> None:
            ctx.pipeline.replace(self, (New if kind == "plain" else Later)())
            for _ in range(2 if suspends else 0):
                await ctx.channel.loop.create_task(nap())
            ctx.fire_channel_read("rest")
            ctx.write(b"answer")
            ctx.flush()
            if name == "close":
                ctx.close(*arguments)

    class New(ChannelHandler[Any]):
        def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            seen.append(f"read {msg}")

        def write(self, ctx: ChannelHandlerContext, msg: Any, promise: ChannelPromise | None) -> None:
            seen.append(f"write {msg!r}")
            ctx.write(msg, promise)

        def close(self, ctx: ChannelHandlerContext, promise: ChannelPromise) -> None:
            seen.append("close")
            ctx.close(promise)

    class Later(ChannelHandler[Any]):
        async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            seen.append(f"read {msg}")

        async def write(self, ctx: ChannelHandlerContext, msg: Any, promise: ChannelPromise | None) -> None:
            await ctx.channel.loop.create_task(nap())
            seen.append(f"write {msg!r}")
            await ctx.write(msg, promise)  # type: ignore[misc]  # what a write gives can be awaited

        async def close(self, ctx: ChannelHandlerContext, promise: ChannelPromise) -> None:
            seen.append("close")
            ctx.close(promise)

    setattr(Old, name, Old.act)
    channel = EmbeddedChannel(Old())
    pipeline = channel.pipeline()
    {
        "channel_read": lambda: channel.write_inbound("m"),
        "write": lambda: channel.write(b"m"),
        "close": lambda: channel.close(),
        "user_event_triggered": lambda: pipeline.fire_user_event_triggered("m"),
    }[name]()
    channel.run_pending_tasks()
    assert ["read rest", "write b'answer'", *(["close"] if name == "close" else [])] == seen
    assert b"answer" == channel.outbound_bytes()
    assert (name == "close") != channel.is_open
    if name != "close":
        assert [f"{'New' if kind == 'plain' else 'Later'}#0"] == pipeline.names()


async def nap() -> None:
    """Let the loop turn."""


def test_what_waits_for_a_replaced_coroutine_goes_through_the_new_one_in_either_direction() -> None:
    """Once, in its order, before what comes later."""
    seen: list[str] = []

    class Slow(ChannelHandler[Any]):
        async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            await ctx.channel.loop.create_future()

        async def write(self, ctx: ChannelHandlerContext, msg: Any, promise: ChannelPromise | None) -> None:
            await ctx.channel.loop.create_future()

    class New(ChannelHandler[Any]):
        def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            seen.append(f"read {msg}")

        async def write(self, ctx: ChannelHandlerContext, msg: Any, promise: ChannelPromise | None) -> None:
            seen.append(f"write {msg}")

    channel = EmbeddedChannel(Slow())
    for number in range(3):
        channel.write_inbound(str(number))
        channel.write(str(number))
    channel.pipeline().replace(Slow, New())
    channel.write_inbound("3")
    channel.write("3")
    channel._error = None  # the write that was cancelled
    channel.run_pending_tasks()
    assert [f"read {number}" for number in "123"] == [line for line in seen if "read" in line]
    assert [f"write {number}" for number in "123"] == [line for line in seen if "write" in line]


def test_what_a_coroutine_handler_removed_forwards_comes_before_all_that_waited_for_the_handler() -> None:
    """What it still has came before that, also where it must wait for something first."""

    class Holds(ChannelHandler[Any]):
        async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            await ctx.channel.loop.create_future()

        async def handler_removed(self, ctx: ChannelHandlerContext) -> None:
            await ctx.channel.loop.create_task(nap())
            ctx.fire_channel_read("rest")

    channel = EmbeddedChannel(Holds())
    channel.write_inbound("first", "second")
    channel.pipeline().remove(Holds)
    channel.write_inbound("third")
    channel.run_pending_tasks()
    assert ["rest", "second", "third"] == channel.inbound_messages()


def test_a_chain_links_head_and_tail_when_nobody_stands_between() -> None:
    """Events fall through."""
    pipeline = EmbeddedChannel().pipeline()
    chain = Chain(pipeline.head, pipeline.tail)
    assert 0 == chain.link()
    assert pipeline.tail is pipeline.head.next is pipeline.head.next_read
    assert pipeline.head is pipeline.tail.prev is pipeline.tail.next_write
    assert ([], []) == (chain.present(), chain.mailboxes())
