"""Rules: how the answers of several workers become one, by endpoint and operation. No I/O here.

An endpoint that is not in the table answers for the worker that was asked: what it tells is the same in all (``beans``, ``env``), or can be
asked of each (``?worker=1``).
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from heapq import merge as merged_by
from itertools import islice
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from pyboot.actuator.annotations import OperationKind
from pyboot.actuator.health.health import IN_ORDER, worst
from pyboot.actuator.operation import Operation
from pyboot.actuator.pace import paced
from pyboot.actuator.web.dispatcher import Answer
from pyboot.boot.config.names import uniform


class Part(NamedTuple):
    """What the worker of a slot has answered; *told* is its content, where that is an object of JSON."""

    slot: int
    answer: Answer
    told: Any = MappingProxyType({})


class Merged(NamedTuple):
    """The answer of all: the status and the header fields of *answer*, and what is *told*; None: the content of *answer* as it is."""

    answer: Answer
    told: dict[str, Any] | None = None


type Merge = Callable[[Sequence[Part], Mapping[str, object]], Merged | Awaitable[Merged]]

_OK: Final = 200
_NOT_FOUND: Final = 404
_ID_OF_A_WORKER: Final = 10**15


def rule_of(id: str, operation: Operation) -> Merge | None:
    """Return how the answers to *operation* of the endpoint *id* become one; None: whoever was asked answers."""
    return RULES.get((uniform(id), operation.kind, len(operation.path)))


PLACED: Final = frozenset({"channels", "handlers"})
"""The endpoints whose ids are of one worker each: ``1.0000000a`` is what worker 1 calls ``0000000a``."""

OF_ALL: Final = frozenset({"page"})
"""The endpoints that ask the workers themselves: whichever was asked answers, and ``worker`` is a parameter of its own."""

WHOLE: Final = frozenset({"threaddump"})
"""The endpoints that write their answer piece by piece, in the media type that was asked for, and come to an end soon."""


def done_by_all(parts: Sequence[Part], given: Mapping[str, object]) -> Merged:
    """Return the answer of all; of one that has refused, where there is one."""
    return Merged(max(parts, key=lambda part: part.answer.status).answer)


def worst_health(parts: Sequence[Part], given: Mapping[str, object]) -> Merged:
    """Return the health of all: each component's is the worst of any worker's, with the details of that one."""
    found = [part for part in parts if part.answer.status != _NOT_FOUND]
    if not found:
        return Merged(parts[0].answer)
    return Merged(_worst_part(found).answer, _worst([(part.slot, part.told) for part in found]))


def _worst_part(parts: Sequence[Part]) -> Part:
    status = _worst_of([part.told.get("status") for part in parts])
    return next(part for part in parts if part.told.get("status") == status)


def _worst_of(statuses: Sequence[Any]) -> Any:
    known = worst(map(str, statuses), IN_ORDER)
    others = [each for each in statuses if each not in IN_ORDER]
    return others[0] if others and known not in IN_ORDER[:2] else known  # one that somebody made up tells more than that others are up


def _worst(told: Sequence[tuple[int, Any]]) -> dict[str, Any]:
    statuses = {slot: each.get("status") for slot, each in told}
    status = _worst_of(list(statuses.values()))
    merged = dict(next(each for _, each in told if each.get("status") == status))
    if len(set(statuses.values())) > 1:
        merged["workers"] = {str(slot): each for slot, each in statuses.items()}
    for parts in ("components", "details"):
        inner = [(slot, each[parts]) for slot, each in told if isinstance(each.get(parts), dict)]
        names = dict.fromkeys(name for _, each in inner for name, part in each.items() if isinstance(part, dict) and "status" in part)
        if names:
            of_all = {name: _worst([(slot, each[name]) for slot, each in inner if name in each]) for name in names}
            merged[parts] = {**merged.get(parts, {}), **of_all}
    return merged


async def joined_channels(parts: Sequence[Part], given: Mapping[str, object]) -> Merged:
    """Return the connections of all, the first of them again, each with its worker; with turns of the loop between them.

    Each worker has sorted its own, so they are drawn one by one, as many as are asked for.
    """
    failed = [part for part in parts if part.answer.status != _OK]
    if failed:
        return Merged(failed[0].answer)
    measure = _SORTED_BY.get(_text(given, "sort", "rate"), _SORTED_BY["rate"])
    each = ([(part.slot, row) for row in part.told["channels"]] for part in parts)
    rows = merged_by(*each, key=lambda placed: measure(placed[1]), reverse=True)
    shown = [_placed(row, slot) async for slot, row in paced(islice(rows, int(_text(given, "limit", "100"))))]
    return Merged(parts[0].answer, {"total": sum(part.told["total"] for part in parts), "channels": shown})


_SORTED_BY: Final[Mapping[str, Callable[[dict[str, Any]], Any]]] = MappingProxyType(
    {
        "rate": lambda row: row["rateIn"] + row["rateOut"],
        "pending": lambda row: row["pending"],
        "idle": lambda row: row["idle"],
        "age": lambda row: _Reversed(row["since"] or "9"),  # the oldest first
    }
)


class _Reversed(str):
    """A text that is the larger the earlier it comes."""

    __slots__ = ()

    def __lt__(self, other: str) -> bool:
        return str.__gt__(self, other)


def added_up(parts: Sequence[Part], given: Mapping[str, object]) -> Merged:
    """Return one object of all: numbers add up, objects go in, and of anything else the first counts."""
    found = [part for part in parts if part.answer.status != _NOT_FOUND]
    if not found:
        return Merged(parts[0].answer)
    told = found[0].told
    for part in found[1:]:
        told = _sum(told, part.told)
    return Merged(found[0].answer, told)


def _sum(a: Any, b: Any) -> Any:
    if isinstance(a, dict) and isinstance(b, dict):
        return {**b, **{name: _sum(each, b[name]) if name in b else each for name, each in a.items()}}
    if isinstance(a, bool) or isinstance(b, bool) or not isinstance(a, int | float) or not isinstance(b, int | float):
        return a
    return round(a + b, 6)


def dumps(parts: Sequence[Part], given: Mapping[str, object]) -> Merged:
    """Return the threads and tasks of all, as JSON or as text, whichever was asked for; of one that has refused, where there is one.

    Names and ids of two workers may be the same, and tools tell threads apart by them: a name has its worker in front, ``1/MainThread``,
    and an id the number of its worker in front of fifteen digits, which is more than a thread's own has.
    """
    failed = [part for part in parts if part.answer.status != _OK]
    if failed:
        return Merged(failed[0].answer)
    first = parts[0].answer
    if isinstance(first.content, bytes) and not first.content.startswith(b"{"):
        text = b"".join(b"Worker %d\n%s" % (part.slot, part.answer.content) for part in parts if isinstance(part.answer.content, bytes))
        return Merged(Answer(first.status, text, first.headers))
    told = [(part.slot, part.told) for part in parts]
    threads = [_dumped(row, slot) for slot, each in told for row in each["threads"]]
    tasks = {name: sum(each["tasks"][name] for _, each in told) for name in ("total", "shown")}
    return Merged(first, {"threads": threads, "tasks": tasks})


def _dumped(row: Mapping[str, Any], slot: int) -> dict[str, Any]:
    ids = {name: row[name] + slot * _ID_OF_A_WORKER for name in ("threadId", "lockOwnerId") if row.get(name, -1) >= 0}
    names = {name: f"{slot}/{row[name]}" for name in ("threadName", "lockOwnerName") if name in row}
    return {**row, **ids, **names, "worker": slot}


def side_by_side(*names: str, lists: Sequence[str] = ()) -> Merge:
    """Return a rule that joins the objects called *names*, each entry with the number of its worker in front: ``0/main``.

    The entries of the *lists* have it as ``worker``.
    """

    def merge(parts: Sequence[Part], given: Mapping[str, object]) -> Merged:
        told = {name: {f"{part.slot}/{key}": each for part in parts for key, each in part.told.get(name, {}).items()} for name in names}
        rows = {name: [_placed(row, part.slot) for part in parts for row in part.told.get(name, ())] for name in lists}
        return Merged(parts[0].answer, {**parts[0].told, **told, **rows})

    return merge


def one_list(name: str, newest: str | None = None) -> Merge:
    """Return a rule that joins the lists called *name*, each entry with its worker; the *newest* by that field first."""

    def merge(parts: Sequence[Part], given: Mapping[str, object]) -> Merged:
        rows = [_placed(row, part.slot) for part in parts for row in part.told.get(name, ())]
        if newest is not None:
            rows.sort(key=lambda row: str(row.get(newest)), reverse=True)
        return Merged(parts[0].answer, {**parts[0].told, name: rows})

    return merge


def _placed(row: Mapping[str, Any], slot: int) -> dict[str, Any]:
    return {**row, **({"id": f"{slot}.{row['id']}"} if "id" in row else {}), "worker": slot}


def _text(given: Mapping[str, object], name: str, default: str) -> str:
    said = given.get(name)
    return str(said[-1]) if isinstance(said, list) and said else default


_READ, _WRITE = OperationKind.READ, OperationKind.WRITE

RULES: Final[Mapping[tuple[str, OperationKind, int], Merge]] = MappingProxyType(
    {
        ("health", _READ, 0): worst_health,
        ("health", _READ, 1): worst_health,
        ("loggers", _WRITE, 1): done_by_all,
        ("channels", _READ, 0): joined_channels,
        ("servers", _READ, 0): added_up,
        ("servers", _READ, 1): added_up,
        ("eventloop", _READ, 0): side_by_side("loops"),
        ("clients", _READ, 0): side_by_side("clients", "httpClients"),
        ("buffers", _READ, 0): side_by_side("allocators", lists=("leaks",)),
        ("handlers", _READ, 0): one_list("handlers"),
        ("threaddump", _READ, 0): dumps,
        ("httpexchanges", _READ, 0): one_list("exchanges", newest="timestamp"),
    }
)
"""By the endpoint's id, the kind of the operation, and how many parts its path has behind the id."""
