"""Claim: a hello over HTTP/1.1 costs little over a protocol that does not read what it is asked, and a coroutine costs little more."""

import pytest

from .hello import ratios

pytestmark = pytest.mark.bench


@pytest.mark.parametrize(("depth", "least"), [(1, 0.8), (16, 0.45)])
def test_against_netty_and_a_bare_protocol(depth: int, least: float) -> None:
    """One at a time or pipelined; by processor time, times what Netty's own codec does with a second of it."""
    times = ratios(("pyboot-plain", "netty", "bare"), depth)

    assert times["netty"] >= least


@pytest.mark.parametrize("depth", [1, 16])
def test_a_coroutine_handler(depth: int) -> None:
    """0.8 of a plain one at least, though it flushes each response by itself."""
    times = ratios(("pyboot-async", "pyboot-plain"), depth)

    assert times["pyboot-plain"] >= 0.8


def test_the_pure_core() -> None:
    """Two fifths of the compiled one."""
    times = ratios(("pyboot-plain-pure", "pyboot-plain"), 1)

    assert times["pyboot-plain"] >= 0.4
