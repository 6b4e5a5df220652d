"""Slot: one place for a worker, which outlives the workers that take it in turns."""

import math
import random
from typing import final

from .process import ProcessState, WorkerProcess
from .settings import RestartSettings
from .timers import Timer

__all__ = ["Slot"]


@final
class Slot:
    """One place: the worker that serves in it, the one that is to follow, and those that are on their way out."""

    def __init__(self, index: int) -> None:
        """Begin vacant."""
        self.index = index
        self.serving: WorkerProcess | None = None
        self.coming: WorkerProcess | None = None
        self.leaving: set[WorkerProcess] = set()
        self.restart: Timer | None = None
        self.restarts = 0
        """How often a worker has ended unasked, and was followed by another one."""
        self._failures = 0

    @property
    def processes(self) -> list[WorkerProcess]:
        """All processes of the slot."""
        return [each for each in (self.serving, self.coming, *self.leaving) if each is not None]

    @property
    def is_covered(self) -> bool:
        """Whether a worker of its own empties its queues."""
        return any(each.state is ProcessState.READY for each in (self.serving, self.coming) if each is not None)

    def gone(self, process: WorkerProcess) -> None:
        """Forget a process."""
        self.leaving.discard(process)
        if self.serving is process:
            self.serving = None
        if self.coming is process:
            self.coming = None

    def leave(self, process: WorkerProcess) -> None:
        """Keep a process as one that is on its way out."""
        self.gone(process)
        self.leaving.add(process)

    def cancel_restart(self) -> None:
        """Start nobody by itself."""
        if self.restart is not None:
            self.restart.cancel()
            self.restart = None

    def next_delay(self, settings: RestartSettings, up_seconds: float, *, is_restart: bool = False) -> float:
        """Return how long to wait after another end of a worker that was up for *up_seconds*: twice as long each time, by default.

        A worker that was up for long enough ends the count. Only what *is_restart* counts as one: a renewal is planned.
        """
        if up_seconds >= settings.reset_after:
            self._failures = 0
        delay = min(settings.initial * _power(settings.multiplier, self._failures), settings.max)
        self._failures += 1
        self.restarts += is_restart
        # The longest wait is one: where it is reached, chance only shortens it, or all slots would wait alike from there on.
        longest = min(delay * (1 + settings.jitter), settings.max)
        return random.uniform(delay * (1 - settings.jitter), longest)  # noqa: S311  # no secret


def _power(multiplier: float, failures: int) -> float:
    """Return how many times as long as the first one a wait is; a power that no float holds is beyond the longest wait."""
    try:
        return multiplier**failures
    except OverflowError:
        return math.inf
