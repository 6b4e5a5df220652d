"""Mailbox: runs the callbacks of one direction of one context, one at a time and in order, coroutines and plain ones.

Theory of operation. An ``async def`` callback is stepped where its event happens, on the caller's stack: most of
them end in that first step, having cost little more than a plain call. Two things make that indistinguishable from
running in a task:

- while a callback is stepped, ``asyncio.current_task()`` is the mailbox's own task, swapped in around the step, so
  that timeouts, task groups and cancellation find what they look for. The task lives as long as the mailbox;
- the step runs in the channel's ``contextvars.Context``, which is also the task's.

Only when a callback really suspends does that task take it over (`task`). Until it ends, later events of the context wait as letters, in
order; a mailbox that is full keeps the channel from reading (`letter_queue`)::

    state        comes in      callback ends, no letter   callback suspends   its task goes on   close()
    IDLE         STEPPING                                                                        CLOSED
    STEPPING     waits         IDLE or CLOSED             SUSPENDED                              (then CLOSED, not IDLE)
    SUSPENDED    waits                                                        STEPPING           (the callback is cancelled)
    CLOSED       STEPPING                                                                        CLOSED

Law 1. The states follow the table `NEXT_STATES`. Law 2. Letters wait only behind a callback: STEPPING lasts from the first callback until
no letter is left or one suspends, so IDLE and CLOSED mean that nothing is under way and nothing waits. Law 3. A closed mailbox lets
pass what still comes, and has no task while it rests. Law 4. Whoever waits for a mailbox is told each time that it comes to rest after
something had waited in it, however the callback ended. Law 5. A callback that cancels its own task ends alone: the task ends with it, and
the next callback gets another.

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
from collections.abc import Callable, Coroutine, Generator
from enum import IntEnum
from types import CoroutineType
from typing import TYPE_CHECKING, Any, Final, final

from pyboot.components.netty.buffer.message import release
from pyboot.components.netty.channel.life.budget import TURN_CALLS
from pyboot.components.netty.channel.loop_state import LoopState, swap_current_task
from pyboot.components.netty.channel.promise import DONE
from pyboot.components.netty.errors import ChannelStateError

from .callback import adopt, write_through
from .driver import ENDED as _DRIVER_ENDED, driver
from .letter import CoroutineLetter, EventLetter, Letter, ReadLetter, WriteLetter
from .letter_queue import LetterQueue
from .task import MailboxTask
from .waiting import next_turn, until_idle

if TYPE_CHECKING:
    from pyboot.components.netty.channel.context import ChannelHandlerContext
    from pyboot.components.netty.channel.promise import ChannelPromise

__all__ = ["NEXT_STATES", "Mailbox", "MailboxState"]

_log = logging.getLogger(__name__)


class MailboxState(IntEnum):
    """The state of a mailbox; the table at the head of this file says what leads where."""

    IDLE = 0
    STEPPING = 1
    SUSPENDED = 2
    CLOSED = 3


# Kept here so that compiled code finds them without looking a name up.
IDLE: Final = MailboxState.IDLE
STEPPING: Final = MailboxState.STEPPING
SUSPENDED: Final = MailboxState.SUSPENDED
CLOSED: Final = MailboxState.CLOSED
ENDED: Final = _DRIVER_ENDED
_COROUTINE: Final = CoroutineType

NEXT_STATES: Final[tuple[tuple[MailboxState, ...], ...]] = (
    (STEPPING, CLOSED),
    (IDLE, SUSPENDED, CLOSED),
    (STEPPING, CLOSED),  # closed without having gone on: the loop has gone away under it
    (STEPPING,),
)


@final
class Mailbox:
    """The serial executor of one direction of one context. Awaiting it waits until it is idle."""

    def __init__(self, ctx: ChannelHandlerContext, loop_state: LoopState, limit: int) -> None:
        self.ctx = ctx
        self.state: MailboxState = IDLE
        self._rest: MailboxState = IDLE  # the state after the last letter: IDLE, or, once it was closed, CLOSED
        self._has_news = False  # the end of the step has more to see to than the state: letters, a cancelled task, waiters, a close
        self._drops_messages = False
        self.is_held = False  # the handler leaves, and what waits here waits for the end of that (`leaving`)
        self._loop_state = loop_state
        self._limit = limit
        self._letters: LetterQueue | None = None
        self._task: MailboxTask | None = None
        self._idle_waiters: list[asyncio.Future[None]] | None = None
        self._new_driver()

    def _new_driver(self) -> None:
        generator = driver()
        self._send: Callable[[Any], Any] = generator.send
        self._throw: Callable[[BaseException], Any] = generator.throw
        self._send(None)

    def _go(self, state: MailboxState) -> None:
        """Go on to *state*; raises `ChannelStateError` for what the table does not allow."""
        if state not in NEXT_STATES[self.state]:
            raise ChannelStateError(f"a mailbox cannot go from {self.state.name} to {state.name}")
        self.state = state

    # What comes in.

    def deliver_read(self, msg: object) -> Any:
        """The same as `deliver` for a message that has come in."""
        # hot path: once for each message to a coroutine handler (tests/bench/test_framed_async.py). No letter, and no `_go`: the moves are
        # IDLE, STEPPING, IDLE.
        if self.state is not IDLE:
            return self._deliver_read_in_turn(msg)
        ctx = self.ctx
        outcome: Any = None
        awaited: Any = ENDED
        self.state = STEPPING  # before the call: what it causes for its own handler waits behind it
        try:
            outcome = ctx.read_function(ctx, msg)
            if type(outcome) is _COROUTINE and self._loop_state.current is self and ctx.channel.in_context:
                # Task and context are in place since the message before, as they are for all but the first of a read.
                awaited = self._send(outcome)
                outcome = None
        except BaseException as error:  # noqa: BLE001  # as in _open
            awaited = self._ended_by(error, was_plain=outcome is None)
            outcome = None
        if outcome is None and awaited is ENDED and not self._has_news:
            self.state = IDLE
            return DONE
        return self._after_call(outcome) if outcome is not None else self._after_step(awaited)

    def _deliver_read_in_turn(self, msg: object) -> Any:
        if self._drops_messages:
            release(msg)
            return DONE
        return self.deliver(ReadLetter(msg))

    def deliver_event(self, name: str, arguments: tuple[Any, ...]) -> Any:
        """The same as `deliver` for an event, or an operation without a promise; *arguments* begin with the context."""
        if not self.is_idle:
            return self._post(EventLetter(name, arguments))
        self._go(STEPPING)
        outcome: Any = None
        try:
            outcome = getattr(self.ctx.target, name)(*arguments)
        except BaseException as error:  # noqa: BLE001  # as in _open
            self.ctx.callback_raised(error)
        return self._after_call(outcome)

    def deliver_write(self, msg: object, promise: ChannelPromise | None, answer: ChannelPromise) -> None:
        """The same as `deliver` for a write; *answer* ends with the handler's callback."""
        if not self.is_idle:
            self._post(WriteLetter(msg, promise, answer))
            return
        self._go(STEPPING)
        self._after_step(self._step(write_through(self.ctx, msg, promise, answer)))

    def deliver(self, letter: Letter) -> Any:
        """Run the callback of *letter* now, or when all that came before it is over; an awaitable that ends when it has."""
        if not self.is_idle:
            return self._post(letter)
        self._go(STEPPING)
        return self._after_call(self._open(letter))

    def deliver_first(self, letter: Letter) -> None:
        """Run the callback of *letter* as soon as the one that runs now is over, ahead of what waits."""
        if self.is_idle:
            self.deliver(letter)
        else:
            self._has_news = True
            self._own_letters().append_first(letter)

    def accept(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        """Run what a plain callback returned to be awaited."""
        if not self.is_idle:
            return self._post(CoroutineLetter(coroutine))
        self._go(STEPPING)
        return self._after_call(coroutine)

    def _post(self, letter: Letter) -> Any:
        """Let *letter* wait; what to await for its end, which is over already for the callback that it waits for."""
        self._has_news = True
        self._own_letters().append(letter)
        return DONE if self.state is STEPPING else self

    def _own_letters(self) -> LetterQueue:
        letters = self._letters
        if letters is None:
            letters = self._letters = LetterQueue(self.ctx.channel, self._limit)
        return letters

    # One callback after the other: the state is STEPPING.

    def _open(self, letter: Letter) -> Any:
        """Call the callback of *letter*; what it causes for this context meanwhile waits its turn."""
        try:
            return letter.deliver(self.ctx)
        except BaseException as error:  # noqa: BLE001  # any error of a user's callback goes to its exception_caught
            self.ctx.callback_raised(error)
            return None

    def _after_call(self, outcome: Any) -> Any:
        """Step the coroutine that a callback returned; anything else it returned is for the caller to await."""
        if isinstance(outcome, CoroutineType):
            return self._after_step(self._step(outcome))
        over = self._after_step(ENDED)
        return over if outcome is None else outcome

    def _step(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        """Run *coroutine* until it ends or suspends, as the own task; what it waits for, or ENDED."""
        loop_state = self._loop_state
        previous = loop_state.current
        task = self._task
        if task is None:  # from the first step to the last it is the same, so that what a callback keeps of it stays true
            task = self._task = MailboxTask(self, f"{self.ctx.name} of channel {self.ctx.channel.id}")
        before = swap_current_task(loop_state.loop, task)
        if previous is None:
            loop_state.outer = before
        loop_state.current = self
        try:
            if self.ctx.channel.in_context:
                return self._run(self._send, coroutine)
            return self.ctx.channel.run_in_context(self._run, self._send, coroutine)
        finally:
            if not loop_state.in_burst or (previous is not None and previous is not self and previous.state is STEPPING):
                swap_current_task(loop_state.loop, before)
                loop_state.current = previous

    def _run(self, function: Callable[[Any], Any], value: Any) -> Any:
        """Continue the driver; what it yields, or ENDED if the callback ended, by an error or otherwise."""
        try:
            return function(value)
        except BaseException as error:  # noqa: BLE001  # as above
            return self._ended_by(error)

    def _ended_by(self, error: BaseException, *, was_plain: bool = False) -> Any:
        """A callback raised, and that goes to exception_caught, unless it is the cancellation of its own task."""
        self._new_driver()
        task = self._task
        is_own_end = task is not None and task.is_ending  # it was cancelled, so that it ends with the callback that runs in it
        if isinstance(error, asyncio.CancelledError) and not was_plain and is_own_end:
            _log.debug("a callback of %r was cancelled", self.ctx)
        else:
            self.ctx.callback_raised(error)
        return ENDED

    def _after_step(self, awaited: Any) -> Any:
        """Let the task take over what suspended; otherwise deliver what was posted meanwhile, and come to rest."""
        if awaited is ENDED:
            if not self._has_news:
                self.state = IDLE
                return DONE
            self._deliver_letters()
            return DONE if self.is_idle else self
        self._suspend(awaited)
        return self

    def _deliver_letters(self) -> None:
        """A callback is over, and something came meanwhile: see to it, and come to rest if no other callback suspends."""
        letters, channel = self._letters, self.ctx.channel
        self._forget_ending_task()
        while letters is not None and len(letters) > 0:
            outcome: Any
            if channel.turn_calls >= TURN_CALLS:
                outcome = next_turn(channel)
            else:
                channel.turn_calls += 1
                outcome = self._open(letters.take())
            if isinstance(outcome, Coroutine):
                awaited = self._step(outcome if isinstance(outcome, CoroutineType) else adopt(outcome))
                if awaited is not ENDED:
                    self._suspend(awaited)
                    return
            self._forget_ending_task()
        self._go(self._rest)
        self._tell_idle()

    def _suspend(self, awaited: Any) -> None:
        """The callback waits for something: the task takes it over with its next step."""
        self._go(SUSPENDED)
        task = self._task
        assert task is not None
        task.hand_over(awaited)

    # The task.

    def _forget_ending_task(self) -> None:
        """A callback is over: if its task was cancelled, the next one gets another (law 5)."""
        task = self._task
        if task is not None and task.is_ending:
            self._forget_task()
            if task.is_giving_up:
                task.cancel_now()

    def _forget_task(self) -> None:
        self._task = None
        loop_state = self._loop_state
        if loop_state.in_burst and loop_state.current is self:
            loop_state.give_back()

    def cancel_asked(self) -> None:
        """Somebody cancels the task: it ends with the callback that is under way (law 5), or now."""
        if self.is_idle:
            self._forget_task()
        else:
            self._has_news = True

    def is_served_by(self, task: MailboxTask) -> bool:
        """True if *task* carries what is suspended here, and not another one that came after it."""
        return self._task is task

    def resume(self, answer: Any) -> Any:
        """Continue the suspended callback; then, if it ended, the letters behind it. What is waited for next, or ENDED."""
        return self._continue(self._send, answer)

    def interrupt(self, error: BaseException) -> Any:
        """The same as `resume`, with *error* raised where the callback waits."""
        return self._continue(self._throw, error)

    def _continue(self, function: Callable[[Any], Any], value: Any) -> Any:
        channel, loop_state, task = self.ctx.channel, self._loop_state, self._task
        # The loop has stepped the task, so both are in place already, its own context and itself as the current one.
        channel.in_context = True
        channel.begin_turn()
        loop_state.current = self
        self._go(STEPPING)
        try:
            awaited = self._run(function, value)
            if awaited is not ENDED:
                self._go(SUSPENDED)
                return awaited
            self._deliver_letters()
        finally:
            loop_state.current = None
            channel.in_context = False
        return task.take_over() if task is not None and task is self._task and self.state is SUSPENDED else ENDED

    def let_go(self) -> None:
        """The loop is gone, and with it the task: the suspended callback is closed where it stands."""
        self._rest = CLOSED
        self._has_news = True
        self._task = None
        self._go(CLOSED)
        # What Python does to a coroutine that nobody holds any more, done here: the driver holds it, and the mailbox the driver.
        try:
            self._throw(GeneratorExit())
        except GeneratorExit:
            pass

    # Waiting and ending.

    @property
    def is_idle(self) -> bool:
        """True if nothing is under way and nothing waits."""
        return self.state is IDLE or self.state is CLOSED

    @property
    def is_stepping(self) -> bool:
        """True if a callback runs on the stack right now."""
        return self.state is STEPPING

    @property
    def is_running(self) -> bool:
        """True if it is a callback from here that asks, on this stack."""
        return self.state is STEPPING and self._loop_state.current is self

    @property
    def is_suspended(self) -> bool:
        """True if a callback waits for something."""
        return self.state is SUSPENDED

    @property
    def is_closed(self) -> bool:
        """True if it was closed: with what waits in it, it ends."""
        return self._rest is CLOSED

    @property
    def waiting(self) -> int:
        """The number of letters that wait behind what is under way."""
        return 0 if self._letters is None else len(self._letters)

    @property
    def is_outbox(self) -> bool:
        """True if these are operations, and not events."""
        return self.ctx.outbox is self

    @property
    def waits_for_room(self) -> bool:
        """True if what is suspended waits until the channel is writable, itself or, while the handler leaves, for one that does."""
        writability, inbox = self.ctx.channel.writability, self.ctx.inbox
        return writability.is_awaited_by(self._task) or (self.is_held and inbox is not None and writability.is_awaited_by(inbox._task))

    def __await__(self) -> Generator[Any, None, None]:
        """Wait until nothing is under way and nothing waits; cancelling the waiting task changes nothing here."""
        return until_idle(self)

    def new_idle_waiter(self) -> asyncio.Future[None]:
        """A future that is done when this mailbox comes to rest."""
        waiter = self._loop_state.loop.create_future()
        if self._idle_waiters is None:
            self._idle_waiters = []
        self._idle_waiters.append(waiter)
        self._has_news = True
        return waiter

    def forget_idle_waiter(self, waiter: asyncio.Future[None]) -> None:
        """Whoever asked for it waits no more."""
        if self._idle_waiters is not None and waiter in self._idle_waiters:
            self._idle_waiters.remove(waiter)

    def _tell_idle(self) -> None:
        # First the context, then who waits: those go on in a later turn, and find a chain that has let a removed handler go.
        self._has_news = self._rest is CLOSED
        self.ctx.pipeline.membership.mailbox_is_idle(self.ctx)
        waiters, self._idle_waiters = self._idle_waiters, None
        for waiter in waiters or ():
            _end_wait(waiter)
        if self.state is CLOSED and self._task is not None:
            self._task.cancel()

    def cancel(self) -> None:
        """Cancel the callback that is suspended, if one is; what waits behind it goes on."""
        if self.state is SUSPENDED and self._task is not None:
            self._task.cancel()

    def lose_letters(self) -> None:
        """The channel is lost: what does not outlive it will not be delivered.

        Law: a stream ends, it has no gaps. Where a message is lost, or its callback is suspended and so is cancelled with this,
        those that still come behind it are lost too.
        """
        lost = [] if self._letters is None else self._letters.take_lost()
        if (self.state is SUSPENDED and not self.is_outbox) or any(letter.name == "channel_read" for letter in lost):
            self._drops_messages = True
            self.ctx.read_function = _drop_read
        for letter in lost:
            _log.debug("%r closed before %s was handled", self.ctx.channel, letter.name)
            letter.lost(self.ctx)

    def close(self) -> None:
        """Cancel the callback that is suspended, unless it is the one that asks for this; end the task with the last letter."""
        self._rest = CLOSED
        self._has_news = True
        if self.state is IDLE:
            self._go(CLOSED)
        # Not what is being stepped: a callback that removes its own handler goes on to its end (`_rest` is for that).
        self.cancel()

    def end_if_idle(self) -> None:
        """After the last letter was posted: if none waits, this is the end."""
        if self.is_idle:
            self._tell_idle()

    def __repr__(self) -> str:
        return f"<Mailbox of {self.ctx.name} {self.state.name} waiting={self.waiting}>"


def _end_wait(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_result(None)


def _drop_read(ctx: ChannelHandlerContext, msg: Any) -> None:
    release(msg)
