"""The nouns of metering."""

import pytest

from pyboot.actuator.meters.meter import checked_name, tags_of


def test_tags_are_sorted_text() -> None:
    """Whatever the values were; an empty one is told as such, since Prometheus takes it for no label."""
    assert (("a", "none"), ("b", "1"), ("c", "True")) == tags_of({"c": True, "b": 1, "a": ""})
    assert () == tags_of(None)


@pytest.mark.parametrize("name", ["", ".", " . "])
def test_a_meter_needs_a_name(name: str) -> None:
    """An empty one would be no name anywhere."""
    with pytest.raises(ValueError, match="a meter is called"):
        checked_name(name)


def test_a_tag_needs_a_name() -> None:
    """As above."""
    with pytest.raises(ValueError, match="a tag is called"):
        tags_of({"": "x"})
