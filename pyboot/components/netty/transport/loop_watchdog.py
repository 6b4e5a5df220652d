"""LoopWatchdog: names the callback that blocks a loop, and where it stands, while it does.

Theory of operation. While a callback of a handler computes, or sleeps, everybody else on its loop waits, and afterwards nobody can tell who
it was. So a thread looks at the loops of this process that have channels, four times in the time that is allowed::

    the stack of its thread ends where loops wait     it rests: nothing is done, and the loop is not woken
    anything else                                     the stack is kept, and a question is put into the loop's queue
    the loop has answered                             its turn is over: what was kept is forgotten
    it has not, and the time is over                  whatever is in both stacks, frame for frame, has not returned since: that is told

Law 1. Nothing is added to what runs for a message, or for a read: which handler, callback and connection it is, the stack itself tells.
Law 2. Nobody is accused wrongly. Only a frame that is the same, with no turn of the loop in between, has blocked: not many short
callbacks in one turn, nor a coroutine that is seen twice and waited in between. Where this thread could not look in time, and the process
has not computed either, it was the machine that stood still, and the time begins anew. Law 3. A callback is told of when its time is
over, then when ten times that is; the same place of code at most once in ten seconds, with the number of times that were left out;
`counts` has all.

What it cannot see: code that is compiled has no frames, so a loop that is busy with nothing but that is taken for one that rests.
"""

from __future__ import annotations

import asyncio
import logging
import selectors
import sys
import threading
import time
import traceback
import weakref
from collections import Counter
from types import CodeType, FrameType
from typing import Final, NamedTuple, final

from pyboot.components.netty.channel.context import ChannelHandlerContext
from pyboot.components.netty.channel.loop_state import LOOPS, Loops
from pyboot.components.netty.channel.mask import BITS
from pyboot.components.netty.limited_log import WINDOW_SECONDS

__all__ = ["LOOP_WATCHDOG", "LoopWatchdog"]

_log = logging.getLogger(__name__)

_LOOKS: Final = 4  # in the time that is allowed: what blocks a quarter longer than that is seen for certain
_AGAIN: Final = 10  # times as long, and it is told once more
_SHOWN_FRAMES: Final = 12
_MOST: Final = 1000  # names, and places; a program has fewer, and a table has a bound

_SELECTORS: Final = ("SelectSelector", "PollSelector", "EpollSelector", "DevpollSelector", "KqueueSelector")
_WAITS: Final = {getattr(selectors, name).select.__code__ for name in _SELECTORS if hasattr(selectors, name)}
# The frames of asyncio's own loop, between whoever runs it and what it calls; uvloop has none.
_MACHINERY: Final = {
    asyncio.Handle._run.__code__,
    asyncio.BaseEventLoop._run_once.__code__,  # type: ignore[attr-defined]  # private, and not in typeshed
    asyncio.BaseEventLoop.run_forever.__code__,
    asyncio.BaseEventLoop.run_until_complete.__code__,
}

type Stack = list[FrameType]  # the outermost frame first


class _Callback(NamedTuple):
    """The callback that blocks, and its place in the stack; without a *context* something that is not a handler's."""

    name: str
    depth: int
    context: ChannelHandlerContext | None


@final
class _Watched:
    """One loop: whether it was asked, where it stood then, and the thread that runs it."""

    def __init__(self) -> None:
        self.thread: int | None = None
        self.is_asked = False  # the loop alone sets it back
        self.since = 0.0
        self.tell_after = 0.0
        self.stack: Stack = []
        self._base: tuple[int, CodeType] | None = None  # the frame that a loop without frames is run by: not itself, it keeps what is in it

    def rests(self, frame: FrameType) -> bool:
        """True if the loop waits for something to do, *frame* being the innermost of its thread."""
        return frame.f_code in _WAITS or self.is_base(frame)

    def is_base(self, frame: FrameType) -> bool:
        """True if *frame* called the loop, or is the loop's own."""
        return (id(frame), frame.f_code) == self._base or frame.f_code in _MACHINERY

    def ask(self, loop: asyncio.AbstractEventLoop, now: float, stack: Stack) -> None:
        """Put a question into the queue of the loop."""
        self.since, self.stack, self.tell_after, self.is_asked = now, stack, 0.0, True
        try:
            loop.call_soon_threadsafe(self._answer)
        except RuntimeError:  # it was closed in this very moment
            self._forget()

    def _answer(self) -> None:
        """The loop has come to the question. On its thread."""
        self.thread = threading.get_ident()
        below = sys._getframe().f_back
        self._base = None if below is None else (id(below), below.f_code)
        self._forget()

    def _forget(self) -> None:
        self.stack = []
        self.is_asked = False


