"""The awaitables of writes: the one that all writes of a channel share, and those of writes with a delay."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any, final

from pyboot.components.netty.channel.coroutines.waiting import until_turn, until_written

from .closing import CLOSED

if TYPE_CHECKING:
    from pyboot.components.netty.channel.channel import Channel
    from pyboot.components.netty.channel.promise import ChannelPromise

__all__ = ["KeptWrite", "MailedWrite", "Writability"]


@final
class Writability:
    """The one awaitable that all writes of a channel share: it waits until the channel is writable.

    Who waits need not flush: what was written goes out by itself at the end of the turn of the loop, for otherwise
    waiting for room that only a flush can make would never end.
    Raises `ClosedChannelError` if the channel closes meanwhile. Cancelling the waiting task takes no write back.
    Where nobody has to wait the loop has its turn all the same once a budget is spent (`budget`).
    """

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._waiter: asyncio.Future[None] | None = None
        self._waiting: list[asyncio.Task[Any] | None] | None = None  # made for the first who waits

    def __await__(self) -> Any:  # Any: an empty iterator where nobody has to wait, else a generator
        # Decided at once, and without a generator where nobody has to wait: that is paid for each message that is awaited.
        channel = self._channel
        channel.writing.flush_soon()
        if channel.outbound.is_writable and channel.state != CLOSED:
            return iter(()) if channel.may_go_on() else self._next_turn()
        return self._wait()

    def _next_turn(self) -> Generator[Any, None, None]:
        yield from until_written(until_turn(self._channel))
        yield from self._wait()

    def _wait(self) -> Generator[Any, None, None]:
        task = asyncio.current_task()
        if self._waiting is None:
            self._waiting = []
        self._waiting.append(task)
        try:
            yield from until_written(self._wait_for_room())
        finally:
            self._waiting.remove(task)

    def _wait_for_room(self) -> Generator[Any, None, None]:
        while True:
            if self._channel.state == CLOSED:
                raise self._channel.closed_error()
            if self._channel.outbound.is_writable:
                return
            if self._waiter is None:
                self._waiter = self._channel.loop.create_future()
            yield from asyncio.shield(self._waiter)  # shielded: it is everybody's, and one who is cancelled must not cancel it

    @property
    def is_awaited(self) -> bool:
        """Tell whether anybody waits."""
        return bool(self._waiting)

    def is_awaited_by(self, task: asyncio.Task[Any] | None) -> bool:
        """Tell whether *task* waits."""
        return self._waiting is not None and task in self._waiting

    def changed(self) -> None:
        """The channel's writability has flipped, or the channel is closed: let those who wait look again."""
        waiter = self._waiter
        if waiter is not None:
            self._waiter = None
            if not waiter.done():
                waiter.set_result(None)


@final
class MailedWrite:
    """A write that goes through a handler with a coroutine write: awaiting waits for that handler, then for room."""

    def __init__(self, channel: Channel, answer: ChannelPromise) -> None:
        self._channel = channel
        self._answer = answer

    @property
    def is_awaited(self) -> bool:
        """True if anybody ever asked for the end of the write."""
        return self._answer.is_awaited

    @is_awaited.setter
    def is_awaited(self, awaited: bool) -> None:
        self._answer.is_awaited = awaited

    def __await__(self) -> Generator[Any, None, None]:
        """Raises what the handler raised, or `ClosedChannelError`. Cancelling the waiting task takes no write back."""
        yield from until_written(self._answer.__await__())
        yield from self._channel.writability.__await__()


@final
class KeptWrite:
    """The awaitable of all writes that a handler keeps back until a flush: awaiting it asks for that flush, then waits for room."""

    def __init__(self, channel: Channel, flush_soon: Callable[[], object]) -> None:
        self._channel = channel
        self._flush_soon = flush_soon

    def __await__(self) -> Any:  # Any: as that of Writability
        """Raises `ClosedChannelError` if the channel closes meanwhile. Cancelling the waiting task takes no write back."""
        self._flush_soon()
        return self._channel.writability.__await__()
