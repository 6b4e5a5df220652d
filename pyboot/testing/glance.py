"""A glance at what a test leaves: for every test of a directory, where the whole look of `leaks` would cost more than the tests do.

Theory of operation. A glance reads numbers that somebody keeps anyhow: the names in ``/proc/self/fd``, the tasks and timers of the loop
that runs, the threads, the buffers that the pooled allocator has out. Only where they differ is the collector run, and whoever is there
still is looked at closely. What the glance cannot see: timers of uvloop, loops of other threads, and where a thing was made, since
`tracemalloc` was off; the fixture `no_leaks` tells that.
"""

import asyncio
import gc
import sys
import threading
from typing import Any, Final, final

from .leaks import POOLED, LeakError, descriptors, everything, use_once, use_uvloop_once, with_holder, without_loops_own

__all__ = ["Glance"]

_PAUSES: Final = (0.0, 0.0, 0.001, 0.005, 0.02)  # for what is on its way out, before the collector is asked
_LATER_PAUSES: Final = (0.02, 0.05, 0.1, 0.2, 0.2)


@final
class Glance:
    """The things that are there before a test and after it: `begin` and `end` of a coroutine, those `without_loop` of a function."""

    def __init__(self) -> None:
        self._before: set[Any] = set()
        self._buffers = 0

    async def begin(self) -> None:
        """Remember what is there."""
        await use_once(asyncio.get_running_loop())
        self._before, self._buffers = _seen(asyncio.get_running_loop()), _buffers()

    async def end(self) -> None:
        """Raise `LeakError` if there is more than before, half a second after the test at the latest."""
        loop = asyncio.get_running_loop()
        for pause in _PAUSES:
            if not self._more(loop):
                return
            await asyncio.sleep(pause)
        for pause in _LATER_PAUSES:
            gc.collect()
            await asyncio.sleep(0)
            if not self._more(loop):
                return
            await asyncio.sleep(pause)
        self._tell(loop)

    def begin_without_loop(self) -> None:
        """Remember what is there."""
        use_uvloop_once()
        self._before, self._buffers = _seen(None), _buffers()

    def end_without_loop(self) -> None:
        """Raise `LeakError` if there is more than before, and was not garbage alone."""
        if self._more(None):
            gc.collect()
            for thread in self._new(None):
                if isinstance(thread, threading.Thread):
                    thread.join(0.2)
            self._tell(None)

    def _more(self, loop: asyncio.AbstractEventLoop | None) -> bool:
        return not _seen(loop) <= self._before or _buffers() > self._buffers

    def _new(self, loop: asyncio.AbstractEventLoop | None) -> set[Any]:
        return _seen(loop) - self._before

    def _tell(self, loop: asyncio.AbstractEventLoop | None) -> None:
        """Look closely at what is new, and raise unless it is the loop's own."""
        new = self._new(loop)
        numbers = {each for each in new if isinstance(each, int)}
        left = []
        for shown, made in without_loops_own(list(everything().values())):
            if isinstance(made, int):
                if made in numbers:
                    left.append(with_holder(shown, made)[0])
            elif made is not None and (made in new or getattr(made, "timer", None) in new):
                left.append(shown)
        if (buffers := _buffers() - self._buffers) > 0:
            left.append(f"{buffers} buffers of the pooled allocator are held still, or were lost")
        if left:
            raise LeakError([*left, "the fixture no_leaks, named first, tells where each was made"])


def _seen(loop: asyncio.AbstractEventLoop | None) -> set[Any]:
    seen: set[Any] = set(descriptors())
    seen.update(each for each in threading.enumerate() if not POOLED.fullmatch(each.name))
    if loop is not None:
        seen.update(asyncio.all_tasks(loop) - {asyncio.current_task(loop)})
        seen.update(each for each in getattr(loop, "_scheduled", ()) if not each.cancelled() and not _is_of_log(each))  # asyncio's own
    return seen


def _is_of_log(timer: Any) -> bool:
    return getattr(timer._callback, "__qualname__", "") == "LimitedLog._end"  # which counts on for ten seconds, whoever made it write


def _buffers() -> int:
    allocator = sys.modules.get("pyboot.components.netty.buffer.allocator")  # where nobody has imported it, nobody holds any
    return 0 if allocator is None else allocator.PooledByteBufferAllocator.DEFAULT.statistics().buffers_in_use
