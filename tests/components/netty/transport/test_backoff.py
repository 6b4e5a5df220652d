"""Backoff: waits that grow, spread, and end."""

import itertools
from typing import Any

import pytest

from pyboot.components.netty.transport.backoff import Backoff


def test_waits_double_from_half_a_second_to_half_a_minute() -> None:
    """Without jitter, to be seen."""
    waits = Backoff(jitter=0).waits()

    assert [0.5, 1, 2, 4, 8, 16, 30, 30] == list(itertools.islice(waits, 8))


@pytest.mark.parametrize(("jitter", "shortest"), [(0.2, 0.8), (1.0, 0.0)])
def test_jitter_is_the_part_of_a_wait_that_is_drawn(jitter: float, shortest: float) -> None:
    """No wait is longer than it would be without, and no two clients wait alike."""
    backoff = Backoff(initial_seconds=1, jitter=jitter)

    first = [next(backoff.waits()) for _ in range(1000)]

    assert all(shortest <= wait <= 1 for wait in first)
    assert len(set(first)) > 990
    assert max(first) - min(first) > 0.9 * jitter


def test_attempts_are_counted() -> None:
    """Where there is no further wait, there is no further attempt."""
    assert [0.5, 1, 2] == list(Backoff(jitter=0, max_attempts=3).waits())


def test_waits_never_end_and_never_overflow() -> None:
    """By default it is tried for ever; at thirty seconds each this is a month."""
    waits = Backoff(jitter=0).waits()

    assert 30 == next(itertools.islice(waits, 100_000, None))


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"initial_seconds": 0}, "initial wait of 0 s, allowed is more than 0"),
        ({"initial_seconds": 40}, "longest wait of 30.0 s, allowed is no less than the initial 40 s"),
        ({"multiplier": 0.5}, "multiplier 0.5, allowed is 1 or more"),
        ({"jitter": 1.5}, "jitter 1.5, allowed is 0 to 1"),
        ({"max_attempts": -1}, "-1 attempts, allowed is 0, for ever, or more"),
        ({"stable_seconds": -1}, "stable after -1 s, allowed is 0 or more"),
    ],
)
def test_numbers_that_make_no_sense_are_refused(settings: dict[str, Any], said: str) -> None:
    """When they are set, not when the connection is lost."""
    with pytest.raises(ValueError, match=said):
        Backoff(**settings)
