"""Coroutine callbacks (design 5.2): the same order, the same thread and the same errors as plain ones, on both loops."""

import asyncio
import contextvars
import threading
from typing import Any

import anyio
import anyio.to_thread
import pytest

from pyboot.components.netty.channel import ChannelConfig, ChannelHandler, ChannelHandlerContext, EmbeddedChannel
from pyboot.components.netty.channel.promise import ChannelPromise
from pyboot.components.netty.errors import ClosedChannelError

user: contextvars.ContextVar[str] = contextvars.ContextVar("user", default="nobody")


def embedded(*handlers: ChannelHandler[Any], config: ChannelConfig | None = None) -> EmbeddedChannel:
    """A channel on the loop that runs the test."""
    return EmbeddedChannel(*handlers, config=config, loop=asyncio.get_running_loop())


async def turn() -> None:
    """Let everything run that is due, and what that makes due, a few times over."""
    for _ in range(10):
        await asyncio.sleep(0)


class Gate(ChannelHandler[Any]):
    """Waits in channel_read until the test opens the gate, and logs what it sees in order."""

    def __init__(self) -> None:
        self.log: list[Any] = []
        self.gate = asyncio.Event()

    async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        self.log.append(f"+{msg}")
        try:
            await self.gate.wait()
        except asyncio.CancelledError:
            self.log.append(f"cancelled {msg}")
            raise
        self.log.append(f"-{msg}")
        ctx.fire_channel_read(msg)

    def channel_read_complete(self, ctx: ChannelHandlerContext) -> None:
        self.log.append("complete")

    def user_event_triggered(self, ctx: ChannelHandlerContext, event: object) -> None:
        self.log.append(event)

    def exception_caught(self, ctx: ChannelHandlerContext, error: Exception) -> None:
        self.log.append(error)

    def channel_inactive(self, ctx: ChannelHandlerContext) -> None:
        self.log.append("inactive")
        ctx.fire_channel_inactive()

    def handler_removed(self, ctx: ChannelHandlerContext) -> None:
        self.log.append("removed")


class Sink(ChannelHandler[Any]):
    """Logs what comes behind another handler."""

    def __init__(self) -> None:
        self.log: list[Any] = []

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        self.log.append(msg)

    def channel_inactive(self, ctx: ChannelHandlerContext) -> None:
        self.log.append("inactive")

    def channel_unregistered(self, ctx: ChannelHandlerContext) -> None:
        self.log.append("unregistered")

    def exception_caught(self, ctx: ChannelHandlerContext, error: Exception) -> None:
        self.log.append(error)

    def handler_removed(self, ctx: ChannelHandlerContext) -> None:
        self.log.append("removed")


# Order.


async def test_a_callback_that_never_suspends_is_over_when_the_event_was_fired() -> None:
    """An async callback is stepped where its event happens."""

    class Quick(ChannelHandler[Any]):
        async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            ctx.fire_channel_read(msg + "!")

    channel = embedded(Quick())
    channel.write_inbound("a")
    assert ["a!"] == channel.inbound_messages()
    channel.finish()


async def test_events_behind_a_suspended_callback_wait_in_order() -> None:
    """Plain and coroutine callbacks of one handler share one queue."""
    gate = Gate()
    channel = embedded(gate)
    channel.write_inbound("a", "b")
    channel.pipeline().fire_user_event_triggered("event")
    assert ["+a"] == gate.log
    gate.gate.set()
    await turn()
    assert ["+a", "-a", "+b", "-b", "complete", "event"] == gate.log
    channel.finish()


async def test_events_a_coroutine_handler_does_not_override_do_not_overtake() -> None:
    """channel_read_complete passes a handler only after the reads before it were passed on."""

    class Slow(ChannelHandler[Any]):
        async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            await asyncio.sleep(0)
            ctx.fire_channel_read(msg)

    class Log(Sink):
        def channel_read_complete(self, ctx: ChannelHandlerContext) -> None:
            self.log.append("complete")

    log = Log()
    channel = embedded(Slow(), log)
    channel.write_inbound("a", "b")
    await turn()
    assert ["a", "b", "complete"] == log.log
    channel.finish()


