"""Elsewhere: an operation of a client that was asked for on another loop, or in a thread without one."""

import asyncio
import concurrent.futures
import logging
from collections.abc import Awaitable, Callable, Generator
from typing import Any, final

from pyboot.components.netty.errors import LoopEndedError

_log = logging.getLogger("pyboot.netty.client")


@final
class Elsewhere:
    """An operation on its way to the loop of the application: await it on any loop, or block for its `result` in a plain thread.

    Operations of one thread arrive in the order they were asked for. Nobody has to wait: the work is done all the same, and an error
    that nobody waits for is logged. Raises `LoopEndedError` where that loop is closed.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, client: str, operation: Callable[..., Awaitable[Any]], *arguments: Any) -> None:
        """Send *operation* of *client* on its way."""
        self._client = client
        self._is_awaited = False
        self._future: concurrent.futures.Future[Any] = concurrent.futures.Future()
        try:
            loop.call_soon_threadsafe(self._begin, loop, operation, arguments)
        except RuntimeError as error:
            raise LoopEndedError(loop) from error

    def _begin(self, loop: asyncio.AbstractEventLoop, operation: Callable[..., Awaitable[Any]], arguments: tuple[Any, ...]) -> None:
        try:
            outcome = operation(*arguments)
        except Exception as error:  # noqa: BLE001  # refused at once: whoever asked for it is told
            self._failed(error)
            return
        loop.create_task(_awaited(outcome)).add_done_callback(self._end)

    def _end(self, task: asyncio.Task[Any]) -> None:
        if task.cancelled():
            self._future.cancel()
        elif (error := task.exception()) is not None:
            self._failed(error)
        else:
            self._future.set_result(task.result())

    def _failed(self, error: BaseException) -> None:
        self._future.set_exception(error)
        if not self._is_awaited:
            _log.error("client '%s': what another thread has written was not sent: %s", self._client, error)

    def result(self, timeout: float | None = None) -> Any:
        """Block until it is over; never call this on a loop. Raises the operation's error, or TimeoutError after *timeout* seconds."""
        self._is_awaited = True
        return self._future.result(timeout)

    def __await__(self) -> Generator[Any, None, Any]:
        """Wait until it is over; cancelling the waiting task does not take the operation back."""
        self._is_awaited = True
        return (yield from asyncio.shield(asyncio.wrap_future(self._future)).__await__())


async def _awaited(outcome: Awaitable[Any]) -> Any:
    return await outcome
