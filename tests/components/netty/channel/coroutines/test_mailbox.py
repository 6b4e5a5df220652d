"""Mailbox: one callback at a time, in order; idle when nothing is left. What whole handlers see: test_semantics_coroutines.py."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from pyboot.components.netty.channel import ChannelEvent, ChannelHandler, ChannelHandlerContext, EmbeddedChannel
from pyboot.components.netty.channel.coroutines.letter import CallLetter
from pyboot.components.netty.channel.coroutines.mailbox import Mailbox


class Tells(ChannelHandler[Any]):
    """Keeps errors; its coroutine callback gives it a mailbox."""

    def __init__(self) -> None:
        self.errors: list[str] = []

    async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        """Nothing."""

    def exception_caught(self, ctx: ChannelHandlerContext, error: Exception) -> None:
        self.errors.append(repr(error))


def mailbox(handler: ChannelHandler[Any] | None = None) -> Mailbox:
    """The inbox of a handler on the running loop."""
    channel = EmbeddedChannel(handler or Tells(), loop=asyncio.get_running_loop())
    inbox = channel.pipeline().contexts()[0].inbox
    assert inbox is not None
    return inbox


async def turn() -> None:
    """Let everything run that is due."""
    for _ in range(10):
        await asyncio.sleep(0)


async def test_a_new_mailbox_is_idle_and_waiting_for_that_is_over_at_once() -> None:
    """No task was made for it."""
    before = asyncio.all_tasks()
    inbox = mailbox()
    assert inbox.is_idle
    await inbox
    assert before == asyncio.all_tasks()


async def test_awaiting_a_mailbox_waits_for_all_that_is_in_it() -> None:
    """Also for what came while somebody waited."""
    log: list[int] = []

    async def slow(n: int) -> None:
        await asyncio.sleep(0)
        log.append(n)
        if n == 1:
            inbox.deliver(CallLetter("event", slow, (3,)))

    inbox = mailbox()
    inbox.deliver(CallLetter("event", slow, (1,)))
    inbox.deliver(CallLetter("event", slow, (2,)))
    await inbox
    assert [1, 2, 3] == log
    assert inbox.is_idle
    inbox.close()
    inbox.end_if_idle()
    await turn()


async def test_cancelling_who_awaits_a_mailbox_cancels_no_callback() -> None:
    """The waiting task ends as cancelled, the callback goes on."""
    gate = asyncio.Event()

    async def wait() -> None:
        await inbox

    inbox = mailbox()
    inbox.deliver(CallLetter("event", gate.wait, ()))
    task = asyncio.ensure_future(wait())
    await turn()
    task.cancel()
    await turn()
    assert task.cancelled()
    assert not inbox.is_idle
    gate.set()
    await turn()
    assert inbox.is_idle
    inbox.ctx.channel.abort()
    await turn()


async def test_an_urgent_event_goes_ahead_of_those_that_wait() -> None:
    """But not ahead of the callback under way."""
    log: list[str] = []
    gate = asyncio.Event()

    async def first() -> None:
        await gate.wait()
        log.append("first")

    inbox = mailbox()
    inbox.deliver(CallLetter("event", first, ()))
    inbox.deliver(CallLetter("event", log.append, ("waiting",)))
    inbox.deliver_first(CallLetter("event", log.append, ("urgent",)))
    gate.set()
    await turn()
    assert ["first", "urgent", "waiting"] == log
    inbox.deliver_first(CallLetter("event", log.append, ("at once",)))
    assert "at once" == log[-1]
    inbox.ctx.channel.abort()
    await turn()


class Endless(ChannelHandler[Any]):
    """Its channel_active ends when the test says so."""

    def __init__(self) -> None:
        self.log: list[object] = []
        self.gate = asyncio.Event()

    async def channel_active(self, ctx: ChannelHandlerContext) -> None:
        await self.gate.wait()

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        self.log.append(msg)

    def channel_writability_changed(self, ctx: ChannelHandlerContext) -> None:
        self.log.append(ctx.channel.is_writable)

    def channel_write_complete(self, ctx: ChannelHandlerContext) -> None:
        self.log.append("taken")

    def channel_event(self, ctx: ChannelHandlerContext, event: ChannelEvent, *args: Any) -> None:
        self.log.append((event.name, *args))


async def test_what_only_says_that_something_has_changed_waits_once() -> None:
    """Behind a callback that never ends, flips and flushes without end make no letters without end; what comes with a message does."""
    handler = Endless()
    channel = EmbeddedChannel(handler, loop=asyncio.get_running_loop())
    inbox = channel.pipeline().contexts()[0].inbox
    assert inbox is not None
    waiting = set()
    for _ in range(1000):
        channel.outbound.set_user_defined_writability(1, False)
        channel.outbound.set_user_defined_writability(1, True)
        channel.write_and_flush(b"x")
        waiting.add(len(inbox._letters))
    channel.outbound.set_user_defined_writability(1, False)
    channel.pipeline().fire_channel_event(ChannelEvent.UDF_EVENT, 1)
    channel.pipeline().fire_channel_event(ChannelEvent.UDF_EVENT, 1)
    channel.pipeline().fire_channel_read("a")
    handler.gate.set()
    await turn()
    channel.outbound.set_user_defined_writability(1, True)

    assert {4} == waiting
    assert ["CONNECTED", False, "WRITE_DO", "taken", "UDF_EVENT", "UDF_EVENT", "a", True] == [
        each[0] if isinstance(each, tuple) else each for each in handler.log
    ]


async def test_a_plain_error_is_caught_by_the_handler() -> None:
    """Delivered at once or out of the mailbox."""

    def fail() -> None:
        raise ValueError("plain")

    tells = Tells()
    inbox = mailbox(tells)
    inbox.deliver(CallLetter("event", fail, ()))
    inbox.deliver(CallLetter("event", asyncio.sleep, (0,)))
    inbox.deliver(CallLetter("event", fail, ()))
    await turn()
    assert ["ValueError('plain')"] * 2 == tells.errors
    inbox.ctx.channel.abort()
    await turn()


async def test_a_callback_that_awaits_something_that_is_no_future_fails_as_in_a_task() -> None:
    """And the mailbox goes on."""

    class Wrong:
        def __await__(self) -> Any:
            yield "not a future"

    async def wrong() -> None:
        await Wrong()

    tells = Tells()
    inbox = mailbox(tells)
    inbox.deliver(CallLetter("event", wrong, ()))
    await turn()
    assert 1 == len(tells.errors)
    assert "not a future" in tells.errors[0]
    assert inbox.is_idle
    inbox.ctx.channel.abort()
    await turn()


async def test_a_callback_cannot_await_its_own_task() -> None:
    """As in any task, that is an error and no endless wait."""

    async def itself() -> None:
        task = asyncio.current_task()
        assert task is not None
        await task

    tells = Tells()
    inbox = mailbox(tells)
    inbox.deliver(CallLetter("event", itself, ()))
    await turn()
    assert ["RuntimeError"] == [error.partition("(")[0] for error in tells.errors]
    inbox.ctx.channel.abort()
    await turn()


async def test_a_future_that_was_done_before_the_task_took_over_is_noticed() -> None:
    """Between the first suspension and the task's first step."""
    future: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    log: list[str] = []

    async def waits() -> None:
        log.append(await future)

    inbox = mailbox()
    inbox.deliver(CallLetter("event", waits, ()))
    future.set_result("done")
    await turn()
    assert ["done"] == log
    inbox.ctx.channel.abort()
    await turn()