async def test_a_plain_callback_from_the_mailbox_cannot_be_overtaken_by_what_it_fires() -> None:
    """An event that a waiting callback causes takes its place behind those that wait already."""
    gate = Gate()

    class Nested(Gate):
        def user_event_triggered(self, ctx: ChannelHandlerContext, event: object) -> None:
            self.log.append(event)
            if event == "first":
                ctx.pipeline.fire_user_event_triggered("caused")

    gate = Nested()
    channel = embedded(gate)
    channel.pipeline().fire_channel_read("a")
    channel.pipeline().fire_user_event_triggered("first")
    channel.pipeline().fire_user_event_triggered("second")
    gate.gate.set()
    await turn()
    assert ["+a", "-a", "first", "second", "caused"] == gate.log
    channel.finish()


async def test_two_coroutine_handlers_pass_a_stream_on_in_order() -> None:
    """What the first suspends on does not change the order the second sees."""

    class Uneven(ChannelHandler[Any]):
        async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            for _ in range(msg % 3):
                await asyncio.sleep(0)
            ctx.fire_channel_read(msg)

    channel = embedded(Uneven(), Uneven())
    channel.write_inbound(*range(20))
    for _ in range(20):
        await turn()
    assert list(range(20)) == channel.inbound_messages()
    channel.finish()


async def test_awaiting_fire_waits_until_the_next_handler_is_done() -> None:
    """ctx.fire_channel_read may be awaited."""
    gate = Gate()

    class Waits(ChannelHandler[Any]):
        done = False

        async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            await ctx.fire_channel_read(msg)
            self.done = True

    waits = Waits()
    channel = embedded(waits, gate)
    channel.write_inbound("a")
    await turn()
    assert not waits.done
    gate.gate.set()
    await turn()
    assert waits.done
    channel.finish()


async def test_a_callback_may_await_an_event_that_comes_back_to_its_own_handler() -> None:
    """The event has its turn after the callback, so waiting for it inside must not wait for ever."""

    class Round(ChannelHandler[Any]):
        log: list[Any] = []

        async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            await ctx.pipeline.fire_user_event_triggered("round")
            self.log.append("read over")

        async def user_event_triggered(self, ctx: ChannelHandlerContext, event: object) -> None:
            self.log.append(event)

    handler = Round()
    channel = embedded(handler)
    channel.write_inbound("a")
    await turn()
    assert ["read over", "round"] == handler.log
    channel.finish()


# Back-pressure of the mailbox.


async def test_a_full_mailbox_stops_reading_and_an_emptied_one_starts_it_again() -> None:
    """Past the limit the channel holds its reading; at half of it, it reads again; nothing is dropped."""
    config = ChannelConfig()
    config.mailbox_limit = 4
    gate = Gate()
    channel = embedded(gate, config=config)
    for msg in range(5):
        channel.pipeline().fire_channel_read(msg)
    assert channel.is_reading
    channel.pipeline().fire_channel_read(5)
    assert not channel.is_reading
    gate.gate.set()
    await turn()
    assert channel.is_reading
    assert list(range(6)) == channel.inbound_messages()
    channel.finish()


async def test_two_full_mailboxes_hold_reading_until_both_have_room() -> None:
    """Each holds for itself."""
    config = ChannelConfig()
    config.mailbox_limit = 1

    class Outlet(Gate):
        async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            ctx.fire_channel_read(msg)
            await self.gate.wait()

    first, second = Outlet(), Gate()
    channel = embedded(first, second, config=config)
    second_context = channel.pipeline().context(first)
    for _ in range(3):
        second_context.fire_channel_read("direct")
    for _ in range(3):
        channel.pipeline().fire_channel_read("through")
    assert not channel.is_reading
    first.gate.set()
    await turn()
    assert not channel.is_reading
    second.gate.set()
    await turn()
    assert channel.is_reading
    channel.finish()


