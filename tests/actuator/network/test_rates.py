"""Rates: bytes a second between two looks."""

import gc
from typing import Any

import pytest

from pyboot.actuator.network.rates import Rates
from pyboot.components.netty import EmbeddedChannel


def test_the_first_look_is_over_the_whole_life_and_the_next_since_then() -> None:
    """A look that comes too soon finds what the last one did."""
    now = [100.0]
    channel: Any = EmbeddedChannel()
    rates = Rates(lambda: now[0])
    channel.active_since = 90.0
    channel.bytes_in, channel.bytes_out = 1000, 20
    assert (100.0, 2.0, 0.0) == rates.of(channel)

    channel.bytes_in = 3000
    now[0] = 100.1
    assert (100.0, 2.0, 0.0) == rates.of(channel)
    now[0] = 102.0
    assert (1000.0, 0.0, 0.0) == rates.of(channel)
    now[0] = 105.0
    assert (0.0, 0.0, 3.0) == rates.of(channel)


def test_channels_that_are_closed_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that whoever looks each second for a year keeps those that are open."""
    monkeypatch.setattr("pyboot.actuator.network.rates._FEW", 4)
    seen: list[Any] = []
    rates = Rates()
    for _ in range(50):
        channel = EmbeddedChannel()
        rates.of(channel)
        channel.close()
        channel.run_pending_tasks()
        seen.append(channel)
    assert 10 > sum(channel in gc.get_referents(rates._looks) for channel in seen)