async def test_a_bare_yield_lets_the_loop_turn_once() -> None:
    """asyncio.sleep(0) in the first step."""
    log: list[str] = []

    async def yields() -> None:
        log.append("before")
        await asyncio.sleep(0)
        log.append("after")

    inbox = mailbox()
    inbox.deliver(CallLetter("event", yields, ()))
    assert ["before"] == log
    await turn()
    assert ["before", "after"] == log
    inbox.ctx.channel.abort()
    await turn()


@pytest.mark.parametrize("count", [1, 1000])
async def test_many_messages_through_one_mailbox_make_one_task(count: int) -> None:
    """Neither a task nor a frame of the stack each."""
    before = len(asyncio.all_tasks())
    log: list[int] = []

    async def slow(n: int) -> None:
        if n % 10 == 0:
            await asyncio.sleep(0)
        log.append(n)

    inbox = mailbox()
    for n in range(count):
        inbox.deliver(CallLetter("event", slow, (n,)))
    await inbox
    assert list(range(count)) == log
    assert before + 1 == len(asyncio.all_tasks())
    inbox.ctx.channel.abort()
    await turn()
    assert before == len(asyncio.all_tasks())


async def test_the_task_tells_whose_it_is() -> None:
    """By its name, for whoever looks at asyncio.all_tasks()."""
    names: list[str] = []

    async def name() -> None:
        task = asyncio.current_task()
        assert task is not None
        names.append(task.get_name())

    inbox = mailbox()
    inbox.deliver(CallLetter("event", name, ()))
    assert [f"Tells#0 of channel {inbox.ctx.channel.id}"] == names
    inbox.ctx.channel.abort()
    await turn()


