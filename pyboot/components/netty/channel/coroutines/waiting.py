"""The generators behind ``await``: what a task goes through that waits for a promise, a mailbox or room to write."""

from __future__ import annotations

import asyncio
from collections.abc import Generator
from typing import TYPE_CHECKING, Any

from .task import MailboxTask

if TYPE_CHECKING:
    from pyboot.components.netty.channel.channel import Channel
    from pyboot.components.netty.channel.promise import ChannelPromise

    from .mailbox import Mailbox

__all__ = ["next_turn", "until_done", "until_idle", "until_turn", "until_written"]


def until_turn(channel: Channel) -> Generator[Any, None, None]:
    """Stand in the row of the loop, behind all who have spent their turn before, and begin another turn of *channel*."""
    yield from channel.loop_state.turns.place()
    channel.begin_turn()


async def next_turn(channel: Channel) -> None:
    """The same, as a coroutine that a mailbox can run."""
    await _Turn(channel)


class _Turn:
    def __init__(self, channel: Channel) -> None:
        self._channel = channel

    def __await__(self) -> Generator[Any, None, None]:
        return until_turn(self._channel)


def until_written(waits: Generator[Any, None, None]) -> Generator[Any, None, None]:
    """Wait for the end of a write; a handler's callback that is cancelled there has passed a write on, which its task notes."""
    try:
        yield from waits
    except asyncio.CancelledError:
        task = None if asyncio._get_running_loop() is None else asyncio.current_task()
        if isinstance(task, MailboxTask):
            task.was_writing = True
        raise


def until_done(promise: ChannelPromise) -> Generator[Any, None, Any]:
    """Wait for the end of an operation; its result, or its error raised."""
    if not promise.is_done:
        loop = asyncio.get_running_loop() if promise.channel is None else promise.channel.loop
        waiter = loop.create_future()  # each its own: one who is cancelled takes his away, and nobody else's

        def tell(_: ChannelPromise) -> None:
            if not waiter.done():
                waiter.set_result(None)

        promise.add_listener(tell)
        try:
            yield from waiter
        except asyncio.CancelledError:
            promise.remove_listener(tell)
            raise
    elif promise.channel is not None and not promise.channel.may_go_on():
        yield from until_turn(promise.channel)
    return promise.result()


def until_idle(mailbox: Mailbox) -> Generator[Any, None, None]:
    """Wait until a mailbox has nothing under way and nothing waiting."""
    # In a loop: between the news and the waiting task's step the next callback may have begun.
    while not mailbox.is_idle:
        waiter = mailbox.new_idle_waiter()
        try:
            yield from waiter
        except asyncio.CancelledError:
            mailbox.forget_idle_waiter(waiter)
            raise
