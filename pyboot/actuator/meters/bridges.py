"""Bridges: the meters as libraries for metrics that an application uses already tell theirs, read when they ask.

Neither library is imported by who does not ask for it (``management.metrics.bridges``), and no call of theirs is made for a message: a
collector of `prometheus-client`, and *observable* instruments of the OpenTelemetry API, whose callbacks its SDK calls in a thread of its
own.
"""

import importlib
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final, Protocol, final

from pyboot.actuator.errors import ActuatorError

from .exposition import label_names, named_family, number
from .meter import DISTRIBUTIONS, Distribution, Family, MeterKind, MeterSpec
from .registry import MeterRegistry

_UNITS: Final = {"seconds": "s", "bytes": "By"}  # as UCUM writes them, which OpenTelemetry asks for
_SUFFIXES: Final = {"counter": "_total", "info": "_info"}
_SECONDS_OF_ONE_ANSWER: Final = 0.2  # the callbacks of one collection come one behind the other


class MissingExtraError(ActuatorError):
    """The *bridge* that settings ask for needs *extra*, which is not installed."""

    code = "PB-A020"
    bridge: str
    extra: str

    def __str__(self) -> str:
        return f"management.metrics.bridges asks for {self.bridge}, whose library is not installed."

    @property
    def action(self) -> str:
        """Install it, or do without."""
        return f"Install it: pip install pyboot-framework[{self.extra}]; or take it out of management.metrics.bridges."


class Bridge(Protocol):
    """What is open between start and stop of the application."""

    def close(self) -> None:
        """Tell nothing any more."""
        ...


def open_bridge(name: str, registry: MeterRegistry) -> Bridge:
    """Tell the library called *name*, prometheus or opentelemetry, what *registry* has.

    Raises:
        MissingExtraError: it is not installed.
    """
    module = {"prometheus": "prometheus_client", "opentelemetry": "opentelemetry.metrics"}[name]
    try:
        library: Any = importlib.import_module(module)
    except ImportError as error:
        raise MissingExtraError(name, name) from error
    return PrometheusBridge(registry, library) if name == "prometheus" else OpenTelemetryBridge(registry, library)


@final
class PrometheusBridge:
    """A collector of `prometheus-client`: whoever scrapes its default registry, or the one that is given, gets our meters too."""

    def __init__(self, registry: MeterRegistry, library: Any, target: Any = None) -> None:
        """Register it."""
        self._registry = registry
        self._metric = importlib.import_module(f"{library.__name__}.metrics_core").Metric
        self._target = library.REGISTRY if target is None else target
        self._target.register(self)

    def describe(self) -> Iterable[Any]:
        """Return nothing: it is asked at the start, when nothing is known yet, only to find names that are taken."""
        return ()

    def collect(self) -> Iterator[Any]:
        """Iterate over the families, as the library has them; in whichever thread asks."""
        self._registry.prepare_now()
        for family in self._registry.collect():
            named = named_family(family)
            unit = family.spec.unit if named.name.endswith(f"_{family.spec.unit}") else ""
            metric = self._metric(named.name, family.spec.description, named.type, unit)
            largest = self._metric(f"{named.name}_max", f"{family.spec.description} The largest.", "gauge")
            for sample in family.samples:
                _add(metric, largest, named.name, dict(label_names(sample.tags)), sample.value)
            yield metric
            if family.spec.kind in DISTRIBUTIONS:
                yield largest

    def close(self) -> None:
        """Unregister it."""
        self._target.unregister(self)


def _add(metric: Any, largest: Any, name: str, labels: dict[str, str], value: float | Distribution) -> None:
    if isinstance(value, Distribution):
        if metric.type == "histogram":
            for bound, count in value.buckets:
                metric.add_sample(f"{name}_bucket", {**labels, "le": number(float(bound))}, count)
            metric.add_sample(f"{name}_bucket", {**labels, "le": "+Inf"}, value.count)
        metric.add_sample(f"{name}_count", labels, value.count)
        metric.add_sample(f"{name}_sum", labels, value.total)
        largest.add_sample(f"{name}_max", labels, value.maximum)
    else:
        metric.add_sample(name + _SUFFIXES.get(metric.type, ""), labels, value)


@final
class OpenTelemetryBridge:
    """Observable instruments, one for each meter's name, three for a timer or a summary: ``.count``, ``.sum`` and ``.max``."""

    def __init__(self, registry: MeterRegistry, library: Any, provider: Any = None) -> None:
        """Make an instrument for each name that there is, and for each that comes."""
        self._registry = registry
        self._observation = library.Observation
        self._meter = (library.get_meter_provider() if provider is None else provider).get_meter("pyboot")
        self._lock = threading.Lock()
        self._read_at = float("-inf")
        self._families: dict[str, Family] = {}
        self._is_open = True
        registry.watch(self._declare)

    def close(self) -> None:
        """Tell nothing any more: an instrument cannot be taken back."""
        self._is_open = False

    def _declare(self, spec: MeterSpec) -> None:
        counts = self._meter.create_observable_counter
        if spec.kind in DISTRIBUTIONS:
            self._make(counts, spec, ".count", "", lambda value: value.count)
            self._make(counts, spec, ".sum", spec.unit, lambda value: value.total)
            self._make(self._meter.create_observable_gauge, spec, ".max", spec.unit, lambda value: value.maximum)
        else:
            make = counts if spec.kind is MeterKind.COUNTER else self._meter.create_observable_gauge
            self._make(make, spec, "", spec.unit, lambda value: value)

    def _make(self, make: Any, spec: MeterSpec, suffix: str, unit: str, part: Callable[[Any], float]) -> None:
        def observed(_: object) -> Iterable[Any]:
            family = self._now().get(spec.name)
            samples = () if family is None else family.samples
            return [self._observation(part(sample.value), dict(sample.tags)) for sample in samples]

        make(f"{spec.name}{suffix}", callbacks=[observed], unit=_UNITS.get(unit, unit), description=spec.description)

    def _now(self) -> dict[str, Family]:
        """Return what all meters tell; once for all instruments of one collection."""
        if not self._is_open:
            return {}
        with self._lock:
            if time.monotonic() - self._read_at > _SECONDS_OF_ONE_ANSWER:
                self._registry.prepare_now()
                self._families = {family.spec.name: family for family in self._registry.collect()}
                self._read_at = time.monotonic()
            return self._families
