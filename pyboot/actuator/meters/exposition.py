"""Exposition: the text that Prometheus reads, in the older form (text 0.0.4) and as OpenMetrics 1.0, whichever the client prefers.

Theory of operation. Meters are named with dots and have a base unit; the text wants ``[a-zA-Z_:][a-zA-Z0-9_:]*``, the unit behind the
name and ``_total`` behind a counter's (Micrometer's convention)::

    counter   netty.server.bytes, bytes    netty_server_bytes_total
    gauge     process.uptime, seconds      process_uptime_seconds
    timer     http.server.requests         http_server_requests_seconds_count, _sum, _bucket{le=…} with bounds; _max is a gauge
    info      application                  application_info{…} 1

Law 1. A name is given once: where two meters would have one name, or one would be named like a part of another, the second is left out
and told once. Law 2. A series is given once, and its labels are told apart. Law 3. Any text may be a tag's value; what cannot be written
in UTF-8 is replaced. Law 4. A counter that is no number or below 0 is left out, since no reader takes it.

Sources: the OpenMetrics specification 1.0, Prometheus' "Exposition formats".
"""

import logging
import math
import re
from collections.abc import Collection, Iterable, Iterator
from typing import Final, NamedTuple, final

from pyboot.actuator.pace import paced

from .meter import DISTRIBUTIONS, Distribution, Family, MeterKind, Sample, Tags

_log = logging.getLogger("pyboot.actuator.meters")

TEXT: Final = "text/plain;version=0.0.4;charset=utf-8"
OPENMETRICS: Final = "application/openmetrics-text;version=1.0.0;charset=utf-8"

_NOT_IN_NAMES: Final = re.compile(r"[^a-zA-Z0-9_:]")
_NOT_IN_LABELS: Final = re.compile(r"[^a-zA-Z0-9_]")
_RESERVED: Final = frozenset({"le", "quantile"})


async def render(families: Iterable[Family], accept: str = "", names: Collection[str] = ()) -> tuple[str, bytes]:
    """Return the media type that *accept* prefers and the text of *families*, or of those whose families are called as one of *names*.

    The loop has its turns in between. If cancelled, nothing is changed.
    """
    is_open = prefers_openmetrics(accept)
    text = [part async for part in paced(Exposition(is_open=is_open, names=names).parts(families))]
    return (OPENMETRICS if is_open else TEXT), "".join(text).encode("utf-8", "replace")


def prefers_openmetrics(accept: str) -> bool:
    """Tell whether an ``Accept`` header likes OpenMetrics 1.0 better than anything else that is written here (RFC 9110 12.5.1)."""
    open_quality, text_quality = 0.0, 0.0
    for item in accept.lower().split(","):
        media, *parameters = (part.strip() for part in item.split(";"))
        given = dict(parameter.partition("=")[::2] for parameter in parameters)
        try:
            quality = float(given.get("q", "1"))
        except ValueError:
            continue
        if media == "application/openmetrics-text" and given.get("version", "1.0.0") in ("1.0.0", "0.0.1"):
            open_quality = max(open_quality, quality)
        elif media in ("text/plain", "text/*", "*/*"):
            text_quality = max(text_quality, quality)
    return open_quality > 0 and open_quality >= text_quality


class _Named(NamedTuple):
    """A family under the name that the text has for it, and the kind that is told of it."""

    name: str
    type: str
    taken: frozenset[str]


@final
class Exposition:
    """Writes families as lines, in one of the two forms; made for one answer."""

    def __init__(self, *, is_open: bool = False, names: Collection[str] = ()) -> None:
        """Write OpenMetrics if *is_open*, and no families but those of these *names* if there are any."""
        self._is_open = is_open
        self._names = frozenset(names)
        self._taken: dict[str, str] = {}

    def parts(self, families: Iterable[Family]) -> Iterator[str]:
        """Iterate over the text, piece by piece, each of whole lines."""
        for family in families:
            kept = self._claim(family)
            if kept is None or (self._names and not self._names & {kept.name, f"{kept.name}_total", family.spec.name}):
                continue
            yield from self._family(family, kept)
        if self._is_open:
            yield "# EOF\n"

    def _claim(self, family: Family) -> _Named | None:
        named = named_family(family)
        owners = {self._taken[name] for name in named.taken if name in self._taken}
        if owners:
            _tell_clash(family.spec.name, min(owners))
            return None
        self._taken.update(dict.fromkeys(named.taken, family.spec.name))
        return named

    def _family(self, family: Family, named: _Named) -> Iterator[str]:
        unit = _cleaned(family.spec.unit)
        yield self._head(named.name, named.type, family.spec.description, unit if named.name.endswith(f"_{unit}") else "")
        for labels, value in _labelled(family.samples):
            yield from self._sample(named, labels, value)
        if family.spec.kind in DISTRIBUTIONS:
            yield self._head(f"{named.name}_max", "gauge", f"{family.spec.description} The largest.".strip(), "")
            for labels, value in _labelled(family.samples):
                if isinstance(value, Distribution):
                    yield _line(f"{named.name}_max", labels, number(value.maximum))

    def _head(self, name: str, kind: str, description: str, unit: str) -> str:
        shown = name
        if not self._is_open:  # the older form calls families as their samples, and knows no facts
            shown = f"{name}_total" if kind == "counter" else f"{name}_info" if kind == "info" else name
            kind = "gauge" if kind == "info" else kind
        text = description.replace("\\", "\\\\").replace("\n", "\\n")
        lines = [f"# HELP {shown} {text.replace('"', '\\"') if self._is_open else text}"] if description else []
        lines.append(f"# TYPE {shown} {kind}")
        if unit and self._is_open:
            lines.append(f"# UNIT {shown} {unit}")
        return "\n".join(lines) + "\n"

    def _sample(self, named: _Named, labels: str, value: float | Distribution) -> Iterator[str]:
        if isinstance(value, Distribution):
            if named.type == "histogram":
                for bound, count in value.buckets:
                    yield _line(f"{named.name}_bucket", _joined(labels, f'le="{number(float(bound))}"'), str(count))
                yield _line(f"{named.name}_bucket", _joined(labels, 'le="+Inf"'), str(value.count))
            yield _line(f"{named.name}_count", labels, str(value.count))
            yield _line(f"{named.name}_sum", labels, number(value.total))
        elif named.type == "counter":
            if value >= 0:
                yield _line(f"{named.name}_total", labels, number(value))
        elif named.type == "info":
            yield _line(f"{named.name}_info", labels, "1")
        else:
            yield _line(named.name, labels, number(value))


