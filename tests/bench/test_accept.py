"""Claim: a channel with its pipeline is made and closed at 0.7 of the rate of a bare protocol."""

import pytest

from .conftest import Measure, times

pytestmark = pytest.mark.bench


def test_compiled(measure: Measure) -> None:
    """Accept, first byte, close; by processor time, because connecting costs the load generator more than accepting costs the server."""
    result = measure("accept", "pyboot", "uvloop")

    ratio = times(result, "pyboot", "uvloop")
    assert ratio.middle >= 0.7
