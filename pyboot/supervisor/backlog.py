"""Backlog: what goes out by a channel that much goes through: at once while there is room, in its order when there is room again."""

import os
from collections import deque
from collections.abc import Sequence
from typing import Final, final

from .channel import Channel

__all__ = ["Backlog", "BacklogFullError"]

_MOST_BYTES: Final = 8 * 1024 * 1024
_MOST_MESSAGES: Final = 20_000
_MOST_DESCRIPTORS: Final = 64
_HIGH_BYTES: Final = 1024 * 1024
_LOW_BYTES: Final = 256 * 1024
_COST: Final = 100  # bytes of a message besides its own
_PER_TURN: Final = 200


class BacklogFullError(OSError):
    """The other side has not read for so long that no more is kept for it."""


@final
class Backlog:
    """The messages that wait for one channel. Law: it never waits, and keeps no more than its bounds."""

    def __init__(self, channel: Channel) -> None:
        """Send by *channel*."""
        self._channel = channel
        self._waiting: deque[tuple[bytes, tuple[int, ...]]] = deque()
        self._bytes = self._descriptors = 0
        self.is_writable = True
        """False from the upper water mark to the lower one."""

    def __len__(self) -> int:
        return len(self._waiting)

    def send(self, data: bytes, descriptors: Sequence[int] = ()) -> bool:
        """Send a message, or keep it, with copies of its descriptors; True where it is the first that waits.

        Raises:
            BacklogFullError: there is no room for it.
            OSError: the other side is gone, or no descriptor is left.
        """
        if not self._waiting:
            try:
                self._channel.send_data(data, descriptors)
            except BlockingIOError:
                pass
            else:
                return False
        full = len(self._waiting) >= _MOST_MESSAGES or self._bytes + len(data) > _MOST_BYTES
        if full or self._descriptors + len(descriptors) > _MOST_DESCRIPTORS:
            raise BacklogFullError(f"it has not read for so long that {len(self._waiting)} messages wait")
        self._waiting.append((data, tuple(map(os.dup, descriptors))))
        self._bytes += len(data) + _COST
        self._descriptors += len(descriptors)
        self.is_writable = self.is_writable and self._bytes < _HIGH_BYTES
        return len(self._waiting) == 1

    def flush(self) -> bool:
        """Send what there is room for; tell whether nothing waits any more. Raises OSError where the other side is gone."""
        for _ in range(min(_PER_TURN, len(self._waiting))):
            data, descriptors = self._waiting[0]
            try:
                self._channel.send_data(data, descriptors)
            except BlockingIOError:
                break
            self._waiting.popleft()
            self._bytes -= len(data) + _COST
            self._descriptors -= len(descriptors)
            for descriptor in descriptors:
                os.close(descriptor)
        self.is_writable = self.is_writable or self._bytes <= _LOW_BYTES
        return not self._waiting

    def close(self) -> None:
        """Drop what waits."""
        for _, descriptors in self._waiting:
            for descriptor in descriptors:
                os.close(descriptor)
        self._waiting.clear()
        self._bytes = self._descriptors = 0
