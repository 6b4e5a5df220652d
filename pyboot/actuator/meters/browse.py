"""The answers of the endpoint ``metrics``: all names, and one meter with its tags to go down by. Source: Spring Boot's."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from .meter import Distribution, Family, MeterKind, Sample

_STATISTIC: Final = {MeterKind.COUNTER: "COUNT", MeterKind.GAUGE: "VALUE", MeterKind.INFO: "VALUE"}


def metric_names(families: Iterable[Family]) -> dict[str, Any]:
    """Return the names of all meters that have anything to tell, in order: ``{"names": […]}``."""
    return {"names": [family.spec.name for family in families]}


def metric(families: Iterable[Family], name: str, tags: Iterable[str] = ()) -> dict[str, Any] | None:
    """Return the meter *name*, added up over all that have these *tags*, each ``key:value``; None where there is none.

    Maxima are not added up: the largest counts. A tag may be given again.

    Raises:
        ValueError: a tag is not of that form.
    """
    wanted = dict[str, str]()
    for tag in tags:
        key, colon, value = tag.partition(":")
        if not colon or not key:
            raise ValueError(f"the tag {tag!r} is not of the form key:value")
        if wanted.setdefault(key, value) != value:
            return None
    family = next((each for each in families if each.spec.name == name), None)
    if family is None:
        return None
    samples = [sample for sample in family.samples if wanted.items() <= dict(sample.tags).items()]
    if not samples:
        return None
    found: dict[str, str | None] = {"name": name, "description": family.spec.description, "baseUnit": family.spec.unit or None}
    return {
        **{key: value for key, value in found.items() if value},
        "measurements": _measurements(family, samples),
        "availableTags": _available(samples, wanted),
    }


def _measurements(family: Family, samples: Sequence[Sample]) -> list[dict[str, Any]]:
    told = [sample.value for sample in samples]
    distributions = [value for value in told if isinstance(value, Distribution)]
    if distributions:
        total = "TOTAL_TIME" if family.spec.kind is MeterKind.TIMER else "TOTAL"
        values = {
            "COUNT": float(sum(value.count for value in distributions)),
            total: sum(value.total for value in distributions),
            "MAX": max(value.maximum for value in distributions),
        }
    else:
        values = {_STATISTIC[family.spec.kind]: float(sum(value for value in told if not isinstance(value, Distribution)))}
    return [{"statistic": statistic, "value": value} for statistic, value in values.items()]


def _available(samples: Iterable[Sample], wanted: dict[str, str]) -> list[dict[str, Any]]:
    found = dict[str, set[str]]()
    for sample in samples:
        for key, value in sample.tags:
            if key not in wanted:
                found.setdefault(key, set()).add(value)
    return [{"tag": key, "values": sorted(values)} for key, values in sorted(found.items())]
