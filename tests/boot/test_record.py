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


@pytest.mark.parametrize("name", ["x", "y", "KIND", "altered"])
def test_a_fact_never_changes(name: str) -> None:
    """Given or by default: a record is a key of dicts, and is shared by whoever has it."""
    point = Point(1)

    with pytest.raises(AttributeError, match="Point never changes"):
        setattr(point, name, 5)
    with pytest.raises(AttributeError, match="Point never changes"):
        delattr(point, name)

    assert (1, 0) == (point.x, point.y)


def test_a_subclass_may_write_its_constructor_out() -> None:
    """It sets each attribute once, as an event of an application's own may."""

    class Own(Record):
        z: int

        def __init__(self, z: int) -> None:
            setattr(self, "z", z)  # noqa: B010  as below

    own = Own(7)

    assert "z=7" in repr(own)
    with pytest.raises(AttributeError, match="Own never changes"):
        setattr(own, "z", 8)  # noqa: B010  a type checker refuses the statement


@pytest.mark.parametrize(("facts", "named"), [((), {}), ((1, 2, 3), {}), ((1,), {"z": 5})])
def test_what_is_missing_or_unknown_is_refused(facts: tuple[int, ...], named: dict[str, int]) -> None:
    """With the names that are wanted."""
    with pytest.raises(TypeError, match="Point takes x, y"):
        Point(*facts, **named)
