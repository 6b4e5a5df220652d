"""Claim: an idle connection takes at most 6 KiB more than a bare protocol on the same loop."""

import pytest

from .conftest import Measure, of

pytestmark = pytest.mark.bench


def test_ten_thousand_connections(measure: Measure) -> None:
    """The process's own memory, divided by the connections."""
    result = measure("idle", "pyboot", "uvloop")

    surplus = of(result, "pyboot").surplus_bytes(of(result, "uvloop"))
    assert surplus.middle <= 6 * 1024
