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
One thing is given up for it: a plain callback that, in the middle of a read, starts an *eager* task which in its first step
fires an event at such a handler, has that handler run as the eager task. Asking for the current task at each message
would cost a tenth of the speed to serve that.

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

from pyboot.components.netty.buffer.message import release, size_of
from pyboot.components.netty.channel.life.budget import TURN_CALLS
from pyboot.components.netty.channel.loop_state import LoopState, swap_current_task
from pyboot.components.netty.channel.promise import DONE
from pyboot.components.netty.errors import ReleasedBufferError

from .driver import IDLE as _DRIVER_IDLE, MailboxTask, adopt, driver
from .waiting import next_turn, until_idle

if TYPE_CHECKING:
    from pyboot.components.netty.channel.context import ChannelHandlerContext

__all__ = ["Letter", "Mailbox"]

_log = logging.getLogger(__name__)

# Events that only say that something is to be looked at: one that waits says it for all that come behind it. They come without anything
# being read, so a callback that never ends would get one letter more with each, for ever.
_SIGNALS: Final = frozenset({"channel_writability_changed", "channel_write_complete"})

# Events whose second argument is a message.
_WITH_MESSAGE: Final = frozenset({"channel_read", "write"})

# Kept here so that compiled code finds them without looking a name up.
IDLE: Final = _DRIVER_IDLE
_COROUTINE: Final = CoroutineType

# The name of the event, what to call (None: the handler's callback of that name, looked up when its turn has come), and with what.
type Letter = tuple[str, Callable[..., Any] | None, tuple[Any, ...]]


