"""Renewal: replaces workers that are older, or have grown larger, than the settings allow, one slot after the other.

Law: a worker is renewed as a roll would do it, its successor ready before it drains; nobody else's turn comes until it has left. A worker
that is too large soon after its start, or whose successor cannot start, waits longer each time, as after a crash: a limit that is too low
makes no machine busy.
"""

import os
from collections.abc import Callable
from functools import partial
from typing import Final, Protocol, final

from .log import SupervisorLog
from .process import WorkerProcess
from .settings import WorkerSettings
from .slot import Slot
from .timers import Timer

__all__ = ["Renewal", "resident_bytes"]

_LOOK_SECONDS: Final = 1.0
_JITTER: Final = 0.2  # by so much at most a life is shorter than the longest: workers that began together need not end so


class Renewing(Protocol):
    """The part of the supervisor that a renewal needs."""

    def renewable(self) -> list[Slot]:
        """Return the slots whose workers may be replaced now: none, while others come or go."""

    def renew(self, slot: Slot) -> None:
        """Start the successor of the worker that serves in *slot*."""

    def later(self, seconds: float, call: Callable[[], object]) -> Timer:
        """Call *call* in so many seconds."""


def resident_bytes(pid: int) -> int:
    """Return the memory that a process occupies, shared pages included; 0 where the system does not tell."""
    try:
        with open(f"/proc/{pid}/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, IndexError, ValueError):  # it has ended, or there is no such file system
        return 0


@final
class Renewal:
    """Looks at the workers each second, where there is a limit."""

    def __init__(self, renewing: Renewing, log: SupervisorLog, *, memory_of: Callable[[int], int] = resident_bytes) -> None:
        """Look at nobody, until `adopt`."""
        self._renewing, self._log, self._memory_of = renewing, log, memory_of
        self._settings = WorkerSettings()
        self._next: Timer | None = None

    def adopt(self, settings: WorkerSettings) -> None:
        """Let *settings* have effect from now on."""
        self._settings = settings
        if not (settings.max_lifetime or settings.max_memory):
            if self._next is not None:
                self._next.cancel()
                self._next = None
        elif self._next is None:
            self._next = self._renewing.later(_LOOK_SECONDS, self._look)

    def _look(self) -> None:
        self._next = None
        slots = {slot.serving: slot for slot in self._renewing.renewable() if slot.serving is not None}
        for process in sorted(slots, key=lambda process: process.began):  # or a first slot that is due again and again keeps its place
            if (reason := self._reason(process)) is not None:
                slot = slots[process]
                delay = slot.next_delay(self._settings.restart, self._age_of(process))
                self._log.info(f"worker {slot.index}: {reason}: its successor starts in {delay:.2f} s")
                self._next = self._renewing.later(delay, partial(self._renew, slot, process))
                return
        self.adopt(self._settings)

    def _renew(self, slot: Slot, process: WorkerProcess) -> None:
        self._next = None
        if slot in self._renewing.renewable() and slot.serving is process:
            self._renewing.renew(slot)
        self.adopt(self._settings)

    def _reason(self, process: WorkerProcess) -> str | None:
        """Return why a worker has to go; ``None`` where it may stay."""
        age, longest, most = self._age_of(process), self._settings.max_lifetime, self._settings.max_memory
        if longest and age >= longest * (1 - _JITTER * process.chance):
            return f"it is {age:.0f} s old (max-lifetime {longest:g} s)"
        if most and (memory := self._memory_of(process.pid)) > most:
            return f"it has {memory / 2**20:.0f} MiB of memory (max-memory {most / 2**20:.0f} MiB)"
        return None

    def _age_of(self, process: WorkerProcess) -> float:
        return process.beaten - process.began  # by its last sign of life, which is a second old at most
