"""Timers: calls at a time to come, for a loop that asks when it has to wake up. No clock here."""

import heapq
import itertools
from collections.abc import Callable
from typing import Any, final

__all__ = ["Timer", "Timers"]


@final
class Timer:
    """One call that is due at a time, unless it is cancelled before."""

    __slots__ = ("call", "due")

    def __init__(self, due: float, call: Callable[[], object]) -> None:
        """Remember the call."""
        self.due = due
        self.call: Callable[[], object] | None = call

    def cancel(self) -> None:
        """Call nothing; without effect where it was called."""
        self.call = None


@final
class Timers:
    """The timers of one loop."""

    def __init__(self) -> None:
        """Begin with none."""
        self._heap: list[tuple[float, int, Timer]] = []
        self._order = itertools.count()

    def at(self, due: float, call: Callable[[], Any]) -> Timer:
        """Call *call* once it is *due*."""
        timer = Timer(due, call)
        heapq.heappush(self._heap, (due, next(self._order), timer))
        return timer

    def next_due(self) -> float | None:
        """Return when the next call is due; ``None`` where there is none."""
        while self._heap and self._heap[0][2].call is None:
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def run(self, now: float) -> None:
        """Make the calls that are due by *now*, in their order; those that they add wait for the next time."""
        due = []
        while self._heap and self._heap[0][0] <= now:
            due.append(heapq.heappop(self._heap)[2])
        for timer in due:
            call, timer.call = timer.call, None
            if call is not None:
                call()
