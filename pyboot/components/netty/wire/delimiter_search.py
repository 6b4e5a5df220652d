"""DelimiterSearch: where a delimiter stands in a chunk, one after the other."""

from __future__ import annotations

from typing import Final, final

from mypy_extensions import i64

__all__ = ["DelimiterSearch"]

# Up to this many bytes in front of the first delimiter, all are searched for together: that costs about a nanosecond a byte,
# and a search of its own for each about eighty, but hardly more for a long frame.
_SHORT: Final = 64


@final
class DelimiterSearch:
    """`begin` a chunk, then ask for the `next` one from where the last one ended."""

    def __init__(self, delimiter: bytes) -> None:
        self._delimiter = delimiter
        self._data = b""
        self._pieces: list[bytes] = []  # of a chunk of short ones: what stands in front of each, and behind the last
        self._number: i64 = 0
        self._is_searched = True  # and there are none, or none that the pieces do not tell

    def begin(self, data: bytes) -> None:
        """Take the next chunk."""
        self._data = data
        first: i64 = data.find(self._delimiter, 0, _SHORT)
        self._is_searched = first >= 0 or len(data) <= _SHORT
        if first >= 0:
            self._pieces = data.split(self._delimiter)
            self._number = 0
        elif self._pieces:
            self._pieces = []

    def next(self, start: i64) -> i64:
        """The index at which the next delimiter begins; -1 if none is left.

        *start* is the beginning of the chunk, or the end of the last one.
        """
        # hot path: once for each frame (tests/bench/test_decoders.py).
        if not self._is_searched:
            return self._data.find(self._delimiter, start)
        pieces = self._pieces
        number = self._number
        if number + 1 >= len(pieces):
            return -1
        self._number = number + 1
        return start + len(pieces[number])
