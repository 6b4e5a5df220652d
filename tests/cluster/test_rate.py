"""Rates: plain values."""

from pyboot.cluster.rate import Rate, Taken


def test_what_was_taken_has_to_wait_for_nothing() -> None:
    """A refusal tells how long."""
    assert Taken(True) == Taken(True, 0.0)
    assert (2.0, 5) == Rate(2.0, 5)
