"""The generators behind ``await``: what a task goes through that waits for a promise, a mailbox or room to write.

They are interpreted on purpose: asyncio throws a cancellation into a generator in a way that compiled ones warn about.
"""

from __future__ import annotations

import asyncio
import types
from collections.abc import Generator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .mailbox import Mailbox
    from .promise import ChannelPromise

__all__ = ["until_done", "until_idle", "until_next_turn"]


@types.coroutine
def _bare() -> Generator[Any, None, None]:
    yield


async def until_next_turn() -> None:
    """Give the loop its turn."""
    await _bare()


def until_done(promise: ChannelPromise) -> Generator[Any, None, Any]:
    """Wait for the end of an operation; its result, or its error raised."""
    if not promise.is_done:
        loop = asyncio.get_running_loop() if promise.channel is None else promise.channel.loop
        waiter = loop.create_future()

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
        yield
        promise.channel.begin_turn()
    return promise.result()


def until_idle(mailbox: Mailbox) -> Generator[Any, None, None]:
    """Wait until a mailbox has nothing under way and nothing waiting."""
    while not mailbox.is_idle:
        waiter = mailbox.new_idle_waiter()
        try:
            yield from waiter
        except asyncio.CancelledError:
            mailbox.forget_idle_waiter(waiter)
            raise
