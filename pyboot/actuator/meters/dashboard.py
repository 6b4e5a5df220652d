"""The dashboard: what Grafana shows of the table of meters, a row a group and a panel a meter.

It is made, not drawn: ``uv run python -m pyboot.actuator.meters.dashboard > docs/reference/grafana.json``. Counters are shown a second,
timers by their mean, their largest, and by quantiles where they have buckets; a gauge as it is. What is so named for Spring Boot Admin is
left out, since it stands there by its own name too.
"""

import json
from collections.abc import Iterator
from typing import Any, Final

from .exposition import named_family
from .meter import BYTES, SECONDS, Distribution, Family, MeterKind, Sample
from .table import ROWS, BuiltIn, group_of, has_buckets

_SOURCE: Final = {"type": "prometheus", "uid": "${datasource}"}
_CHOSEN: Final = 'job=~"$job", instance=~"$instance"'
_WIDTH, _HEIGHT, _COLUMNS = 8, 7, 24
_MOST_OF = (".max", ".limit")
"""Endings of gauges that say how much there may be: of several processes, the most counts and not the sum."""


def dashboard() -> dict[str, Any]:
    """Return the dashboard as Grafana imports it, of version 10 and later."""
    panels, bottom, right, group = list[dict[str, Any]](), 0, 0, ""
    for row in ROWS:
        if row.spec.name.startswith("jvm.") and row.spec.name != "jvm.gc.pause":
            continue
        if (own := group_of(row.spec.name)) != group:
            bottom, right, group = bottom + (_HEIGHT if right else 0), 0, own
            panels.append(
                {"id": len(panels) + 1, "type": "row", "title": own, "collapsed": False, "gridPos": _place(0, bottom, _COLUMNS, 1)}
            )
            bottom += 1
        panels.append({"id": len(panels) + 1, **_panel(row), "gridPos": _place(right, bottom, _WIDTH, _HEIGHT)})
        right += _WIDTH
        if right == _COLUMNS:
            right, bottom = 0, bottom + _HEIGHT
    return {
        "title": "pyboot",
        "uid": "pyboot",
        "tags": ["pyboot"],
        "schemaVersion": 39,
        "editable": True,
        "refresh": "30s",
        "time": {"from": "now-1h", "to": "now"},
        "templating": {
            "list": [_source_choice(), _choice("job", "application_info"), _choice("instance", 'application_info{job=~"$job"}')]
        },
        "panels": panels,
    }


def page() -> str:
    """Return it as the file that is imported."""
    return json.dumps(dashboard(), indent=1) + "\n"


def family_of(row: BuiltIn) -> str:
    """Return what Prometheus calls the meter of *row*, without the suffix of a counter or a timer."""
    spec = row.spec
    value = Distribution(0, 0.0, 0.0, [(1.0, 0)] if has_buckets(spec.name) else []) if spec.kind is MeterKind.TIMER else 0
    return named_family(Family(spec, [Sample((), value)])).name


def _panel(row: BuiltIn) -> dict[str, Any]:
    spec = row.spec
    unit = {BYTES: "bytes", SECONDS: "s"}.get(spec.unit, "short")
    if spec.kind is MeterKind.COUNTER:
        unit = {BYTES: "Bps", SECONDS: "percentunit"}.get(spec.unit, "cps")
    if spec.name in ("scheduled.last", "scheduled.next", "process.start.time"):
        unit = "dateTimeAsIso"
    targets = [
        {"refId": chr(ord("A") + place), "datasource": _SOURCE, "expr": expression, "legendFormat": legend}
        for place, (expression, legend) in enumerate(_asked(row))
    ]
    return {
        "type": "timeseries",
        "title": spec.name,
        "description": spec.description,
        "datasource": _SOURCE,
        "fieldConfig": {"defaults": {"unit": unit, "min": 0}, "overrides": []},
        "targets": targets,
    }


def _asked(row: BuiltIn) -> Iterator[tuple[str, str]]:
    """Iterate over what is asked for a panel, each with how its lines are called."""
    name, spec, by = family_of(row), row.spec, f"({', '.join(('instance', *row.tags))})"
    called = " ".join(f"{{{{{each}}}}}" for each in ("instance", *row.tags))
    match spec.kind:
        case MeterKind.COUNTER:
            yield f"sum by {by} (rate({name}_total{{{_CHOSEN}}}[$__rate_interval]))", called
        case MeterKind.TIMER:
            total, count = (f"sum by {by} (rate({name}_{part}{{{_CHOSEN}}}[$__rate_interval]))" for part in ("sum", "count"))
            yield f"{total} / {count}", f"mean {called}"
            yield f"max by {by} ({name}_max{{{_CHOSEN}}})", f"max {called}"
            if has_buckets(spec.name):
                buckets = f"sum by {by[:-1]}, le) (rate({name}_bucket{{{_CHOSEN}}}[$__rate_interval]))"
                yield f"histogram_quantile(0.5, {buckets})", f"p50 {called}"
                yield f"histogram_quantile(0.99, {buckets})", f"p99 {called}"
        case MeterKind.INFO:
            yield f"max by {by} ({name}_info{{{_CHOSEN}}})", called
        case _:
            yield f"{'max' if spec.name.endswith(_MOST_OF) else 'sum'} by {by} ({name}{{{_CHOSEN}}})", called


def _place(left: int, top: int, width: int, height: int) -> dict[str, int]:
    return {"x": left, "y": top, "w": width, "h": height}


def _source_choice() -> dict[str, Any]:
    return {"name": "datasource", "type": "datasource", "query": "prometheus", "label": "Prometheus"}


def _choice(label: str, told_by: str) -> dict[str, Any]:
    query = {"query": f"label_values({told_by}, {label})", "refId": label}
    return {
        "name": label,
        "type": "query",
        "datasource": _SOURCE,
        "query": query,
        "refresh": 2,
        "multi": True,
        "includeAll": True,
        "allValue": ".*",
        "current": {"text": "All", "value": "$__all"},
    }


if __name__ == "__main__":
    print(page(), end="")
