"""Claim: one request in flight costs little over a bare protocol, and no more than with Netty."""

import pytest

from .conftest import Measure, times

pytestmark = pytest.mark.bench


@pytest.mark.parametrize(("base", "wanted"), [("uvloop", 0.92), ("netty", 1.0)])
def test_compiled(measure: Measure, base: str, wanted: float) -> None:
    """0.92 of a bare protocol's rate, and at least Netty's."""
    result = measure("request", "pyboot", "uvloop", "netty")

    ratio = times(result, "pyboot", base)
    assert ratio.middle >= wanted
