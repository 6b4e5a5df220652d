"""Claim: an `async def` handler costs little: small frames still go faster than through Netty's plain one."""

import pytest

from .conftest import Measure, times

pytestmark = pytest.mark.bench


def test_compiled(measure: Measure) -> None:
    """1.4 times Netty's rate."""
    result = measure("async16", "pyboot", "pyboot-pure", "netty")

    ratio = times(result, "pyboot", "netty")
    assert ratio.middle >= 1.4


def test_pure(measure: Measure) -> None:
    """A third of Netty's rate without a compiler."""
    result = measure("async16", "pyboot", "pyboot-pure", "netty")

    ratio = times(result, "pyboot-pure", "netty")
    assert ratio.middle >= 0.35