@final
class Mailbox:
    """The serial executor of one direction of one context. Awaiting it waits until it is idle."""

    def __init__(self, ctx: ChannelHandlerContext, state: LoopState, limit: int) -> None:
        self.ctx = ctx
        self.busy = False  # a callback is suspended
        self.stepping = False  # a callback runs on the stack right now
        self.closed = False
        self._has_news = False  # something rare to see to after the next step
        self._is_abandoned = False  # the callback that runs has cancelled its own task
        self._drops_messages = False
        self._state = state
        self._limit = limit
        self._holds_reading = False
        self._filled_bytes = 0  # what waited when there was no more room: counted once, for nothing is read from there on
        self._letters: deque[Letter] = deque()
        self._signals: set[object] = set()  # those among them that are in `_SIGNALS`
        self._task: MailboxTask | None = None
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
        """The same as `deliver` for the context's channel_read."""
        # hot path: once for each message to a coroutine handler (tests/bench/test_framed_async.py).
        ctx = self.ctx
        if self.busy or self.stepping or (self._has_news and self._letters):
            return self._post(("channel_read", None, (ctx, msg)))
        outcome: Any = None
        awaited: Any = IDLE
        self.stepping = True
        try:
            outcome = ctx.read_function(ctx, msg)
            if type(outcome) is _COROUTINE and self._state.current is self and ctx.channel.in_context:
                # Task and context are in place since the message before, as they are for all but the first of a read.
                awaited = self._send(outcome)
                outcome = None
        except BaseException as error:  # noqa: BLE001  # as in _call
            awaited = self._ended_by(error, was_plain=outcome is None)
            outcome = None
        self.stepping = False
        if outcome is not None:
            return self.accept(outcome)
        if awaited is IDLE and not self._has_news:
            return DONE
        return self._after_step(awaited)

    def deliver(self, name: str, function: Callable[..., Any] | None, arguments: tuple[Any, ...]) -> Any:
        """Run the event *name* now, or when all that came before it is over; gives an awaitable that ends when it did.

        Without a *function* that is the handler's callback of that name, or what stands in its place when the turn comes.
        """
        if self.busy or self.stepping or (self._has_news and self._letters):
            if name in _SIGNALS or name == "channel_event":
                return self._post_signal((name, function, arguments))
            return self._post((name, function, arguments))
        outcome = self._call(getattr(self.ctx.target, name) if function is None else function, arguments)
        return self._after_step(IDLE) if outcome is None else self.accept(outcome)

    def _call(self, function: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
        """Call a callback; what it causes for this context meanwhile waits its turn."""
        self.stepping = True
        try:
            return function(*arguments)
        except BaseException as error:  # noqa: BLE001  # any error of a user's callback goes to its exception_caught
            self.ctx.callback_raised(error)
            return None
        finally:
            self.stepping = False

    def accept(self, outcome: Any) -> Any:
        """Step the coroutine a callback gave; anything else it returned is for the caller to await."""
        if not isinstance(outcome, CoroutineType):
            self._after_step(IDLE)
            return outcome
        if self.busy or self.stepping:
            return self._post(("given", _given, (outcome,)))
        return self._after_step(self._step(outcome))

    def _after_step(self, awaited: Any) -> Any:
        """On the caller's stack: let the task take over what suspended, or deliver what was posted meanwhile."""
        if awaited is not IDLE:
            self._suspended(awaited)
            return self
        if self.busy or self.stepping:
            return self
        if self._is_abandoned:
            self._abandon_task()
        if self._letters:
            self._deliver_letters()
        elif self.closed:
            self._tell_idle()
        return DONE if self.is_idle else self

    def deliver_first(self, name: str, function: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
        """Call *function* as soon as the callback that runs now is over, ahead of what waits."""
        if self.busy or self.stepping or self._letters:
            self._has_news = True
            self._letters.appendleft((name, function, arguments))
        else:
            self.deliver(name, function, arguments)

    def _post(self, letter: Letter) -> Any:
        """Put an event behind what waits; what to await for its end, which is nothing where the callback waited for is the caller."""
        if self._drops_messages and letter[0] == "channel_read":
            release(letter[2][1])
            return DONE
        self._has_news = True
        self._letters.append(letter)
        if len(self._letters) > self._limit and not self._holds_reading:
            self._holds_reading = True
            self._filled_bytes = self._waiting_bytes()
            self.ctx.channel.reading.mailbox_filled(self._filled_bytes)
        return DONE if self.stepping else self

    def _post_signal(self, letter: Letter) -> Any:
        """The same for what says no more than its name, unless that waits already."""
        signal = _signal_of(letter)
        if signal is None:
            return self._post(letter)
        if signal in self._signals:
            return DONE if self.stepping else self
        self._signals.add(signal)
        return self._post(letter)

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

    def _ended_by(self, error: BaseException, *, was_plain: bool = False) -> Any:
        """A callback raised, and that goes to exception_caught, unless it is the cancellation of its own task."""
        self._new_driver()
        if isinstance(error, asyncio.CancelledError) and not was_plain and (self._is_abandoned or self.task_is_cancelled()):
            _log.debug("a callback of %r was cancelled", self.ctx)
        else:
            self.ctx.callback_raised(error)
        return IDLE

    def _suspended(self, awaited: Any) -> None:
        """The callback waits for something: the task takes it over with its next step."""
        self.busy = True
        self._is_abandoned = False
        self._awaited = awaited
        wake = self._wake
        if wake is not None and not wake.done():
            wake.set_result(None)

    def _own_task(self) -> MailboxTask:
        """The task to step a callback in: from the first step to the last it is the same."""
        task = self._task
        return self._begin_task() if task is None or task.done() or task.cancelling() else task

    def _begin_task(self) -> MailboxTask:
        self._wake = self._state.loop.create_future()
        task = MailboxTask(self, f"{self.ctx.name} of channel {self.ctx.channel.id}")
        task.add_done_callback(self._task_ended)
        self._task = task
        return task

    def cancel_asked(self) -> None:
        """Somebody cancels the task. If that is the callback in its first step, the cancellation is for that callback alone."""
        if self.stepping and not self.busy:
            self._is_abandoned = self._has_news = True

    def _abandon_task(self) -> None:
        """The callback that cancelled its task has ended without waiting for anything: the next one gets another task."""
        self._is_abandoned = False
        self._has_news = self.closed
        task, self._task = self._task, None
        if task is not None:
            task.cancel_now()

    def task_is_cancelled(self) -> bool:
        """Whether the task was cancelled while it saw a callback to its end, and so ends too."""
        return self._task is None or self._task.cancelling() > 0

    def _task_ended(self, task: asyncio.Task[None]) -> None:
        if self._task is task and self._letters and not self.busy and not self.stepping:
            self._deliver_letters()

    # What the task calls, in its own steps (driver.carry).

    def is_served_by(self, task: MailboxTask) -> bool:
        """Whether *task* carries what is suspended here, and not another one that came after it."""
        return self._task is task

    @property
    def is_occupied(self) -> bool:
        """Whether a callback is under way."""
        return self.busy or self.stepping

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

    def let_go(self) -> None:
        """The loop is gone, and with it the task: the suspended callback is closed where it stands."""
        self.busy = False
        try:
            self._throw(GeneratorExit())
        except GeneratorExit:
            pass

    def _continue(self, function: Callable[[Any], Any], value: Any) -> Any:
        channel, state, task = self.ctx.channel, self._state, self._task
        channel.in_context = True
        channel.begin_turn()
        state.current = self
        try:
            awaited = self._run_on(function, value)
            if awaited is not IDLE:
                return awaited
            self.busy = False
            if not self.task_is_cancelled():
                self._deliver_letters()
        finally:
            state.current = None
            channel.in_context = False
        return self.take_over() if self.busy and self._task is task else IDLE

    def _run_on(self, function: Callable[[Any], Any], value: Any) -> Any:
        self.stepping = True
        try:
            return self._run(function, value)
        finally:
            self.stepping = False

    def _deliver_letters(self) -> None:
        letters, channel = self._letters, self.ctx.channel
        while letters and not self.busy:
            if channel.turn_calls >= TURN_CALLS:
                self._deliver_letter(next_turn, (channel,))
                return
            channel.turn_calls += 1
            letter = letters.popleft()
            if self._signals:
                self._signals.discard(_signal_of(letter))
            name, function, arguments = letter
            if self._holds_reading and len(letters) <= self._limit // 2:
                self._holds_reading = False
                channel.reading.mailbox_emptied(self._filled_bytes)
            self._deliver_letter(getattr(self.ctx.target, name) if function is None else function, arguments)
        if not self.busy:
            self._has_news = self.closed or self._is_abandoned
            self._tell_idle()

    def _deliver_letter(self, function: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
        outcome = self._call(function, arguments)
        if isinstance(outcome, Coroutine):
            awaited = self._step(outcome if isinstance(outcome, CoroutineType) else adopt(outcome))
            if awaited is not IDLE:
                self._suspended(awaited)

    # Waiting and ending.

    @property
    def is_outbox(self) -> bool:
        """Whether these are operations, and not events."""
        return self.ctx.outbox is self

    def waits_for_room(self) -> bool:
        """Whether what is suspended waits until the channel is writable."""
        return self._task in self.ctx.channel.writability.waiting

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
        if self.closed and self.is_idle and self._task is not None:
            self._task.cancel()

    def __await__(self) -> Generator[Any, None, None]:
        """Wait until nothing is suspended and nothing waits; cancelling the waiting task changes nothing here."""
        return until_idle(self)

    def new_idle_waiter(self) -> asyncio.Future[None]:
        """A future that is done when this mailbox runs empty."""
        waiter = self._state.loop.create_future()
        if self._idle_waiters is None:
            self._idle_waiters = []
        self._idle_waiters.append(waiter)
        return waiter

    def forget_idle_waiter(self, waiter: asyncio.Future[None]) -> None:
        """Whoever asked for it waits no more."""
        if self._idle_waiters is not None and waiter in self._idle_waiters:
            self._idle_waiters.remove(waiter)

    def cancel(self) -> None:
        """Cancel the callback that is suspended, if one is; what waits behind it goes on."""
        if self.busy and not self.stepping and self._task is not None:
            self._task.cancel()

    def _waiting_bytes(self) -> int:
        """How many bytes the messages have that wait."""
        return sum(_size_of(letter[2][1]) for letter in self._letters if letter[0] in _WITH_MESSAGE)

    def drop_letters(self, kept: frozenset[str]) -> list[Letter]:
        """Forget the waiting events whose names are not among *kept*, and give them.

        Law: a stream ends, it has no gaps. Where a message is forgotten, or its callback is suspended and so is cancelled with this,
        those that still come behind it are forgotten too.
        """
        dropped = [letter for letter in self._letters if letter[0] not in kept]
        self._letters = deque(letter for letter in self._letters if letter[0] in kept)
        self._signals.clear()
        if (self.busy and not self.is_outbox) or any(letter[0] == "channel_read" for letter in dropped):
            self._drops_messages = True
            self.ctx.read_function = _drop_read
        return dropped

    def close(self) -> None:
        """Cancel the callback that is suspended, unless it is the one that asks for this; end the task with the last letter."""
        self.closed = self._has_news = True
        self.cancel()

    def end_if_idle(self) -> None:
        """After the last letter was posted: if none waits, this is the end."""
        if self.is_idle:
            self._tell_idle()


def _signal_of(letter: Letter) -> object:
    """What *letter* says, if its name says it all; an event of the published package is one where nothing comes with it."""
    name, _, arguments = letter
    if name in _SIGNALS:
        return name
    return arguments[1] if name == "channel_event" and len(arguments) == 2 else None


def _size_of(msg: object) -> int:
    try:
        return size_of(msg)
    except ReleasedBufferError:
        return 0  # somebody has taken it back meanwhile


def _drop_read(ctx: ChannelHandlerContext, msg: Any) -> None:
    release(msg)


def _given(coroutine: Coroutine[Any, Any, Any]) -> Coroutine[Any, Any, Any]:
    return coroutine
