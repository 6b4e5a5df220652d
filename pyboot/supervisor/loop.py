"""Loop: the one place where the supervisor waits: for descriptors that can be read, and for the time of a call.

Law of time: who is judged in a turn is judged by the time at which the turn began, `now`. The process may be stopped in the middle of a
turn as well; by any later clock it would take for silence what nobody has had the chance to read.
"""

import selectors
import time
from collections.abc import Callable
from typing import Final, Protocol, Self, final

from .timers import Timer, Timers

__all__ = ["Loop"]

_LATE_SECONDS: Final = 1.0
_LONGEST_SECONDS: Final = 3600.0  # of one wait: a selector takes no more than 24 days, and a turn with nothing to do costs nothing


class Readable(Protocol):
    """Whatever has a descriptor."""

    def fileno(self) -> int:
        """Return it."""


@final
class Loop:
    """A selector and timers, in one thread."""

    def __init__(self) -> None:
        """Begin with nothing to wait for."""
        self._selector = selectors.DefaultSelector()
        self._timers = Timers()
        self.now = time.monotonic()
        """When the turn began that is under way, or was last."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._selector.close()

    def hear(self, source: Readable | int, call: Callable[[], object]) -> None:
        """Call *call* each time that *source* can be read."""
        self._selector.register(source, selectors.EVENT_READ, call)

    def forget(self, source: Readable | int) -> None:
        """Hear *source* no longer, nor what has come for it in this turn: a process that a signal has told of has ended but once."""
        self._selector.unregister(source)

    def await_room(self, source: Readable | int, *, is_awaited: bool) -> None:
        """Make the call of *source*, which is heard, also when it takes more, or not any longer."""
        events = selectors.EVENT_READ | (selectors.EVENT_WRITE if is_awaited else 0)
        self._selector.modify(source, events, self._selector.get_key(source).data)

    def later(self, seconds: float, call: Callable[[], object]) -> Timer:
        """Call *call* in so many seconds."""
        return self._timers.at(time.monotonic() + seconds, call)

    def turn(self, on_late: Callable[[], object]) -> None:
        """Wait, and make the calls that are due: what has come is read before deadlines are judged.

        *on_late* is called first where the turn begins far too late, or the one before took far too long: the process, or the whole
        machine, stood still meanwhile.
        """
        due, before = self._timers.next_due(), time.monotonic()
        is_late = before - self.now > _LATE_SECONDS
        events = self._selector.select(None if due is None else min(max(0.0, due - before), _LONGEST_SECONDS))
        self.now = now = time.monotonic()
        if is_late or (due is not None and now - max(due, before) > _LATE_SECONDS):
            on_late()
        sources = self._selector.get_map()
        for key, _ in events:
            if sources.get(key.fd) is key:
                key.data()
        self._timers.run(now)
