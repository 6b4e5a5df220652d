"""Coroutine callbacks (design 5.2): the pipeline changes while they are suspended, from inside and from outside."""

import asyncio
from typing import Any

import pytest

from pyboot.components.netty.channel import ChannelHandler, ChannelHandlerContext
from pyboot.components.netty.channel.promise import ChannelPromise

from .suspending import Gate, Sink, embedded, turn

# Re-entrancy.


async def test_a_suspended_handler_may_write_fire_add_and_remove() -> None:
    """The pipeline may change at any time, from inside a callback too."""

    class Upper(ChannelHandler[Any]):
        def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            ctx.fire_channel_read(msg.upper())

    class Changes(ChannelHandler[Any]):
        async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            await asyncio.sleep(0)
            ctx.pipeline.add_after(self, Upper(), "upper")
            ctx.fire_channel_read(msg)
            ctx.write_and_flush(b"written")
            await asyncio.sleep(0)
            ctx.pipeline.remove("upper")
            ctx.fire_channel_read(msg)

    channel = embedded(Changes())
    channel.write_inbound("a")
    await turn()
    assert ["A", "a"] == channel.inbound_messages()
    assert b"written" == channel.outbound_bytes()
    channel.finish()


async def test_an_event_a_callback_causes_for_itself_waits_for_its_end() -> None:
    """Callbacks of one handler never overlap, not even on one stack."""

    class Recursive(ChannelHandler[Any]):
        def __init__(self) -> None:
            self.log: list[str] = []

        async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            self.log.append(f"+{msg}")
            if msg < 3:
                ctx.pipeline.fire_channel_read(msg + 1)
            self.log.append(f"-{msg}")

    handler = Recursive()
    channel = embedded(handler)
    channel.write_inbound(1)
    assert ["+1", "-1", "+2", "-2", "+3", "-3"] == handler.log
    channel.finish()


async def test_a_handler_that_removes_itself_without_suspending_is_gone() -> None:
    """Nothing of it stays: no context that events must pass, no task."""

    class Once(ChannelHandler[Any]):
        async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            ctx.pipeline.remove(self)
            ctx.fire_channel_read(msg)

    before = asyncio.all_tasks()
    once = Once()
    channel = embedded(once)
    ctx = channel.pipeline().context(once)
    channel.write_inbound("a", "b")
    await turn()
    assert ["a", "b"] == channel.inbound_messages()
    assert before == asyncio.all_tasks()
    assert channel.pipeline().head.next is not ctx
    channel.finish()


async def test_a_handler_that_removes_itself_while_suspended_finishes_its_callback() -> None:
    """It is not cancelled by its own wish; what waited behind passes it by, in order."""

    class Once(ChannelHandler[Any]):
        async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            await asyncio.sleep(0)
            ctx.pipeline.remove(self)
            await asyncio.sleep(0)
            ctx.fire_channel_read(msg + " was the last")

    before = asyncio.all_tasks()
    once = Once()
    channel = embedded(once)
    ctx = channel.pipeline().context(once)
    channel.write_inbound("a", "b")
    await turn()
    channel.write_inbound("c")
    assert ["a was the last", "b", "c"] == channel.inbound_messages()
    await turn()
    assert before == asyncio.all_tasks()
    assert channel.pipeline().head.next is not ctx
    channel.finish()


async def test_a_handler_may_close_its_channel_and_wait_for_that() -> None:
    """`await ctx.close()` ends when the channel is closed."""
    log: list[str] = []

    class Closes(ChannelHandler[Any]):
        async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            await asyncio.sleep(0)
            await ctx.close()
            log.append(f"open={ctx.channel.is_open}")

        def channel_inactive(self, ctx: ChannelHandlerContext) -> None:
            log.append("inactive")

        def handler_removed(self, ctx: ChannelHandlerContext) -> None:
            log.append("removed")

    channel = embedded(Closes())
    channel.write_inbound("a")
    await turn()
    assert ["open=False", "inactive", "removed"] == log


