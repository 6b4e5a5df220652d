"""Streams: the standard streams of a supervisor. A standard error that is closed, full, or read by nobody is no reason to end a service."""

import contextlib
import os
import select
from typing import Final, final

__all__ = ["Reports", "open_streams", "say"]

_STANDARD: Final = (0, 1, 2)
_ERROR: Final = 2
_PIECE: Final = 4096  # bytes that a pipe takes without blocking where it says that it has room: PIPE_BUF of Linux


def open_streams() -> None:
    """Open the null device in the place of each standard stream that is closed.

    The next descriptor that is opened would have its number otherwise, and the channel to a worker be written reports into.
    """
    for descriptor in _STANDARD:
        try:
            os.fstat(descriptor)
        except OSError:
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)  # the lowest number that is free, which is this one


def say(text: str) -> None:
    """Write *text* to standard error as far as that takes it without a wait: a paused pager must not hold up who replaces workers."""
    data, room = text.encode(errors="backslashreplace"), select.poll()
    room.register(_ERROR, select.POLLOUT)
    with contextlib.suppress(OSError):
        while data and room.poll(0):
            data = data[os.write(_ERROR, data[:_PIECE]) :]


@final
class Reports:
    """The reports of starts that have failed: each is said once, however many workers end with it."""

    def __init__(self) -> None:
        """Begin with none."""
        self._said: set[str] = set()

    def say(self, report: str) -> None:
        """Say *report*, unless it was said before."""
        if report not in self._said:
            self._said.add(report)
            say(report)

    def clear(self) -> None:
        """Say everything again, where it happens again: somebody has changed something."""
        self._said.clear()