async def test_a_handler_removed_with_a_full_mailbox_gives_its_hold_back() -> None:
    """Its events pass on, and the channel reads again."""
    config = ChannelConfig()
    config.mailbox_limit = 1
    gate = Gate()
    channel = embedded(gate, config=config)
    channel.write_inbound("a", "b", "c", "d")
    assert not channel.is_reading
    await turn()
    channel.pipeline().remove(gate)
    await turn()
    assert channel.is_reading
    assert ["b", "c", "d"] == channel.inbound_messages()
    channel.finish()


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


async def test_timeout_ends_a_callback_in_time() -> None:
    """asyncio.timeout finds the callback's task."""

    class Impatient(ChannelHandler[Any]):
        async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            try:
                async with asyncio.timeout(0.001):
                    await asyncio.Event().wait()
            except TimeoutError:
                ctx.fire_channel_read(f"{msg} timed out")
            if msg == "b":
                done.set()

    done = asyncio.Event()
    channel = embedded(Impatient())
    channel.write_inbound("a", "b")
    async with asyncio.timeout(5):
        await done.wait()
    assert ["a timed out", "b timed out"] == channel.inbound_messages()
    channel.finish()


async def test_a_timeout_of_nothing_is_over_at_the_first_suspension() -> None:
    """A deadline in the past interrupts the first await, not an earlier or later callback."""

    class Late(ChannelHandler[Any]):
        async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            try:
                async with asyncio.timeout(-1):
                    await asyncio.sleep(3600)
            except TimeoutError:
                ctx.fire_channel_read("late")
            await asyncio.sleep(0)
            ctx.fire_channel_read("on")

    channel = embedded(Late())
    channel.write_inbound("a")
    await turn()
    assert ["late", "on"] == channel.inbound_messages()
    channel.finish()


async def test_a_task_group_in_a_callback_waits_for_its_tasks() -> None:
    """asyncio.TaskGroup works in the first step and after."""

    class Fan(ChannelHandler[Any]):
        async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(asyncio.sleep(0, n)) for n in range(3)]
            ctx.fire_channel_read([task.result() for task in tasks])

    channel = embedded(Fan())
    channel.write_inbound("a")
    await turn()
    assert [[0, 1, 2]] == channel.inbound_messages()
    channel.finish()


async def test_a_failing_task_group_cancels_and_raises_in_its_callback() -> None:
    """The group's error is the callback's; the handler goes on with the next message."""
    caught: list[Exception] = []

    class Fan(ChannelHandler[Any]):
        async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            if msg == "good":
                ctx.fire_channel_read(msg)
                return
            async with asyncio.TaskGroup() as group:
                group.create_task(self.fail())
                await asyncio.sleep(3600)

        async def fail(self) -> None:
            await asyncio.sleep(0)
            raise ValueError("bad")

        def exception_caught(self, ctx: ChannelHandlerContext, error: Exception) -> None:
            caught.append(error)

    channel = embedded(Fan())
    channel.write_inbound("bad", "good")
    await turn()
    assert ["good"] == channel.inbound_messages()
    assert [ExceptionGroup] == [type(error) for error in caught]
    channel.finish()


async def test_anyio_scopes_groups_and_threads_work_in_a_callback() -> None:
    """anyio finds the task, its cancel scopes and its worker threads."""

    class Any_(ChannelHandler[Any]):
        async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            with anyio.move_on_after(0) as scope:
                await anyio.sleep(3600)
            ctx.fire_channel_read(scope.cancelled_caught)
            with anyio.CancelScope() as scope:
                scope.cancel()
                await anyio.sleep(3600)
            ctx.fire_channel_read(scope.cancelled_caught)
            async with anyio.create_task_group() as group:
                group.start_soon(anyio.sleep, 0)
            ctx.fire_channel_read(await anyio.to_thread.run_sync(threading.get_ident))
            done.set()

    done = asyncio.Event()
    channel = embedded(Any_())
    channel.write_inbound("a")
    async with asyncio.timeout(5):
        await done.wait()
    first, second, ident = channel.inbound_messages()
    assert (True, True) == (first, second)
    assert threading.get_ident() != ident
    channel.write_inbound("again")
    done.clear()
    async with asyncio.timeout(5):
        await done.wait()
    assert 6 == len(channel.inbound_messages())
    channel.finish()


