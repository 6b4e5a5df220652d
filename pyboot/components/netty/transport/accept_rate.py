"""AcceptRate: a bucket of tokens, one for each connection that may be accepted; it holds those of one second. No I/O here."""

from __future__ import annotations

from typing import final

__all__ = ["AcceptRate"]


@final
class AcceptRate:
    """Allows *per_second* connections a second in the mean, and as many at once after a second without any; *now* in seconds."""

    __slots__ = ("_at", "_tokens", "per_second")

    def __init__(self, per_second: int, now: float) -> None:
        self.per_second = per_second
        self._tokens = float(per_second)
        self._at = now

    def take(self, now: float) -> float:
        """Take one token and give 0; where there is none, give the seconds until there is one."""
        self._tokens = min(float(self.per_second), self._tokens + (now - self._at) * self.per_second)
        self._at = now
        if self._tokens >= 1.0:
            self._tokens -= 1.0
            return 0.0
        return (1.0 - self._tokens) / self.per_second
