"""Topic: what this node knows of who is there: the list as it was last told, and what a newer one changes. No I/O here."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple, final

__all__ = ["Present", "Topic"]


@final
class Present(NamedTuple):
    """One key that is there, with what each of its connections says of itself, the earliest first."""

    key: str
    metas: tuple[Any, ...]


@final
class Topic:
    """The keys of one topic that were told as there.

    Law: a key has joined when its first connection is there, and left when its last one is gone for as long as the linger; one that comes
    back within it, on whichever node, makes no news.
    """

    def __init__(self, linger_seconds: float) -> None:
        """Take the linger."""
        self._linger_seconds = linger_seconds
        self._present: dict[str, Present] = {}
        self._leaving: dict[str, float] = {}
        self._was_told = False

    def update(self, listed: Iterable[Present], now: float) -> tuple[list[Present], list[Present]]:
        """Take a new list, and return who has joined and who has left; the first list joins nobody: it is where this node came in."""
        found = {present.key: present for present in listed}
        joined = [present for key, present in found.items() if key not in self._present] if self._was_told else []
        for key in self._present.keys() - found.keys():
            self._leaving.setdefault(key, now + self._linger_seconds)
        for key in found:
            self._leaving.pop(key, None)
        left = [self._present.pop(key) for key in self._due(now)]
        self._present |= found
        self._was_told = True
        return joined, left

    def _due(self, now: float) -> list[str]:
        due = [key for key, at in self._leaving.items() if at <= now]
        for key in due:
            del self._leaving[key]
        return due

    @property
    def next_due(self) -> float | None:
        """The time at which somebody has left, if it does not come back; None where nobody is leaving."""
        return min(self._leaving.values(), default=None)

    @property
    def present(self) -> Mapping[str, Present]:
        """Who is there, those that may come back included."""
        return self._present
