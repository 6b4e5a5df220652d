"""Event loops: which library runs them, and groups of them in threads of their own.

A channel lives on one loop for life. Without a group that is the loop that runs where `bind` or `connect` is awaited, so
that a server works inside any ``asyncio.run``. An `EventLoopGroup` has loops in threads; a boss group accepts and
hands sockets to the loops of a worker group. A group of ``pyboot-commons-coroutine`` is taken as it is.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import threading
from collections.abc import Callable, Coroutine, Sequence
from typing import TYPE_CHECKING, Any, Final, Literal, final
from weakref import WeakKeyDictionary

from pyboot.components.netty.channel.loop_state import LoopState

if TYPE_CHECKING:
    from pyboot.components.netty.channel.channel import Channel

__all__ = ["EventLoopGroup", "LoopKind", "loop_factory", "loops_of", "run", "state_of"]

_log = logging.getLogger(__name__)

type LoopKind = Literal["auto", "uvloop", "asyncio"]

_states: Final[WeakKeyDictionary[asyncio.AbstractEventLoop, LoopState]] = WeakKeyDictionary()
_group_numbers: Final = itertools.count(1)


def state_of(loop: asyncio.AbstractEventLoop) -> LoopState:
    """What the channels of *loop* share."""
    state = _states.get(loop)
    if state is None:
        state = _states[loop] = LoopState(loop)
    return state


def loop_factory(kind: LoopKind = "auto") -> Callable[[], asyncio.AbstractEventLoop]:
    """What makes a loop of that kind; ``auto`` is uvloop where it is installed.

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
    """``asyncio.run`` on a loop of that kind."""
    with asyncio.Runner(loop_factory=loop_factory(kind)) as runner:
        return runner.run(main)


@final
class EventLoopGroup:
    """*threads* event loops, each in a daemon thread of its own; `next` hands them out in turn.

    Python threads share one interpreter lock: a group isolates slow handlers from each other, processes use more cores.
    """

    def __init__(self, threads: int = 1, name: str | None = None, kind: LoopKind = "auto") -> None:
        if threads < 1:
            raise ValueError(f"{threads} threads, must be at least 1")
        self.name = name or f"group-{next(_group_numbers)}"
        factory = loop_factory(kind)
        self.loops: tuple[asyncio.AbstractEventLoop, ...] = tuple(factory() for _ in range(threads))
        self._turns = itertools.cycle(self.loops)
        self._threads = [
            threading.Thread(target=_run_loop, args=(loop,), name=f"{self.name}-{number}", daemon=True)
            for number, loop in enumerate(self.loops)
        ]
        for thread in self._threads:
            thread.start()

    def next(self) -> asyncio.AbstractEventLoop:
        """The loop whose turn it is."""
        return next(self._turns)

    @property
    def is_shut_down(self) -> bool:
        """Whether all threads have ended."""
        return not any(thread.is_alive() for thread in self._threads)

    async def shutdown_gracefully(self, quiet_seconds: float = 0.0, timeout_seconds: float = 15.0) -> None:
        """Close the channels of the group, wait until nothing happened for *quiet_seconds*, then end the threads.

        At the latest after *timeout_seconds*. Raises ValueError if the timeout is shorter than the quiet period.
        """
        if timeout_seconds < quiet_seconds:
            raise ValueError(f"timeout of {timeout_seconds} s is shorter than the quiet period of {quiet_seconds} s")
        async with asyncio.TaskGroup() as closing:
            for loop, thread in zip(self.loops, self._threads, strict=True):
                if thread.is_alive():
                    closing.create_task(self._shut_down(loop, thread, quiet_seconds, timeout_seconds))

    async def _shut_down(self, loop: asyncio.AbstractEventLoop, thread: threading.Thread, quiet: float, timeout: float) -> None:
        ending = asyncio.run_coroutine_threadsafe(_close_channels(loop, quiet, timeout), loop)
        await asyncio.wrap_future(ending)
        loop.call_soon_threadsafe(loop.stop)
        await asyncio.to_thread(thread.join, timeout)

    def __repr__(self) -> str:
        return f"<EventLoopGroup {self.name} loops={len(self.loops)}{' shut down' if self.is_shut_down else ''}>"


async def _close_channels(loop: asyncio.AbstractEventLoop, quiet: float, timeout: float) -> None:
    """Close all channels of *loop*; then let *quiet* seconds pass in which none is opened."""
    state, deadline = state_of(loop), loop.time() + timeout
    quiet_since = loop.time()
    while loop.time() < deadline:
        if state.channels:
            quiet_since = loop.time()
            await asyncio.wait(
                [asyncio.ensure_future(_end_of(channel)) for channel in list(state.channels)], timeout=deadline - loop.time()
            )
        remaining = quiet_since + quiet - loop.time()
        if remaining <= 0 and not state.channels:
            return
        await asyncio.sleep(min(max(remaining, 0.0), 0.05))


async def _end_of(channel: Channel) -> None:
    await channel.close()


def _run_loop(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    try:
        loop.run_forever()
    finally:
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(asyncio.sleep(0))
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()


def loops_of(group: object) -> Sequence[asyncio.AbstractEventLoop]:
    """The loops of a group: ours, or one of ``pyboot-commons-coroutine`` (told by its ``worker_loops``).

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
