"""Coroutine callbacks (design 5.2): in a task of their own, which timeouts, groups, cancellation and context variables find."""

import asyncio
import contextvars
import gc
import weakref
from typing import Any

import pytest

from pyboot.components.netty.channel import ChannelHandler, ChannelHandlerContext, EmbeddedChannel
from pyboot.components.netty.channel.promise import ChannelPromise
from pyboot.components.netty.errors import HandlerCallbackError

from .suspending import Gate, Sink, embedded, turn, until

user: contextvars.ContextVar[str] = contextvars.ContextVar("user", default="nobody")


# The current task, and what finds it.


async def test_the_current_task_is_the_same_before_and_after_suspending() -> None:
    """And the next callback of the handler sees the same one; the test's own is back in between."""
    seen: list[Any] = []

    class Tells(ChannelHandler[Any]):
        async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            seen.append(asyncio.current_task())
            await asyncio.sleep(0)
            seen.append(asyncio.current_task())

    own = asyncio.current_task()
    channel = embedded(Tells())
    channel.write_inbound("a")
    assert own is asyncio.current_task()
    await turn()
    channel.receive("b")
    assert own is asyncio.current_task()
    await turn()
    assert 4 == len(seen)
    assert own is not seen[0]
    assert {seen[0]} == set(seen)
    channel.finish()


async def test_nested_callbacks_restore_the_current_task_of_the_outer_one() -> None:
    """A handler that fires into a second coroutine handler is still in its own task afterwards."""
    seen: list[tuple[str, Any]] = []

    class Outer(ChannelHandler[Any]):
        async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            seen.append(("outer", asyncio.current_task()))
            ctx.fire_channel_read(msg)
            seen.append(("outer", asyncio.current_task()))
            await asyncio.sleep(0)
            ctx.fire_channel_read(msg)
            seen.append(("outer", asyncio.current_task()))

    class Inner(ChannelHandler[Any]):
        async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            seen.append(("inner", asyncio.current_task()))

    channel = embedded(Outer(), Inner())
    channel.receive("a")
    await turn()
    tasks = {name: {task for owner, task in seen if owner == name} for name in ("outer", "inner")}
    assert ["outer", "inner", "outer", "inner", "outer"] == [name for name, _ in seen]
    assert [1, 1] == [len(found) for found in tasks.values()]
    assert tasks["outer"] != tasks["inner"]
    channel.finish()


async def test_a_read_into_another_channel_inside_a_callback_restores_the_current_task() -> None:
    """A burst inside a burst gives the place of the current task back to the outer callback."""
    seen: list[Any] = []

    class Echo(ChannelHandler[Any]):
        async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            seen.append(asyncio.current_task())

    class Relay(ChannelHandler[Any]):
        async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            before = asyncio.current_task()
            other.receive(msg)
            seen.append(before is asyncio.current_task())
            await asyncio.sleep(0)
            other.receive(msg)
            seen.append(before is asyncio.current_task())

    other = embedded(Echo())
    channel = embedded(Relay())
    own = asyncio.current_task()
    channel.receive("a")
    assert own is asyncio.current_task()
    await turn()
    assert [True, True] == [entry for entry in seen if isinstance(entry, bool)]
    assert 1 == len({entry for entry in seen if not isinstance(entry, bool)})
    channel.finish()
    other.finish()


async def test_a_burst_of_another_channel_inside_a_waiting_plain_callback_restores_the_task() -> None:
    """A def callback from the mailbox runs inside the task; a nested burst must leave that task current."""
    seen: list[Any] = []

    class Echo(ChannelHandler[Any]):
        async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            seen.append("echo")

    class Relay(Gate):
        def user_event_triggered(self, ctx: ChannelHandlerContext, event: object) -> None:
            before = asyncio.current_task()
            other.receive(event)
            seen.append(before is asyncio.current_task())

    relay = Relay()
    channel = embedded(relay)
    other = EmbeddedChannel(loop=asyncio.get_running_loop())
    other.loop_state = channel.loop_state  # as two sockets of one loop
    other.pipeline().add_last(Echo())
    channel.write_inbound("a")
    channel.pipeline().fire_user_event_triggered("event")
    relay.gate.set()
    await turn()
    assert ["echo", True] == seen
    channel.write_inbound("b")
    await turn()
    assert "-b" in relay.log
    channel.finish()
    other.finish()


async def test_a_plain_handler_may_cancel_the_callback_that_suspended_in_the_same_read() -> None:
    """The first time, when its task has not run yet, and the second time."""
    tasks: list[asyncio.Task[Any]] = []

    class Cancels(ChannelHandler[Any]):
        def channel_read_complete(self, ctx: ChannelHandlerContext) -> None:
            tasks[-1].cancel()

    class Tells(Gate):
        async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            task = asyncio.current_task()
            assert task is not None
            tasks.append(task)
            await super().channel_read(ctx, msg)

    gate = Tells()
    channel = embedded(Cancels(), gate)
    for msg in ("a", "b"):
        channel.receive(msg)
        await turn()
    assert ["+a", "cancelled a", "+b", "cancelled b"] == gate.log
    channel.finish()


