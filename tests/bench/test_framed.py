"""Claim: small frames through codecs and a plain handler go twice as fast as through Netty, on one core."""

import pytest

from .conftest import Measure, of, times

pytestmark = pytest.mark.bench


def test_compiled(measure: Measure) -> None:
    """Twice Netty's rate."""
    result = measure("framed16", "pyboot", "pyboot-pure", "netty")

    ratio = times(result, "pyboot", "netty")
    assert ratio.middle >= 2.0


def test_compiled_delay(measure: Measure) -> None:
    """The slowest hundredth is no slower than Netty's."""
    result = measure("framed16", "pyboot", "pyboot-pure", "netty")

    ratio = of(result, "pyboot").ratio(of(result, "netty"), "p99_us")
    assert ratio.middle <= 1.0


def test_pure(measure: Measure) -> None:
    """Two fifths of Netty's rate without a compiler."""
    result = measure("framed16", "pyboot", "pyboot-pure", "netty")

    ratio = times(result, "pyboot-pure", "netty")
    assert ratio.middle >= 0.4
