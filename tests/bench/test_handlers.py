"""Claim: a handler that overrides nothing costs nothing per message; one that does costs the same wherever it stands."""

from collections.abc import Callable

import pytest

from pyboot.cli.bench.figures import Measured
from pyboot.cli.bench.work import WORKS

pytestmark = pytest.mark.bench


def test_twenty_handlers_that_override_nothing_cost_nothing(measure_modes: Callable[..., list[Measured]]) -> None:
    """The same rate, within what can be measured."""
    plain, passed = measure_modes(WORKS["pass20"], "pyboot", "framed", "framed-pass20")

    ratio = passed.fair_ratio(plain)
    assert ratio.middle >= 0.97


def test_twenty_real_handlers_cost_twice_what_ten_cost(measure_modes: Callable[..., list[Measured]]) -> None:
    """The second ten add no more than the first ten did, give or take a quarter."""
    plain, ten, twenty = measure_modes(WORKS["real20"], "pyboot", "framed", "framed-real10", "framed-real20")

    first, both = (1 / one.fair_ratio(plain).middle - 1 for one in (ten, twenty))
    assert both <= first * 2 * 1.25
