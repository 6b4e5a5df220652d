"""Programs that run until a signal: the first asks them to stop, the second cancels them."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

from .loop import run

__all__ = ["check_can_block", "run_until_signal"]

_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)
# How long a program may take to end after the second signal, which cancels it, before the process is ended: something may block its loop.
_OVERDUE_SECONDS: Final = 5.0


def run_until_signal(program: Callable[[asyncio.Event], Coroutine[Any, Any, None]], numbers: Sequence[int] = _SIGNALS) -> None:
    """Run *program* with an event that a signal of *numbers* sets, SIGINT or SIGTERM; a second signal cancels it. Blocks.

    Where that does not end it within five seconds, since something blocks the loop, the process ends with 128 and the signal's number.
    Raises RuntimeError outside of the main thread, which alone is told of signals, and inside a loop that runs.
    """
    check_can_block()
    run(_until_signal(program, numbers))


def check_can_block() -> None:
    """Raise RuntimeError where nobody may wait for a signal: inside a loop that runs, and outside of the main thread."""
    if asyncio._get_running_loop() is not None:
        raise RuntimeError("a loop runs here already: await bind() or connect() instead of calling grace()")
    if threading.current_thread() is not threading.main_thread():
        raise RuntimeError("signals reach the main thread only: call grace() there, or await bind() or connect() here")


async def _until_signal(program: Callable[[asyncio.Event], Coroutine[Any, Any, None]], numbers: Sequence[int]) -> None:
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    task = asyncio.ensure_future(program(stop))
    heard: list[int] = []
    # From a thread, and at once: the main one is busy for ever, so neither an exception there nor an orderly exit would come to pass.
    overdue = threading.Timer(_OVERDUE_SECONDS, lambda: os._exit(128 + heard[1]))
    overdue.daemon = True

    def on_signal(number: int, _: object) -> None:
        heard.append(number)
        if len(heard) == 1:
            loop.call_soon_threadsafe(stop.set)
        elif len(heard) == 2:
            loop.call_soon_threadsafe(task.cancel)
            overdue.start()

    with _signals_call(numbers, on_signal):
        try:
            await task
        except asyncio.CancelledError:
            if not stop.is_set():
                raise
        finally:
            overdue.cancel()


@contextmanager
def _signals_call(numbers: Sequence[int], function: Callable[[int, object], object]) -> Iterator[None]:
    """Call *function* for each of *numbers*, between any two steps of the main thread: a loop that something blocks hears nothing."""
    before = {number: signal.signal(number, function) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler or signal.SIG_DFL)
