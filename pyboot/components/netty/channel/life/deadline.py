"""Deadline: a time by which a peer must have done something, judged only when the loop has looked.

Law. A timer that goes off says that the time is over; it does not say that nothing has come. When a callback kept the loop
busy, or the process was stopped, what the peer did meanwhile waits in the kernel, and timers run before it is seen: an
``epoll`` that a signal interrupts returns with nothing once its time is over, on asyncio as on uvloop. So whoever judges a
peer by a time (idle, heartbeat, timeouts, handshake, connecting, closing) does it with this class, and never with
``loop.call_later``: it judges a few turns after its timer, and what waited has been handled by then::

    turn n      the timer goes off                       what waits in the kernel is not seen
    turn n+1    the loop looks at the network            bytes are read, writes completed, connections made
    turn n+2    who was woken by that goes on            a task, a held delivery
    turn n+3    the judge is asked

What takes several steps, of which each needs the peer, cannot make up for that in a few turns: such a deadline *restores* the
time that the loop was away, as much as it had at most, once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from types import TracebackType
from typing import Any, Final, Self, final

__all__ = ["Deadline", "DeadlineScope"]

_TURNS: Final = 3

# A timer that is later than this was not on time: more than what clocks are coarse by, and than an ordinary turn takes.
_LATE_SECONDS: Final = 0.1


@final
class Deadline:
    """Calls ``judge(*arguments)`` when *seconds* are over and the loop has looked at the network since, unless cancelled.

    With *restores* a timer that was late goes on for as long as it was late, up to *seconds*, before it judges.
    """

    __slots__ = ("_arguments", "_handle", "_judge", "_loop", "_seconds")

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        seconds: float,
        judge: Callable[..., object],
        *arguments: Any,
        restores: bool = False,
    ) -> None:
        self._loop = loop
        self._seconds = seconds
        self._judge = judge
        self._arguments = arguments
        over = self._or_restored if restores else self._over
        self._handle: asyncio.Handle = loop.call_later(seconds, over, loop.time() + seconds)

    def cancel(self) -> None:
        """Do not judge; does nothing where that has happened."""
        self._handle.cancel()

    def _or_restored(self, due: float) -> None:
        late = self._loop.time() - due
        if late > _LATE_SECONDS:
            self._handle = self._loop.call_later(min(late, self._seconds), self._over, due)
        else:
            self._over(due)

    def _over(self, due: float) -> None:
        self._turn(_TURNS)

    def _turn(self, left: int) -> None:
        # One handle at a time, whatever it is for: `cancel` ends whichever step is next.
        if left:
            self._handle = self._loop.call_soon(self._turn, left - 1)
        else:
            self._judge(*self._arguments)


@final
class DeadlineScope:
    """``async with DeadlineScope(seconds):`` as ``asyncio.timeout``, by a `Deadline` that restores; None for no end.

    Raises TimeoutError when the time is over. On the running loop.
    """

    def __init__(self, seconds: float | None) -> None:
        self._seconds = seconds
        self._timeout = asyncio.timeout(None)
        self._deadline: Deadline | None = None

    def cancel(self) -> None:
        """Drop the end: what was waited for is there."""
        if self._deadline is not None:
            self._deadline.cancel()

    async def __aenter__(self) -> Self:
        await self._timeout.__aenter__()
        if self._seconds is not None:
            self._deadline = Deadline(asyncio.get_running_loop(), self._seconds, self._expire, restores=True)
        return self

    def _expire(self) -> None:
        # asyncio's own end, moved into the past: so it cancels the task, tells its own cancellation from another's, and raises.
        self._timeout.reschedule(0.0)

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.cancel()
        await self._timeout.__aexit__(kind, error, trace)
