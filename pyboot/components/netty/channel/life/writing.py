"""Writing: how what handlers wrote gets to the network, and what becomes of a write that does not.

Theory of operation. The outbound buffer knows what is flushed; this hands it over, run by run, for as long as the network takes it at
once and the budget of the turn lasts (`budget`)::

    state      what is flushed                          goes on with
    idle       nothing, or it may be sent               `flush`
    sending    is being handed over, on this stack      the same loop: who flushes meanwhile adds to it
    due        is more than one turn may send           a later turn of the loop, or the next `flush`
    waiting    is with the network, which took not all  `drained`

Law 1. Runs are handed over in one place, by one loop at a time: order is the order of the writes, whoever flushes inside whatever
callback. Law 2. While the network has not taken a run it gets nothing more. Law 3. Who waits for a write need not flush: what was
written goes out at the end of the turn (`flush_soon`), for otherwise waiting for room that only a flush can make would never end.

Law 4. A write that failed is told once: to its promise, to whoever awaits it, or else to exception_caught; a flood of writes that fail
for the same reason once until there is room again, and those that a close takes with it not at all, for the close tells it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, final

from mypy_extensions import i64, u8

from pyboot.components.netty.channel.author import tell_unencoded
from pyboot.components.netty.channel.event import ChannelEvent
from pyboot.components.netty.channel.fault import note
from pyboot.components.netty.channel.loop_state import ENDS_PROGRAMS
from pyboot.components.netty.channel.promise import ChannelPromise
from pyboot.components.netty.errors import ChannelError, ClosedChannelError, OutboundOverflowError, UnsupportedMessageError

from .budget import TURN_BYTES, TURN_CALLS
from .closing import ACTIVE, CLOSED, CLOSING
from .file_sending import FileSending

if TYPE_CHECKING:
    from pyboot.components.netty.channel.channel import Channel
    from pyboot.components.netty.channel.context import ChannelHandlerContext
    from pyboot.components.netty.channel.coroutines.mailbox import Mailbox

__all__ = ["Writing"]

_IDLE: Final = 0
_SENDING: Final = 1
_DUE: Final = 2
_WAITING: Final = 3


@final
class Writing:
    """The output of one channel, made with it and used on its loop."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._outbound = channel.outbound
        self._pipeline = channel.pipeline()
        self._state: u8 = _IDLE
        self._is_flush_due = False
        self.has_told_overflow = False  # until there is room again
        self.reports_due = 0  # writes that have failed, and are told in the next turn
        self._file: FileSending | None = None  # what is waited for is a file
        self._messages_asked = 0  # how many were written when a coroutine handler was last asked to flush

    @property
    def is_waiting(self) -> bool:
        """True if the network has not taken what it was given."""
        return self._state == _WAITING

    def serve(self, channel: Channel) -> None:
        """Be the writing of *channel* from here on."""
        self._channel = channel
        self._pipeline = channel.pipeline()

    # Flushing.

    def flush(self) -> None:
        """Send what was written until now, as far as the network takes it. The channel is active."""
        # hot path: once for each flush.
        self._outbound.mark_flushed()
        self._channel.flushes += 1
        if self._pipeline.wants_events:
            self._pipeline.fire_channel_event(ChannelEvent.WRITE_DO)
        if self._state == _WAITING:
            self._channel.account_memory()
        else:
            self.send()

    def send(self) -> None:
        """Hand flushed runs to the network for as long as it takes them at once, unless that is under way, or it has enough."""
        # hot path: once for each flush.
        if self._state == _SENDING or self._state == _WAITING:
            return
        self._state = _SENDING  # before anything is handed over: `run_written` calls listeners, and these flush (law 1)
        channel = self._channel
        outbound = self._outbound
        runs: i64 = 0
        size: i64 = 0
        try:
            while outbound.flushed > 0:
                if runs >= TURN_CALLS or size >= TURN_BYTES:
                    # Whoever is told of each write, and writes again, could go on for ever.
                    self._state = _DUE
                    channel.loop.call_soon(self._send_due)
                    break
                data = outbound.next_run()
                runs += 1
                if data is None:
                    is_taken = self._begin_file()
                else:
                    size += len(data)
                    is_taken = channel.transmit(data)
                if is_taken:
                    outbound.run_written()
                else:
                    self._state = _WAITING
                    outbound.run_waits()  # who watches may find that the network has taken it by now
                    channel.account_memory()
                    break
        finally:
            # In a finally, or a listener that ends the program would leave a channel that never sends again.
            if self._state == _SENDING:
                self._state = _IDLE
            channel.turn_bytes += size
            channel.bytes_out += size
            channel.network_writes += runs
        if outbound.flushed == 0:
            if self._pipeline.wants_write_complete:
                self._pipeline.fire_channel_write_complete()
            if channel.state == CLOSING:
                channel.closing.delivered()

    def _send_due(self) -> None:
        if self._state == _DUE and ACTIVE <= self._channel.state < CLOSED:
            self.send()

    def drained(self) -> None:
        """Go on, since the network has taken all that it was given."""
        if self._state == _WAITING:
            if self._file is not None:
                self._channel.run_in_context(self._file.drained)
                return
            self._state = _IDLE
            channel = self._channel
            channel.run_in_context(self._send_on)
            channel.account_memory()

    def _send_on(self) -> None:
        self._outbound.run_written()
        self.send()

    def _begin_file(self) -> bool:
        """Hand a file region over; True if the network has taken it whole at once."""
        entry = self._outbound.next_file()
        assert entry is not None  # something is flushed, and it is no run of bytes
        self._file = FileSending(self._channel, *entry)
        if not self._file.begin():
            return False
        self._file = None
        return True

    def file_taken(self, file: FileSending) -> None:
        """The network has taken the whole of *file*, which did not go at once."""
        if self._file is file:
            self._file = None
            self.drained()

    def file_failed(self, file: FileSending, error: Exception) -> None:
        """The rest of *file* cannot be read: its write fails with *error*, and the connection ends, for what follows would be misread."""
        channel = self._channel
        if self._file is file and channel.state < CLOSED:
            self._file = None
            if self._outbound.fail_all(error):
                self._pipeline.fire_exception_caught(error)
            channel.closing.abort(error)

    def progress(self) -> tuple[int, int]:
        """Return how much the network has taken since the channel was made: whole messages, and bytes of the next one.

        Completes the writes that were taken whole; a listener that closes or writes is called from here.
        """
        outbound = self._outbound
        if self._file is not None:
            return outbound.messages_taken, self._file.region.transferred
        part = outbound.note_unsent(self._channel.unsent()) if self._state == _WAITING else 0
        return outbound.messages_taken, part

    def flush_asked(self) -> None:
        """Note that a coroutine handler is asked to flush what was written until now, and does so in its own time."""
        self._messages_asked = self._outbound.messages_written

    def flush_soon(self) -> None:
        """Send what is written at the end of this turn of the loop, as somebody waits for it."""
        if not self._is_flush_due and self._outbound.has_unflushed():
            self._is_flush_due = True
            self._channel.loop.call_soon(self._flush_due)

    def _flush_due(self) -> None:
        self._is_flush_due = False
        channel = self._channel
        outbound = self._outbound
        if channel.state >= CLOSING or not outbound.has_unflushed():
            return
        # Through the handlers where that is possible, past them where one of them holds the flush up, by waiting itself.
        if any(mailbox.waits_for_room for mailbox in self._busy_outboxes()):
            channel.flush_outbound()  # a flush would wait behind one who waits for the room that only a flush can make
            return
        if outbound.messages_written > self._messages_asked:
            self._pipeline.flush()
        if outbound.has_unflushed() and not self._busy_outboxes():
            channel.flush_outbound()

    def _busy_outboxes(self) -> list[Mailbox]:
        """The outboxes of handlers with a suspended operation: what these were asked to flush they will, in their own time."""
        return [mailbox for mailbox in self._pipeline.mailboxes() if mailbox.is_suspended and mailbox.is_outbox]

    # Writes that fail.

    def write_failed(self, error: Exception, promise: ChannelPromise | None, ctx: ChannelHandlerContext) -> ChannelPromise:
        """Fail a write that a handler raised *error* in; the answer raises it when awaited, and it is reported if nobody does."""
        if isinstance(error, UnsupportedMessageError):
            tell_unencoded(self._channel, error)
        answer = ChannelPromise() if promise is None else promise
        self.fail(error, answer, reported=promise is None)
        return answer

    def fail(self, error: Exception, answer: ChannelPromise, *, reported: bool) -> None:
        """Fail *answer*; with *reported*, tell exception_caught unless somebody awaits it by the next turn of the loop."""
        note(error, self._channel)
        # A turn later: ``await ctx.write(msg)`` comes to its await only when the write that failed has returned.
        if answer.try_failure(error) and reported and not answer.is_awaited:
            self.reports_due += 1
            self._channel.loop.call_soon(self._report_unless_awaited, answer, error)

    def _report_unless_awaited(self, answer: ChannelPromise, error: Exception) -> None:
        self.reports_due -= 1
        if answer.is_awaited or isinstance(error.__cause__, ENDS_PROGRAMS):
            return
        # Law 4: a close tells of itself, and a flood is told of once.
        is_overflow = isinstance(error, OutboundOverflowError)
        if self._channel.state >= CLOSING and (is_overflow or isinstance(error, ClosedChannelError)):
            return
        if is_overflow:
            if self.has_told_overflow:
                return
            self.has_told_overflow = True
        self._pipeline.fire_exception_caught(error)

    def write_lost(self, promise: ChannelPromise | None, answer: ChannelPromise) -> None:
        """A write that was on its way through a coroutine handler (`callback.write_through`) goes no further.

        Its message is not released here: a handler that was called owns it, and may have passed it on before it was cancelled.
        """
        error = self.cancelled_error()
        answer.try_failure(error)
        if promise is not None:
            promise.try_failure(error)

    def cancelled_error(self) -> ChannelError:
        """Return the error of an operation that a handler's coroutine was busy with: the channel closed, or the handler was removed."""
        channel = self._channel
        if channel.state >= CLOSING:
            return channel.closed_error()
        return ChannelError(f"cancelled in a handler of {channel!r} that was removed")

    def report_lost(self, messages: int) -> None:
        """Tell exception_caught once of *messages* lost writes that had no promise; 0 tells nothing."""
        if messages:
            error = ClosedChannelError(f"{messages} written messages were not delivered by {self._channel!r}")
            error.__cause__ = self._channel.close_cause
            self._pipeline.fire_exception_caught(error)
