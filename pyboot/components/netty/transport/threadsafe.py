"""Work for a loop that may run in another thread: asyncio's ``run_coroutine_threadsafe``, awaited, and told when that loop ends.

Law: **one deadline, one owner.** What has a deadline on a loop keeps it there, for that loop alone knows what is late only because it had
much to do (`deadline`). Whoever waits for it in another thread judges one thing: whether the loop still turns (`ends_on`).
"""

from __future__ import annotations

import asyncio
import concurrent.futures
from collections.abc import Coroutine
from typing import Any, Final

from pyboot.components.netty.errors import LoopEndedError

__all__ = ["end_on_loop", "ends_on", "run_on_loop"]

# How long a loop that has run before may stand still, between two runs, until it counts as ended.
_STOPPED_SECONDS: Final = 0.5
# How long a loop whose time is over may take for one turn, until something is taken to block it.
_BLOCKED_SECONDS: Final = 2.0
_LOOK_SECONDS: Final = 0.1


async def run_on_loop[T](loop: asyncio.AbstractEventLoop, work: Coroutine[Any, Any, T]) -> T:
    """Await *work* on *loop*, which may run in another thread; cancelling cancels it there.

    Raises `LoopEndedError` if that loop is closed, or ends before *work* does.
    """
    if loop is asyncio.get_running_loop():
        return await work
    try:
        outcome = asyncio.run_coroutine_threadsafe(work, loop)
    except RuntimeError as error:
        work.close()
        raise LoopEndedError(loop) from error
    try:
        return await asyncio.wrap_future(outcome)
    except asyncio.CancelledError as cancelled:
        task = asyncio.current_task()
        if task is None or task.cancelling():
            raise
        raise LoopEndedError(loop) from cancelled  # it was not us that somebody cancelled


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
