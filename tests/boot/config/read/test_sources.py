"""Sources that are one tree."""

from pyboot.boot.config.read.sources import PropertySources, TreeSource
from pyboot.boot.config.tree import grow
from pyboot.boot.model.origin import Origin


def test_a_single_value_is_told_from_a_branch() -> None:
    """Only a leaf is a value."""
    sources = PropertySources([TreeSource("file", grow({"a": {"b": 1}}, Origin("file")))])
    found = sources.leaf("a.b")

    assert found is not None
    assert "1" == found.text
    assert sources.leaf("a") is None
