"""Operations that are asked for from another thread than the channel's own."""

from __future__ import annotations

import asyncio
import concurrent.futures
import types
from collections.abc import Awaitable, Callable, Generator, Iterator
from typing import TYPE_CHECKING, Any, final

from pyboot.components.netty.errors import ClosedChannelError, LoopEndedError

from .life.closing import CLOSING
from .life.writability import MailedWrite
from .promise import ChannelPromise

if TYPE_CHECKING:
    from .channel import Channel

__all__ = ["ThreadsafeCall"]


@final
class ThreadsafeCall:
    """An operation on its way to the channel's loop: await it on any loop, or block for its `result` in a plain thread.

    Operations of one thread arrive in the order they were asked for. Nobody has to wait: the work is done all the same,
    and an error that nobody waits for goes to exception_caught. A thread that does not wait has no back-pressure: its operations are
    held until the loop comes to them, and none is refused. So a thread that writes without end waits for each write, or for one in a
    hundred. Raises `LoopEndedError` where that loop is closed.
    """

    def __init__(self, channel: Channel, operation: Callable[..., Awaitable[Any]], *arguments: Any) -> None:
        self._channel = channel
        self._is_awaited = False
        self._future: concurrent.futures.Future[Any] = concurrent.futures.Future()
        try:
            channel.loop.call_soon_threadsafe(self._begin, operation, arguments)
        except RuntimeError as error:
            raise LoopEndedError(channel.loop) from error

    def _begin(self, operation: Callable[..., Awaitable[Any]], arguments: tuple[Any, ...]) -> None:
        try:
            outcome = operation(*arguments)
            if isinstance(outcome, ChannelPromise | MailedWrite):
                outcome.is_awaited = True  # by the task, as soon as it has its first step
            # Asked for here: a write that was over at once is, though the channel, whose last it was, closes before the task begins.
            steps = outcome.__await__()
        except Exception as error:  # noqa: BLE001  # refused at once: whoever asked for it is told
            self._failed(error)
            return
        # A task of its own, though nobody may wait: what it awaits may suspend, and the answer belongs to another loop or thread.
        task = self._channel.loop.create_task(_awaited(steps))
        task.add_done_callback(self._end)

    def _end(self, task: asyncio.Task[Any]) -> None:
        if task.cancelled():
            self._future.cancel()
            return
        error = task.exception()
        if error is None:
            self._future.set_result(task.result())
        else:
            self._failed(error)

    def _failed(self, error: BaseException) -> None:
        self._future.set_exception(error)
        is_end = self._channel.state >= CLOSING and isinstance(error, ClosedChannelError)  # the channel is going: that says it
        if not self._is_awaited and isinstance(error, Exception) and not is_end:
            self._channel.pipeline().fire_exception_caught(error)

    def result(self, timeout: float | None = None) -> Any:
        """Block until it is over; never call this on a loop. Raises the operation's error, or TimeoutError after *timeout* seconds."""
        self._is_awaited = True
        return self._future.result(timeout)

    def __await__(self) -> Generator[Any, None, Any]:
        """Wait until it is over; cancelling the waiting task does not take the operation back."""
        self._is_awaited = True
        # Shielded: `wrap_future` would hand a cancellation on to the operation that others may wait for.
        return (yield from asyncio.shield(asyncio.wrap_future(self._future)).__await__())


async def _awaited(steps: Iterator[Any]) -> Any:
    return await _rest(steps)


@types.coroutine
def _rest(steps: Iterator[Any]) -> Generator[Any, None, Any]:
    return (yield from steps)
