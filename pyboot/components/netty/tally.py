"""Tally: counts of what happens seldom, by what and of which kind; added to in any thread, read at any time.

What happens for each message is counted in the channel, by plain integers (`channel.traffic`); a lock would cost it too much.
"""

from __future__ import annotations

import threading
from typing import Final, final

__all__ = ["MOST_KINDS", "OTHER", "Tally"]

# Kinds are few, and named by programs: handlers, reasons, outcomes. What a program makes without end is counted as one kind.
MOST_KINDS: Final = 200
OTHER: Final = "other"


@final
class Tally:
    """The counts of one owner: ``tally.add("refused", "no-loop")`` adds 1, or an amount, seconds for instance; none is taken back."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: dict[str, dict[str, float]] = {}

    def add(self, what: str, kind: str, amount: float = 1) -> None:
        """Count *amount* more of *what*, of that *kind*; past `MOST_KINDS` kinds of it under `OTHER`."""
        with self._lock:
            kinds = self._counts.setdefault(what, {})
            if kind not in kinds and len(kinds) >= MOST_KINDS:
                kind = OTHER
            kinds[kind] = kinds.get(kind, 0) + amount

    def counts(self, what: str) -> dict[str, float]:
        """The counts of *what* by kind; empty where it has not happened."""
        with self._lock:
            return dict(self._counts.get(what, ()))

    def __repr__(self) -> str:
        return f"<Tally {self._counts}>"
