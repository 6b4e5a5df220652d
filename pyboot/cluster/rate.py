"""Rates: how many tokens a limiter gives in which time. No clock and no I/O here; the rule is `pyboot.supervisor.board.paid_until`."""

from typing import NamedTuple, final

__all__ = ["Rate", "Taken"]


@final
class Rate(NamedTuple):
    """A limit: *per_second* tokens, and up to *burst* at once after a pause."""

    per_second: float
    burst: int


@final
class Taken(NamedTuple):
    """What became of a wish for tokens: whether all were given, and else in how many seconds they would be."""

    is_granted: bool
    retry_after_seconds: float = 0.0
