"""Mailbox: runs the coroutine callbacks of one context, one at a time and in order.

Theory of operation. An ``async def`` callback is stepped where its event happens, on the caller's stack: most of
them end in that first step, having cost little more than a plain call. Two things make that indistinguishable from
running in a task:

- while a callback is stepped, ``asyncio.current_task()`` is the mailbox's own task, swapped in around the step, so
  that timeouts, task groups and cancellation find what they look for. The task lives as long as the mailbox;
- the step runs in the channel's ``contextvars.Context``, which is also the task's.

Only when a callback really suspends does that task take it over (`driver.carry`). Until it ends, later events of
the context wait in the mailbox, in order; a mailbox past its limit keeps the channel from reading.

Within one read from the network (a *burst*) the last task swapped in stays in until the burst ends or another
callback needs its place: for a stream of messages to one handler the swap is paid once a read, not once a message.

A context has two mailboxes, one for inbound events and one for outbound operations: a callback may write through
its own handler and wait for it.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Coroutine, Generator
from types import CoroutineType
from typing import TYPE_CHECKING, Any, Final, final

from .driver import IDLE as _DRIVER_IDLE
from .driver import driver, main
from .loop_state import LoopState, swap_current_task
from .promise import DONE

if TYPE_CHECKING:
    from .context import ChannelHandlerContext
    from .handler import ChannelHandler

__all__ = ["Mailbox"]

_log = logging.getLogger(__name__)

# Kept here so that compiled code finds them without looking a name up.
IDLE: Final = _DRIVER_IDLE
_COROUTINE: Final = CoroutineType

type Call = tuple[Callable[..., Any], tuple[Any, ...]]


@final
class Mailbox:
    """The serial executor of one direction of one context. Awaiting it waits until it is idle."""

    def __init__(self, ctx: ChannelHandlerContext, state: LoopState, limit: int) -> None:
        self.ctx = ctx
        self.busy = False  # a callback is suspended
        self.stepping = False  # a callback runs on the stack right now
        self.closed = False
        self._state = state
        self._limit = limit
        self._holds_reading = False
        self._letters: deque[Call] = deque()
        self._task: asyncio.Task[None] | None = None
        self._wake: asyncio.Future[None] | None = None
        self._awaited: Any = None  # Any: what the callback that suspended last is waiting for
        self._idle_waiters: list[asyncio.Future[None]] | None = None
        self._new_driver()

    def _new_driver(self) -> None:
        generator = driver()
        self._send: Callable[[Any], Any] = generator.send
        self._throw: Callable[[BaseException], Any] = generator.throw
        self._send(None)

    # Delivery.

    def deliver_read(self, msg: object) -> Any:
        """Call the context's channel_read, as `deliver` does; an error before its first step is raised."""
        # hot path: once for each message to a coroutine handler (tests/bench/test_framed_async.py).
        ctx = self.ctx
        if self.busy or self.stepping:
            self._post((ctx.read_function, (ctx, msg)))
            return self
        outcome = ctx.read_function(ctx, msg)
        if outcome is None:
            return DONE
        if self._state.current is not self or not ctx.channel.in_context or type(outcome) is not _COROUTINE:
            return self.accept(outcome)
        # The task and the context are in place since the message before, as they are for all but the first of a read.
        self.stepping = True
        try:
            awaited = self._send(outcome)
        except BaseException as error:  # noqa: BLE001  # _ended_by lets through what must not be caught
            awaited = self._ended_by(error)
        finally:
            self.stepping = False
        if awaited is IDLE and not self._letters:
            return DONE
        return self._after_step(awaited)

    def deliver(self, function: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
        """Call *function* now, or when all that came before it is over; gives an awaitable that ends when it did."""
        if self.busy or self.stepping:
            self._post((function, arguments))
            return self
        try:
            outcome = function(*arguments)
        except Exception as error:  # noqa: BLE001  # any error of a user's callback goes to its exception_caught
            self.ctx.callback_raised(error)
            return DONE
        if outcome is None:
            return DONE
        return self.accept(outcome)

    def accept(self, outcome: Any) -> Any:
        """Step the coroutine a callback gave; anything else it returned is for the caller to await."""
        if not isinstance(outcome, CoroutineType):
            return outcome
        if self.busy or self.stepping:
            self._post((_given, (outcome,)))
            return self
        return self._after_step(self._step(outcome))

    def _after_step(self, awaited: Any) -> Any:
        """On the caller's stack: let the task take over what suspended, or deliver what was posted meanwhile."""
        if awaited is not IDLE:
            self._suspended(awaited)
            return self
        if self._letters:
            self._deliver_letters()
        return DONE if self.is_idle else self

    def deliver_first(self, function: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
        """Call *function* as soon as the callback that runs now is over, ahead of what waits."""
        if self.busy or self.stepping:
            self._letters.appendleft((function, arguments))
        else:
            self.deliver(function, arguments)

    def _post(self, letter: Call) -> None:
        self._letters.append(letter)
        if len(self._letters) > self._limit and not self._holds_reading:
            self._holds_reading = True
            self.ctx.channel.hold_reading()

    def _step(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        """Run *coroutine* until it ends or suspends, as the own task; what it waits for, or IDLE."""
        state = self._state
        previous = state.current
        before = swap_current_task(state.loop, self._own_task())
        if previous is None:
            state.outer = before
        state.current = self
        self.stepping = True
        try:
            if self.ctx.channel.in_context:
                return self._run(self._send, coroutine)
            return self.ctx.channel.run_in_context(self._run, self._send, coroutine)
        finally:
            self.stepping = False
            if not state.in_burst or (previous is not None and previous.stepping):
                swap_current_task(state.loop, before)
                state.current = previous

    def _run(self, function: Callable[[Any], Any], value: Any) -> Any:
        """Continue the driver; what it yields, or `IDLE` if the callback ended, by an error or otherwise."""
        try:
            return function(value)
        except BaseException as error:  # noqa: BLE001  # as above
            return self._ended_by(error)

    def _ended_by(self, error: BaseException) -> Any:
        """A callback raised: its error goes to exception_caught; only what ends programs goes further."""
        self._new_driver()
        if isinstance(error, Exception):
            self.ctx.callback_raised(error)
        elif isinstance(error, asyncio.CancelledError):
            _log.debug("a callback of %r was cancelled", self.ctx)
        else:
            self.busy = False
            raise error
        return IDLE

    def _suspended(self, awaited: Any) -> None:
        """The callback waits for something: the task takes it over with its next step."""
        self.busy = True
        self._awaited = awaited
        wake = self._wake
        if wake is not None and not wake.done():
            wake.set_result(None)

    def _own_task(self) -> asyncio.Task[None]:
        task = self._task
        if task is None or task.done():
            self._wake = self._state.loop.create_future()
            context = self.ctx.channel.own_context()
            name = f"{self.ctx.name} of channel {self.ctx.channel.id}"
            task = asyncio.Task(main(self), loop=self._state.loop, name=name, context=context)
            self._task = task
        return task

    # What the task calls, in its own steps (driver.carry).

    def wait_for_work(self) -> Any:
        """The future to wait on until a callback suspends."""
        assert self._wake is not None
        return self._wake

    def take_over(self) -> Any:
        """What the suspended callback waits for."""
        awaited, self._awaited = self._awaited, None
        self._wake = self._state.loop.create_future()
        return awaited

    def resume(self, answer: Any) -> Any:
        """Continue the suspended callback; then, if it ended, the letters behind it. What is waited for next, or IDLE."""
        return self._continue(self._send, answer)

    def interrupt(self, error: BaseException) -> Any:
        """The same as `resume`, with *error* raised where the callback waits."""
        return self._continue(self._throw, error)

    def _continue(self, function: Callable[[Any], Any], value: Any) -> Any:
        channel, state = self.ctx.channel, self._state
        channel.in_context = True
        state.current = self
        try:
            awaited = self._run_on(function, value)
            if awaited is not IDLE:
                return awaited
            self.busy = False
            self._forget_cancellation()
            self._deliver_letters()
        finally:
            state.current = None
            channel.in_context = False
        if self.busy:
            return self.take_over()
        if self.closed and self._task is not None:
            self._task.cancel()
        return IDLE

    def _run_on(self, function: Callable[[Any], Any], value: Any) -> Any:
        self.stepping = True
        try:
            return self._run(function, value)
        finally:
            self.stepping = False

    def _forget_cancellation(self) -> None:
        """A callback that was cancelled is over; the next one must not find the task counted as being cancelled."""
        task = self._task
        if task is not None:
            while task.cancelling() > 0:
                task.uncancel()

    def _deliver_letters(self) -> None:
        letters = self._letters
        while letters and not self.busy:
            function, arguments = letters.popleft()
            if self._holds_reading and len(letters) <= self._limit // 2:
                self._holds_reading = False
                self.ctx.channel.release_reading()
            self._deliver_letter(function, arguments)
        if not self.busy:
            self._tell_idle()

    def _deliver_letter(self, function: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
        try:
            outcome = function(*arguments)
        except Exception as error:  # noqa: BLE001  # as in deliver
            self.ctx.callback_raised(error)
            return
        if isinstance(outcome, CoroutineType):
            awaited = self._step(outcome)
            if awaited is not IDLE:
                self._suspended(awaited)

    # Waiting and ending.

    @property
    def is_idle(self) -> bool:
        """Whether nothing is suspended and nothing waits."""
        return not self.busy and not self.stepping and not self._letters

    def _tell_idle(self) -> None:
        self.ctx.mailbox_is_idle()
        waiters = self._idle_waiters
        if waiters is not None:
            self._idle_waiters = None
            for waiter in waiters:
                if not waiter.done():
                    waiter.set_result(None)

    def __await__(self) -> Generator[Any, None, None]:
        """Wait until nothing is suspended and nothing waits; cancelling the waiting task changes nothing here."""
        while not self.is_idle:
            waiter = self._state.loop.create_future()
            if self._idle_waiters is None:
                self._idle_waiters = []
            self._idle_waiters.append(waiter)
            yield from waiter

    def cancel(self) -> None:
        """Cancel the callback that is suspended, if one is; what waits behind it goes on."""
        if self.busy and not self.stepping and self._task is not None:
            self._task.cancel()

    def keep_letters(self, names: frozenset[str]) -> int:
        """Forget the waiting events that are not named so; gives how many those were."""
        before = len(self._letters)
        self._letters = deque(letter for letter in self._letters if letter[0].__name__ in names)
        return before - len(self._letters)

    def pass_letters_on(self, passer: ChannelHandler[Any]) -> None:
        """Let the waiting events go through *passer*, which hands them to the next handler, instead of their own."""
        self._letters = deque((getattr(passer, letter[0].__name__, letter[0]), letter[1]) for letter in self._letters)

    def close(self) -> None:
        """Cancel the callback that is suspended, and end the task when nothing is left to do."""
        self.closed = True
        if self.busy:
            self.cancel()
        elif self._task is not None and not self.stepping:
            self._task.cancel()


def _given(coroutine: Coroutine[Any, Any, Any]) -> Coroutine[Any, Any, Any]:
    return coroutine
