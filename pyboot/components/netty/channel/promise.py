"""Promises: how an operation that is not over yet tells its end.

A promise is not an ``asyncio.Future``: listeners run at once, in the order they were added, where a future would
put a turn of the loop between the end of an operation and what depends on it (Netty's order "connect promise, then
channel_active" needs that). It can be awaited all the same. Source: Netty's ``DefaultPromise``.

The law of listeners: each is told once, those of one promise in their order, whatever the others do. A listener that ends
another promise finds its listeners told when that call returns; `NESTING_LIMIT` calls deep, they are told when the
listener has returned instead, and before the outermost call does. So a chain of promises may be of any length.
"""

from __future__ import annotations

import asyncio
import contextvars
import logging
from collections import deque
from collections.abc import Callable, Generator
from functools import partial
from types import AsyncGeneratorType, CoroutineType, GeneratorType
from typing import TYPE_CHECKING, Any, Final, final

from .coroutines.waiting import until_done, until_turn
from .fault import note, tell_fault
from .loop_state import ENDS_PROGRAMS, raise_on

if TYPE_CHECKING:
    from .channel import Channel
    from .context import ChannelHandlerContext

__all__ = ["DONE", "ChannelProgressivePromise", "ChannelPromise", "Completed", "is_refused", "raise_if_refused"]

_log = logging.getLogger(__name__)

_PENDING: Final = 0
_SUCCEEDED: Final = 1
_FAILED: Final = 2
_CANCELLED: Final = 3
_STATES: Final = ("pending", "done", "failed", "cancelled")

# Made once: a union of types is made anew each time that it is met.
_RUN_BY_NOBODY: Final = (CoroutineType, GeneratorType, AsyncGeneratorType)

# How many promises deep listeners are told on one stack: Netty's figure (``io.netty.defaultPromise.maxListenerStackDepth``).
NESTING_LIMIT: Final = 8


@final
class Completed:
    """An awaitable that is over already; operations that never make anybody wait return it.

    That of a channel counts how often it is awaited: with the budget of a turn spent, the loop has its turn (`budget`).
    """

    def __init__(self, channel: Channel | None = None) -> None:
        self._channel = channel

    def __await__(self) -> Any:  # Any: an iterator that yields nothing, cheaper than a generator, or one that gives the loop its turn
        channel = self._channel
        return iter(()) if channel is None or channel.may_go_on() else until_turn(channel)


DONE: Final = Completed()


class ChannelPromise:
    """The end of one operation on one channel: pending, then done, failed or cancelled, for good.

    It belongs to the channel's loop; add listeners and await it there. *is_awaited* tells whether anybody ever asked
    for the end: a failed write that nobody asks for is reported to exception_caught.
    """

    def __init__(self, channel: Channel | None = None) -> None:
        self.channel = channel
        self.is_awaited = False
        self.holder: ChannelHandlerContext | None = None  # whose coroutine has the operation, and has not passed it on
        self._is_uncancellable = False
        self._state = _PENDING
        self._result: object = None
        self._error: BaseException | None = None
        self._listeners: list[Callable[[ChannelPromise], object]] | None = None

    @property
    def is_done(self) -> bool:
        """True if the operation is over, one way or another."""
        return self._state != _PENDING

    @property
    def is_success(self) -> bool:
        """True if the operation did what it was asked for."""
        return self._state == _SUCCEEDED

    @property
    def is_cancelled(self) -> bool:
        """True if the operation was cancelled before it began."""
        return self._state == _CANCELLED

    @property
    def error(self) -> BaseException | None:
        """The error that the operation failed with, or None."""
        return self._error

    def result(self) -> object:
        """The result of the operation; raises its error, or ``asyncio.InvalidStateError`` while it is pending."""
        if self._state == _PENDING:
            raise asyncio.InvalidStateError("the operation is not over yet")
        if self._error is not None:
            raise self._error
        return self._result

    def add_listener(self, listener: Callable[[ChannelPromise], object]) -> ChannelPromise:
        """Call *listener* with this promise when the operation is over; at once if it is already.

        Listeners are plain functions, called on the channel's loop. What one raises is logged, and so is a coroutine that it returns:
        nobody would await it.
        """
        self.is_awaited = True
        if self._listeners is not None:
            self._listeners.append(listener)  # pending, or in the middle of telling the ones before
        else:
            self._listeners = [listener]
            if self._state != _PENDING:
                _tell(self)
        return self

    def remove_listener(self, listener: Callable[[ChannelPromise], object]) -> ChannelPromise:
        """Forget *listener*, if it was not told yet."""
        listeners = self._listeners
        if listeners is not None and listener in listeners:
            listeners.remove(listener)  # it may be gone through just now: in the places of those that were told stands another
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
            note(error, self.channel)  # before listeners are told, which may hand it to another channel (law 3 of `fault`)
        self._end(_FAILED)
        return True

    def cancel(self) -> bool:
        """Give the operation up if it has not begun; tell whether that was in time. A cancelled write never leaves."""
        if self._state != _PENDING or self._is_uncancellable:
            return False
        self._error = asyncio.CancelledError()  # as of a future that was cancelled: awaiting it raises that
        self._end(_CANCELLED)
        return True

    def check(self, channel: Channel) -> bool:
        """True if an operation of *channel* may take this promise; False if it was cancelled before.

        Raises ValueError for a promise of another channel, one that is over, and the channel's own close_future.
        """
        if self.channel is not None and self.channel is not channel:
            raise ValueError(f"{self!r} belongs to {self.channel!r}, not to {channel!r}")
        if self is channel.end:
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
        if self._listeners is not None:
            _tell(self)

    def tell_listeners(self) -> None:
        """Call all listeners, those too that are added meanwhile; what ends programs is raised when all were told."""
        listeners = self._listeners
        assert listeners is not None
        interrupt: BaseException | None = None
        position = 0
        # By position, and told ones replaced, not removed: the list grows and shrinks under us, as listeners add and remove others.
        while position < len(listeners):
            listener = listeners[position]
            listeners[position] = _told
            position += 1
            try:
                self._notify(listener)
            except BaseException as error:  # noqa: BLE001  # a listener must not keep the next one from being told
                interrupt = error
        self._listeners = None
        if interrupt is not None:
            raise interrupt

    def _notify(self, listener: Callable[[ChannelPromise], object]) -> None:
        try:
            outcome = listener(self)
            if outcome is not None and isinstance(outcome, _RUN_BY_NOBODY):
                if isinstance(outcome, CoroutineType):
                    outcome.close()
                raise TypeError(f"{listener!r} is no plain function: nobody would run what it gave")
        except BaseException as error:  # a listener must not keep the next one from being told
            if isinstance(error, ENDS_PROGRAMS):
                if self.channel is None:
                    raise
                raise_on(self.channel.loop, error)
            elif self.channel is None:
                _log.error("a listener of %r raised", self, exc_info=error)
            else:
                tell_fault(self.channel, f"a listener of {self!r} raised", error)

    def __await__(self) -> Generator[Any, None, Any]:
        """Wait for the end. Cancelling the waiting task does not touch the operation."""
        self.is_awaited = True
        return until_done(self)

    def __repr__(self) -> str:
        return f"<ChannelPromise {_STATES[self._state]}{f': {self._error!r}' if self._error is not None else ''}>"


