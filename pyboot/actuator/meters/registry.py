"""MeterRegistry: all meters of an application, by name and tags, and what their sources tell when somebody asks.

Theory of operation. Meters of a program are kept as objects; what the framework counts is kept where it is counted, and *observed*: a
function that gives samples when somebody asks. `collect` gives both, one family after the other, which every form of exposition and each
bridge is made of. Where reading takes long, adding up ten thousand connections for instance, a source *prepares*: it takes a snapshot in
steps, with a turn of the loop between them (`prepare`), and its observed meters read the snapshot.

Law 1. All meters of a name are of one kind and unit; another one of that name is refused. Law 2. Tags are few: past the limit of a name
(`max_series`) further ones are not kept, the program goes on with a meter that nobody sees, and the log says so once. Law 3. What
fails when it is read is left out of the answer, counted, and told once: it takes nothing else with it.
"""

import logging
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final, Protocol, final

from pyboot.actuator.pace import Pace

from .filter import ACCEPT_ALL, MeterFilter
from .instruments import POWERS_OF_TWO, Counter, DistributionSummary, Gauge, Given, Meter, Timer
from .meter import Family, MeterKind, MeterSpec, Sample, Tags, checked_name, tags_of

_log = logging.getLogger("pyboot.actuator.meters")

MAX_SERIES: Final = 1000

FAILED: Final = MeterSpec("meters.failed", MeterKind.COUNTER, "", "Meters that could not be read when somebody asked.")
LEFT_OUT: Final = MeterSpec("meters.refused", MeterKind.COUNTER, "", "Meters that were not kept because their name has too many, by name.")

type Read = Callable[[], Iterable[tuple[Given, Any]]]
"""Gives tags with values: numbers, or a `Distribution` for a timer or a summary."""


class MeterBinder(Protocol):
    """A bean that adds meters when the application starts. Source: Micrometer's ``MeterBinder``."""

    def bind_to(self, registry: "MeterRegistry", /) -> None:
        """Add them to *registry*."""
        ...


class Source(Protocol):
    """What takes a snapshot, step by step, before its meters are read."""

    def prepare(self) -> Iterator[None]:
        """Take it, and yield wherever the loop may have a turn."""
        ...


