"""Roll: replaces the workers by those of a new generation, one slot after the other, the first of them as a trial.

::

    canary boots ──ready──> it settles ──still there──> its predecessor drains ─> slot 1 boots ──ready──> predecessor drains ─> … done
         │                      │                                                    │
         └── gone, or too late ─┴──> failed: the old generation goes on              └──> failed: the rest stays as it is

The old ones serve until their successors are ready, and are not waited for: a long connection holds nobody up.
"""

from collections.abc import Callable
from typing import Protocol, final

from .process import WorkerProcess
from .slot import Slot
from .timers import Timer

__all__ = ["Roll", "Rolling"]


class Rolling(Protocol):
    """The part of the supervisor that a roll needs."""

    def start_worker(self, slot: Slot, generation: int) -> None:
        """Start a worker that is to follow in *slot*."""

    def promote(self, slot: Slot) -> None:
        """Let the ready worker that was to follow serve, and its predecessor drain."""

    def later(self, seconds: float, call: Callable[[], object]) -> Timer:
        """Call *call* in so many seconds."""

    def roll_is_over(self, failure: str | None) -> None:
        """Go on with what the roll has left: all new, or, after a *failure*, what serves now."""


@final
class Roll:
    """One roll."""

    def __init__(self, rolling: Rolling, slots: list[Slot], generation: int, settle_seconds: float) -> None:
        """Roll *slots* over to *generation*."""
        self.generation = generation
        self._rolling = rolling
        self._waiting = list(slots)
        self._settle_seconds = settle_seconds
        self._settling: Timer | None = None
        self._is_trial = True

    def begin(self) -> None:
        """Start the canary."""
        self._next()

    def _next(self) -> None:
        slot = self._waiting[0]
        slot.cancel_restart()
        self._rolling.start_worker(slot, self.generation)

    def on_ready(self, process: WorkerProcess) -> bool:
        """Go on if *process* is the one that is waited for; tell whether it is."""
        if not self._waiting or self._waiting[0].coming is not process:
            return False
        if self._is_trial:
            self._settling = self._rolling.later(self._settle_seconds, self._go_on)
        else:
            self._go_on()
        return True

    def _go_on(self) -> None:
        self._is_trial, self._settling = False, None
        self._rolling.promote(self._waiting.pop(0))
        if self._waiting:
            self._next()
        else:
            self._rolling.roll_is_over(None)

    def awaits(self, slot: Slot) -> bool:
        """Tell whether the next worker of *slot* is the one that is waited for."""
        return bool(self._waiting) and self._waiting[0] is slot

    def fail(self, reason: str) -> None:
        """Give up: the worker that is waited for is gone."""
        self.cancel()
        self._rolling.roll_is_over(reason)

    def cancel(self) -> None:
        """Go no further."""
        if self._settling is not None:
            self._settling.cancel()
            self._settling = None

    @property
    def is_trial(self) -> bool:
        """Whether nobody of the old generation has been asked to leave yet."""
        return self._is_trial
