"""The order of a pipeline: codecs as they are listed, handlers behind them by their order, whoever names a neighbour beside it. Pure.

The law. What is listed in ``pipeline``, and behind it the handlers that name no neighbour, by ``order`` and then by name, stand in a row
that nothing changes. Who says ``before=`` or ``after=`` leaves the row and stands right beside the neighbour; of several at one side, by
``order`` and then by name, as seen from the network. Who says both stands between the two. What cannot be is refused: a neighbour that
is not there, and wishes that lead in a circle, in which the row counts as well.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from typing import Any, NamedTuple

from pyboot.boot.config.names import uniform
from pyboot.boot.model.nearest import nearest
from pyboot.netty.errors import HandlerOrderError, UnknownNeighbourError

type Neighbour = str | type[Any]
type Key = tuple[tuple[int, int, str], ...]

_ITSELF = (0, 0, "")  # between what stands in front of a place and what stands behind it


class Place[T](NamedTuple):
    """Something that has its place in a pipeline, what it goes by, and the neighbours that it names."""

    item: T
    names: tuple[str, ...]
    order: int = 0
    before: Neighbour | None = None
    after: Neighbour | None = None

    @property
    def name(self) -> str:
        """The name in reports."""
        return self.names[0]

    def is_called(self, neighbour: Neighbour) -> bool:
        """Tell whether *neighbour*, a name in any spelling or a class, means this one."""
        wanted = uniform(neighbour.__name__ if isinstance(neighbour, type) else neighbour)
        return any(uniform(name) == wanted for name in self.names)


def in_order[T](owner: str, listed: Sequence[Place[T]], handlers: Iterable[Place[T]]) -> list[T]:
    """Return the items of *listed* and *handlers* from the network inwards; *owner* is whose pipeline it is.

    Raises:
        UnknownNeighbourError: a handler names a neighbour that the pipeline does not hold.
        HandlerOrderError: the wishes lead in a circle.
    """
    behind = sorted(handlers, key=lambda place: (place.order, place.name))
    row = [*listed, *(place for place in behind if place.before is None and place.after is None)]
    movers = [place for place in behind if place.before is not None or place.after is not None]
    if not movers:
        return [place.item for place in row]
    places = [*row, *movers]
    wishes = {at: _Wish(*_neighbours(owner, place, places)) for at, place in enumerate(movers, len(row))}
    needed: dict[int, list[int]] = {at: [at - 1] if 0 < at < len(row) else [] for at in range(len(places))}
    for at, wish in wishes.items():
        if wish.after is not None:
            needed[at].append(wish.after)
        if wish.before is not None:
            needed[wish.before].append(at)
    _refuse_circle(owner, places, needed)
    keys = {at: (*_key(at, places, wishes, frozenset()), _ITSELF) for at in range(len(places))}
    return [places[at].item for at in _visited(sorted(keys, key=keys.__getitem__), needed, keys)]


class _Wish(NamedTuple):
    before: int | None
    after: int | None


def _neighbours[T](owner: str, place: Place[T], places: Sequence[Place[T]]) -> Iterator[int | None]:
    """Iterate over the places of the neighbours that *place* names: of one name the first to stand before, the last to stand behind."""
    for neighbour, which in ((place.before, 0), (place.after, -1)):
        found = [at for at, other in enumerate(places) if neighbour is not None and other is not place and other.is_called(neighbour)]
        if neighbour is not None and not found:
            said = f"{'after' if which else 'before'}={neighbour.__name__ if isinstance(neighbour, type) else repr(neighbour)}"
            known = list(dict.fromkeys(other.name for other in places if other is not place))
            near = nearest(neighbour.__name__ if isinstance(neighbour, type) else neighbour, [n for o in places for n in o.names])
            raise UnknownNeighbourError(owner, place.name, said, known, near)
        yield found[which] if found else None


def _refuse_circle[T](owner: str, places: Sequence[Place[T]], needed: Mapping[int, Sequence[int]]) -> None:
    try:
        TopologicalSorter(needed).prepare()
    except CycleError as error:
        raise HandlerOrderError(owner, [places[at].name for at in error.args[1]]) from None


def _key[T](at: int, places: Sequence[Place[T]], wishes: Mapping[int, _Wish], asked: frozenset[int]) -> Key:
    """Return where *at* would stand if only one of its wishes counted: a path from the row, compared part by part."""
    wish = wishes.get(at)
    if wish is None or at in asked:  # two that name each other: the one asked first stands where it is listed
        return ((0, at, ""),)
    anchor = wish.after if wish.after is not None else wish.before
    assert anchor is not None
    side = 1 if wish.after is not None else -1
    return (*_key(anchor, places, wishes, asked | {at}), (side, places[at].order, places[at].name))


def _visited(wanted: Sequence[int], needed: Mapping[int, Sequence[int]], keys: Mapping[int, Key]) -> Iterator[int]:
    """*wanted*, each behind all that it needs."""
    seen: set[int] = set()

    def visit(at: int) -> Iterator[int]:
        if at not in seen:
            seen.add(at)
            for other in sorted(needed[at], key=keys.__getitem__):
                yield from visit(other)
            yield at

    for at in wanted:
        yield from visit(at)
