"""Running things: a coroutine on whichever loop it belongs to, and a program until a signal ends it."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Coroutine
from typing import Any

from .loop import run

__all__ = ["across", "run_until_signal"]


async def across[T](loop: asyncio.AbstractEventLoop, work: Coroutine[Any, Any, T]) -> T:
    """Await *work* on *loop*, which may run in another thread; cancelling cancels it there."""
    if loop is asyncio.get_running_loop():
        return await work
    return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, loop))


def run_until_signal(program: Callable[[asyncio.Event], Coroutine[Any, Any, None]]) -> None:
    """Run *program* with an event that SIGINT or SIGTERM sets; a second signal ends it at once. Blocks."""
    run(_until_signal(program))


async def _until_signal(program: Callable[[asyncio.Event], Coroutine[Any, Any, None]]) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    task = asyncio.ensure_future(program(stop))

    def on_signal() -> None:
        if stop.is_set():
            task.cancel()
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, on_signal)
    try:
        await task
    except asyncio.CancelledError:
        if not stop.is_set():
            raise
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)
