"""Store: keys with values and deadlines, in memory. No network here."""

import heapq
import time
from collections.abc import Callable


class OutOfMemoryError(Exception):
    """No more values fit."""


class Store:
    """Keys and values; a key whose time is over is gone, whether or not somebody looks.

    Args:
        max_bytes: most bytes of all keys and values together; more raises `OutOfMemoryError`.
        clock: gives seconds.
    """

    def __init__(self, max_bytes: int = 256 * 1024 * 1024, clock: Callable[[], float] = time.monotonic) -> None:
        self.max_bytes = max_bytes
        self.used_bytes = 0
        self._clock = clock
        self._values: dict[bytes, bytes] = {}
        self._deadlines: dict[bytes, float] = {}
        self.due: list[tuple[float, bytes]] = []  # in order; what is no deadline any more is passed over

    def __len__(self) -> int:
        self._drop_due()
        return len(self._values)

    def names(self) -> list[bytes]:
        """Give all keys."""
        self._drop_due()
        return list(self._values)

    def get(self, key: bytes) -> bytes | None:
        """Give the value of *key*, or None."""
        if self._deadlines and key in self._deadlines:
            self._drop_due()
        return self._values.get(key)

    def put(self, key: bytes, value: bytes, seconds: float | None = None, *, keeps_deadline: bool = False) -> None:
        """Give *key* a value, for ever or for *seconds*."""
        self._drop_due()
        old = self._values.get(key)
        grown = len(value) - len(old) if old is not None else len(key) + len(value)
        if grown > 0 and self.used_bytes + grown > self.max_bytes:
            raise OutOfMemoryError
        self.used_bytes += grown
        self._values[key] = value
        if seconds is not None:
            self._set_deadline(key, seconds)
        elif not keeps_deadline:
            self._deadlines.pop(key, None)

    def delete(self, key: bytes) -> bool:
        """Forget *key*; tell whether it was there."""
        self._drop_due()
        return self._forget(key)

    def expire(self, key: bytes, seconds: float | None) -> bool:
        """Give *key* so long from now on, or for ever; tell whether something changed."""
        self._drop_due()
        if key not in self._values:
            return False
        if seconds is None:
            return self._deadlines.pop(key, None) is not None
        if seconds <= 0:
            return self._forget(key)
        self._set_deadline(key, seconds)
        return True

    def left(self, key: bytes) -> float | None:
        """Give the seconds that *key* has left: None for one that stays, -2 for one that is not there."""
        self._drop_due()
        if key not in self._values:
            return -2
        deadline = self._deadlines.get(key)
        return None if deadline is None else deadline - self._clock()

    def clear(self) -> None:
        """Forget everything."""
        self._values.clear()
        self._deadlines.clear()
        self.due.clear()
        self.used_bytes = 0

    def _set_deadline(self, key: bytes, seconds: float) -> None:
        deadline = self._deadlines[key] = self._clock() + seconds
        heapq.heappush(self.due, (deadline, key))
        if len(self.due) > 2 * len(self._deadlines) + 64:  # a key that gets one deadline after another must not fill the memory
            self.due = sorted((when, each) for each, when in self._deadlines.items())

    def _drop_due(self) -> None:
        due = self.due
        if not due:
            return
        now = self._clock()
        while due and due[0][0] <= now:
            deadline, key = heapq.heappop(due)
            if self._deadlines.get(key) == deadline:
                self._forget(key)

    def _forget(self, key: bytes) -> bool:
        value = self._values.pop(key, None)
        self._deadlines.pop(key, None)
        if value is None:
            return False
        self.used_bytes -= len(key) + len(value)
        return True