async def test_a_callback_may_wait_for_a_thread() -> None:
    """asyncio.to_thread gives its result on the channel's loop."""
    done = asyncio.Event()

    class Offload(ChannelHandler[Any]):
        async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            user.set("ann")
            ctx.fire_channel_read(await asyncio.to_thread(lambda: (user.get(), threading.get_ident())))
            ctx.fire_channel_read(threading.get_ident())
            done.set()

    channel = embedded(Offload())
    channel.write_inbound("a")
    async with asyncio.timeout(5):
        await done.wait()
    (name, elsewhere), here = channel.inbound_messages()
    assert "ann" == name
    assert threading.get_ident() == here != elsewhere
    channel.finish()


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
    """CancelledError out of a future is the callback's end; the next message is handled."""

    class Waits(ChannelHandler[Any]):
        async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            if msg == "a":
                await gone
            ctx.fire_channel_read(msg)

    gone: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    gone.cancel()
    channel = embedded(Waits())
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


# Errors.


async def test_an_error_before_the_first_suspension_reaches_the_same_handler() -> None:
    """As the error of a plain callback does."""

    class Fails(Sink):
        async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:  # type: ignore[override]  # an async one in place of a plain one
            raise ValueError(msg)

    fails, behind = Fails(), Sink()
    channel = embedded(fails, behind)
    channel.write_inbound("a")
    assert ["ValueError('a')"] == [repr(entry) for entry in fails.log]
    assert [] == behind.log
    channel.finish()


async def test_an_error_after_suspension_comes_before_the_messages_that_wait() -> None:
    """exception_caught has its turn right behind the callback that raised."""

    class Fails(ChannelHandler[Any]):
        def __init__(self) -> None:
            self.log: list[str] = []

        async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            self.log.append(msg)
            await asyncio.sleep(0)
            raise ValueError(msg)

        async def exception_caught(self, ctx: ChannelHandlerContext, error: Exception) -> None:
            self.log.append(f"caught {error}")
            await asyncio.sleep(0)
            self.log.append(f"handled {error}")

    fails = Fails()
    channel = embedded(fails)
    channel.write_inbound("a", "b")
    await turn()
    assert ["a", "caught a", "handled a", "b", "caught b", "handled b"] == fails.log
    channel.finish()


async def test_an_error_of_a_coroutine_without_exception_caught_goes_on_in_order() -> None:
    """It passes to the next handler that catches, and ends nothing else."""

    class Fails(ChannelHandler[Any]):
        async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            await asyncio.sleep(0)
            if msg == "bad":
                raise ValueError(msg)
            ctx.fire_channel_read(msg)

    sink = Sink()
    channel = embedded(Fails(), sink)
    channel.write_inbound("a", "bad", "b")
    await turn()
    assert ["a", "ValueError('bad')", "b"] == [entry if isinstance(entry, str) else repr(entry) for entry in sink.log]
    channel.finish()


@pytest.mark.parametrize("suspends", [False, True])
async def test_an_error_in_a_coroutine_exception_caught_is_logged_and_goes_no_further(
    suspends: bool, caplog: pytest.LogCaptureFixture
) -> None:
    """Netty's rule, for both kinds of callbacks."""

    class Fails(ChannelHandler[Any]):
        async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            raise ValueError(msg)

        async def exception_caught(self, ctx: ChannelHandlerContext, error: Exception) -> None:
            if suspends:
                await asyncio.sleep(0)
            raise KeyError("second")

    sink = Sink()
    channel = embedded(Fails(), sink)
    channel.write_inbound("a")
    await turn()
    assert [] == sink.log
    assert ["KeyError('second') while it handled ValueError('a')" in record.getMessage() for record in caplog.records] == [True]
    channel.finish()


