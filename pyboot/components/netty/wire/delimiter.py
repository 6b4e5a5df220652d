"""Frames ended by one of several delimiters: bytes in, frames out.

::

    delimiters = [b"\\n", b"\\r\\n"]

    BEFORE                              AFTER (strip_delimiter=True)
    +---------------------------+       +-----+  +-----+
    | "ABC" 0A "DEF" 0D0A "GH   |  -->  | ABC |  | DEF |
    +---------------------------+       +-----+  +-----+

Law: frames and errors follow from the stream alone, never from how it is cut. So a frame ends with the first byte that ends a
delimiter; of several that end there the longest is taken, which gives the shortest frame: ``\\r\\n`` wins over ``\\n`` above. Where one
delimiter begins another, the rest of the longer is skipped: a frame that ended with ``\\r`` at the end of a chunk is given at once, and
a ``\\n`` at the beginning of the next one belongs to it (only a frame that keeps its delimiter shows which part of it had come). A
frame is too long when it is whatever comes next: the bytes at its end that may begin a delimiter do not count yet.

What has come is searched once: the search goes on where it ended, less those bytes. Where all delimiters end with the shortest, as
above, a chunk is searched for all its frames together. Source: Netty's ``DelimiterBasedFrameDecoder``.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import final

from mypy_extensions import i64

from pyboot.components.netty.buffer.byte_buffer import ByteBuffer
from pyboot.components.netty.errors import TooLongFrameError

from .delimiter_search import DelimiterSearch
from .reader import FrameReader

__all__ = ["DelimiterReader"]


@final
class DelimiterReader(FrameReader):
    """Cuts a stream of chunks into frames.

    Args:
        delimiters: one or more, none of them empty.
        max_frame_bytes: longest frame accepted, without its delimiter.
        strip_delimiter: whether the delimiter is cut off.
        fail_fast: raise `TooLongFrameError` as soon as a frame is too long, not when its delimiter has come.
        ignore_empty: whether frames of no bytes are left out.

    Raises:
        ValueError: for no delimiter, an empty one, or a limit below one byte.
    """

    def __init__(
        self,
        delimiters: Iterable[bytes],
        max_frame_bytes: int,
        strip_delimiter: bool = True,
        fail_fast: bool = True,
        ignore_empty: bool = False,
    ) -> None:
        super().__init__()
        self._delimiters = sorted({bytes(delimiter) for delimiter in delimiters}, key=len)
        if not self._delimiters or not all(self._delimiters):
            raise ValueError(f"delimiters {self._delimiters!r}: one or more, none of them empty")
        if max_frame_bytes < 1:
            raise ValueError(f"max_frame_bytes {max_frame_bytes}, must be at least 1")
        self._found = [-1] * len(self._delimiters)  # where each stands next in the chunk; behind its end where it does not
        self._rests = _rests(self._delimiters)
        self._shortest = self._delimiters[0]
        # In front of the shortest delimiter, what makes it one of the others; longest first.
        self._longer = [each[: -len(self._shortest)] for each in reversed(self._delimiters[1:])]
        self._is_told_by_shortest = all(each.find(self._shortest) == len(each) - len(self._shortest) for each in self._delimiters)
        self._search = DelimiterSearch(self._shortest)
        self._begun = frozenset(each[:size] for each in self._delimiters for size in range(1, len(each)))  # what may become one
        self._begins = frozenset(each[-1] for each in self._begun)
        self._may_follow: list[bytes] = []  # what would make the delimiter of the last frame a longer one, if it came next
        self._overlap: i64 = max(map(len, self._delimiters)) - 1
        self._max: i64 = max_frame_bytes
        self._strip = strip_delimiter
        self._fail_fast = fail_fast
        self._ignore_empty = ignore_empty
        self._tail = b""  # the last of the parts that are kept, if a delimiter may begin in it
        self._discarded: i64 = 0  # bytes of a frame that is too long, gone by

    def feed(self, data: bytes) -> None:
        # The end of the last chunk may be the beginning of a delimiter: it is looked at again, with what follows.
        if self._tail:
            if self._cumulated > 0:
                self._parts.pop()
                self._cumulated -= len(self._tail)
                data = self._tail + data
            self._tail = b""
        if self._may_follow:
            # The last frame ended with a delimiter that begins a longer one: if this chunk has its rest, that was meant.
            rest, self._may_follow = _followed(self._may_follow, data)
            data = data[rest:]
        self._data = data
        self._position = 0
        if self._is_told_by_shortest:
            self._search.begin(data)
        else:
            self._found = [-1] * len(self._delimiters)

    def next_frame(self) -> ByteBuffer | None:
        """The next frame, or None if more bytes are needed; raises `TooLongFrameError`."""
        # hot path: the loop runs once for each frame (tests/bench/test_decoders.py).
        while True:
            if self._may_follow:
                self._keep(len(self._data) - self._position)
                return None
            end, width = self._find_shortest() if self._is_told_by_shortest else self._find()
            if end < 0:
                self._cumulate()
                return None
            length = self._cumulated + self._discarded + end - self._position
            if self._discarded > 0 or length > self._max:
                self._refuse(length, end + width)
            elif length == 0 and self._ignore_empty:
                self._position = end + width
            else:
                return self._cut(end, width)

    def _find_shortest(self) -> tuple[i64, i64]:
        """The index at which the next frame ends, and the length of its delimiter; -1 if there is none."""
        start = self._position
        end = self._search.next(start)
        width: i64 = len(self._shortest)
        for before in self._longer:
            size: i64 = len(before)
            if end - size >= start and self._data.startswith(before, end - size):
                return end - size, width + size
        return end, width

    def _find(self) -> tuple[i64, i64]:
        """The same for delimiters of any kind."""
        data = self._data
        start = self._position
        behind: i64 = -1
        width: i64 = 0
        for number, delimiter in enumerate(self._delimiters):  # the shortest first, so that of two that end together the longer is taken
            at: i64 = self._found[number]
            if at < start:
                at = data.find(delimiter, start)
                self._found[number] = at if at >= 0 else len(data)
            size: i64 = len(delimiter)
            if at >= 0 and at + size <= len(data) and (behind < 0 or at + size <= behind):
                behind = at + size
                width = size
        if behind < 0:
            return -1, 0
        end = behind - width
        if self._rests:
            rest, self._may_follow = _followed(self._rests.get(data[end:behind], []), data[behind : behind + self._overlap])
            width += rest
        return end, width

    def _cut(self, end: i64, width: i64) -> ByteBuffer:
        start = self._position
        if self._cumulated > 0:
            whole = self._take_cumulated(end + width - start)
            return ByteBuffer(whole, 0, len(whole) - width if self._strip else len(whole))
        self._position = end + width
        return ByteBuffer(self._data, start, end if self._strip else end + width)

    def is_between_frames(self) -> bool:
        return self._discarded == 0 and super().is_between_frames()

    def _refuse(self, length: i64, behind: i64) -> None:
        """A frame that is too long ends here: drop it, and say so unless that was done."""
        was_told = self._discarded > 0 and self._fail_fast
        self._parts = []
        self._cumulated = 0
        self._discarded = 0
        self._position = behind
        if not was_told:
            raise TooLongFrameError(int(length), int(self._max))

    def _cumulate(self) -> None:
        """Keep the beginning of a frame, unless it is too long already; its last bytes apart, if a delimiter may begin there."""
        size = len(self._data) - self._position
        if size == 0:
            return  # asked again, behind what was kept or told
        tail = self._size_of_begun(size)
        sure = self._cumulated + size - tail
        if self._discarded > 0 or sure > self._max:
            self._drop(sure, tail)
        else:
            self._keep(tail)

    def _size_of_begun(self, size: i64) -> i64:
        """The number of the last *size* bytes that may be the beginning of a delimiter."""
        data = self._data
        if data[len(data) - 1] not in self._begins:
            return 0
        tail = min(self._overlap, size)
        while tail > 0 and data[len(data) - tail :] not in self._begun:
            tail -= 1
        return tail

    def _keep(self, tail: i64) -> None:
        """Keep what is left of the chunk, the last *tail* bytes of it apart, to be searched again with what follows."""
        data = self._data
        cut = len(data) - tail
        if cut > self._position:
            self._parts.append(data if tail == 0 and self._position == 0 else data[self._position : cut])
        if tail > 0:
            self._tail = data[cut:]
            self._parts.append(self._tail)
        self._cumulated += len(data) - self._position
        self._position = len(data)

    def _drop(self, sure: i64, tail: i64) -> None:
        first = self._discarded == 0
        self._discarded += sure
        self._tail = self._data[len(self._data) - tail :] if tail > 0 else b""
        self._parts = [self._tail]
        self._cumulated = tail
        self._position = len(self._data)
        if first and self._fail_fast:
            raise TooLongFrameError(int(self._discarded + tail), int(self._max), at_least=True)


def _rests(delimiters: list[bytes]) -> dict[bytes, list[bytes]]:
    """For each delimiter that begins longer ones, what those have behind it, longest first."""
    rests: dict[bytes, list[bytes]] = {}
    for short in delimiters:
        longer = sorted((each for each in delimiters if each != short and each.startswith(short)), key=len, reverse=True)
        if longer:
            rests[short] = [each[len(short) :] for each in longer]
    return rests


def _followed(rests: list[bytes], data: bytes) -> tuple[int, list[bytes]]:
    """Match *data* with *rests*, longest first: the length of the one that it begins with, and the rests that more bytes may still make
    of it.
    """
    size = next((len(rest) for rest in rests if data.startswith(rest)), 0)
    return size, [rest[size:] for rest in rests if len(rest) > len(data) and rest.startswith(data)]
