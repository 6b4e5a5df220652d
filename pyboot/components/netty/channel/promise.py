"""Promises: how an operation that is not over yet tells its end.

A promise is not an ``asyncio.Future``: listeners run at once, in the order they were added, where a future would
put a turn of the loop between the end of an operation and what depends on it (Netty's order "connect promise, then
channel_active" needs that). It can be awaited all the same. Source: Netty's ``DefaultPromise``.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Generator
from types import AsyncGeneratorType, CoroutineType, GeneratorType
from typing import TYPE_CHECKING, Any, Final, final

from .fault import note, tell_fault
from .waiting import until_done

if TYPE_CHECKING:
    from .channel import Channel

__all__ = ["DONE", "ChannelPromise", "Completed"]

_log = logging.getLogger(__name__)

_PENDING: Final = 0
_SUCCEEDED: Final = 1
_FAILED: Final = 2
_CANCELLED: Final = 3
_STATES: Final = ("pending", "done", "failed", "cancelled")


@final
class Completed:
    """An awaitable that is over already: what operations return that never make anybody wait."""

    def __await__(self) -> Any:  # Any: an iterator that yields nothing, cheaper than a generator
        return iter(())


DONE: Final = Completed()


@final
class ChannelPromise:
    """The end of one operation on one channel: pending, then done, failed or cancelled, for good.

    It belongs to the channel's loop; add listeners and await it there. *is_awaited* tells whether anybody ever asked
    for the end: a failed write that nobody asks for is reported to exception_caught.
    """

    def __init__(self, channel: Channel | None = None) -> None:
        self.channel = channel
        self.is_awaited = False
        self._is_uncancellable = False
        self._state = _PENDING
        self._result: object = None
        self._error: BaseException | None = None
        self._listeners: list[Callable[[ChannelPromise], object]] | None = None

    @property
    def is_done(self) -> bool:
        """Whether the operation is over, one way or another."""
        return self._state != _PENDING

    @property
    def is_success(self) -> bool:
        """Whether the operation did what it was asked for."""
        return self._state == _SUCCEEDED

    @property
    def is_cancelled(self) -> bool:
        """Whether the operation was cancelled before it began."""
        return self._state == _CANCELLED

    @property
    def error(self) -> BaseException | None:
        """Why the operation failed, or None."""
        return self._error

    def result(self) -> object:
        """What the operation gave; raises its error, or ``asyncio.InvalidStateError`` while it is pending."""
        if self._state == _PENDING:
            raise asyncio.InvalidStateError("the operation is not over yet")
        if self._error is not None:
            raise self._error
        return self._result

    def add_listener(self, listener: Callable[[ChannelPromise], object]) -> ChannelPromise:
        """Call *listener* with this promise when the operation is over; at once if it is already."""
        self.is_awaited = True
        if self._listeners is not None:
            self._listeners.append(listener)  # pending, or in the middle of telling the ones before
        elif self._state == _PENDING:
            self._listeners = [listener]
        else:
            self._notify(listener)
        return self

    def remove_listener(self, listener: Callable[[ChannelPromise], object]) -> ChannelPromise:
        """Forget *listener*, if it was not told yet."""
        if self._listeners is not None and listener in self._listeners:
            self._listeners.remove(listener)
        return self

    def set_success(self, result: object = None) -> ChannelPromise:
        """Mark the operation done; raises ``asyncio.InvalidStateError`` if it is over already."""
        if not self.try_success(result):
            raise asyncio.InvalidStateError(f"the operation is {_STATES[self._state]} already")
        return self

    def set_failure(self, error: BaseException) -> ChannelPromise:
        """Mark the operation failed; raises ``asyncio.InvalidStateError`` if it is over already."""
        if not self.try_failure(error):
            raise asyncio.InvalidStateError(f"the operation is {_STATES[self._state]} already")
        return self

    def try_success(self, result: object = None) -> bool:
        """Mark the operation done unless it is over; tell whether this call did it."""
        if self._state != _PENDING:
            return False
        self._result = result
        self._end(_SUCCEEDED)
        return True

    def try_failure(self, error: BaseException) -> bool:
        """Mark the operation failed unless it is over; tell whether this call did it."""
        if self._state != _PENDING:
            return False
        self._error = error
        if self.channel is not None:
            note(error, self.channel)
        self._end(_FAILED)
        return True

    def cancel(self) -> bool:
        """Give the operation up if it has not begun; tell whether that was in time. A cancelled write never leaves."""
        if self._state != _PENDING or self._is_uncancellable:
            return False
        self._error = asyncio.CancelledError()
        self._end(_CANCELLED)
        return True

    def check(self, channel: Channel) -> bool:
        """Whether an operation of *channel* may take this promise; False if it was cancelled before.

        Raises ValueError for a promise of another channel, one that is over, and the channel's own close_future.
        """
        if self.channel is not None and self.channel is not channel:
            raise ValueError(f"{self!r} belongs to {self.channel!r}, not to {channel!r}")
        if self is channel.close_future:
            raise ValueError("close_future is not for operations: make a promise with new_promise()")
        if self._state == _CANCELLED:
            return False
        if self._state != _PENDING:
            raise ValueError(f"{self!r} is over already: every operation wants a promise of its own")
        return True

    def set_uncancellable(self) -> bool:
        """The operation has begun: from here on it cannot be given up. False if it was given up before."""
        self._is_uncancellable = True
        return self._state != _CANCELLED

    def _end(self, state: int) -> None:
        self._state = state
        listeners = self._listeners
        if listeners is not None:
            for listener in listeners:  # grows while it is gone through
                self._notify(listener)
            self._listeners = None

    def _notify(self, listener: Callable[[ChannelPromise], object]) -> None:
        try:
            outcome = listener(self)
            if outcome is not None and isinstance(outcome, CoroutineType | GeneratorType | AsyncGeneratorType):
                if isinstance(outcome, CoroutineType):
                    outcome.close()
                raise TypeError(f"{listener!r} is no plain function: nobody would run what it gave")
        except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001  # a listener must not keep the next one from being told
            if self.channel is None:
                _log.error("a listener of %r raised", self, exc_info=error)
            else:
                tell_fault(self.channel, f"a listener of {self!r} raised", error)

    def __await__(self) -> Generator[Any, None, Any]:
        """Wait for the end. Cancelling the waiting task does not touch the operation."""
        self.is_awaited = True
        return until_done(self)

    def __repr__(self) -> str:
        return f"<ChannelPromise {_STATES[self._state]}{f': {self._error!r}' if self._error is not None else ''}>"
