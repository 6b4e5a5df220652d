"""Leaks of a test, whatever it leaves behind: descriptors, tasks, timers, threads and buffers, each with the lines that made it.

Theory of operation. Before and after, everything of each kind is listed; what is there afterwards alone is left over, once the loop and the
collector have had their chance, half a second at most. Tasks and timers are those of every loop of the process that is not closed, in
whatever thread it runs; of a loop in memory, whose clock a test turns, nobody waits for them. Where something was made is told by
`tracemalloc`, which is on meanwhile, and by the leak detector for buffers, which watches every one. Timers that uvloop keeps to itself are
seen as far as it shows them to the collector.
"""

import asyncio
import gc
import importlib.util
import os
import re
import socket
import sys
import threading
import tracemalloc
from asyncio import AbstractEventLoop
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from types import FrameType
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from pyboot.components.netty.buffer.leak import BufferWatch

__all__ = [
    "POOLED",
    "LeakError",
    "descriptors",
    "everything",
    "no_leaks_in",
    "use_once",
    "use_uvloop_once",
    "with_holder",
    "without_loops_own",
]

_FRAMES: Final = 8
_SHOWN_FRAMES: Final = 4
_ATTEMPTS: Final = 10
_PAUSE_SECONDS: Final = 0.05
_DESCRIPTORS: Final = "/proc/self/fd" if os.path.isdir("/proc/self/fd") else "/dev/fd"
POOLED: Final = re.compile(r"(asyncio|uvloop)_\d+|AnyIO worker thread")  # threads that a loop keeps to its end
_WAITING_FOR_WORK: Final = {("concurrent.futures.thread", "_worker"), ("anyio._backends._asyncio", "run")}
_HAS_FIRED: Final = re.compile(r"<TimerHandle(>| created)")  # uvloop's then names no callback any more
_OF_ANYIO: Final = "TestRunner._call_in_runner_task"  # by which its plugin waits for the end of this very fixture

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
    from pyboot.components.netty.buffer.leak import LEAK_DETECTOR  # the framework, only where it is asked for

    gc.collect()  # what others have lost before is none of this block's
    was_tracing = tracemalloc.is_tracing()
    if not was_tracing:
        tracemalloc.start(_FRAMES)
    try:
        with LEAK_DETECTOR.watching_all() as buffers:
            await use_once(asyncio.get_running_loop())
            before = everything()
            yield
            if left := await _left_over(before, buffers):
                raise LeakError(left)
    finally:
        if not was_tracing:
            tracemalloc.stop()


async def use_once(loop: AbstractEventLoop) -> None:
    """Let uvloop take what it keeps from its first connection on: a descriptor in reserve, and it has no other way to be told of it."""
    use_uvloop_once()  # a test on asyncio's loop may be the first to have a worker on uvloop's
    if type(loop).__module__.startswith("uvloop"):
        ours, theirs = socket.socketpair()
        with theirs:
            transport, _ = await loop.create_connection(asyncio.Protocol, sock=ours)
            transport.abort()
            await asyncio.sleep(0)


@cache
def use_uvloop_once() -> None:
    """Let libuv make the pipe that it keeps for the signals of a process, from its first loop on."""
    if importlib.util.find_spec("uvloop") is not None:
        importlib.import_module("uvloop").new_event_loop().close()


async def _left_over(before: Left, buffers: "BufferWatch") -> list[str]:
    await asyncio.sleep(0)  # what was closed a moment ago lets go of itself
    gc.collect()
    for attempt in range(_ATTEMPTS):
        if attempt == _ATTEMPTS - 1:
            gc.collect()  # what is in a circle is garbage by now, or it is kept
        for _ in range(3):  # after the collector, which takes long enough for timers to be overdue
            await asyncio.sleep(0)
        if not _new(before) and not buffers.held():
            return [str(each) for each in buffers.lost]
        await asyncio.sleep(_PAUSE_SECONDS)
    told = [_told(*(with_holder(shown, made) if isinstance(made, int) else (shown, made))) for shown, made in _new(before)]
    return [*told, *map(_of_buffer, buffers.held()), *map(str, buffers.lost)]


def _new(before: Left) -> list[tuple[str, object]]:
    return without_loops_own([each for key, each in everything().items() if key not in before])


def without_loops_own(left: list[tuple[str, object]]) -> list[tuple[str, object]]:
    """Leave out the sockets that a loop has for itself: uvloop makes those for signals anew each time that it begins to run."""
    sockets = {made for shown, made in left if isinstance(made, int) and ", socket:" in shown}
    if not sockets:
        return left
    own = set[object]()
    for each in gc.get_objects():
        is_one = type(each) is socket.socket and each.fileno() in sockets
        if is_one and any(isinstance(holder, AbstractEventLoop) for holder in gc.get_referrers(each)):
            own.add(each.fileno())
    return [(shown, made) for shown, made in left if not (isinstance(made, int) and made in own)]


