"""Leaks of a test, whatever it leaves behind: descriptors, tasks, timers, threads and buffers, each with the lines that made it.

Theory of operation. Before and after, everything of each kind is listed; what is there afterwards alone is left over, once the loop and the
collector have had their chance, half a second at most. Where it was made is told by `tracemalloc`, which is on meanwhile, and by the leak
detector for buffers, which watches every one. Timers that uvloop keeps to itself are seen as far as it shows them to the collector.
"""

import asyncio
import gc
import os
import threading
import tracemalloc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

__all__ = ["LeakError", "no_leaks_in"]

_FRAMES: Final = 8
_SHOWN_FRAMES: Final = 4
_ATTEMPTS: Final = 10
_PAUSE_SECONDS: Final = 0.05
_DESCRIPTORS: Final = "/proc/self/fd" if os.path.isdir("/proc/self/fd") else "/dev/fd"

type Left = dict[object, tuple[str, object]]  # by what tells it from others: how it is shown, and the object, if there is one


class LeakError(AssertionError):
    """Something was left behind; *left* says what, a line or more for each."""

    def __init__(self, left: list[str]) -> None:
        super().__init__("left behind:\n" + "\n".join(left))
        self.left = left


@asynccontextmanager
async def no_leaks_in() -> AsyncIterator[None]:
    """Raise `LeakError` if what happens in this block leaves something that was not there before.

    The block's own error is raised as it is, without a look.
    """
    from pyboot.components.netty.buffer.leak import LEAK_DETECTOR, Leak, LeakLevel  # the framework, only where it is asked for

    was_tracing = tracemalloc.is_tracing()
    if not was_tracing:
        tracemalloc.start(_FRAMES)
    level, on_leak = LEAK_DETECTOR.level, LEAK_DETECTOR.on_leak
    lost: list[Leak] = []
    LEAK_DETECTOR.level, LEAK_DETECTOR.on_leak = LeakLevel.PARANOID, lost.append
    try:
        before = _everything()
        yield
        left = await _left_over(before)
        if found := [*map(_told, left), *map(str, lost)]:
            raise LeakError(found)
    finally:
        LEAK_DETECTOR.level, LEAK_DETECTOR.on_leak = level, on_leak
        if not was_tracing:
            tracemalloc.stop()


async def _left_over(before: Left) -> list[tuple[str, object]]:
    left = dict[object, tuple[str, object]]()
    gc.collect()  # once: what is in a circle is garbage now, or it is kept
    for attempt in range(_ATTEMPTS):
        for _ in range(3):
            await asyncio.sleep(0)
        left = {key: each for key, each in _everything().items() if key not in before}
        if not left or attempt == _ATTEMPTS - 1:
            break
        await asyncio.sleep(_PAUSE_SECONDS)
    return [_with_holder(shown, made) if isinstance(made, int) else (shown, made) for shown, made in left.values()]


def _everything() -> Left:
    loop: Any = asyncio.get_running_loop()  # Any: asyncio says what is scheduled in a private attribute
    found: Left = {}
    for task in asyncio.all_tasks(loop) - {asyncio.current_task()}:
        found[task] = f"the task {task!r}", task
    for thread in threading.enumerate():
        if not thread.name.startswith("asyncio_"):  # the loop's own executor keeps its threads to its end
            found[thread] = f"the thread {thread!r}", thread
    for timer in list(loop._scheduled) if hasattr(loop, "_scheduled") else _timers_of_uvloop(loop.time()):
        if not timer.cancelled():
            found[id(timer)] = f"the timer {timer!r}", timer
    for number in _descriptors():
        try:
            shown = os.readlink(f"{_DESCRIPTORS}/{number}")
        except OSError:  # not Linux
            shown = "something"
        found["descriptor", number, shown] = f"the descriptor {number}, {shown}", number
    return found


def _timers_of_uvloop(now: float) -> list[Any]:
    """Return those of its timers that are still to come."""
    return [each for each in gc.get_objects() if type(each).__name__ == "TimerHandle" and not each.cancelled() and each.when() > now]


def _with_holder(shown: str, number: int) -> tuple[str, object]:
    """Name the open file or socket with the descriptor *number*, where there is one."""
    holder = next((each for each in gc.get_objects() if _holds(each, number)), None)
    return (shown, None) if holder is None else (f"{shown}, of {holder!r}", holder)


def _descriptors() -> list[int]:
    found = []
    for name in os.listdir(_DESCRIPTORS):
        try:
            os.fstat(int(name))
        except OSError:  # that of this very listing
            continue
        found.append(int(name))
    return found


def _holds(each: object, number: int) -> bool:
    """Tell whether *each* is an open file or socket with the descriptor *number*."""
    if type(each).__module__ not in ("socket", "_socket", "_io", "asyncio.trsock", "pyboot.components.netty.transport.listening"):
        return False
    try:
        return each.fileno() == number  # type: ignore[attr-defined, no-any-return]  # those of these modules that have one
    except (AttributeError, OSError, ValueError, TypeError):
        return False


def _told(left: tuple[str, object]) -> str:
    shown, made = left
    trace = None if made is None else tracemalloc.get_object_traceback(made)
    if trace is None:
        return shown
    lines = [f"{frame.filename}:{frame.lineno}" for frame in reversed(trace) if "/asyncio/" not in frame.filename]
    return f"{shown}, made at\n  " + "\n  ".join(lines[:_SHOWN_FRAMES])
