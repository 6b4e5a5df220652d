"""Lines ended by ``\\n`` or ``\\r\\n``: bytes in, lines out.

::

    BEFORE                                   AFTER (strip_delimiter=True)
    +------------------------------+         +---------+  +----------+
    | "first" 0D0A "second" 0A "th |  ---->  | "first" |  | "second" |
    +------------------------------+         +---------+  +----------+

A lone carriage return is data. What of a line has come is searched once: the scan goes on where the last chunk ended.
Source: Netty's ``LineBasedFrameDecoder``.
"""

from __future__ import annotations

from typing import final

from mypy_extensions import i64

from pyboot.components.netty.buffer.byte_buffer import ByteBuffer
from pyboot.components.netty.errors import TooLongFrameError

from .delimiter_search import DelimiterSearch
from .reader import FrameReader

__all__ = ["LineReader"]


@final
class LineReader(FrameReader):
    """Cuts a stream of chunks into lines: `feed` a chunk, then `next_frame` until it gives None.

    Args:
        max_line_bytes: longest line accepted, without its end.
        strip_delimiter: whether the end of the line is cut off.
        fail_fast: raise `TooLongFrameError` as soon as a line is too long, not when its end has come.
        ignore_empty: whether empty lines are left out.

    Raises:
        ValueError: for a limit below one byte.
    """

    def __init__(self, max_line_bytes: int, strip_delimiter: bool = True, fail_fast: bool = False, ignore_empty: bool = False) -> None:
        super().__init__()
        if max_line_bytes < 1:
            raise ValueError(f"max_line_bytes {max_line_bytes}, must be at least 1")
        self._max: i64 = max_line_bytes
        self._strip = strip_delimiter
        self._fail_fast = fail_fast
        self._ignore_empty = ignore_empty
        self._search = DelimiterSearch(b"\n")
        self._discarded: i64 = 0  # bytes of a line that is too long, gone by
        self._return_came = False  # the last of them was a carriage return

    def feed(self, data: bytes) -> None:
        self._data = data
        self._position = 0
        self._search.begin(data)

    def next_frame(self) -> ByteBuffer | None:
        """The next whole line, or None if more bytes are needed; raises `TooLongFrameError`."""
        # hot path: once for each line (tests/bench/test_decoders.py).
        data = self._data
        start = self._position
        end = self._search.next(start)
        if self._discarded > 0:
            return self._discard(end)
        if end < 0:
            self._cumulate()
            return None
        if self._cumulated > 0:
            return self._cut_cumulated(end)
        self._position = end + 1
        length = end - start
        if length > 0 and data[end - 1] == 13:
            length -= 1
        if length == 0 and self._ignore_empty:
            return self._behind_empty()
        if length > self._max:
            raise TooLongFrameError(int(length), int(self._max))
        return ByteBuffer(data, start, start + length if self._strip else end + 1)

    def is_between_frames(self) -> bool:
        return self._discarded == 0 and super().is_between_frames()

    def _behind_empty(self) -> ByteBuffer | None:
        """Skip all empty lines that stand here; a loop, for there may be many."""
        data = self._data
        size = len(data)
        at = self._position
        while at < size and (data[at] == 10 or (data[at] == 13 and at + 1 < size and data[at + 1] == 10)):
            at = self._search.next(at) + 1
        self._position = at
        return self.next_frame()

    def _cumulate(self) -> None:
        """Keep the beginning of a line, unless it is too long already."""
        data = self._data
        size = len(data) - self._position
        if size == 0:
            return
        cumulated = self._cumulated + size
        # The last byte may be the \r of the end of the line.
        may_end = 1 if data[len(data) - 1] == 13 else 0
        if cumulated - may_end > self._max:
            self._parts = []
            self._cumulated = 0
            self._position = len(data)
            self._discarded = cumulated
            self._return_came = may_end == 1
            if self._fail_fast:
                raise TooLongFrameError(int(cumulated), int(self._max), at_least=True)
            return
        self._cumulate_rest()

    def _cut_cumulated(self, end: i64) -> ByteBuffer | None:
        """The line that began in an earlier chunk; its ``\\r`` may have come in that one, so the whole is looked at, not the chunk."""
        line = self._take_cumulated(end + 1 - self._position)
        length = len(line) - 2 if line.endswith(b"\r\n") else len(line) - 1
        if length == 0 and self._ignore_empty:
            return self.next_frame()
        if length > self._max:
            raise TooLongFrameError(length, int(self._max))
        return ByteBuffer(line, 0, length if self._strip else len(line))

    def _discard(self, end: i64) -> ByteBuffer | None:
        """Drop the rest of a line that is too long; go on behind it."""
        data = self._data
        start = self._position
        if end < 0:
            if start < len(data):
                self._return_came = data[len(data) - 1] == 13
            self._discarded += len(data) - start
            self._position = len(data)
            return None
        length = self._discarded + end - start
        if data[end - 1] == 13 if end > start else self._return_came:
            length -= 1
        self._discarded = 0
        self._position = end + 1
        if not self._fail_fast:
            raise TooLongFrameError(int(length), int(self._max))
        return self.next_frame()
