"""Budgets."""

import pytest

from pyboot.components.netty.wire.http2.errors import Http2ConnectionError
from pyboot.components.netty.wire.http2.limits import Budget, calm


def test_a_budget_is_whole_again_when_its_time_is_over() -> None:
    """One too many within the time ends the connection."""
    budget = Budget("frames", 2, 30.0)
    for now in (100.0, 101.0, 130.0, 131.0):
        budget.spend(now)
    with pytest.raises(Http2ConnectionError, match="more than 2 frames within 30 s") as caught:
        budget.spend(132.0)
    assert (11, 11) == (caught.value.code, calm("x").code)