@final
class ChannelProgressivePromise(ChannelPromise):
    """A promise of a write that takes long, of a `FileRegion` or a `ChunkedInput`, which tells how far it is.

    Source: Netty's class of that name; its ``operationProgressed`` is what *listener* is here.
    """

    # No method of the class above is overridden, so that nobody's call of one is any slower for this class.

    def __init__(self, channel: Channel | None = None) -> None:
        super().__init__(channel)
        self._progress_listeners: list[Callable[[ChannelProgressivePromise, int, int], object]] = []

    def add_progress_listener(self, listener: Callable[[ChannelProgressivePromise, int, int], object]) -> ChannelProgressivePromise:
        """Call *listener* with this promise, the bytes that the network has taken, and those there are in all, or -1 if nobody knows.

        As with `add_listener`, a plain function; what it raises is logged. It hears nothing more once the operation is over.
        """
        self._progress_listeners.append(listener)
        return self

    def try_progress(self, progress: int, total: int) -> bool:
        """Tell the listeners of *progress*; False if the operation is over already."""
        if self._state != _PENDING:
            return False
        for listener in tuple(self._progress_listeners):
            self._notify(partial(_call_progress, listener, progress, total))
        return True


def _call_progress(listener: Callable[[ChannelProgressivePromise, int, int], object], progress: int, total: int, promise: Any) -> object:
    return listener(promise, progress, total)


def _told(_: ChannelPromise) -> None:
    """Stands in the place of a listener that was told."""


def _tell(promise: ChannelPromise) -> None:
    """Tell the listeners of *promise*, within the listeners that are being told on this stack already."""
    nesting = _nesting.get()
    if nesting is not None:
        nesting.tell(promise)
        return
    token = _nesting.set(_Nesting())
    try:
        promise.tell_listeners()
    finally:
        _nesting.reset(token)


@final
class _Nesting:
    """The depth of the calls of listeners on one thread's stack."""

    def __init__(self) -> None:
        self._depth = 1
        self._waiting: deque[ChannelPromise] = deque()  # ended so deep that their listeners are told later

    def tell(self, promise: ChannelPromise) -> None:
        """Tell the listeners of *promise*; past the limit, when those that are being told have returned."""
        if self._depth == NESTING_LIMIT:
            self._waiting.append(promise)
            return
        self._depth += 1
        try:
            if self._depth < NESTING_LIMIT:
                promise.tell_listeners()
                return
            # The deepest call that is allowed: it tells those of *promise*, then of all that are ended meanwhile, in their order.
            waiting = self._waiting
            waiting.append(promise)
            interrupt: BaseException | None = None
            while waiting:
                try:
                    waiting.popleft().tell_listeners()
                except BaseException as error:  # noqa: BLE001  # what ends programs waits until all were told
                    interrupt = error
            if interrupt is not None:
                raise interrupt
        finally:
            self._depth -= 1


# Of each context, as that stands for a stack: what is being told. A copy of the context that outlives the stack finds it at rest.
_nesting: Final[contextvars.ContextVar[_Nesting | None]] = contextvars.ContextVar("nesting of listeners", default=None)


def is_refused(written: object) -> bool:
    """True if *written*, which a write has returned, has failed already: nothing of the message was taken."""
    return isinstance(written, ChannelPromise) and written.error is not None


def raise_if_refused(written: object) -> None:
    """Raise why the first part of a message was refused: what comes behind it must not follow."""
    if isinstance(written, ChannelPromise) and written.error is not None:
        written.is_awaited = True  # it is told here
        raise written.error
