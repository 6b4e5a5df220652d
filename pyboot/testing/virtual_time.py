"""VirtualTimeLoop: an event loop whose clock jumps to the next timer when there is nothing else to do, so that hours take milliseconds.

::

    run_in_virtual_time(main())          asyncio.sleep(3600) in it ends at once, and loop.time() is an hour later

Sockets and threads work; where one is waited for with no timer set, the loop waits in real time, for five seconds at most.
"""

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, Final, final, override

__all__ = ["VirtualTimeLoop", "run_in_virtual_time"]

_REAL_SECONDS: Final = 5.0


@final
class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """The loop. Law: time stands still while there is work, so that the order of events is that of their times, on any machine."""

    def __init__(self) -> None:
        self._clock = _Clock()
        super().__init__(self._clock)

    @override
    def time(self) -> float:
        return self._clock.now

    @override
    async def shutdown_default_executor(self, timeout: float | None = None) -> None:
        """Wait for the threads in real time, however many seconds of its own *timeout* says."""
        await super().shutdown_default_executor(None)


@final
class _Clock(selectors.DefaultSelector):
    """A selector that does not wait: it turns the clock by as much as it was to wait for."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 1_000.0

    @override
    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if ready or timeout == 0:
            return list(ready)
        if timeout is None:
            ready = super().select(_REAL_SECONDS)
            if not ready:
                raise RuntimeError(f"nothing is going to happen any more: no timer is set, and nothing came for {_REAL_SECONDS:g} s")
            return list(ready)
        self.now += max(timeout, 1e-6)
        return []


def run_in_virtual_time[T](main: Coroutine[Any, Any, T]) -> T:
    """Run *main* on a loop of virtual time, and return what it returns."""
    with asyncio.Runner(loop_factory=VirtualTimeLoop, debug=False) as runner:
        return runner.run(main)
