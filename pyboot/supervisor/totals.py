"""Totals: what workers that are gone had counted, so that a sum over all workers never falls.

The supervisor does not know what is counted. A worker tells rows of numbers by name, in JSON: ``{"totals": {name: [numbers]}, …}``. Rows of
one name add up, number by number; the rest of what it tells is of the moment, and goes with it.
"""

import json
import os
from typing import Any, BinaryIO, Final, final

from .memory_file import content, written

__all__ = ["Totals"]

MOST_ROWS: Final = 100_000
"""So many names are kept; those of one worker are few, and only a name that holds what changes could make them many."""


@final
class Totals:
    """The sums over all workers that are gone."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._rows: dict[str, list[float]] = {}
        self._file: BinaryIO | None = None

    def add(self, told: bytes) -> None:
        """Add what a worker has told last; nothing of it is kept where it is no such thing. Raises ValueError then."""
        rows = _rows_of(told)
        for name, numbers in rows.items():
            kept = self._rows.get(name)
            if kept is not None:
                self._rows[name] = [a + b for a, b in zip(kept, numbers, strict=False)]
            elif len(self._rows) < MOST_ROWS:
                self._rows[name] = numbers
        self.close()

    def file(self) -> BinaryIO:
        """Return the memory file that holds the sums, which stays until they change. Raises OSError without memory."""
        if self._file is None:
            self._file = os.fdopen(written(json.dumps({"totals": self._rows}, separators=(",", ":")).encode()), "rb")
        return self._file

    def restore(self, descriptor: int) -> None:
        """Begin with the sums of the memory file of *descriptor*, which is closed. Raises ValueError or OSError where it is none."""
        os.set_inheritable(descriptor, False)
        self._file = os.fdopen(descriptor, "rb")
        self.add_file(descriptor)

    def close(self) -> None:
        """Close the memory file; one is made anew when somebody asks."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def add_file(self, descriptor: int) -> None:
        """Add what the file of *descriptor* holds, as a worker has told it. Raises ValueError or OSError where there is no such thing."""
        self.add(content(descriptor))


def _rows_of(told: bytes) -> dict[str, list[float]]:
    said: Any = json.loads(told)
    rows = said.get("totals") if isinstance(said, dict) else None
    if not isinstance(rows, dict):
        raise ValueError("no totals, but something else")
    for name, numbers in rows.items():
        if not isinstance(numbers, list) or not all(isinstance(each, int | float) for each in numbers):
            raise ValueError(f"the row {name[:100]!r} has something that is no number")
    return rows