async def test_a_plain_exception_caught_that_returns_a_failing_coroutine_is_called_once() -> None:
    """What it gives is awaited, and its error is logged: it must not catch itself for ever."""
    calls: list[Exception] = []

    class Fails(ChannelHandler[Any]):
        def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            raise ValueError(msg)

        def exception_caught(self, ctx: ChannelHandlerContext, error: Exception) -> Any:
            calls.append(error)
            return self.report() if len(calls) < 5 else None

        async def report(self) -> None:
            raise KeyError("second")

    channel = embedded(Fails())
    channel.write_inbound("a")
    await turn()
    assert ["ValueError('a')"] == [repr(error) for error in calls]
    channel.finish()


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


# Closing.


async def test_closing_cancels_what_is_suspended_and_then_tells_the_handler() -> None:
    """The callback ends first, so that channel_inactive does not overlap it; messages that wait are dropped."""
    gate = Gate()
    channel = embedded(gate)
    channel.write_inbound("a", "b")
    await turn()
    channel.close()
    await turn()
    assert ["+a", "cancelled a", "inactive", "removed"] == gate.log


async def test_handlers_behind_a_suspended_one_see_the_channel_go() -> None:
    """channel_inactive and channel_unregistered reach every handler before any is removed."""
    gate, behind = Gate(), Sink()
    channel = embedded(gate, behind)
    channel.write_inbound("a")
    await turn()
    channel.close()
    await turn()
    assert ["inactive", "unregistered", "removed"] == behind.log


async def test_a_coroutine_channel_inactive_may_suspend() -> None:
    """The farewell is not what closing cancels: it has until the close timeout."""
    log: list[str] = []

    class Leaves(ChannelHandler[Any]):
        async def channel_inactive(self, ctx: ChannelHandlerContext) -> None:
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            log.append("left")

        def handler_removed(self, ctx: ChannelHandlerContext) -> None:
            log.append("removed")

    channel = embedded(Leaves())
    channel.close()
    await turn()
    assert ["left", "removed"] == log


async def test_a_coroutine_channel_inactive_behind_a_suspended_callback_may_suspend() -> None:
    """As when the handler was idle."""

    class Leaves(Gate):
        async def channel_inactive(self, ctx: ChannelHandlerContext) -> None:  # type: ignore[override]  # an async one in place of a plain one
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            self.log.append("left")

    gate = Leaves()
    channel = embedded(gate)
    channel.write_inbound("a")
    await turn()
    channel.close()
    await turn()
    assert ["+a", "cancelled a", "left", "removed"] == gate.log


async def test_a_farewell_under_another_name_is_delivered_too() -> None:
    """A callback may be an alias of a method with another name."""
    log: list[str] = []

    class Alias(ChannelHandler[Any]):
        async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            await asyncio.sleep(3600)

        def gone(self, ctx: ChannelHandlerContext) -> None:
            log.append("gone")

        channel_inactive = gone

    channel = embedded(Alias())
    channel.write_inbound("a")
    await turn()
    channel.close()
    await turn()
    assert ["gone"] == log


async def test_closing_leaves_no_task_behind() -> None:
    """Neither of a handler that was busy nor of an idle one."""

    class Idle(ChannelHandler[Any]):
        async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            ctx.fire_channel_read(msg)

    before = asyncio.all_tasks()
    channel = embedded(Idle(), Gate())
    channel.write_inbound("a")
    await turn()
    assert before != asyncio.all_tasks()
    channel.close()
    await turn()
    assert before == asyncio.all_tasks()


async def test_the_peers_end_waits_for_the_callbacks_under_way() -> None:
    """What came before the end of the input is handled first, and answered."""

    class Answers(ChannelHandler[Any]):
        async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            await asyncio.sleep(0)
            ctx.write_and_flush(msg)

    channel = embedded(Answers())
    channel.write_inbound(b"a", b"b")
    channel.finish_input()
    assert channel.is_open
    await turn()
    assert b"ab" == channel.outbound_bytes()
    assert not channel.is_open


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