async def test_a_handler_may_wait_for_a_close_that_must_deliver_first() -> None:
    """`await ctx.close()` waits for what was flushed."""
    log: list[str] = []

    class Closes(ChannelHandler[Any]):
        async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            ctx.write_and_flush(b"bye")
            await ctx.close()
            log.append("closed")

    channel = embedded(Closes())
    channel.hold_network()
    channel.receive("a")
    await turn()
    assert [] == log
    channel.release_network()
    await turn()
    assert ["closed"] == log
    assert b"bye" == channel.outbound_bytes()


# Removal.


async def test_removing_a_suspended_handler_cancels_it_before_it_is_told() -> None:
    """Callbacks never overlap: handler_removed comes after the cancelled callback has ended."""
    gate = Gate()
    channel = embedded(gate)
    channel.write_inbound("a")
    await turn()
    channel.pipeline().remove(gate)
    await turn()
    assert ["+a", "cancelled a", "removed"] == gate.log
    channel.finish()


async def test_removing_a_handler_in_the_moment_it_suspends_cancels_it() -> None:
    """The loop need not have turned in between; what waited passes on, and new events do too."""
    gate = Gate()
    channel = embedded(gate)
    channel.write_inbound("a", "b")
    channel.pipeline().remove(gate)
    channel.write_inbound("c")
    await turn()
    assert "cancelled a" in gate.log
    assert ["b", "c"] == channel.inbound_messages()
    channel.finish()


async def test_a_removed_handler_may_be_followed_by_one_of_the_same_name_at_once() -> None:
    """The name is free as soon as names() does not show it."""
    gate = Gate()
    channel = embedded()
    channel.pipeline().add_last(gate, name="gate")
    channel.write_inbound("a")
    channel.pipeline().remove("gate")
    assert [] == channel.pipeline().names()
    channel.pipeline().add_last(Sink(), name="gate")
    assert ["gate"] == channel.pipeline().names()
    await turn()
    channel.finish()


async def test_replacing_a_suspended_handler_hands_what_waits_to_the_new_one() -> None:
    """The successor sees the messages that waited, in order, before later ones."""
    gate, sink = Gate(), Sink()
    channel = embedded()
    channel.pipeline().add_last(gate, name="gate")
    channel.write_inbound("a", "b", "c")
    await turn()
    channel.pipeline().replace("gate", sink, "gate")
    channel.write_inbound("d")
    await turn()
    assert ["b", "c", "d"] == sink.log
    channel.finish()


async def test_a_suspended_handler_that_replaced_itself_writes_through_its_successor() -> None:
    """What the old one still forwards, either way, flows into the new one, as without suspension."""

    class New(ChannelHandler[Any]):
        def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            ctx.fire_channel_read(f"new {msg}")

        def write(self, ctx: ChannelHandlerContext, msg: Any, promise: ChannelPromise | None) -> None:
            ctx.write(b"new " + msg, promise)

    class Old(ChannelHandler[Any]):
        async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            ctx.pipeline.replace(self, New())
            await asyncio.sleep(0)
            ctx.fire_channel_read("rest")
            ctx.write_and_flush(b"answer")

    channel = embedded(Old())
    channel.write_inbound("a")
    await turn()
    assert ["new rest"] == channel.inbound_messages()
    assert b"new answer" == channel.outbound_bytes()
    channel.finish()


async def test_an_operation_waiting_in_a_removed_handler_passes_it_by() -> None:
    """A close that waits for its turn does not run the method of a handler that is gone."""
    log: list[str] = []

    class Slow(ChannelHandler[Any]):
        async def write(self, ctx: ChannelHandlerContext, msg: Any, promise: ChannelPromise | None) -> None:
            await asyncio.sleep(3600)

        def close(self, ctx: ChannelHandlerContext, promise: ChannelPromise) -> None:
            log.append("close of a removed handler")
            ctx.close(promise)

    slow = Slow()
    channel = embedded(slow)
    channel.write(b"a")
    promise = channel.pipeline().close()
    await turn()
    channel.pipeline().remove(slow)
    await turn()
    assert [] == log
    assert promise.is_success


async def test_a_coroutine_handler_removed_may_suspend() -> None:
    """The farewell of a handler is not what its removal cancels."""
    log: list[str] = []

    class Farewell(ChannelHandler[Any]):
        async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            pass

        async def handler_removed(self, ctx: ChannelHandlerContext) -> None:
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            log.append("removed")

    farewell = Farewell()
    channel = embedded(farewell)
    channel.write_inbound("a")
    channel.pipeline().remove(farewell)
    await turn()
    assert ["removed"] == log
    channel.finish()


