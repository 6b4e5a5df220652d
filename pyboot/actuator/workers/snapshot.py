"""Snapshots: what the meters of one worker tell, as bytes, and the meters of all as one answer. No I/O here.

Counters, and what timers and summaries have counted, are *totals*: rows of numbers by name, which add up over all workers, those that are
gone included (``pyboot.supervisor.totals`` adds them without knowing what they are). Gauges are of the moment: their spec says whether they
add up, the largest counts, or the one of the worker that was started last. A name that is of two kinds, during a roll say, is of the first.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, final

from pyboot.actuator.meters.meter import DISTRIBUTIONS, Distribution, Family, MeterKind, MeterSpec, Sample, Tags
from pyboot.actuator.pace import paced

_ADDED: Final = DISTRIBUTIONS | {MeterKind.COUNTER}


async def snapshot(families: Iterable[Family]) -> bytes:
    """Return what *families* tell, with turns of the loop between them."""
    totals, others = list[str](), list[str]()
    async for spec, samples in paced(families):
        for tags, value in samples:
            if isinstance(value, Distribution):
                row = _row(spec, tags, [bound for bound, _ in value.buckets])
                totals.append(_entry(row, [value.count, value.total, *(count for _, count in value.buckets)]))
                others.append(_entry(row, value.maximum))
            elif spec.kind in _ADDED:
                totals.append(_entry(_row(spec, tags), [value]))
            else:
                others.append(_entry(_row(spec, tags), value))
    return f'{{"totals":{{{",".join(totals)}}},"others":{{{",".join(others)}}}}}'.encode("utf-8", "replace")


def _entry(row: str, value: object) -> str:
    return f"{json.dumps(row)}:{json.dumps(value, separators=(',', ':'))}"


def _row(spec: MeterSpec, tags: Tags, bounds: Sequence[float] = ()) -> str:
    return json.dumps([*spec, tags, bounds], separators=(",", ":"))


@final
class _Sum:
    """One meter, over several workers."""

    def __init__(self, bounds: Sequence[float]) -> None:
        self.bounds = bounds
        self.numbers: list[float] = []
        self.moment: list[float] = []


@final
class MergedMeters:
    """Puts snapshots together."""

    def __init__(self) -> None:
        """Begin with none."""
        self._specs: dict[str, MeterSpec] = {}
        self._sums: dict[str, dict[Tags, _Sum]] = {}

    async def add(self, told: bytes, *, is_last: bool = False) -> None:
        """Add a snapshot, with turns of the loop between; where it *is_last*, since its worker says nothing more, only what adds up.

        Raises ValueError for what is none. If cancelled, a part of it is added.
        """
        said: Mapping[str, Any] = json.loads(told)
        async for row, numbers in paced(said["totals"].items()):
            found = self._sum(row)
            if found is None:
                continue
            known, (kept, bounds) = found.numbers, (numbers, json.loads(row)[-1])
            if known and bounds != list(found.bounds):  # of another version: it has counted, but within other bounds
                kept = numbers[:2]
            found.numbers = [a + b for a, b in zip(known, kept, strict=False)] + known[len(kept) :] if known else list(numbers)
        async for row, value in paced(() if is_last else said.get("others", {}).items()):
            found = self._sum(row)
            if found is not None:
                found.moment.append(value)

    def _sum(self, row: str) -> _Sum | None:
        name, kind, unit, description, merge, tags, bounds = json.loads(row)
        spec = self._specs.setdefault(name, MeterSpec(name, MeterKind(kind), unit, description, merge))
        if (spec.kind, spec.unit) != (kind, unit):
            return None
        key: Tags = tuple((tag, value) for tag, value in tags)
        return self._sums.setdefault(name, {}).setdefault(key, _Sum(bounds))

    def families(self) -> Iterator[Family]:
        """Iterate over all, by name."""
        for name in sorted(self._specs):
            spec = self._specs[name]
            samples = [Sample(tags, value) for tags, each in self._sums[name].items() if (value := _value(spec, each)) is not None]
            if samples:
                yield Family(spec, samples)


def _value(spec: MeterSpec, found: _Sum) -> float | Distribution | None:
    if spec.kind in DISTRIBUTIONS:
        if not found.numbers:
            return None
        count, total, *within = found.numbers
        buckets = [(bound, int(each)) for bound, each in zip(found.bounds, within, strict=False)]
        return Distribution(int(count), total, max(found.moment, default=0.0), buckets)
    if spec.kind in _ADDED:
        return found.numbers[0] if found.numbers else None
    if not found.moment:
        return None
    if spec.kind is MeterKind.INFO or spec.merge == "max":
        return max(found.moment)
    return found.moment[-1] if spec.merge == "last" else sum(found.moment)
