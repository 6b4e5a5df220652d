"""Work for a loop that may run in another thread: asyncio's ``run_coroutine_threadsafe``, awaited, and told when that loop ends.

Law: **one deadline, one owner.** What has a deadline on a loop keeps it there, for that loop alone knows what is late only because it had
much to do (`deadline`). Whoever waits for it in another thread judges one thing: whether the loop still turns (`ends_on`).
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
from collections.abc import Callable, Coroutine, Generator
from typing import Any, Final, final

from pyboot.components.netty.errors import LoopEndedError

__all__ = ["end_on_loop", "ends_on", "run_on_loop"]

# How long a loop that has run before may stand still, between two runs, until it counts as ended.
_STOPPED_SECONDS: Final = 0.5
# How long a loop whose time is over may take for one turn, until something is taken to block it.
_BLOCKED_SECONDS: Final = 2.0
_LOOK_SECONDS: Final = 0.1


async def run_on_loop[T](loop: asyncio.AbstractEventLoop, work: Coroutine[Any, Any, T], undo: Callable[[T], object] | None = None) -> T:
    """Await *work* on *loop*, which may run in another thread; cancelling cancels it there.

    Work that was over by then has given something that nobody gets: *undo* is called with that on *loop*, to close it for instance.

    Raises `LoopEndedError` if that loop is closed, or ends before *work* does.
    """
    if loop is asyncio.get_running_loop():
        return await work
    delivery = _Delivery(work, undo)
    try:
        outcome = asyncio.run_coroutine_threadsafe(delivery, loop)
    except RuntimeError as error:
        work.close()
        raise LoopEndedError(loop) from error
    try:
        return await asyncio.wrap_future(outcome)
    except asyncio.CancelledError as cancelled:
        with contextlib.suppress(RuntimeError):  # that loop is closed, and nothing more is given there
            loop.call_soon_threadsafe(delivery.refuse)
        task = asyncio.current_task()
        if task is None or task.cancelling():
            raise
        raise LoopEndedError(loop) from cancelled  # it was not us that somebody cancelled


@final
class _Delivery[T](Coroutine[Any, Any, T]):
    """*work* for a caller on another loop, who takes what it gives or refuses it.

    Law: what was given is taken, or it is undone, and never both. The caller cannot ask whether it has been given: until the answer is
    through, it may be on its way over there. So the loop of the work settles it, whichever comes last there: the end of the work, or
    the caller's refusal. It is the coroutine itself, and not one around it: a task that is cancelled before its first step closes it.
    """

    def __init__(self, work: Coroutine[Any, Any, T], undo: Callable[[T], object] | None) -> None:
        self._work = work
        self._undo = undo
        self._given: list[T] = []
        self._is_refused = False

    def send(self, value: Any, /) -> Any:
        return self._step(self._work.send, value)

    def throw(self, *error: Any) -> Any:
        return self._step(self._work.throw, *error)

    def close(self) -> None:
        self._work.close()

    def __await__(self) -> Generator[Any, Any, T]:
        return self._work.__await__()

    def _step(self, step: Callable[..., Any], *arguments: Any) -> Any:
        try:
            return step(*arguments)
        except StopIteration as end:
            self._given.append(end.value)
            self._settle()
            raise

    def refuse(self) -> None:
        """On the loop of the work: nobody takes what it gives, or has given."""
        self._is_refused = True
        self._settle()

    def _settle(self) -> None:
        if self._is_refused and self._given and self._undo is not None:
            self._undo(self._given.pop())


async def end_on_loop[T](loop: asyncio.AbstractEventLoop, work: Coroutine[Any, Any, T]) -> T:
    """Await *work*, which ends something that has lived on *loop*, as `run_on_loop` does.

    Raises `LoopEndedError` also where that loop was stopped and nobody runs it again: nothing says so, and nobody would ever be told.
    """
    ending = asyncio.ensure_future(run_on_loop(loop, work))
    try:
        has_run = True
        while not (await asyncio.wait((ending,), timeout=_STOPPED_SECONDS))[0]:
            runs = loop.is_running()
            if not runs and not has_run:
                raise LoopEndedError(loop)
            has_run = runs
        return ending.result()
    finally:
        ending.cancel()


async def ends_on(loop: asyncio.AbstractEventLoop, ending: asyncio.Future[Any], seconds: float) -> bool:
    """Wait for *ending*, which keeps a deadline of *seconds* on *loop*; False if that is over and the loop stands still."""
    await asyncio.wait((ending,), timeout=seconds)
    while not ending.done():
        turned: concurrent.futures.Future[None] = concurrent.futures.Future()
        try:
            loop.call_soon_threadsafe(turned.set_result, None)
        except RuntimeError:  # closed: what ended there is told in the next turn of this loop
            await asyncio.wait((ending,), timeout=_BLOCKED_SECONDS)
            break
        waiting = asyncio.wrap_future(turned)
        await asyncio.wait((ending, waiting), timeout=_BLOCKED_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        if not turned.done():
            break
        await asyncio.wait((ending,), timeout=_LOOK_SECONDS)
    return ending.done()
