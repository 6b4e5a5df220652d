"""Running things: a coroutine on whichever loop it belongs to, and a program until a signal ends it."""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, Final

from pyboot.components.netty.errors import LoopEndedError

from .loop import run

__all__ = ["across", "run_until_signal"]

_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)


async def across[T](loop: asyncio.AbstractEventLoop, work: Coroutine[Any, Any, T]) -> T:
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


def run_until_signal(program: Callable[[asyncio.Event], Coroutine[Any, Any, None]]) -> None:
    """Run *program* with an event that SIGINT or SIGTERM sets; a second signal cancels it. Blocks.

    Raises RuntimeError outside of the main thread, which alone is told of signals.
    """
    if threading.current_thread() is not threading.main_thread():
        raise RuntimeError("signals reach the main thread only: call grace() there, or await bind() or connect() here")
    run(_until_signal(program))


async def _until_signal(program: Callable[[asyncio.Event], Coroutine[Any, Any, None]]) -> None:
    stop = asyncio.Event()
    task = asyncio.ensure_future(program(stop))

    def on_signal() -> None:
        if stop.is_set():
            task.cancel()
        stop.set()

    with _signals_call(on_signal):
        try:
            await task
        except asyncio.CancelledError:
            if not stop.is_set():
                raise


@contextmanager
def _signals_call(function: Callable[[], object]) -> Iterator[None]:
    """Call *function* on the running loop for each SIGINT and SIGTERM."""
    loop = asyncio.get_running_loop()
    before = {number: signal.getsignal(number) for number in _SIGNALS}
    for number in _SIGNALS:
        try:
            loop.add_signal_handler(number, function)
        except NotImplementedError:  # Windows: no loop there watches signals
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(function))
    try:
        yield
    finally:
        for number in _SIGNALS:
            try:
                loop.remove_signal_handler(number)
            except NotImplementedError:
                pass
            signal.signal(number, before[number] or signal.SIG_DFL)
