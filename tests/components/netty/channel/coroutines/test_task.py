"""MailboxTask: whom a cancellation is for, from wherever it comes."""

import asyncio
from typing import Any

import pytest

from pyboot.components.netty.channel import ChannelHandler, ChannelHandlerContext, ChannelPromise, EmbeddedChannel
from pyboot.components.netty.channel.coroutines.letter import CallLetter
from pyboot.components.netty.channel.coroutines.mailbox import Mailbox
from pyboot.components.netty.channel.coroutines.task import MailboxTask, is_end


class Reads(ChannelHandler[Any]):
    """Has an inbox."""

    async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        """Nothing."""


def inbox_of(channel: EmbeddedChannel) -> Mailbox:
    """That of its first handler."""
    inbox = channel.pipeline().contexts()[0].inbox
    assert inbox is not None
    return inbox


async def turn() -> None:
    """Let everything run that is due."""
    for _ in range(10):
        await asyncio.sleep(0)


def own_task() -> MailboxTask:
    """The task of the callback that runs."""
    task = asyncio.current_task()
    assert isinstance(task, MailboxTask)
    return task


@pytest.mark.parametrize("begun", [False, True])
@pytest.mark.parametrize("waits", [False, True])
async def test_a_callback_that_cancels_its_own_task_ends_alone(begun: bool, waits: bool) -> None:
    """Begun or not, the task ends with it; the next callback has another, and suspends and goes on in that."""
    inbox = inbox_of(EmbeddedChannel(Reads(), loop=asyncio.get_running_loop()))
    tasks: list[MailboxTask] = []
    log: list[str] = []

    async def cancels() -> None:
        tasks.append(own_task())
        own_task().cancel()
        if waits:
            try:
                await asyncio.sleep(0)
            except asyncio.CancelledError:
                log.append("cancelled")
                raise

    async def goes_on() -> None:
        tasks.append(own_task())
        await asyncio.sleep(0)
        log.append("went on")

    if begun:
        inbox.deliver(CallLetter("event", goes_on, ()))
        await turn()
    inbox.deliver(CallLetter("event", cancels, ()))
    inbox.deliver(CallLetter("event", goes_on, ()))
    await turn()
    assert ["went on"] * begun + ["cancelled"] * waits + ["went on"] == log
    assert tasks[-2] is not tasks[-1]
    assert ([tasks[-1]], [True] * (len(tasks) - 1)) == ([task for task in tasks if not task.done()], [task.done() for task in tasks[:-1]])
    inbox.ctx.channel.abort()
    await turn()


@pytest.mark.parametrize("by_itself", [True, False])
async def test_within_one_read_too_the_next_message_gets_another_task(by_itself: bool) -> None:
    """Though the task stays in place for all of them: it used to be nobody's, and a message that suspended in it never went on."""
    log: list[int] = []
    tasks: list[MailboxTask] = []

    class Cancels(ChannelHandler[Any]):
        async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            tasks.append(own_task())
            if msg == 1 and by_itself:
                own_task().cancel()
            if msg == 2:
                await asyncio.sleep(0)
            log.append(msg)

    channel = EmbeddedChannel(Cancels(), loop=asyncio.get_running_loop())

    def read() -> None:
        for msg in range(4):
            channel.pipeline().fire_channel_read(msg)
            if msg == 1 and not by_itself:
                tasks[0].cancel()

    channel.run_in_context(channel.run_burst, read)
    await turn()
    assert [0, 1, 2, 3] == log
    channel.abort()
    await turn()


async def test_a_task_that_is_cancelled_while_nothing_runs_ends_and_the_next_callback_gets_another() -> None:
    """As at the end of asyncio.run, which cancels all there are."""
    inbox = inbox_of(EmbeddedChannel(Reads(), loop=asyncio.get_running_loop()))
    tasks: list[MailboxTask] = []

    async def note() -> None:
        tasks.append(own_task())
        await asyncio.sleep(0)

    inbox.deliver(CallLetter("event", note, ()))
    await turn()
    tasks[0].cancel()
    inbox.deliver(CallLetter("event", note, ()))
    await turn()
    assert [True, False] == [task.done() for task in tasks]
    inbox.ctx.channel.abort()
    await turn()


async def test_who_waits_for_a_mailbox_is_told_though_its_last_callback_was_cancelled() -> None:
    """With nothing waiting behind it nobody was told, and the wait had no end."""
    inbox = inbox_of(EmbeddedChannel(Reads(), loop=asyncio.get_running_loop()))
    inbox.deliver(CallLetter("event", asyncio.Event().wait, ()))

    async def wait() -> None:
        await inbox

    waits = asyncio.ensure_future(wait())
    await turn()
    inbox.cancel()
    await turn()
    assert (True, True) == (waits.done(), inbox.is_idle)
    inbox.ctx.channel.abort()
    await turn()


@pytest.mark.parametrize("operation", ["write", "flush", "close", "read"])
async def test_an_operation_that_is_suspended_when_the_channel_is_lost_does_not_hold_its_end_up(operation: str) -> None:
    """Its handler is removed once it is cancelled, not with the close timeout."""
    gone: list[str] = []

    class Stuck(ChannelHandler[Any]):
        async def write(self, ctx: ChannelHandlerContext, msg: Any, promise: ChannelPromise | None) -> None:
            await asyncio.Event().wait()

        async def flush(self, ctx: ChannelHandlerContext) -> None:
            await asyncio.Event().wait()

        async def close(self, ctx: ChannelHandlerContext, promise: ChannelPromise) -> None:
            await asyncio.Event().wait()

        async def read(self, ctx: ChannelHandlerContext) -> None:
            if operation == "read":
                await asyncio.Event().wait()

        def handler_removed(self, ctx: ChannelHandlerContext) -> None:
            gone.append("removed")

    channel = EmbeddedChannel(Stuck(), loop=asyncio.get_running_loop())
    getattr(channel, operation)(*([b"x"] if operation == "write" else []))
    await turn()
    channel.abort()
    await turn()
    assert (["removed"], "over") == (gone, channel.closing.step)


async def test_an_end_is_a_cancellation_of_the_own_task() -> None:
    """That of somebody else's future is an error."""
    assert not is_end(asyncio.CancelledError())
    assert not is_end(GeneratorExit())
    task = asyncio.current_task()
    assert task is not None
    task.cancel()
    assert is_end(asyncio.CancelledError())
    with pytest.raises(asyncio.CancelledError):
        await asyncio.sleep(0)
    task.uncancel()
