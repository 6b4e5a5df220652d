"""The meters of the process, its collector, its log and its work: what an application is as a program. Reads /proc where there is one."""

import gc
import logging
import os
import resource
import sys
import threading
import time
from collections import Counter as Counts
from collections.abc import Iterable
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Final, final

from pyboot.boot import ApplicationContext
from pyboot.boot.lifecycle.scheduling import ScheduledTask, ScheduledTasks
from pyboot.boot.lifecycle.tasks import TaskExecutor
from pyboot.boot.model.timeline import StartupTimeline
from pyboot.components.netty.channel.life.memory import quarter_of_memory

from .instruments import Timer
from .registry import MeterRegistry
from .table import spec_of

type Values = Iterable[tuple[dict[str, object], Any]]

_SINCE_BOOT: Final = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
_PAGE: Final = resource.getpagesize()
_CPU: Final = "/proc/stat"
_LEAST_TICKS: Final = 5  # a twentieth of a second of one processor


@final
class ProcessMeters:
    """Observes the process."""

    def __init__(self) -> None:
        """Begin to look at the processor now."""
        self._began = _started_at()
        self._began_by_calendar = time.time() - time.clock_gettime(_SINCE_BOOT) + self._began
        self._last = (time.monotonic(), time.process_time())
        self._most_threads = 0
        self._last_ticks = _ticks()
        self._pauses: Timer | None = None
        self._pause_began = 0.0

    def close(self) -> None:
        """Look at the collector no longer."""
        if self._on_collection in gc.callbacks:
            gc.callbacks.remove(self._on_collection)

    def bind_to(self, registry: MeterRegistry, /) -> None:
        """Observe it."""
        for name, read in {
            "process.uptime": lambda: time.clock_gettime(_SINCE_BOOT) - self._began,  # which a clock that is set does not change
            "process.start.time": lambda: self._began_by_calendar,
            "process.cpu.time": time.process_time,
            "process.cpu.usage": self._usage,
            "process.files.open": _open_files,
            "process.files.max": lambda: resource.getrlimit(resource.RLIMIT_NOFILE)[0],
            "process.threads": threading.active_count,
            "process.memory.resident": _resident,
            "system.cpu.count": _processors,
            "system.load.average.1m": lambda: os.getloadavg()[0],
            "jvm.threads.live": threading.active_count,
            "jvm.threads.daemon": lambda: sum(thread.daemon for thread in threading.enumerate()),
            "jvm.threads.peak": self._peak,
        }.items():
            registry.observe(spec_of(name), lambda read=read: [({}, read())])  # type: ignore[misc]  # bound where it is made
        for name, areas in {
            "jvm.memory.used": _areas,
            "jvm.memory.committed": _areas,
            "jvm.memory.max": lambda: (quarter_of_memory() * 4, -1),
        }.items():
            registry.observe(spec_of(name), lambda areas=areas: _by_area(*areas()))  # type: ignore[misc]  # as above
        if os.path.exists(_CPU):
            registry.observe(spec_of("system.cpu.usage"), lambda: [({}, self._system_usage())])
        pause = spec_of("jvm.gc.pause")
        self._pauses = registry.timer(pause.name, description=pause.description)
        gc.callbacks.append(self._on_collection)
        for name in ("collections", "collected", "uncollectable"):
            registry.observe(spec_of(f"python.gc.{name}"), lambda name=name: _collector(name))  # type: ignore[misc]  # as above

    def _usage(self) -> float:
        before, now = self._last, (time.monotonic(), time.process_time())
        if now[0] - before[0] < 0.05:  # two who ask at once: too short to tell
            return 0.0
        self._last = now
        return min(1.0, max(0.0, (now[1] - before[1]) / (now[0] - before[0]) / _processors()))

    def _system_usage(self) -> float:
        before, now = self._last_ticks, _ticks()
        if now[0] - before[0] < _LEAST_TICKS:  # as above
            return 0.0
        self._last_ticks = now
        return min(1.0, max(0.0, 1 - (now[1] - before[1]) / (now[0] - before[0])))

    def _on_collection(self, phase: str, info: dict[str, int]) -> None:
        if phase == "start":
            self._pause_began = time.perf_counter()
        elif self._pauses is not None:
            self._pauses.record(time.perf_counter() - self._pause_began)

    def _peak(self) -> int:
        self._most_threads = max(self._most_threads, threading.active_count())
        return self._most_threads


