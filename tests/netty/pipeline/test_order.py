"""The order of a pipeline: before and after."""

import random
from collections.abc import Sequence
from typing import Any

import pytest

from pyboot.netty.errors import HandlerOrderError, UnknownNeighbourError
from pyboot.netty.pipeline.order import Place, in_order


class Auth:
    """A handler class."""


def place(name: str, order: int = 0, **neighbours: Any) -> Place[str]:
    """A place that holds its own name."""
    return Place(name, (name, f"{name}-alias"), order, **neighbours)


def stand(*handlers: Place[str], listed: Sequence[str] = ("line", "string")) -> str:
    """How they stand, behind and between codecs."""
    return " ".join(in_order("the server 'echo'", [place(name) for name in listed], handlers))


@pytest.mark.parametrize(
    ("handlers", "expected"),
    [
        ([], "line string"),
        ([place("b"), place("a")], "line string a b"),
        ([place("a", 2), place("b", 1)], "line string b a"),
        ([place("m", before="line"), place("a")], "m line string a"),
        ([place("m", before="string"), place("a")], "line m string a"),
        ([place("m", after="line"), place("a")], "line m string a"),
        ([place("m", after="b"), place("a"), place("b"), place("c")], "line string a b m c"),
        ([place("m", before="b", order=-9), place("a"), place("b")], "line string a m b"),
        ([place("m", after="line", before="string")], "line m string"),
        ([place("m", after="line", before="z"), place("z")], "line m string z"),
        ([place("n", 1, before="line"), place("m", 2, before="line")], "n m line string"),
        ([place("n", 1, after="line"), place("m", 2, after="line")], "line n m string"),
        ([place("m", before="n"), place("n", before="string")], "line m n string"),
        ([place("m", after="n"), place("n", before="m"), place("a")], "line string a n m"),
        ([place("m", before="string-alias")], "line m string"),
        ([place("m", before="STRING")], "line m string"),
        ([place("auth"), place("m", before=Auth)], "line string m auth"),
    ],
)
def test_a_handler_stands_beside_the_neighbour_it_names(handlers: list[Place[str]], expected: str) -> None:
    """The others stand as they would without it."""
    assert expected == stand(*handlers)


def test_of_several_neighbours_of_one_name_all_are_meant() -> None:
    """Before the first, or behind the last of them."""
    listed = ("logging", "line", "logging", "string")

    assert "m logging line logging string" == stand(place("m", before="logging"), listed=listed)
    assert "logging line logging m string" == stand(place("m", after="logging"), listed=listed)


@pytest.mark.parametrize("said", [{"before": "strin"}, {"after": "strin"}])
def test_a_neighbour_that_is_not_there_is_refused_with_the_nearest(said: dict[str, str]) -> None:
    """And with all that the pipeline holds."""
    with pytest.raises(UnknownNeighbourError, match=r"The handler m says .*'strin'.* holds: line, string, a\.") as refused:
        stand(place("a"), place("m", **said))

    assert "Did you mean 'string'?" == refused.value.action


def test_a_handler_is_no_neighbour_of_its_own() -> None:
    """Nor of one of its names."""
    with pytest.raises(UnknownNeighbourError):
        stand(place("m", before="m"))


@pytest.mark.parametrize(
    "handlers",
    [
        [place("m", before="line", after="string")],
        [place("m", before="n"), place("n", before="m")],
        [place("m", after="n"), place("n", after="o"), place("o", after="m")],
        [place("m", after="a", before="line"), place("a")],
    ],
)
def test_wishes_in_a_circle_are_refused_with_the_circle(handlers: list[Place[str]]) -> None:
    """The row of codecs counts as well."""
    with pytest.raises(HandlerOrderError, match=r"cannot stand in any order.*m -> .*|.*-> m.*") as refused:
        stand(*handlers)

    assert "before= or after=" in refused.value.action


@pytest.mark.parametrize("seed", range(50))
def test_every_wish_that_can_be_fulfilled_is(seed: int) -> None:
    """A model: any handlers with any wishes stand as they say, each once, or are refused; the row never changes."""
    chance = random.Random(seed)
    names = [f"h{number}" for number in range(chance.randint(1, 6))]
    known = ["line", "string", *names]
    wanted = lambda own: chance.choice([None, None, *(name for name in known if name != own)])  # noqa: E731
    handlers = [place(name, chance.randint(0, 2), before=wanted(name), after=wanted(name)) for name in names]
    try:
        standing = stand(*handlers).split()
    except HandlerOrderError:
        return

    assert sorted(known) == sorted(standing), seed
    row = ["line", "string", *(h.name for h in sorted(handlers, key=lambda h: (h.order, h.name)) if h.before is h.after is None)]
    assert row == [name for name in standing if name in row], seed
    for handler in handlers:
        at = standing.index(handler.name)
        assert handler.before is None or at < standing.index(str(handler.before)), seed
        assert handler.after is None or at > standing.index(str(handler.after)), seed
