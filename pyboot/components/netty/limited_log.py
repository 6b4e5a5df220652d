"""LimitedLog: what one server's log says of things that happen again and again: the first in full, then a count.

Theory of operation. Each reason has a window of ten seconds on the clock of the loop that tells it. The first *burst* records of a
window are written as they come, the others are counted; when the window ends, one line says how many there were, and the next
window begins with its burst used up. A window in which nothing happened is forgotten. So a flood costs a line in ten seconds
for each reason, however long it lasts, and every record is either written or counted. `flush` writes the counts that are left: who
closes a server or a loop calls it, and what nobody flushed, as of a loop that was closed without a word, is written when the process ends.

Channels of several loops may share one: the lock is held for the table alone, never while something is written.
"""

from __future__ import annotations

import asyncio
import atexit
import logging
import threading
from collections import Counter
from typing import Final, final

from .tally import Tally

__all__ = ["WINDOW_SECONDS", "LimitedLog"]

WINDOW_SECONDS: Final = 10.0

# The clocks of loops are the same, but one of them may lag by the length of a turn, and a loop in a test has a clock of its own.
_LAG_SECONDS: Final = 1.0

_MOST_SAID: Final = 1000  # of things that are told once: reasons are few, and a table has a bound


@final
class _Window:
    __slots__ = ("began", "last", "left_out", "level", "logger", "reason", "written")

    def __init__(self, logger: logging.Logger, level: int, reason: str, began: float) -> None:
        self.logger = logger
        self.level = level
        self.reason = reason
        self.began = began
        self.written = 0
        self.left_out = 0
        self.last = ""

    def holds(self, now: float) -> bool:
        """True if *now* is in this window, by the same clock."""
        return -_LAG_SECONDS <= now - self.began < WINDOW_SECONDS + _LAG_SECONDS

    def take_count(self) -> tuple[int, str]:
        """Return the number of lines left out since the last call, and the last of them."""
        count, self.left_out = self.left_out, 0
        return count, self.last


@final
class LimitedLog:
    """The limits of one server, of one channel that has none, or of the clients of one loop; *whose* is written with each count."""

    def __init__(self, whose: str) -> None:
        self._whose = whose
        self._lock = threading.RLock()  # a log handler may cause records of its own
        self._windows: dict[str, _Window] = {}
        self._said: set[str] = set()
        self.tally = Tally()  # of what is no fault of peers
        self.counts: Counter[str] = Counter()  # by reason: of peers; whatever the log says of them

    def count(self, reason: str) -> None:
        """Count what is told under *reason*, whether or not the log wants to know."""
        with self._lock:
            if reason in self.counts or len(self.counts) < _MOST_SAID:
                self.counts[reason] += 1

    def is_first(self, reason: str) -> bool:
        """True for the first call with *reason*: for what is told once, because it does not change while the program runs."""
        with self._lock:
            if reason in self._said or len(self._said) >= _MOST_SAID:
                return False
            self._said.add(reason)
            return True

    def tell(
        self,
        loop: asyncio.AbstractEventLoop,
        logger: logging.Logger,
        level: int,
        reason: str,
        text: str,
        *,
        burst: int = 1,
        error: BaseException | None = None,
    ) -> None:
        """Write *text*, with the traceback of *error* if there is one, or count it under *reason*. On *loop*."""
        if not logger.isEnabledFor(level):
            return
        ended: _Window | None = None
        with self._lock:
            now = loop.time()
            window = self._windows.get(reason)
            if window is None or not window.holds(now):
                ended, window = window, _Window(logger, level, reason, now)
                self._windows[reason] = window
                loop.call_later(WINDOW_SECONDS, self._end, loop, window)
            if is_written := window.written < burst:
                window.written += 1
            else:
                window.left_out += 1
                window.last = text
                _counting[window] = self._whose
        if ended is not None:
            _write_count(ended, self._whose)  # its loop ended before it did
        if is_written:
            logger.log(level, "%s", text, exc_info=error)

    def _end(self, loop: asyncio.AbstractEventLoop, window: _Window) -> None:
        with self._lock:
            if self._windows.get(window.reason) is not window:
                return
            if window.left_out:
                window.began = loop.time()
                loop.call_later(WINDOW_SECONDS, self._end, loop, window)
            else:
                del self._windows[window.reason]
        _write_count(window, self._whose)

    def flush(self) -> None:
        """Write the counts that are left; the windows stay."""
        for window in list(self._windows.values()):
            _write_count(window, self._whose)

    def __repr__(self) -> str:
        return f"<LimitedLog of {self._whose} reasons={len(self._windows)}>"


def _write_count(window: _Window, whose: str) -> None:
    _counting.pop(window, None)
    count, last = window.take_count()
    if count:
        text = "%d more of %s in %g s, %s; the last: %s"
        window.logger.log(window.level, text, count, window.reason, WINDOW_SECONDS, whose, last)


# The windows that keep a count, with whose they are; they are kept here, for their loop and their server may be gone at the end.
_counting: Final[dict[_Window, str]] = {}


@atexit.register
def _write_what_is_left() -> None:
    for window, whose in list(_counting.items()):
        _write_count(window, whose)