def everything() -> Left:
    """Return what there is of each kind, but for buffers and for what loops and pools keep."""
    loops, timers = _loops_and_timers()
    found: Left = {}
    for loop in loops:
        for task in asyncio.all_tasks(loop) - {asyncio.current_task()}:
            if getattr(task.get_coro(), "__qualname__", "") != _OF_ANYIO:
                found[task] = f"the task {task!r}", task
    for timer in timers:
        # The log counts on for ten seconds, whoever has made it write.
        if not timer.cancelled() and "LimitedLog._end" not in repr(timer):
            found[timer] = f"the timer {timer!r}", timer
    found |= _threads()
    for number in descriptors():
        try:
            shown = os.readlink(f"{_DESCRIPTORS}/{number}")
        except OSError:  # not Linux
            shown = "something"
        found["descriptor", number, shown] = f"the descriptor {number}, {shown}", number
    return found


def _loops_and_timers() -> tuple[list[AbstractEventLoop], list[Any]]:
    """Return the loops of this process that are not closed, and what they have scheduled; the collector knows of them all."""
    from pyboot.components.netty.channel.embedded.event_loop import EmbeddedEventLoop  # as above

    loops, timers = list[AbstractEventLoop](), list[Any]()
    looked_for = dict[type, str]()  # each type is looked at once
    for each in gc.get_objects():
        kind = type(each)
        what = looked_for.get(kind)
        if what is None:
            is_loop = issubclass(kind, AbstractEventLoop) and kind is not EmbeddedEventLoop
            is_timer = kind.__name__ == "TimerHandle" and kind.__module__.startswith("uvloop")
            what = looked_for[kind] = "loop" if is_loop else "timer" if is_timer else ""
        if what == "loop" and not each.is_closed():
            loops.append(each)
            timers += map(_ById, list(getattr(each, "_scheduled", ())))  # which asyncio keeps to itself
        elif what == "timer" and not each.cancelled() and not _HAS_FIRED.match(repr(each)):  # nothing else tells, and it may be overdue
            timers.append(_ById(each))
    return loops, timers


class _ById:
    """A timer, which is no other: asyncio's are equal where they do the same at the same time, and are lost in a table once cancelled."""

    def __init__(self, timer: Any) -> None:
        self.timer = timer
        self.cancelled = timer.cancelled

    def __hash__(self) -> int:
        return id(self.timer)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _ById) and self.timer is other.timer

    def __repr__(self) -> str:
        return repr(self.timer)


def _threads() -> Left:
    """Return the threads, those that were begun without `threading` as well, but for pooled ones that have nothing to do."""
    found: Left = {}
    frames = sys._current_frames()
    named = {thread.ident: thread for thread in threading.enumerate()}
    for number, frame in frames.items():
        thread = named.get(number)
        if thread is None:
            found["thread", number] = f"the thread {number}, in {frame.f_code.co_filename}:{frame.f_lineno}", None
        elif not (POOLED.fullmatch(thread.name) and _is_waiting_for_work(frame)):
            found[thread] = f"the thread {thread!r}", thread
    return found


def _is_waiting_for_work(frame: FrameType | None) -> bool:
    while frame is not None and frame.f_globals.get("__name__") in ("queue", "threading"):
        frame = frame.f_back
    return frame is not None and (frame.f_globals.get("__name__"), frame.f_code.co_name) in _WAITING_FOR_WORK


def with_holder(shown: str, number: int) -> tuple[str, object]:
    """Name the open file or socket with the descriptor *number*, where there is one."""
    holder = next((each for each in gc.get_objects() if _holds(each, number)), None)
    return (shown, None) if holder is None else (f"{shown}, of {holder!r}", holder)


def descriptors() -> list[int]:
    """Return those that are open, but for the one that lists them."""
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


def _of_buffer(leak: object) -> str:
    return str(leak).replace("was lost before its last release()", "is held still, and was not released")


def _told(shown: str, made: object) -> str:
    made = made.timer if isinstance(made, _ById) else made
    trace = None if made is None else tracemalloc.get_object_traceback(made)
    if trace is None:
        return shown
    lines = [f"{frame.filename}:{frame.lineno}" for frame in reversed(trace) if "/asyncio/" not in frame.filename]
    return f"{shown}, made at\n  " + "\n  ".join(lines[:_SHOWN_FRAMES])
