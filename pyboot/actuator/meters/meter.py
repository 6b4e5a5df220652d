"""The nouns of metering: what a meter is, and what one tells when it is asked. Source: Micrometer's names, tags and base units."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple, final

type Tags = tuple[tuple[str, str], ...]
"""Tags by name, sorted: what tells the meters of one name apart."""

SECONDS: Final = "seconds"
BYTES: Final = "bytes"


class MeterKind(StrEnum):
    """The kinds of meters."""

    COUNTER = "counter"  # only rises
    GAUGE = "gauge"  # is read when somebody asks
    TIMER = "timer"  # how often, and for how long in all
    SUMMARY = "distribution summary"  # how often, and how much in all
    INFO = "info"  # facts as tags, with the value 1


DISTRIBUTIONS: Final = frozenset({MeterKind.TIMER, MeterKind.SUMMARY})


class MeterSpec(NamedTuple):
    """What all meters of one name share: dots in the *name* and no unit, ``orders.placed``; the base *unit*; a sentence."""

    name: str
    kind: MeterKind
    unit: str = ""
    description: str = ""
    merge: str = "sum"
    """What a gauge is over several workers: their ``sum``, the ``max``, or the ``last``, that of the last slot."""


@final
@dataclass(frozen=True, slots=True)
class Distribution:
    """What was recorded: how often, in all, the largest of the last two minutes, and how many up to each bound, which rise."""

    count: int
    total: float
    maximum: float
    buckets: Sequence[tuple[float, int]] = ()


class Sample(NamedTuple):
    """One meter's value at one moment."""

    tags: Tags
    value: float | Distribution


@final
class Family(NamedTuple):
    """The meters of one name at one moment."""

    spec: MeterSpec
    samples: Sequence[Sample]


def tags_of(given: Mapping[str, object] | Iterable[tuple[str, object]] | None) -> Tags:
    """Return tags in their order; a value is its text, and ``none`` stands for one that is empty.

    Raises:
        ValueError: a tag has no name.
    """
    found = dict[str, str]()
    for name, value in dict(given or ()).items():
        if not name:
            raise ValueError(f"a tag is called {name!r}: allowed is any text, but not none")
        found[name] = str(value) or "none"
    return tuple(sorted(found.items()))


def checked_name(name: str) -> str:
    """Return *name*.

    Raises:
        ValueError: it is empty.
    """
    if not name.strip(". "):
        raise ValueError(f"a meter is called {name!r}: write words with dots between them, orders.placed")
    return name
