"""The nearest name."""

import pytest

from pyboot.boot.model.nearest import is_slip, nearest


def test_the_most_similar_comes_first() -> None:
    """What resembles nothing has no neighbour."""
    assert ["port"] == nearest("prot", ["host", "port", "path"])
    assert [] == nearest("zzz", ["host", "port"])
    assert 2 == len(nearest("porty", ["port", "ports", "host"], count=2))


@pytest.mark.parametrize("name", ["nety", "nettyy", "nettj", "entty", "etty", "nett", "xnetty"])
def test_one_wrong_letter_is_a_slip(name: str) -> None:
    """Left out, doubled, changed, swapped."""
    assert is_slip(name, "netty")


@pytest.mark.parametrize(("name", "meant"), [("netty", "netty"), ("net", "netty"), ("sql", "ssl"), ("shop", "ship-it"), ("abcd", "badc")])
def test_another_word_is_none(name: str, meant: str) -> None:
    """Nor is a short one."""
    assert not is_slip(name, meant)
