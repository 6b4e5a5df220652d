"""WorkerSettings: the settings below ``pyboot.workers`` as the supervisor knows them.

The supervisor reads no files: its first worker has read the application's settings anyway, has checked them, and tells them. Until
then the defaults hold.
"""

import os
from collections.abc import Mapping
from typing import Any, NamedTuple, Self, final

__all__ = ["RestartSettings", "WorkerSettings", "processors"]


@final
class RestartSettings(NamedTuple):
    """``pyboot.workers.restart``: how long a slot waits for its next worker; all times in seconds."""

    initial: float = 0.5
    max: float = 30.0
    multiplier: float = 2.0
    jitter: float = 0.2
    reset_after: float = 60.0


@final
class WorkerSettings(NamedTuple):
    """``pyboot.workers``; times in seconds, sizes in bytes, 0 for no limit; 0 processes of *count* stand for one for each processor."""

    count: int = 0  # type: ignore[assignment]  # a field hides the method of tuples, which nobody calls here
    accept: str = "auto"
    boot_timeout: float = 60.0
    settle: float = 1.0
    stalled_after: float = 30.0
    orphan_timeout: float = 5.0
    quiet_period: float = 1.0
    pre_stop_delay: float = 0.0
    give_up: float = 60.0
    drain_timeout: float = 60.0
    restart: RestartSettings = RestartSettings()
    max_lifetime: float = 0.0
    max_memory: int = 0
    pid_file: str | None = None
    log_file: str | None = None
    max_log_bytes: int = 0
    kept_log_files: int = 0
    layout: str = "console"

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Self:
        """Return what a worker has *told*; names that this version does not know are of another one, and left out."""
        known = {name: value for name, value in told.items() if name in cls._fields}
        restart = {name: value for name, value in known.pop("restart", {}).items() if name in RestartSettings._fields}
        return cls(**known, restart=RestartSettings(**restart))

    def told(self) -> dict[str, Any]:
        """Return what `of` takes."""
        return {**self._asdict(), "restart": self.restart._asdict()}

    @property
    def workers(self) -> int:
        """The number of workers."""
        return self.count or processors()


def processors() -> int:
    """Return the number of processors that this process may use: those of its affinity, within the quota of its control group."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quota = _quota()
    return max(1, min(allowed, allowed if quota is None else round(quota)))


def _quota() -> float | None:
    """Return the processors that ``cpu.max`` of version 2 of control groups grants; ``None`` where there is no such limit."""
    try:
        with open("/sys/fs/cgroup/cpu.max", encoding="ascii") as file:
            quota, period = file.read().split()[:2]
        return None if quota == "max" else int(quota) / int(period)
    except (OSError, ValueError):
        return None
