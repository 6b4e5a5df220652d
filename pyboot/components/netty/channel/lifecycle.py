"""The life of a channel, from its registration to the farewell: what does not depend on what carries it.

`Channel` derives from this and adds what users ask and do; a transport derives from `Channel` and supplies the verbs
under "What a transport supplies", and calls those under "What a transport tells". Everything here happens on the
channel's loop. Orders of events are Netty's (``AbstractChannel``), with one ruling of our own: `begin_close` first
delivers what was flushed.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

from mypy_extensions import i64, mypyc_attr

from pyboot.components.netty.buffer.message import release
from pyboot.components.netty.errors import (
    ChannelError,
    ClosedChannelError,
    CloseTimeoutError,
    NotYetConnectedError,
    OutboundOverflowError,
)

from .budget import TURN_BYTES, TURN_CALLS
from .deadline import Deadline
from .departure import Departure
from .event import INPUT_SHUTDOWN, ChannelEvent
from .fault import blame_peer, flush_faults, note, tell_error
from .head_tail import log_unhandled_message
from .loop_state import ENDS_PROGRAMS
from .promise import ChannelPromise, Completed
from .reading import ChannelReading
from .state import ACTIVE, CLOSED, CLOSING, NEW, REGISTERED, check_move

if TYPE_CHECKING:
    from pyboot.components.netty.limited_log import LimitedLog

    from .config import ChannelConfig
    from .context import ChannelHandlerContext
    from .loop_state import LoopState
    from .mailbox import Mailbox
    from .outbound import OutboundBuffer
    from .pipeline import ChannelPipeline
    from .writability import Writability

__all__ = ["ChannelLifecycle"]

_log = logging.getLogger(__name__)


@mypyc_attr(allow_interpreted_subclasses=True)
class ChannelLifecycle(ChannelReading):
    """Registered, active, closing, closed; reading and flushing in between."""

    # Made by `Channel`, each of them for itself.
    outbound: OutboundBuffer
    writability: Writability
    done: Completed
    close_future: ChannelPromise

    def __init__(self, loop: asyncio.AbstractEventLoop, config: ChannelConfig, loop_state: LoopState) -> None:
        super().__init__(loop, config, loop_state)
        self.was_active = False
        self._is_lost = False
        self._overflow_is_reported = False
        self._departure: Departure | None = None
        self._is_drained = True
        self._is_flushing = False
        self._flush_is_due = False
        self._asked_to_flush = 0  # how many messages were written when a coroutine handler was last asked to flush
        self._drain_is_due = False
        self._input_ended = False
        # Why the channel closes, where that is not simply because its user wants it; whoever gives a connection up says so here first.
        self.close_cause: Exception | None = None
        self.closed_here = False
        self.faults: LimitedLog | None = None  # of the connections that a listening channel has accepted
        self._close_timer: Deadline | None = None

    # What the head of the pipeline calls.

    def add_outbound(self, msg: object, promise: ChannelPromise | None) -> None:
        """Queue a message that went through all handlers; raises `ClosedChannelError` after close()."""
        # hot path: once for each message that leaves.
        if self.state >= CLOSING:
            self.refuse(msg)
        self.outbound.add(msg, promise)

    def refuse(self, msg: object) -> None:
        """A message came too late: it is released all the same, as its writer has given it away."""
        release(msg)
        raise self.closed_error()

    def flush_outbound(self) -> None:
        """Send what is queued, as far as the transport takes it."""
        # hot path: once for each flush.
        if self.state != ACTIVE:
            self._flush_inactive()
            return
        outbound = self.outbound
        outbound.mark_flushed()
        if self._pipeline.wants_events:
            self._pipeline.fire_channel_event(ChannelEvent.WRITE_DO)
        if not self._is_drained:
            self.account_memory()
        elif not self._is_flushing:
            self._drain()

    def _flush_inactive(self) -> None:
        if self.state < ACTIVE:
            self.outbound.mark_flushed()
            self._report_lost(self.outbound.fail_all(NotYetConnectedError(f"{self!r} is not connected yet")))

    def _drain(self) -> None:
        """Hand flushed runs to the transport for as long as it takes them at once."""
        self._is_flushing = True
        outbound = self.outbound
        runs: i64 = 0
        size: i64 = 0
        try:
            while self._is_drained:
                if (runs >= TURN_CALLS or size >= TURN_BYTES) and outbound.flushed > 0:
                    self._drain_later()  # whoever is told of each write, and writes again, could go on for ever
                    break
                data = outbound.next_run()
                if data is None:
                    break
                runs += 1
                size += len(data)
                if self.transmit(data):
                    outbound.run_written()
                else:
                    self._is_drained = False
                    outbound.run_waits()
                    self.account_memory()
        finally:
            self._is_flushing = False
            self.turn_bytes += size
        if self._pipeline.wants_write_complete and outbound.flushed == 0:
            self._pipeline.fire_channel_write_complete()
        if self.state == CLOSING and outbound.flushed == 0:
            self._shut()

    def output_progress(self) -> tuple[int, int]:
        """How much the network has taken since the channel was made: whole messages, and bytes of the next one.

        Completes the writes that were taken whole; a listener that closes or writes is called from here.
        """
        outbound = self.outbound
        part = 0 if self._is_drained else outbound.note_unsent(self.unsent())
        return outbound.messages_taken, part

    def _drain_later(self) -> None:
        if not self._drain_is_due:
            self._drain_is_due = True
            self.loop.call_soon(self._drain_due)

    def _drain_due(self) -> None:
        self._drain_is_due = False
        if self._is_drained and not self._is_flushing and ACTIVE <= self.state < CLOSED:
            self._drain()

    def flush_asked(self) -> None:
        """A coroutine handler is asked to flush what was written until now: that is its to do, in its own time."""
        self._asked_to_flush = self.outbound.messages_written

    def flush_soon(self) -> None:
        """Send what is queued at the end of this turn of the loop: somebody waits for a write, and need not flush himself."""
        if not self._flush_is_due and self.outbound.has_unflushed():
            self._flush_is_due = True
            self.loop.call_soon(self._flush_due)

    def _flush_due(self) -> None:
        self._flush_is_due = False
        outbound = self.outbound
        if self.state >= CLOSING or not outbound.has_unflushed():
            return
        if any(mailbox.waits_for_room() for mailbox in self._busy_outboxes()):
            self.flush_outbound()  # a flush would wait behind one who waits for the room that only a flush can make
            return
        if outbound.messages_written > self._asked_to_flush:
            self._pipeline.flush()
        if outbound.has_unflushed() and not self._busy_outboxes():
            self.flush_outbound()

    def _busy_outboxes(self) -> list[Mailbox]:
        """Of the handlers whose operations are suspended: what they were asked to flush they will, in their own time."""
        return [mailbox for mailbox in self._pipeline.mailboxes() if mailbox.busy and mailbox.is_outbox]

    def begin_close(self, promise: ChannelPromise) -> None:
        """Start closing, or wait with the others for the end of it."""
        self.close_future.add_listener(lambda _: promise.try_success())
        if self.state >= CLOSING:
            return
        self._cancel_close_timer()
        was_active = self.state == ACTIVE
        self._note_who_closes()
        self._move(CLOSING)
        if self.outbound.has_unflushed():
            self._report_lost(self.outbound.fail_unflushed(self.closed_error()))
        if was_active and self.outbound.flushed > 0:
            self._close_timer = Deadline(self.loop, self.config.close_timeout, self._close_timed_out, restores=True)
        else:
            self._shut()

    def _note_who_closes(self) -> None:
        """*closed_here*: this side wants to close, where no error makes it, and the peer has not left before."""
        if self.state < CLOSING:
            self.closed_here = self.close_cause is None

    def _close_timed_out(self) -> None:
        self._abort(CloseTimeoutError(int(self.outbound.pending), self.config.close_timeout))

    def _shut(self) -> None:
        self._cancel_close_timer()
        self.shut()

    def _abort(self, cause: Exception) -> None:
        if self.state == CLOSED:
            return
        if self.state < CLOSING:
            self._move(CLOSING)
        self.close_cause = cause
        self._cancel_close_timer()
        self.shut_now()

    def _cancel_close_timer(self) -> None:
        if self._close_timer is not None:
            self._close_timer.cancel()
            self._close_timer = None

    def closed_error(self) -> ClosedChannelError:
        """The error for an operation that came too late; its cause is why the channel was closed."""
        error = ClosedChannelError(f"{self!r} is closed")
        error.__cause__ = self.close_cause
        note(error, self._pipeline.channel)
        return error

    def expect_close(self) -> None:
        """A close waits behind a coroutine callback: if that has not let it through by the close timeout, abort."""
        if self._close_timer is None:
            self._close_timer = Deadline(self.loop, self.config.close_timeout, self._close_overdue, restores=True)

    def _close_overdue(self) -> None:
        if self.state < CLOSING:
            self._close_timed_out()

    # Failed writes.

    def write_failed(self, error: Exception, promise: ChannelPromise | None, ctx: ChannelHandlerContext) -> ChannelPromise:
        """A handler's write raised; the answer raises it when awaited, and it is reported if nobody does."""
        answer = ChannelPromise() if promise is None else promise
        self.fail_write(error, answer, reported=promise is None)
        return answer

    def fail_write(self, error: Exception, answer: ChannelPromise, *, reported: bool) -> None:
        """Fail *answer*; with *reported*, tell exception_caught unless somebody awaits it."""
        note(error, self._pipeline.channel)
        if answer.try_failure(error) and reported and not answer.is_awaited:
            self.loop.call_soon(self._report_unless_awaited, answer, error)

    def write_lost(self, arguments: tuple[Any, ...]) -> None:
        """A write that was on its way through a coroutine handler, `driver.write_through` with *arguments*, goes no further.

        Its message is not released here: a handler that was called owns it, and may have passed it on before it was cancelled.
        """
        _, _, promise, answer = arguments
        error = self.cancelled_error()
        answer.try_failure(error)
        if promise is not None:
            promise.try_failure(error)

    def cancelled_error(self) -> ChannelError:
        """Why an operation ended that a handler's coroutine was busy with: the channel closed, or the handler went."""
        return self.closed_error() if self.state >= CLOSING else ChannelError(f"cancelled in a handler of {self!r} that was removed")

    def _report_unless_awaited(self, answer: ChannelPromise, error: Exception) -> None:
        if answer.is_awaited or isinstance(error.__cause__, ENDS_PROGRAMS):
            return
        if self.state >= CLOSING and isinstance(error, ClosedChannelError | OutboundOverflowError):
            return  # the channel is going: that says it
        if isinstance(error, OutboundOverflowError):
            if self._overflow_is_reported:
                return  # once, until the buffer has been written out: every write of a flood fails for the same reason
            self._overflow_is_reported = True
        self._pipeline.fire_exception_caught(error)

    def _report_lost(self, messages: int) -> None:
        """Writes that nobody gave a promise for are lost: say so once."""
        if messages:
            error = ClosedChannelError(f"{messages} written messages were not delivered by {self!r}")
            error.__cause__ = self.close_cause
            self._pipeline.fire_exception_caught(error)

    # What a transport supplies.

    def transmit(self, data: bytes | memoryview) -> bool:
        """Hand *data*, perhaps empty, to the network; True if it was taken at once, else `drained()` follows."""
        raise NotImplementedError

    def unsent(self) -> int:
        """How many bytes of what `transmit` did not take at once are left; of a transport that cannot tell, all."""
        return self.outbound.run_bytes

    def shut(self) -> None:
        """Close the carrier, then call `lost`; nothing flushed is outstanding."""
        raise NotImplementedError

    def shut_now(self) -> None:
        """Close the carrier at once, then call `lost`."""
        raise NotImplementedError

    def do_bind(self, address: object, promise: ChannelPromise) -> None:
        """Listen on *address*."""
        promise.set_failure(NotImplementedError(f"{type(self).__name__} cannot bind"))

    def do_connect(self, address: object, promise: ChannelPromise) -> None:
        """Connect to *address*."""
        promise.set_failure(NotImplementedError(f"{type(self).__name__} cannot connect"))

    def do_disconnect(self, promise: ChannelPromise) -> None:
        """Give up the peer; of a connection-oriented channel that is closing it."""
        self.begin_close(promise)

    def do_deregister(self, promise: ChannelPromise) -> None:
        """Stop events without closing; `register` takes them up again. Deferred to the next turn, as in Netty."""
        self.loop.call_soon(self._deregister, promise)

    def _deregister(self, promise: ChannelPromise) -> None:
        if self.is_registered:
            self.is_registered = False
            self.update_reading()
            self._pipeline.fire_channel_unregistered()
        promise.try_success()

    # What a transport tells.

    def register(self) -> None:
        """The channel belongs to its loop: handlers are added, then the event is fired. Active it gets only once."""
        self.is_registered = True
        if self.state == NEW:
            self._move(REGISTERED)
            self.loop_state.channels.add(self)
            self.run_in_context(self._pipeline.call_pending_handlers)
        self.run_in_context(self._pipeline.fire_channel_registered)
        if self.state == ACTIVE:  # again; of a new one, `activate` sees to the reading
            self.update_reading()

    def activate(self) -> None:
        """The channel is connected or bound: the event is fired, then reading starts."""
        if self.state != REGISTERED:
            return  # closed by a handler in channel_registered
        self._move(ACTIVE)
        self.was_active = True
        self.run_in_context(self._activated)

    def _activated(self) -> None:
        self._pipeline.fire_channel_active()
        if self._pipeline.wants_events:
            self._pipeline.fire_channel_event(ChannelEvent.CONNECTED)
        if self.config.auto_read:
            self._pipeline.read()
        if self._read_wanted:
            self.update_reading()  # asked for just now, or before there was anything to read
        elif not self._is_reading and self.state == ACTIVE:
            self.set_reading(False)  # transports read by themselves until they are told not to

    def drained(self) -> None:
        """The transport has sent everything it was given."""
        if not self._is_drained:
            self._is_drained = True
            self.run_in_context(self.outbound.run_written)
            if not self._is_flushing:
                self.run_in_context(self._drain)
            self.account_memory()

    def account_memory(self) -> None:
        """What this channel holds may have changed: see `memory`."""
        size = 0
        if self.state != CLOSED:
            if not self._is_drained or not self.outbound.is_writable:
                size = int(self.outbound.pending)
            size += self.mailed_bytes
        self.loop_state.memory.account(self, size)

    def input_ended(self) -> None:
        """The peer has finished sending: close when all that came before is handled, or tell, if half-closure is allowed."""
        if self._input_ended or self.state != ACTIVE:
            return
        if self.config.allow_half_closure and self.has_paused():
            self.when_handed_on(self.input_ended)
            return
        self._input_ended = True
        if self.config.allow_half_closure:
            self.run_in_context(self._pipeline.fire_user_event_triggered, INPUT_SHUTDOWN)
        elif self._pipeline.has_mail():
            self._close_timer = Deadline(self.loop, self.config.close_timeout, self._close_after_input, restores=True)
        else:
            self._close_after_input()

    def mail_was_delivered(self) -> None:
        """Some mailbox of this channel has run empty."""
        if self.writability.waiting and self.outbound.has_unflushed():
            self.flush_soon()  # a coroutine handler was asked to flush, and has let it be
        if self._departure is not None:
            self._departure.go_on()
        elif self._input_ended and not self.config.allow_half_closure and self.state == ACTIVE and not self._pipeline.has_mail():
            self._close_after_input()

    def _close_after_input(self) -> None:
        self._cancel_close_timer()
        self.begin_close(ChannelPromise())

    def lost(self, error: Exception | None) -> None:
        """The carrier is gone, because of *error* or because it was closed."""
        if self._is_lost:
            return
        self._is_lost = True
        self.run_in_context(self._lose, error)

    def _lose(self, error: Exception | None) -> None:
        if error is not None:
            blame_peer(error, self._pipeline.channel)
            self.close_cause = error
            self._tell_loss(error)
        self._cancel_close_timer()
        self._move(CLOSED)
        self.close_future.try_success(self)
        if not self.outbound.is_empty():
            unreported = self.outbound.fail_all(self.closed_error())
            if error is None:
                self._report_lost(unreported)
        self.account_memory()
        self.writability.changed()
        self.loop.call_soon(self._depart)

    def _tell_loss(self, error: Exception) -> None:
        if self.has_paused():
            self.when_handed_on(lambda: self._tell_loss(error))
        else:
            self._pipeline.fire_exception_caught(error)

    def _depart(self) -> None:
        if self.has_paused():
            self.when_handed_on(self._depart)
            return
        self.loop_state.channels.discard(self)
        flush_faults(self)
        self._departure = Departure(self)
        self.run_in_context(self._departure.begin)

    # What handlers did not handle; a transport for tests collects it instead.

    def unhandled_message(self, msg: object) -> None:
        """A message went through all handlers."""
        log_unhandled_message(self._pipeline.tail, msg)

    def unhandled_error(self, error: Exception) -> None:
        """An error went through all handlers: it is logged and, unless CLOSE_ON_ERROR is off, closes the channel."""
        tell_error(self._pipeline.channel, error)
        if self.config.close_on_error and self.state < CLOSING:
            self.close_cause = error
            self._pipeline.close()

    def writability_changed(self) -> None:
        """The outbound buffer has crossed a water mark, or a user's bit has changed."""
        if self.outbound.is_writable:
            self._overflow_is_reported = False
        self.account_memory()
        if self.state < CLOSING:
            self.writability.changed()
            self._pipeline.fire_channel_writability_changed()

    # Coroutines.

    def pipeline(self) -> ChannelPipeline:
        """The handlers of this channel."""
        return self._pipeline

    # Inside.

    def _move(self, state: int) -> None:
        check_move(self.state, state)
        self.state = state
        if self._is_reading and state >= CLOSING:
            self.update_reading()
