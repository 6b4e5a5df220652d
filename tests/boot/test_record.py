"""Records: small values without generated code."""

from typing import ClassVar

import pytest

from pyboot.boot.record import Record


class Point(Record):
    KIND: ClassVar[str] = "point"
    x: int
    y: int = 0


class Named(Point):
    name: str = ""


def test_facts_are_given_by_place_or_by_name() -> None:
    """Defaults are the class's attributes; a subclass adds its own behind."""
    made = Named(1, name="a")

    assert (1, 0, "a") == (made.x, made.y, made.name)
    assert "Named(x=1, y=0, name='a')" == repr(made)


def test_records_are_equal_by_their_facts() -> None:
    """And by their class."""
    assert Point(1) == Point(x=1, y=0)
    assert Point(1) != Point(2)
    assert Point(1) != Named(1)
    assert hash(Point(1)) == hash(Point(1, 0))


def test_another_record_is_made_by_altering() -> None:
    """The first stays as it was."""
    first = Point(1)

    assert (Point(1, 5), Point(1)) == (first.altered(y=5), first)


@pytest.mark.parametrize(("facts", "named"), [((), {}), ((1, 2, 3), {}), ((1,), {"z": 5})])
def test_what_is_missing_or_unknown_is_refused(facts: tuple[int, ...], named: dict[str, int]) -> None:
    """With the names that are wanted."""
    with pytest.raises(TypeError, match="Point takes x, y"):
        Point(*facts, **named)
