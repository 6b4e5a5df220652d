"""Claim: a pipeline of one handler costs next to nothing over a bare protocol on the same loop."""

import pytest

from .conftest import Measure, times

pytestmark = pytest.mark.bench

PEERS = ("pyboot", "pyboot-pure", "uvloop", "published")


@pytest.mark.parametrize(("peer", "wanted"), [("pyboot", 0.9), ("pyboot-pure", 0.8)])
def test_against_a_bare_protocol(measure: Measure, peer: str, wanted: float) -> None:
    """Nine tenths of its rate compiled, four fifths pure."""
    result = measure("raw", *PEERS)

    ratio = times(result, peer, "uvloop")
    assert ratio.middle >= wanted


def test_against_the_published_package(measure: Measure) -> None:
    """Three times the rate of pyboot-components-netty 1.3.4."""
    result = measure("raw", *PEERS)

    ratio = times(result, "pyboot", "published")
    assert ratio.middle >= 3.0


def test_mebibyte_chunks(measure: Measure) -> None:
    """Nine tenths of a bare protocol's rate where bytes are all that counts."""
    result = measure("raw1m", "pyboot", "uvloop")

    ratio = times(result, "pyboot", "uvloop")
    assert ratio.middle >= 0.9