def named_family(family: Family) -> _Named:
    """Return the name of *family*, the kind, and all names that it takes, so that no other may have them."""
    spec = family.spec
    name = _cleaned(spec.name) or "_"
    if name[0].isdigit():
        name = f"m_{name}"  # Micrometer's way
    unit = _cleaned(spec.unit)
    if unit and not name.removesuffix("_total").endswith(f"_{unit}") and spec.kind is not MeterKind.INFO:
        name = f"{name.removesuffix('_total') if spec.kind is MeterKind.COUNTER else name}_{unit}"
    if spec.kind is MeterKind.COUNTER:
        name = name.removesuffix("_total") or "_"
        return _Named(name, "counter", _suffixed(name, "", "_total", "_created"))
    if spec.kind is MeterKind.INFO:
        name = name.removesuffix("_info") or "_"
        return _Named(name, "info", _suffixed(name, "", "_info"))
    if spec.kind in DISTRIBUTIONS:
        has_buckets = any(isinstance(sample.value, Distribution) and sample.value.buckets for sample in family.samples)
        taken = _suffixed(name, "", "_count", "_sum", "_created", "_bucket", "_max")
        return _Named(name, "histogram" if has_buckets else "summary", taken)
    return _Named(name, "gauge", frozenset({name}))


def _suffixed(name: str, *suffixes: str) -> frozenset[str]:
    return frozenset(f"{name}{suffix}" for suffix in suffixes)


def _labelled(samples: Iterable[Sample]) -> Iterator[tuple[str, float | Distribution]]:
    """Iterate over the samples, each with its labels as text; of two with the same labels the first (law 2)."""
    seen = set[str]()
    for sample in samples:
        labels = labels_of(sample.tags)
        if labels not in seen:
            seen.add(labels)
            yield labels, sample.value


def labels_of(tags: Tags) -> str:
    """Return *tags* as labels, ``server="echo",reason="idle"``: other names where those would not be taken, or would be taken twice."""
    return ",".join(f'{name}="{_escaped(value)}"' for name, value in label_names(tags))


def label_names(tags: Tags) -> list[tuple[str, str]]:
    """Return *tags* with names that labels may have: http_status for ``http.status``; one that is reserved or taken has more behind it."""
    found = dict[str, str]()
    for key, value in tags:
        name = _NOT_IN_LABELS.sub("_", key)
        if name[0].isdigit():
            name = f"_{name}"
        if name.startswith("__"):
            name = f"tag{name}"
        if name in _RESERVED:
            name += "_"
        while name in found:
            name += "2"
        found[name] = value
    return list(found.items())


def number(value: float) -> str:
    """Return *value* as both forms want it: the shortest that is read back as the same, as Go writes it."""
    if isinstance(value, int):
        return str(value)
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    text = repr(float(value))
    whole, dot, rest = text.partition(".")
    digits = whole.removeprefix("-")
    if "e" in text or len(digits) <= 6 or not dot:  # as strconv.FormatFloat(…, 'g', …), which OpenMetrics asks of ``le``
        return text
    mantissa = f"{digits[0]}.{digits[1:]}{rest}".rstrip("0.")
    return f"{'-' if value < 0 else ''}{mantissa}e+{len(digits) - 1:02d}"


def _cleaned(name: str) -> str:
    return _NOT_IN_NAMES.sub("_", name)


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')


def _joined(labels: str, more: str) -> str:
    return f"{labels},{more}" if labels else more


def _line(name: str, labels: str, value: str) -> str:
    return f"{name}{{{labels}}} {value}\n" if labels else f"{name} {value}\n"


_told: Final[set[tuple[str, str]]] = set()


def _tell_clash(name: str, other: str) -> None:
    if (name, other) not in _told and len(_told) < 1000:
        _told.add((name, other))
        _log.warning("the meter %s is left out of the text for Prometheus, where it would be called like one of %s: rename it", name, other)