async def test_a_channel_that_was_closed_is_let_go() -> None:
    """With its handlers, tasks and timers, whether a callback was suspended at the end or not."""

    class Writes(Gate):
        async def write(self, ctx: ChannelHandlerContext, msg: Any, promise: ChannelPromise | None) -> None:
            await ctx.write(msg, promise)

    channel = embedded(Writes())
    channel.receive("a")
    channel.write_and_flush(b"a")
    await turn()
    channel.close()
    await turn()
    gone = weakref.ref(channel)
    del channel
    gc.collect()
    await turn()
    gc.collect()
    assert gone() is None


# Cancelling.


async def test_cancelling_the_task_cancels_the_callback_and_nothing_behind_it() -> None:
    """task.cancel() is for the callback under way; the next message is handled."""
    tasks: list[Any] = []

    class Tells(Gate):
        async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            tasks.append(asyncio.current_task())
            await super().channel_read(ctx, msg)

    gate = Tells()
    channel = embedded(gate)
    channel.write_inbound("a", "b")
    await turn()
    tasks[0].cancel()
    await turn()
    assert ["+a", "cancelled a", "+b"] == gate.log
    gate.gate.set()
    await turn()
    assert ["+a", "cancelled a", "+b", "-b", "complete"] == gate.log
    assert 0 == tasks[-1].cancelling()
    channel.finish()


async def test_a_cancel_right_after_the_first_suspension_reaches_the_callback() -> None:
    """Also before the loop had a turn to start the task."""
    tasks: list[Any] = []

    class Tells(Gate):
        async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            tasks.append(asyncio.current_task())
            await super().channel_read(ctx, msg)

    gate = Tells()
    channel = embedded(gate)
    channel.write_inbound("a", "b")
    tasks[0].cancel()
    await turn()
    assert ["+a", "cancelled a", "+b"] == gate.log
    gate.gate.set()
    await turn()
    assert ["+a", "cancelled a", "+b", "-b", "complete"] == gate.log
    channel.finish()


async def test_a_callback_that_swallows_its_cancellation_goes_on() -> None:
    """As a task would; the next callback is not counted as being cancelled."""
    tasks: list[Any] = []

    class Stubborn(ChannelHandler[Any]):
        async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            tasks.append((asyncio.current_task(), asyncio.current_task().cancelling()))  # type: ignore[union-attr]  # inside a task
            try:
                await asyncio.sleep(3600)
            except asyncio.CancelledError:
                ctx.fire_channel_read(f"{msg} survived")

    channel = embedded(Stubborn())
    channel.write_inbound("a", "b")
    await turn()
    tasks[0][0].cancel()
    await turn()
    assert ["a survived"] == channel.inbound_messages()
    assert [0, 0] == [count for _, count in tasks]
    channel.finish()
    await turn()


async def test_a_callback_that_cancels_its_own_task_is_cancelled_at_its_next_await() -> None:
    """current_task().cancel() in the first step, as in any task."""

    class Suicidal(Gate):
        async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            if msg == "a":
                asyncio.current_task().cancel()  # type: ignore[union-attr]  # inside a task
            await super().channel_read(ctx, msg)

    gate = Suicidal()
    channel = embedded(gate)
    channel.write_inbound("a", "b")
    await turn()
    assert ["+a", "cancelled a", "+b"] == gate.log
    channel.finish()


async def test_a_self_cancelled_callback_that_ends_first_does_not_harm_the_next() -> None:
    """A cancellation nobody awaited any more belongs to nobody."""

    class Suicidal(Gate):
        async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            if msg == "a":
                asyncio.current_task().cancel()  # type: ignore[union-attr]  # inside a task
                return
            await super().channel_read(ctx, msg)

    gate = Suicidal()
    channel = embedded(gate)
    channel.write_inbound("a", "b")
    await turn()
    assert ["+b"] == gate.log
    channel.finish()


async def test_a_cancelled_future_awaited_by_a_callback_ends_that_callback_alone() -> None:
    """CancelledError out of a future is the callback's end, and is told; the next message is handled."""

    class Waits(ChannelHandler[Any]):
        async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            if msg == "a":
                await gone
            ctx.fire_channel_read(msg)

    gone: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    gone.cancel()
    channel = embedded(Waits())
    with pytest.raises(HandlerCallbackError):
        channel.write_inbound("a", "b")
    await turn()
    assert ["b"] == channel.inbound_messages()
    channel.finish()


# Context variables.