async def test_a_coroutine_given_while_another_runs_waits_for_its_turn() -> None:
    """`accept` keeps the order."""
    log: list[str] = []

    async def note(name: str) -> None:
        await asyncio.sleep(0)
        log.append(name)

    async def gives() -> None:
        inbox.accept(note("given"))
        log.append("gives")

    inbox = mailbox()
    inbox.deliver(CallLetter("event", gives, ()))
    await inbox
    assert ["gives", "given"] == log
    inbox.ctx.channel.abort()
    await turn()


async def test_what_is_no_coroutine_is_handed_back() -> None:
    """For the caller to await."""
    inbox = mailbox()
    future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    assert future is inbox.deliver(CallLetter("event", lambda: future, ()))


def test_a_keyboard_interrupt_goes_to_who_runs_the_loop() -> None:
    """What ends programs is nobody's exception_caught, and the next event of the same read is handled."""
    log: list[Any] = []

    class Interrupted(Tells):
        async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            log.append(msg)
            if msg == "first":
                raise KeyboardInterrupt

    tells = Interrupted()
    channel = EmbeddedChannel(tells)
    with pytest.raises(KeyboardInterrupt):
        channel.write_inbound("first", "second")
    assert ([], ["first", "second"]) == (tells.errors, log)
    channel.finish()


@pytest.mark.parametrize("suspends", [False, True])
@pytest.mark.parametrize("raises", [SystemExit, KeyboardInterrupt])
def test_what_waited_behind_an_exit_is_handled_by_a_loop_that_goes_on(raises: type[BaseException], suspends: bool) -> None:
    """In order, eagerly and suspended alike; the mailbox is idle in the end, and whoever waits for it is told."""
    log: list[str] = []

    class Exits(Tells):
        async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            log.append(f"+{msg}")
            if suspends:
                await asyncio.sleep(0)
            if msg == "exit":
                raise raises
            await asyncio.sleep(0)
            log.append(f"-{msg}")

    async def feed() -> None:
        for msg in ("exit", "second", "third"):
            channel.receive(msg)
        await inbox

    async def settle() -> None:
        await asyncio.wait_for(inbox, 20)
        channel.receive("last")
        await asyncio.wait_for(inbox, 20)

    exits = Exits()
    with asyncio.Runner() as runner:
        channel = EmbeddedChannel(exits, loop=runner.get_loop())
        inbox = channel.pipeline().contexts()[0].inbox
        assert inbox is not None
        with pytest.raises(raises):
            runner.run(feed())
        runner.run(settle())
        assert inbox.is_idle
        channel.finish()

    assert ["+exit", "+second", "-second", "+third", "-third", "+last", "-last"] == log
    assert [] == exits.errors


async def test_a_callback_suspended_for_ever_is_closed_with_the_loop() -> None:
    """A channel that is dropped takes its coroutine along: finally blocks run."""
    log: list[str] = []

    async def stuck() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            log.append("cleaned up")

    def start() -> Coroutine[Any, Any, None]:
        return stuck()

    inbox = mailbox()
    inbox.deliver(CallLetter("event", start, ()))
    await turn()
    inbox.ctx.channel.abort()
    await turn()
    assert ["cleaned up"] == log
