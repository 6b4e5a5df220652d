"""Given sockets: what a process has where somebody else holds its listening sockets, a supervisor of several processes for example.

By default a channel binds its own sockets. After `use_source` each one that is to be bound is asked for at the source, which knows nothing
of channels but `Listening`: more sockets to accept from, while a neighbour is away, and a break in reading, while a successor takes over.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from typing import Any, Protocol, final

__all__ = ["Listening", "SocketSource", "socket_source", "use_source"]


class SocketSource(Protocol):
    """Gives sockets that are bound."""

    def bound_socket(self, family: int, kind: int, address: Any, *, only_v6: bool, listening: Listening) -> tuple[int, bool]:
        """The descriptor of a socket bound to *address*, and whether other processes accept from it as well; raises OSError."""


class Borrower(Protocol):
    """A channel that can have given sockets."""

    loop: asyncio.AbstractEventLoop

    def adopt_socket(self, descriptor: int, owner: object) -> None:
        """Accept from one more socket, which is of *owner*."""

    def give_back(self, owner: object) -> None:
        """Close what was adopted from *owner*."""

    def pause_reading(self) -> None:
        """Stop reading until `resume_reading` was called as often."""

    def resume_reading(self) -> None:
        """Go on."""


@final
class Listening:
    """A channel as the source sees it; to be called from any thread. What comes after the end of its loop is closed, or left alone."""

    def __init__(self, channel: Borrower) -> None:
        self._channel = channel
        self._is_held = False

    def adopt(self, descriptor: int, owner: object) -> None:
        """Accept from one more socket, which is of *owner*."""
        if not self._call(lambda: self._channel.adopt_socket(descriptor, owner)):
            os.close(descriptor)

    def give_back(self, owner: object) -> None:
        """Accept no longer from what was adopted from *owner*."""
        self._call(lambda: self._channel.give_back(owner))

    def hold(self) -> None:
        """Read nothing until `go_on`."""
        if not self._is_held:
            self._is_held = self._call(self._channel.pause_reading)

    def go_on(self) -> None:
        """Read again, where `hold` was called."""
        if self._is_held:
            self._is_held = False
            self._call(self._channel.resume_reading)

    def _call(self, call: Callable[[], object]) -> bool:
        try:
            self._channel.loop.call_soon_threadsafe(call)
        except RuntimeError:  # the loop is closed
            return False
        return True


_source: SocketSource | None = None


def socket_source() -> SocketSource | None:
    """The source of the process; None, where it binds for itself."""
    return _source


def use_source(source: SocketSource | None) -> None:
    """Ask *source* for every socket that is to be bound from here on; None: bind."""
    global _source  # of the process, as its sockets are
    _source = source