async def test_context_variables_stay_in_their_channel() -> None:
    """What a callback sets is seen by all coroutine callbacks of the channel, and by nobody else."""

    class Sets(ChannelHandler[Any]):
        async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            user.set(msg)
            await asyncio.sleep(0)
            ctx.fire_channel_read(user.get())

    class Reads(ChannelHandler[Any]):
        async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            ctx.fire_channel_read((msg, user.get()))

    ann, bob = embedded(Sets(), Reads()), embedded(Sets(), Reads())
    ann.write_inbound("ann")
    bob.receive("bob")
    await turn()
    assert [("ann", "ann")] == ann.inbound_messages()
    assert [("bob", "bob")] == bob.inbound_messages()
    assert "nobody" == user.get()
    ann.finish()
    bob.finish()


async def test_context_variables_of_two_channels_that_call_each_other_stay_apart() -> None:
    """A callback of one that runs another's handler on its stack lends it nothing."""
    seen: list[str] = []

    class Names(ChannelHandler[Any]):
        async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            user.set(msg)

        async def user_event_triggered(self, ctx: ChannelHandlerContext, event: object) -> None:
            seen.append(user.get())

    class Calls(Names):
        async def user_event_triggered(self, ctx: ChannelHandlerContext, event: object) -> None:
            seen.append(user.get())
            bob.pipeline().fire_user_event_triggered("hello")
            seen.append(user.get())

    ann, bob = embedded(Calls()), embedded(Names())
    ann.write_inbound("ann")
    bob.write_inbound("bob")
    ann.pipeline().fire_user_event_triggered("start")
    assert ["ann", "bob", "ann"] == seen
    ann.finish()
    bob.finish()


# Programs.


@pytest.mark.parametrize("cancelled", [False, True])
def test_a_program_ends_with_callbacks_suspended_and_waiting(cancelled: bool) -> None:
    """asyncio.run cancels every task once and waits for all: no mailbox may go on waiting for work."""
    log: list[str] = []

    class Stuck(ChannelHandler[Any]):
        async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            try:
                await asyncio.Event().wait()
            finally:
                log.append(msg)

    class Idle(ChannelHandler[Any]):
        async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            ctx.fire_channel_read(msg)

    async def program() -> None:
        channel = embedded(Idle(), Stuck())
        channel.write_inbound("a", "b")
        if cancelled:
            await turn()

    asyncio.run(program())
    assert "a" == log[0]


@pytest.mark.parametrize("how", ["removed", "replaced", "closed", "cancelled"])
async def test_a_callback_stays_in_its_task_when_it_is_ended_in_the_turn_of_its_first_suspension(how: str) -> None:
    """Where its timeouts and task groups know it: what they cancel and clean up is told to the task that they began in."""
    log: list[Any] = []

    class Waits(ChannelHandler[Any]):
        task: asyncio.Task[Any] | None = None

        async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            self.task = task = asyncio.current_task()
            try:
                async with asyncio.timeout(1000), asyncio.TaskGroup() as group:
                    group.create_task(asyncio.sleep(1000))
                    try:
                        await asyncio.sleep(1000)
                    finally:
                        log.append(asyncio.current_task() is task)
            except asyncio.CancelledError:
                log.append("cancelled")
                try:
                    async with asyncio.timeout(0.001):  # a timeout in the clean-up fires too
                        await asyncio.sleep(1000)
                except TimeoutError:
                    log.append("timed out")
                log.append(asyncio.current_task() is task)
                raise

    handler = Waits()
    channel = embedded(handler)
    channel.receive(b"")
    match how:
        case "removed":
            channel.pipeline().remove(handler)
        case "replaced":
            channel.pipeline().replace(handler, Sink())
        case "closed":
            channel.close()
        case _:
            assert handler.task is not None
            handler.task.cancel()
    await until(lambda: len(log) == 4)

    assert [True, "cancelled", "timed out", True] == log


async def test_the_next_callback_has_a_task_that_nobody_has_cancelled() -> None:
    """Whatever became of the one before: it cancelled its own task, at once or later, or somebody cancelled that while it was idle."""
    log: list[Any] = []

    class CancelsItself(ChannelHandler[Any]):
        async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            task = asyncio.current_task()
            assert task is not None
            if msg == "at once":
                task.cancel()
            elif msg == "later":
                await asyncio.sleep(0)
                task.cancel()
            else:
                assert 0 == task.cancelling()
                await asyncio.sleep(0)
                await asyncio.sleep(0)
                log.append((msg, asyncio.current_task() is task))

    for first in ("at once", "later", "idle"):
        for between in (0, 1, 2):
            log.clear()
            channel = embedded(CancelsItself())
            if first == "idle":
                channel.receive("warm")
                await until(lambda: log)
                for task in asyncio.all_tasks() - {asyncio.current_task()}:
                    task.cancel()
                log.clear()
            else:
                channel.receive(first)
            for _ in range(between):
                await asyncio.sleep(0)
            channel.receive("a")
            channel.receive("b")
            await until(lambda: len(log) >= 2)
            assert [("a", True), ("b", True)] == log[-2:]
            channel.finish()