@final
class MeterRegistry:
    """The meters of one application; a bean. Its methods may be called in any thread; who asks for a meter again gets the same."""

    def __init__(self, accept: MeterFilter = ACCEPT_ALL, *, common: Given = None, max_series: int = MAX_SERIES) -> None:
        """Begin with none; *common* tags are added to all, *max_series* meters are kept of each name."""
        self._accept = accept
        self._common = dict(tags_of(common))
        self._max_series = max_series
        self._lock = threading.RLock()
        self._meters: dict[str, dict[Tags, Meter]] = {}
        self._observed: dict[str, list[Read]] = {}
        self._specs: dict[str, MeterSpec] = {}
        self._sources: list[Source] = []
        self._watchers: list[Callable[[MeterSpec], object]] = []
        self._told: set[str] = set()
        self._failed = 0
        self._left_out: dict[str, int] = {}
        self.observe(FAILED, lambda: [({}, self._failed)] if self._failed else [])
        self.observe(LEFT_OUT, lambda: [({"name": name}, count) for name, count in list(self._left_out.items())])

    # Making meters.

    def counter(self, name: str, tags: Given = None, *, unit: str = "", description: str = "") -> Counter:
        """Return the counter of that name and these tags. Raises ValueError where the name is of another kind or unit."""
        return self._get(MeterSpec(name, MeterKind.COUNTER, unit, description), tags, lambda all_tags: Counter(name, all_tags, unit=unit))

    def timer(
        self, name: str, tags: Given = None, *, description: str = "", bounds: Iterable[float] = (), histogram: bool = False
    ) -> Timer:
        """Return the timer of that name and these tags, with a histogram of these *bounds* in seconds, or of powers of two.

        Raises ValueError where the name is of another kind.
        """
        limits = self._accept.bounds(name) or tuple(bounds) or (POWERS_OF_TWO if histogram or self._accept.has_histogram(name) else ())
        spec = MeterSpec(name, MeterKind.TIMER, "seconds", description)
        return self._get(spec, tags, lambda all_tags: Timer(name, all_tags, bounds=limits))

    def summary(
        self, name: str, tags: Given = None, *, unit: str = "", description: str = "", bounds: Iterable[float] = ()
    ) -> DistributionSummary:
        """Return the summary of that name and these tags, with a histogram where there are *bounds*.

        Raises ValueError where the name is of another kind or unit.
        """
        limits = self._accept.bounds(name) or tuple(bounds)
        spec = MeterSpec(name, MeterKind.SUMMARY, unit, description)
        return self._get(spec, tags, lambda all_tags: DistributionSummary(name, all_tags, unit=unit, bounds=limits))

    def gauge(self, name: str, read: Callable[[], float], tags: Given = None, *, unit: str = "", description: str = "") -> Gauge:
        """Return the gauge of that name and these tags, which tells what *read* returns; the first one stays.

        Raises ValueError where the name is of another kind or unit.
        """
        return self._get(MeterSpec(name, MeterKind.GAUGE, unit, description), tags, lambda all_tags: Gauge(name, read, all_tags, unit=unit))

    def add(self, meter: Meter) -> None:
        """Keep *meter*, which was made elsewhere, and give it the common tags. Raises ValueError where there is one already."""
        kept = self._get(meter.spec, dict(meter.tags), lambda all_tags: _with_tags(meter, all_tags))
        if kept is not meter:
            raise ValueError(f"there is a meter {kept!r} already")

    def observe(self, spec: MeterSpec, read: Read) -> None:
        """Ask *read* for samples of *spec* whenever somebody asks. Raises ValueError where the name is of another kind or unit."""
        with self._lock:
            self._declare(spec)
            self._observed.setdefault(spec.name, []).append(read)

    def add_source(self, source: Source) -> None:
        """Let *source* take its snapshot before anything is read."""
        self._sources.append(source)

    def watch(self, watcher: Callable[[MeterSpec], object]) -> None:
        """Call *watcher* with each name that there is, and with each that comes."""
        with self._lock:
            for spec in self.specs:
                watcher(spec)
            self._watchers.append(watcher)

    def _get[M: Meter](self, spec: MeterSpec, tags: Given, make: Callable[[Mapping[str, object]], M]) -> M:
        key = tags_of({**self._common, **(tags or {})})
        found: Any = self._meters.get(spec.name, {}).get(key)
        if found is not None and found.kind is spec.kind:
            return found  # type: ignore[no-any-return]  # of the kind that was asked for
        with self._lock:
            self._declare(spec)
            series = self._meters.setdefault(spec.name, {})
            if key not in series:
                made = make(dict(key))
                if self._is_full(spec.name, series):
                    return made
                series[key] = made
            kept: Any = series[key]
            return kept  # type: ignore[no-any-return]  # as above

    def _declare(self, spec: MeterSpec) -> None:
        checked_name(spec.name)
        is_new = spec.name not in self._specs
        known = self._specs.setdefault(spec.name, spec)
        for watcher in self._watchers if is_new else ():
            watcher(spec)
        if (known.kind, known.unit) != (spec.kind, spec.unit):
            of = f"{known.kind} in {known.unit or 'no unit'}"
            raise ValueError(f"{spec.name} is a {of}, and cannot be a {spec.kind} in {spec.unit or 'no unit'} too")
        if spec.description and not known.description:
            self._specs[spec.name] = spec

    def leave_out(self, name: str) -> None:
        """Count, in ``meters.refused``, a meter called *name* that somebody does not keep, since there are too many."""
        self._left_out[name] = self._left_out.get(name, 0) + 1

    def _is_full(self, name: str, series: Mapping[Tags, Meter]) -> bool:
        if len(series) < self._max_series:
            return False
        self.leave_out(name)
        text = "%s has %d meters, which differ by their tags: further ones are not kept (management.metrics.max-series)"
        self._tell(f"full {name}", text, name, self._max_series)
        return True

    # Reading them.

    async def prepare(self) -> None:
        """Let all sources take their snapshots, with turns of the loop between the steps. If cancelled, those that are taken stay."""
        pace = Pace()
        for source in list(self._sources):
            for _ in self._steps(source):
                await pace.turn()

    def prepare_now(self) -> None:
        """Do the same without a turn of the loop, in any thread."""
        for source in list(self._sources):
            for _ in self._steps(source):
                pass

    def _steps(self, source: Source) -> Iterator[None]:
        try:
            yield from source.prepare()
        except Exception:  # noqa: BLE001  # law 3
            self._has_failed(type(source).__name__)

    def collect(self) -> Iterator[Family]:
        """Iterate over the families that settings let through, by name, each with what it tells now; call `prepare` before."""
        for name in sorted(self._specs):
            spec = self._specs[name]
            if not self._accept.accepts(name):
                continue
            samples = {sample.tags: sample for sample in self._samples(spec)}
            if samples:
                yield Family(spec, list(samples.values()))

    def _samples(self, spec: MeterSpec) -> Iterator[Sample]:
        for meter in list(self._meters.get(spec.name, {}).values()):
            try:
                yield meter.sample()
            except Exception:  # noqa: BLE001  # law 3
                self._has_failed(spec.name)
        for read in list(self._observed.get(spec.name, ())):
            try:
                found = [Sample(tags_of({**self._common, **(tags or {})}), value) for tags, value in read()]
            except Exception:  # noqa: BLE001  # law 3
                self._has_failed(spec.name)
            else:
                yield from found[: self._max_series]

    def _has_failed(self, name: str) -> None:
        self._failed += 1
        self._tell(f"failed {name}", "the meter %s cannot be read and is left out", name, exc_info=True)

    def _tell(self, once: str, text: str, *arguments: object, exc_info: bool = False) -> None:
        if once not in self._told:
            self._told.add(once)
            _log.warning(text, *arguments, exc_info=exc_info)

    @property
    def specs(self) -> list[MeterSpec]:
        """The names that were declared, whether or not there is anything to tell of them."""
        return [self._specs[name] for name in sorted(self._specs)]

    def __repr__(self) -> str:
        return f"<MeterRegistry of {len(self._specs)} names>"


def _with_tags[M: Meter](meter: M, tags: Mapping[str, object]) -> M:
    meter.tags = tags_of(tags)
    return meter
