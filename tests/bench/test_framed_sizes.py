"""Claim: bigger frames too go faster than through Netty."""

import pytest

from .conftest import Measure, times

pytestmark = pytest.mark.bench


@pytest.mark.parametrize(("work", "wanted"), [("framed1k", 1.3), ("framed1m", 2.0)])
def test_compiled(measure: Measure, work: str, wanted: float) -> None:
    """1 KiB frames at 1.3 times Netty's rate, 1 MiB frames at twice."""
    result = measure(work, "pyboot", "netty")

    ratio = times(result, "pyboot", "netty")
    assert ratio.middle >= wanted
