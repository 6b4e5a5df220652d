"""Budgets: how often a peer may do something (see `Http2Config`); one who does it more often is told ENHANCE_YOUR_CALM.

A budget is spent one by one and is whole again when its time is over; the time is told from outside, since no machine knows a clock. So
what a peer can make us do is its budget for each such time, whatever it sends, and the work for each single one of them is small.
"""

from __future__ import annotations

from typing import final

from mypy_extensions import i64

from .errors import Http2ConnectionError, Http2ErrorCode

__all__ = ["Budget", "calm"]


@final
class Budget:
    """At most *limit* times *what* in *seconds*."""

    __slots__ = ("_begun", "_limit", "_seconds", "_spent", "_what")

    def __init__(self, what: str, limit: int, seconds: float) -> None:
        self._what = what
        self._limit: i64 = limit
        self._seconds = seconds
        self._spent: i64 = 0
        self._begun = 0.0

    def spend(self, now: float) -> None:
        """Count one, at the time *now* in seconds; raises `Http2ConnectionError` for one too many."""
        if now - self._begun >= self._seconds:
            self._begun = now
            self._spent = 0
        self._spent += 1
        if self._spent > self._limit:
            raise calm(f"more than {self._limit} {self._what} within {self._seconds:g} s")


def calm(text: str) -> Http2ConnectionError:
    """Return the error that ends a connection whose peer asks for too much."""
    return Http2ConnectionError(Http2ErrorCode.ENHANCE_YOUR_CALM, text)
