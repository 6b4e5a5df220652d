"""Claim: a pipeline of one handler costs next to nothing over a bare protocol on the same loop."""

import pytest

from .conftest import Measure, of

pytestmark = pytest.mark.bench

PEERS = ("pyboot", "pyboot-pure", "uvloop", "published")


@pytest.mark.parametrize(("peer", "times"), [("pyboot", 0.9), ("pyboot-pure", 0.8)])
def test_against_a_bare_protocol(measure: Measure, peer: str, times: float) -> None:
    """Nine tenths of its rate compiled, four fifths pure."""
    result = measure("raw", *PEERS)

    assert of(result, peer).fair_ratio(of(result, "uvloop")).middle >= times


def test_against_the_published_package(measure: Measure) -> None:
    """Three times the rate of pyboot-components-netty 1.3.4."""
    result = measure("raw", *PEERS)

    assert of(result, "pyboot").fair_ratio(of(result, "published")).middle >= 3.0


def test_mebibyte_chunks(measure: Measure) -> None:
    """Nine tenths of a bare protocol's rate where bytes are all that counts."""
    result = measure("raw1m", "pyboot", "uvloop")

    assert of(result, "pyboot").fair_ratio(of(result, "uvloop")).middle >= 0.9