@final
class ApplicationMeters:
    """Observes the application: its start, its schedules, its background work, and how much it logs."""

    def __init__(self, context: ApplicationContext, timeline: StartupTimeline, executor: TaskExecutor) -> None:
        """Take what is observed."""
        self._context = context
        self._timeline = timeline
        self._executor = executor
        self.times: dict[str, float] = {}
        self._levels = _LevelCounts()

    def bind_to(self, registry: MeterRegistry, /) -> None:
        """Observe it, and count what is logged from here on."""
        observe = registry.observe
        observe(spec_of("application"), lambda: [(self._facts(), 1)])
        for name in ("application.started.time", "application.ready.time"):
            observe(spec_of(name), lambda name=name: [({}, self.times[name])] if name in self.times else [])  # type: ignore[misc]  # as above
        observe(spec_of("application.startup.step.time"), self._steps)
        observe(spec_of("scheduled.runs"), lambda: [each for task in self._tasks() for each in _runs(task)])
        observe(spec_of("scheduled.last"), lambda: [({"task": task.name}, task.last_run) for task in self._tasks() if task.last_run])
        observe(spec_of("scheduled.next"), lambda: [({"task": task.name}, task.next_run) for task in self._tasks() if task.next_run])
        observe(spec_of("executor.active"), lambda: [({}, self._executor.running)])
        observe(spec_of("executor.queued"), lambda: [({}, self._executor.queued)])
        observe(spec_of("executor.pool.max"), lambda: [({}, self._executor.threads)])
        observe(spec_of("logging.events"), lambda: [({"level": level}, count) for level, count in dict(self._levels.counts).items()])
        logging.getLogger().addHandler(self._levels)

    def close(self) -> None:
        """Count no longer what is logged."""
        logging.getLogger().removeHandler(self._levels)

    def _facts(self) -> dict[str, object]:
        name = self._context.environment.get("pyboot.application.name")
        return {"name": name or "application", "python": sys.version.split(maxsplit=1)[0], "version": _version()}

    def _steps(self) -> Values:
        outermost = [step for step in self._timeline.steps if step.parent is None]
        return [({"step": step.name}, step.seconds) for step in outermost]

    def _tasks(self) -> Iterable[ScheduledTask]:
        return self._context.get(ScheduledTasks).tasks


@final
class _LevelCounts(logging.Handler):
    """Counts records by level, and writes nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.counts: Counts[str] = Counts()

    def handle(self, record: logging.LogRecord) -> bool:
        """Count it, without the lock that a handler which writes needs."""
        self.counts[record.levelname.lower()] += 1
        return True


@cache
def _version() -> str:
    try:
        return version("pyboot-framework")  # it reads and parses a file: a millisecond
    except PackageNotFoundError:
        return "unknown"


def _runs(task: ScheduledTask) -> Values:
    name = task.name
    return [({"task": name, "outcome": "success"}, task.runs - task.failures), ({"task": name, "outcome": "failure"}, task.failures)]


def _collector(name: str) -> Values:
    return [({"generation": number}, told[name]) for number, told in enumerate(gc.get_stats())]


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _open_files() -> int:
    return len(os.listdir("/proc/self/fd" if os.path.isdir("/proc/self/fd") else "/dev/fd")) - 1  # without the one that looks


def _resident() -> int:
    try:
        with open("/proc/self/statm") as file:
            return int(file.read().split()[1]) * _PAGE
    except OSError:  # the most there ever was, in bytes or KiB: better than nothing
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def _areas() -> tuple[int, int]:
    """Return the memory that the process holds for its objects, and that of files, of its own code among them, which it shares."""
    try:
        with open("/proc/self/statm") as file:
            _, resident, shared, *_ = map(int, file.read().split())
            return (resident - shared) * _PAGE, shared * _PAGE
    except (OSError, ValueError):
        return _resident(), 0


def _by_area(heap: int, other: int) -> Values:
    return [({"area": "heap"}, heap), ({"area": "nonheap"}, other)]


def _ticks() -> tuple[int, int]:
    """Return the ticks of all processors since the machine runs, and those of them in which nothing was to be done."""
    try:
        with open(_CPU) as file:
            user, nice, system, idle, waiting, *others = map(int, file.readline().split()[1:9])
            return user + nice + system + idle + waiting + sum(others), idle + waiting
    except (OSError, ValueError):
        return 0, 0


def _started_at() -> float:
    """Return when the process began, by the clock that runs since the machine does."""
    try:
        with open("/proc/self/stat") as file:
            return int(file.read().rpartition(")")[2].split()[19]) / os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError, IndexError):
        return time.clock_gettime(_SINCE_BOOT)
