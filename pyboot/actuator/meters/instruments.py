"""The meters that a program records to: counters, timers and distribution summaries; gauges are read.

Recording is a few statements of the interpreter and takes no lock: between reading a number and writing it back there is no place where
CPython would let another thread go on. It may be done in any thread and on any loop. Source: Micrometer's meters of these names.
"""

import math
import time
from bisect import bisect_left
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from typing import Final, Literal, final

from .meter import SECONDS, Distribution, MeterKind, MeterSpec, Sample, Tags, checked_name, tags_of

_WINDOW_SECONDS: Final = 60.0

# From a millisecond to half a minute (Micrometer's expected range), by powers of two: sixteen numbers for each meter that asks for them.
POWERS_OF_TWO: Final = tuple(2.0**power for power in range(-10, 6))

type Given = Mapping[str, object] | None


class Meter:
    """One meter: its *spec*, which it shares with the others of its name, and its own *tags*. A bean of this type is registered."""

    kind: MeterKind

    def __init__(self, name: str, tags: Given = None, *, unit: str = "", description: str = "") -> None:
        """Raises ValueError for an empty name, or a tag without one."""
        self.spec = MeterSpec(checked_name(name), self.kind, unit, description)
        self.tags: Tags = tags_of(tags)

    def value(self) -> float | Distribution:
        """Return what it tells at the moment."""
        raise NotImplementedError

    def sample(self) -> Sample:
        """Return its value with its tags."""
        return Sample(self.tags, self.value())

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={value}" for name, value in self.tags)
        return f"<{type(self).__name__} {self.spec.name}{{{shown}}}>"


@final
class Counter(Meter):
    """Counts what happens: ``orders.increment()``. It only rises."""

    kind = MeterKind.COUNTER

    def __init__(self, name: str, tags: Given = None, *, unit: str = "", description: str = "") -> None:
        """Begin with 0."""
        super().__init__(name, tags, unit=unit, description=description)
        self._count: float = 0

    def increment(self, amount: float = 1) -> None:
        """Count *amount* more. Raises ValueError for less than 0, and for what is no number."""
        if not amount >= 0:
            raise ValueError(f"a counter only rises: {amount} for {self.spec.name}")
        self._count += amount

    def value(self) -> float:
        """Return the count so far."""
        return self._count


@final
class Gauge(Meter):
    """Tells what *read* returns when somebody asks: ``Gauge("queue.size", queue.qsize)``. What *read* raises leaves it out of the answer.

    *read* is called on the application's loop, or in the thread of who asks: it must not wait.
    """

    kind = MeterKind.GAUGE

    def __init__(
        self,
        name: str,
        read: Callable[[], float],
        tags: Given = None,
        *,
        unit: str = "",
        description: str = "",
        merge: Literal["sum", "max", "last"] = "sum",
    ) -> None:
        """Take the function, and what the gauge is over several workers: their sum, the largest, or that of the last one."""
        super().__init__(name, tags, unit=unit, description=description)
        self.spec = self.spec._replace(merge=merge)
        self._read = read

    def value(self) -> float:
        """Return what the function returns."""
        return float(self._read())


class Recorder(Meter):
    """A meter of how often and how much; *bounds* of its histogram rise, and there is none without them."""

    def __init__(
        self,
        name: str,
        tags: Given = None,
        *,
        unit: str = "",
        description: str = "",
        bounds: Iterable[float] = (),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Begin with nothing. Raises ValueError for a bound that is no number above 0."""
        super().__init__(name, tags, unit=unit, description=description)
        self._bounds: Sequence[float] = sorted(set(map(float, bounds)))
        if not all(0 < bound < math.inf for bound in self._bounds):
            raise ValueError(f"bounds of {name}: {self._bounds}; allowed are numbers above 0")
        self._within = [0] * (len(self._bounds) + 1)
        self._count = 0
        self._total: float = 0.0
        self._maximum = self._maximum_before = 0.0
        self._clock = clock
        self._began = clock()

    def record(self, amount: float) -> None:
        """Note one that had *amount*; what is below 0 or no number is not one, and is left out (Micrometer's rule)."""
        if not amount >= 0:
            return
        self._count += 1
        self._total += amount
        if amount > self._maximum:
            self._maximum = amount
        if self._bounds:
            self._within[bisect_left(self._bounds, amount)] += 1

    def value(self) -> Distribution:
        """Return the sums so far, and the largest of the last one to two minutes in which somebody asked."""
        over, now = self._clock() - self._began, self._clock()
        if over >= _WINDOW_SECONDS:
            self._maximum_before = self._maximum if over < 2 * _WINDOW_SECONDS else 0.0
            largest = max(self._maximum, self._maximum_before)
            self._maximum, self._began = 0.0, now
        else:
            largest = max(self._maximum, self._maximum_before)
        counts, so_far = list(self._within), 0
        buckets = list[tuple[float, int]]()
        for bound, count in zip(self._bounds, counts, strict=False):
            so_far += count
            buckets.append((bound, so_far))
        # The sum of the buckets, where there are some: another thread may be between one number and the next, and they must agree.
        return Distribution(sum(counts) if buckets else self._count, self._total, largest, buckets)


@final
class DistributionSummary(Recorder):
    """Sums up sizes and the like: ``sizes.record(len(message))``."""

    kind = MeterKind.SUMMARY


@final
class Timer(Recorder):
    """Sums up times, in seconds: ``timer.record(0.2)``, or ``with timer.time(): …``, which records what ended with an error too."""

    kind = MeterKind.TIMER

    def __init__(
        self,
        name: str,
        tags: Given = None,
        *,
        description: str = "",
        bounds: Iterable[float] = (),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Begin with nothing."""
        super().__init__(name, tags, unit=SECONDS, description=description, bounds=bounds, clock=clock)

    @contextmanager
    def time(self) -> Generator[None]:
        """Record how long the block takes, whatever it ends with."""
        began = self._clock()
        try:
            yield
        finally:
            self.record(self._clock() - began)
