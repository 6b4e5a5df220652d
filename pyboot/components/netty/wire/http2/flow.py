"""Windows: how much content each side lets the other send (RFC 9113 5.2, 6.9).

Law 1. Only content counts, with its padding; a window is of one stream, or of the connection, and content takes of both. Law 2. What may
be sent may shrink below zero, when the peer makes the initial size of all streams smaller; it may never grow beyond 2 ** 31 - 1. Law 3.
What was received is given back when somebody has read it (`consumed`), and told to the peer when that is half of the window: not for each
piece, and not so late that it waits.
"""

from __future__ import annotations

from typing import final

from mypy_extensions import i64

from .settings import LARGEST_WINDOW

__all__ = ["ReceiveWindow", "SendWindow"]


@final
class SendWindow:
    """The bytes that may still be sent."""

    __slots__ = ("left",)

    def __init__(self, size: int) -> None:
        self.left: i64 = size

    def grow(self, increment: int) -> bool:
        """Have *increment* bytes more, or fewer; False if that is more than a window may be."""
        self.left += increment
        return self.left <= LARGEST_WINDOW


@final
class ReceiveWindow:
    """The bytes that the peer may still send, and those that were read and are not told yet."""

    __slots__ = ("_consumed", "left", "size")

    def __init__(self, size: int) -> None:
        self.size: i64 = size
        self.left: i64 = size
        self._consumed: i64 = 0

    def take(self, size: i64) -> bool:
        """Note that *size* bytes have come; False if that is more than was allowed."""
        self.left -= size
        return self.left >= 0

    def consumed(self, size: i64) -> int:
        """Note that *size* bytes were read; the increment that the peer is to be told of now, or 0."""
        # hot path: once for each stream that content came for in a read.
        self._consumed += size
        if self._consumed * 2 < self.size or self._consumed == 0:
            return 0
        increment = int(self._consumed)
        self.left += increment
        self._consumed = 0
        return increment
