"""Event loops: which library runs them, and groups of them in threads of their own.

A channel lives on one loop for life. Without a group that is the loop that runs where `bind` or `connect` is awaited, so
that a server works inside any ``asyncio.run``. An `EventLoopGroup` has loops in threads; a boss group accepts and
hands sockets to the loops of a worker group. A group of ``pyboot-commons-coroutine`` is taken as it is.

Theory of operation. A loop in a thread can end in three ways, and each has to leave nothing behind that somebody waits for:

- its group is shut down: the channels end on the loop itself (`shutdown`), then it stops;
- a handler raises ``SystemExit`` or KeyboardInterrupt: that is meant for the program, and Python would end this thread with it and no
  other. It is passed on to the loop that owns the group, and the loop here goes on, for the shutdown still needs it;
- a handler blocks it for ever: a thread cannot be killed, so the wait for it is bounded; threads are daemons and end with the process.

After the last step of a loop its tasks are cancelled twice: closing the executor gives other threads time in which to start more.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import itertools
import logging
import threading
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Final, Literal, Self, final

from pyboot.components.netty.channel.loop_state import ENDS_PROGRAMS, raise_on, state_of
from pyboot.components.netty.errors import LoopEndedError

from .shutdown import shut_down
from .threadsafe import ends_on

__all__ = ["EventLoopGroup", "LoopKind", "LoopTurns", "loop_factory", "loops_of", "run"]

_log = logging.getLogger(__name__)

type Future = concurrent.futures.Future[None]
type LoopKind = Literal["auto", "uvloop", "asyncio"]

# How long the tasks of a loop, and the calls in its executor, may take to end once its channels are closed.
_TASKS_SECONDS: Final = 1.0

_group_numbers: Final = itertools.count(1)


def loop_factory(kind: LoopKind = "auto") -> Callable[[], asyncio.AbstractEventLoop]:
    """Return what makes a loop of *kind*; ``auto`` is uvloop where it is installed.

    Raises ImportError if *kind* is ``uvloop`` and it is not installed, ValueError for another word.
    """
    if kind not in ("auto", "uvloop", "asyncio"):
        raise ValueError(f"loop {kind!r}, allowed is auto, uvloop or asyncio")
    if kind == "asyncio":
        return asyncio.new_event_loop
    try:
        import uvloop  # optional: absent on Windows
    except ImportError:
        if kind == "uvloop":
            raise
        return asyncio.new_event_loop
    factory: Callable[[], asyncio.AbstractEventLoop] = uvloop.new_event_loop
    return factory


def run[T](main: Coroutine[Any, Any, T], kind: LoopKind = "auto") -> T:
    """``asyncio.run`` on a loop of that kind.

    Raises TypeError for anything but a coroutine: a function that was not called, or a class, which `pyboot.boot.run` starts.
    """
    if not asyncio.iscoroutine(main):
        advice = "which is started by run of pyboot.boot" if isinstance(main, type) else "write run(main())"
        raise TypeError(f"run takes a coroutine, got {main!r}: {advice}")
    with asyncio.Runner(loop_factory=loop_factory(kind)) as runner:
        return runner.run(main)


@final
class EventLoopGroup:
    """A group of *threads* event loops, each in a daemon thread of its own; `next` hands them out in turn. Source: Netty's class.

    Python threads share one interpreter lock: a group isolates slow handlers from each other, processes use more cores.
    ``async with`` shuts it down gracefully at the end. Raises ValueError for less than one thread.

    ``sys.exit`` and KeyboardInterrupt in a handler, or in anything else that runs on these loops, end no loop of the group: they are
    raised on the *owner*, the loop on which the group was made or first used, whose program then ends as it would without threads.
    """

    def __init__(self, threads: int = 1, name: str | None = None, kind: LoopKind = "auto") -> None:
        if threads < 1:
            raise ValueError(f"{threads} threads, allowed is at least 1")
        self.name = name if name is not None else f"netty-{next(_group_numbers)}"
        factory = loop_factory(kind)
        self.loops: tuple[asyncio.AbstractEventLoop, ...] = tuple(factory() for _ in range(threads))
        self.is_shutting_down = False
        self.owner: asyncio.AbstractEventLoop | None = asyncio._get_running_loop()
        self._turns = itertools.cycle(self.loops)
        self._ends: list[Future] = [concurrent.futures.Future() for _ in self.loops]
        self._endings: list[Future] = []  # of the channels
        self._threads = [
            threading.Thread(target=_run_loop, args=(self, loop, end), name=f"{self.name}-{number}", daemon=True)
            for number, (loop, end) in enumerate(zip(self.loops, self._ends, strict=True))
        ]
        for thread in self._threads:
            thread.start()

    def next(self) -> asyncio.AbstractEventLoop:
        """The loop whose turn it is; raises `LoopEndedError` once the group is being shut down."""
        if self.is_shutting_down:
            raise LoopEndedError(self)
        return next(self._turns)

    def end_program(self, asked: BaseException) -> None:
        """Pass on, from a thread of the group, what asks the program to end; without an owner that runs it is an error in the log."""
        owner = self.owner
        try:
            if owner is not None and owner.is_running():
                raise_on(owner, asked)
                return
        except RuntimeError:
            pass  # closed in this very moment
        _log.critical("%r: %r was raised on a loop of the group, and no loop owns it that could end the program", self, asked)

    @property
    def is_shut_down(self) -> bool:
        """True if all threads have ended."""
        return not any(thread.is_alive() for thread in self._threads)

    async def shutdown_gracefully(self, quiet_seconds: float = 0.0, timeout_seconds: float = 15.0) -> None:
        """Close the channels of the group, listening ones first, wait until *quiet_seconds* pass without a new one, end the threads.

        What handlers have read is finished and what was flushed is delivered; what is not over after *timeout_seconds* is
        aborted, and all tasks of the loops are cancelled. Calling it again is harmless; cancelling it changes nothing.
        Raises ValueError if the timeout is shorter than the quiet period, RuntimeError on a loop of the group itself,
        which cannot outlive it.
        """
        if timeout_seconds < quiet_seconds:
            raise ValueError(f"timeout of {timeout_seconds} s is shorter than the quiet period of {quiet_seconds} s")
        if asyncio.get_running_loop() in self.loops:
            raise RuntimeError(f"{self!r} cannot be awaited to its end on one of its own loops: shut it down from another one")
        if not self.is_shutting_down:
            self.is_shutting_down = True
            self._endings = [asyncio.run_coroutine_threadsafe(_end_loop(loop, quiet_seconds, timeout_seconds), loop) for loop in self.loops]
        ends = zip(self._threads, self.loops, self._endings, self._ends, strict=True)
        await asyncio.gather(*(_join_thread(*each, timeout_seconds) for each in ends))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.shutdown_gracefully()

    def __repr__(self) -> str:
        return f"<EventLoopGroup {self.name} loops={len(self.loops)}{' shut down' if self.is_shut_down else ''}>"


async def _join_thread(thread: threading.Thread, loop: asyncio.AbstractEventLoop, ending: Future, end: Future, deadline: float) -> None:
    """Wait for *thread*: until all its channels are closed, then a little more; no thread of the executor, which may have none to spare."""
    if not await ends_on(loop, asyncio.wrap_future(ending), deadline):
        _log.warning("%s did not end within %g s: something blocks its loop; it ends with the process", thread.name, deadline)
        return
    await asyncio.wait([asyncio.wrap_future(end)], timeout=_TASKS_SECONDS)
    if end.done():
        thread.join()  # it has nothing left to do
    else:
        text = "%s did not end: a task that heeds no cancel, or a call in the executor of its loop, goes on; it ends with the process"
        _log.warning(text, thread.name)


async def _end_loop(loop: asyncio.AbstractEventLoop, quiet: float, deadline: float) -> None:
    try:
        await shut_down(state_of(loop), quiet, deadline)
    finally:
        loop.stop()


def _run_loop(group: EventLoopGroup, loop: asyncio.AbstractEventLoop, end: Future) -> None:
    """Run *loop* until it is stopped, then leave nothing of it behind. What asks the program to end does not end this loop."""
    asyncio.set_event_loop(loop)  # for code that asks for the loop of its thread before that runs
    try:
        while _was_interrupted(group, loop):
            pass
    finally:
        try:
            loop.run_until_complete(_cancel_tasks())
            loop.run_until_complete(loop.shutdown_asyncgens())
            loop.run_until_complete(loop.shutdown_default_executor())
            loop.run_until_complete(_cancel_tasks())  # other threads may have started some meanwhile
            loop.close()
        finally:
            end.set_result(None)


def _was_interrupted(group: EventLoopGroup, loop: asyncio.AbstractEventLoop) -> bool:
    """Run *loop* until it stops, or until it is interrupted by what asks the program to end, which the owner is told; True if so."""
    try:
        loop.run_forever()
    except ENDS_PROGRAMS as asked:
        group.end_program(asked)
        return True
    return False


async def _cancel_tasks() -> None:
    # Waited for, not only cancelled: what they do in their ``finally`` still needs the loop.
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def loops_of(group: object) -> Sequence[asyncio.AbstractEventLoop]:
    """The loops of a group: ours, or one of ``pyboot-commons-coroutine`` (told by its ``worker_loops``), or a loop itself.

    Raises TypeError for anything else.
    """
    if isinstance(group, EventLoopGroup):
        return group.loops
    if isinstance(group, asyncio.AbstractEventLoop):
        return (group,)
    loops = getattr(group, "worker_loops", None)
    if loops:
        return tuple(loops)
    raise TypeError(f"{group!r} is not a group of event loops: pass an EventLoopGroup, a CoroutineWorkGroup or a loop")


@final
class LoopTurns:
    """The loops of a group, in turn for ever; without a group, the loop that is asked on."""

    def __init__(self, group: object | None = None) -> None:
        self._group = group
        self.all: Sequence[asyncio.AbstractEventLoop] = () if group is None else loops_of(group)
        self._turns = itertools.cycle(self.all)

    def next(self, default: asyncio.AbstractEventLoop) -> asyncio.AbstractEventLoop:
        """The loop whose turn it is; raises `LoopEndedError` if the group was shut down."""
        if isinstance(self._group, EventLoopGroup):
            # The first loop from outside that uses the group: one of its own could not end the program (see `EventLoopGroup`).
            if self._group.owner is None and default not in self._group.loops:
                self._group.owner = default
            return self._group.next()
        return next(self._turns, default)

    def check(self) -> None:
        """Raises `LoopEndedError` if the group was shut down."""
        if isinstance(self._group, EventLoopGroup) and self._group.is_shutting_down:
            raise LoopEndedError(self._group)
