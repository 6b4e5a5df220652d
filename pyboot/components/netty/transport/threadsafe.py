"""Work for a loop that may run in another thread: asyncio's ``run_coroutine_threadsafe``, awaited, and told when that loop ends."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from pyboot.components.netty.errors import LoopEndedError

__all__ = ["run_on_loop"]


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
