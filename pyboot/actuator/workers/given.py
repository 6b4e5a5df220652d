"""Given siblings: what a process has where it is one of several workers of an application; None, where it is alone.

The management room knows nothing of the supervisor: whoever has started this process for one says so here, before any bean is made.
"""

import signal
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Protocol


class Answer(Protocol):
    """What one worker says; *data* is None where it could not; *is_last*: it is silent, or gone, and this is what it told before."""

    @property
    def slot(self) -> int:
        """Its place."""

    @property
    def pid(self) -> int:
        """Its process."""

    @property
    def state(self) -> str:
        """``ready``, or ``draining``."""

    @property
    def is_last(self) -> bool:
        """See above."""

    @property
    def data(self) -> bytes | None:
        """See above."""


class Collected(Protocol):
    """What all have said."""

    @property
    def answers(self) -> Sequence[Answer]:
        """By slot."""

    @property
    def silent(self) -> Sequence[Mapping[str, Any]]:
        """The workers that did not answer in time."""

    @property
    def workers(self) -> Sequence[Mapping[str, Any]]:
        """The table of all."""

    @property
    def totals(self) -> bytes | None:
        """What those that are gone had counted."""


class Asking(Protocol):
    """Asks all workers, and answers."""

    def answer_with(self, answering: Callable[[Mapping[str, Any]], Awaitable[bytes]]) -> None:
        """Let *answering* answer from here on."""

    async def ask(self, what: Mapping[str, Any], seconds: float, *, slot: int | None = None, totals: bool = False) -> Collected:
        """Ask all workers, or the one of *slot*; raises OSError where the supervisor is not there."""

    def tell_totals(self, data: bytes) -> None:
        """Tell what this worker has counted so far; raises OSError where it cannot be told."""


class Siblings(Protocol):
    """The workers of the application, this one included."""

    @property
    def slot(self) -> int:
        """The place of this one."""

    @property
    def asking(self) -> Asking:
        """What asks them."""

    def wish(self, number: signal.Signals, /) -> None:
        """Ask the supervisor for what it does for a signal."""


_siblings: Siblings | None = None


def siblings() -> Siblings | None:
    """Return those of this process; None, where it is alone."""
    return _siblings


def use_siblings(found: Siblings | None) -> None:
    """Let this process be one of several from here on; None: alone."""
    global _siblings  # of the process, as its supervisor is
    _siblings = found
