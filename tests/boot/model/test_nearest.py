"""The nearest name."""

from pyboot.boot.model.nearest import nearest


def test_the_most_similar_comes_first() -> None:
    """What resembles nothing has no neighbour."""
    assert ["port"] == nearest("prot", ["host", "port", "path"])
    assert [] == nearest("zzz", ["host", "port"])
    assert 2 == len(nearest("porty", ["port", "ports", "host"], count=2))