async def test_a_suspended_handler_added_comes_before_all_events() -> None:
    """A handler sees no event before its coroutine handler_added is over."""
    log: list[str] = []

    class Prepares(ChannelHandler[Any]):
        async def handler_added(self, ctx: ChannelHandlerContext) -> None:
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            log.append("added")

        def channel_active(self, ctx: ChannelHandlerContext) -> None:
            log.append("active")

        def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            log.append(msg)

    channel = embedded(Prepares())
    channel.write_inbound("a")
    await turn()
    assert ["added", "active", "a"] == log
    channel.finish()


@pytest.mark.parametrize("suspends", [False, True])
async def test_a_coroutine_handler_added_that_raises_removes_the_handler(suspends: bool) -> None:
    """As a plain one does: removed, told so, and HandlerCallbackError from the head."""

    class Fails(Sink):
        async def handler_added(self, ctx: ChannelHandlerContext) -> None:
            if suspends:
                await asyncio.sleep(0)
            raise ValueError("no")

    first, fails = Sink(), Fails()
    channel = embedded(first)
    channel.pipeline().add_last(fails)
    await turn()
    assert ["Sink#0"] == channel.pipeline().names()
    assert ["removed"] == fails.log
    assert ["HandlerCallbackError"] == [type(error).__name__ for error in first.log]
    channel.finish()


async def test_a_coroutine_handler_removed_runs_after_a_failed_handler_added() -> None:
    """Its coroutine is run, not dropped."""
    log: list[str] = []

    class Fails(ChannelHandler[Any]):
        def handler_added(self, ctx: ChannelHandlerContext) -> None:
            raise ValueError("no")

        async def handler_removed(self, ctx: ChannelHandlerContext) -> None:
            log.append("removed")

        def exception_caught(self, ctx: ChannelHandlerContext, error: Exception) -> None:
            log.append("never: it is removed")

    sink = Sink()
    channel = embedded(sink)
    channel.pipeline().add_last(Fails())
    await turn()
    assert ["removed"] == log
    channel.finish()


async def test_a_coroutine_handler_removed_that_raises_is_told_from_the_head() -> None:
    """Both kinds of handler_removed fail alike: HandlerCallbackError to the first that catches."""

    class Fails(ChannelHandler[Any]):
        async def handler_removed(self, ctx: ChannelHandlerContext) -> None:
            raise ValueError("no")

    sink, fails = Sink(), Fails()
    channel = embedded(sink, fails)
    channel.pipeline().remove(fails)
    await turn()
    assert ["HandlerCallbackError"] == [type(error).__name__ for error in sink.log]
    channel.finish()


async def test_a_handler_that_is_removed_from_outside_forwards_what_it_has_in_order() -> None:
    """What its finally block fires comes before the messages that waited, and those before the later ones."""

    class Slow(ChannelHandler[Any]):
        async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            try:
                await asyncio.sleep(3600)
            finally:
                ctx.fire_channel_read("rest")

    class Removes(ChannelHandler[Any]):
        def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            if msg == "now":
                ctx.pipeline.remove(Slow)
            ctx.fire_channel_read(msg)

    channel = embedded(Removes(), Slow())
    channel.write_inbound("a", "b", "now", "c")
    await turn()
    assert ["rest", "b", "now", "c"] == channel.inbound_messages()
    channel.finish()


async def test_a_suspended_handler_added_may_fill_the_pipeline_and_leave() -> None:
    """An initializer that must wait for something; no message passes it meanwhile."""

    class Doubles(ChannelHandler[Any]):
        def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            ctx.fire_channel_read(msg * 2)

    class Prepares(ChannelHandler[Any]):
        async def handler_added(self, ctx: ChannelHandlerContext) -> None:
            await asyncio.sleep(0)
            ctx.pipeline.add_last(Doubles())
            ctx.pipeline.remove(self)

    channel = embedded(Prepares())
    channel.write_inbound("a")
    await turn()
    assert ["Doubles#0"] == channel.pipeline().names()
    assert ["aa"] == channel.inbound_messages()
    channel.finish()