@final
class LoopWatchdog:
    """Watches *loops*, by default all that have channels; off until `seconds` is set, and in a thread of its own only then."""

    def __init__(self, loops: Loops = LOOPS) -> None:
        self._loops = loops
        self._seconds = 0.0
        self._watched: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, _Watched] = weakref.WeakKeyDictionary()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._ended = threading.Event()
        self._places: dict[str, tuple[float, int]] = {}  # when it was told of, and how often it was not since
        self.counts: Counter[str] = Counter()  # of callbacks that have blocked their loop, by name

    @property
    def seconds(self) -> float:
        """The time that a callback may block its loop; 0 for any time, and then nothing is watched. Set it from any thread."""
        return self._seconds

    @seconds.setter
    def seconds(self, seconds: float) -> None:
        if not seconds >= 0:
            raise ValueError(f"a callback may block its loop for {seconds} s: allowed is 0 (any time) or more")
        self._stop()
        self._seconds = seconds
        self._loops.on_new = self._start if seconds else None
        if len(self._loops):
            self._start()

    def _start(self) -> None:
        with self._lock:
            if self._thread is None and self._seconds:
                self._ended.clear()
                self._thread = threading.Thread(target=self._run, name="pyboot-loop-watchdog", daemon=True)
                self._thread.start()

    def _stop(self) -> None:
        with self._lock:
            thread, self._thread = self._thread, None
        if thread is not None:
            self._ended.set()
            thread.join()
        self._watched.clear()

    # The thread.

    def _run(self) -> None:
        looked, computed = time.monotonic(), time.process_time()
        while not self._ended.wait(self._interval):
            now, computing = time.monotonic(), time.process_time()
            self.wake(now, now - looked, computing - computed)
            looked, computed = now, computing

    @property
    def _interval(self) -> float:
        return self._seconds / _LOOKS

    def wake(self, now: float, slept: float, computed: float) -> None:
        """Look, unless the machine stood still: the process has *computed* for much less than this thread has *slept* too long."""
        late = slept - self._interval
        if late > self._interval and computed < late / 2:
            for watched in list(self._watched.values()):
                watched.since = now
        else:
            self.look(now)

    def look(self, now: float) -> None:
        """Look at all loops once; *now* by the monotonic clock."""
        frames = sys._current_frames()
        for loop in self._loops.running():
            watched = self._watched.get(loop)
            if watched is None:
                watched = self._watched[loop] = _Watched()
            frame = None if watched.thread is None else frames.get(watched.thread)
            if watched.is_asked:
                self._judge(watched, _stack_of(frame), now)
            elif frame is None or not watched.rests(frame):
                watched.ask(loop, now, _stack_of(frame))

    def _judge(self, watched: _Watched, stack: Stack, now: float) -> None:
        blocked = now - watched.since
        if blocked < max(self._seconds, watched.tell_after):
            return
        found = _callback_in(watched, _same(stack, watched.stack))
        if found is not None:
            self._tell(found, stack[found.depth :], blocked, now, is_first=watched.tell_after == 0.0)
        watched.tell_after = blocked * _AGAIN

    def _tell(self, found: _Callback, stack: Stack, blocked: float, now: float, *, is_first: bool) -> None:
        left_out = 0
        if is_first:
            if found.name in self.counts or len(self.counts) < _MOST:
                self.counts[found.name] += 1
            place = f"{stack[0].f_code.co_filename}:{stack[0].f_code.co_firstlineno}"
            told_at, left_out = self._places.get(place, (now - WINDOW_SECONDS, 0))
            if now - told_at < WINDOW_SECONDS:
                self._places[place] = told_at, left_out + 1
                return
            if place in self._places or len(self._places) < _MOST:
                self._places[place] = now, 0
        context = found.context
        whose = "" if context is None else f" of the handler {context.name} of {context.channel!r}"
        more = f" ({left_out} times more since it was told last)" if left_out else ""
        lines = traceback.StackSummary.extract(((frame, frame.f_lineno) for frame in stack), limit=-_SHOWN_FRAMES).format()
        text = "slow-callback: %s%s has blocked its loop for %.0f ms so far%s; it stands here:\n%s"
        _log.warning(text, found.name, whose, blocked * 1000, more, "".join(lines).rstrip())

    def __repr__(self) -> str:
        return f"<LoopWatchdog seconds={self._seconds:g} loops={len(self._loops)}>"


def _stack_of(frame: FrameType | None) -> Stack:
    stack: Stack = []
    while frame is not None:
        stack.append(frame)
        frame = frame.f_back
    stack.reverse()
    return stack


def _same(stack: Stack, before: Stack) -> Stack:
    """Return the frames of *before* that have not returned since."""
    count = next((number for number, (frame, then) in enumerate(zip(stack, before, strict=False)) if frame is not then), None)
    return stack[: min(len(stack), len(before)) if count is None else count]


def _callback_in(watched: _Watched, stack: Stack) -> _Callback | None:
    """Return the innermost callback of a handler among *stack*; where there is none, what the loop has called, if that is there."""
    inner: _Callback | None = None
    for depth in reversed(range(len(stack))):
        code, context = stack[depth].f_code, _context_in(stack[depth])
        if context is not None:
            found = _Callback(f"{type(context.handler).__name__}.{code.co_name}", depth, context)
            if code.co_name in BITS:
                return found
            inner = inner or found
    if inner is not None:
        return inner
    called = next((depth + 1 for depth in reversed(range(len(stack))) if watched.is_base(stack[depth])), len(stack))
    return _Callback(stack[called].f_code.co_qualname, called, None) if called < len(stack) else None


def _context_in(frame: FrameType) -> ChannelHandlerContext | None:
    """Return the context that the function of *frame* was called with."""
    given, values = frame.f_code.co_varnames[: frame.f_code.co_argcount], frame.f_locals
    # By type: what else lies there may be anything, and is asked nothing on this thread.
    return next((values[name] for name in given if name in values and type(values[name]) is ChannelHandlerContext), None)


LOOP_WATCHDOG: Final = LoopWatchdog()
"""The watchdog of this process; `netty.slow-callback` sets its time."""
