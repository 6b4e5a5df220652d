"""Closing: how a channel lives and ends, from its registration to the last handler that is removed.

Theory of operation. Two machines, of which the second goes ahead of the first. *Life* is what everybody sees (`Channel.state`),
and what operations are judged by. *Closing* tells what the end waits for at the moment, so that there is one cause and at most
one deadline at a time::

    step         what it waits for                                   the close timeout is over
    open         nothing: nobody wants the end
    asked        a close that a coroutine handler is busy with       abort, with CloseTimeoutError
    delivering   the network, which takes what was flushed           abort, with CloseTimeoutError
    shut         the transport, which was told to close              (the transport's own: SO_LINGER and the like)
    lost         what was read before, to be handed on
    told         handlers that are busy with the news                they are cancelled
    leaving      handlers that are busy with their removal           (none: who needs them gone gives them up)
    over         nothing: the pipeline is empty, and nothing of it runs

Law 1. A channel moves only along the two tables; everything else raises. Law 2. All moves of a life go through `move`, all of closing
through `_go`, which ends the deadline of the step before. Law 3. Nothing leaves CLOSED, and nothing leaves OVER.

Law 4. The first cause stands: `Channel.close_cause` is set by whoever gives the connection up, before it closes; who finds none there
has closed it from here (`Channel.closed_here`). Only the loss of the connection and an abort set it afterwards.
Law 5. The transport is told to close once; to close at once at any time after, as often as somebody aborts.
Law 6. Every handler learns that the channel is gone before any is removed. What a handler waited for when the channel was lost is
cancelled, what it does with the news is not, until the close timeout; its removal is not, until somebody gives the handlers up
(`give_up`). Whoever waits for an operation that will not happen is told.
Law 7. What handlers use may be taken away once the end is over (`when_over`), not when the channel is closed: the rest of a read,
``channel_inactive`` and ``handler_removed``, coroutines too, come after that. A connection is over behind its streams (`holds`).

Orders of events are Netty's (``AbstractChannel``), with one ruling of our own: a close first delivers what was flushed. The diagram in
``docs/design/pipeline.md`` is this file's tables; a test compares them.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, final

from pyboot.components.netty.channel.close_reason import CloseReason
from pyboot.components.netty.channel.event import ChannelEvent
from pyboot.components.netty.channel.fault import blame_peer, cut_off, flush_faults
from pyboot.components.netty.errors import ChannelStateError, CloseTimeoutError

from .deadline import Deadline

if TYPE_CHECKING:
    from pyboot.components.netty.channel.channel import Channel
    from pyboot.components.netty.channel.promise import ChannelPromise

__all__ = ["ACTIVE", "CLOSED", "CLOSING", "NEW", "NEXT_STATES", "NEXT_STEPS", "REGISTERED", "STATE_NAMES", "STEP_NAMES", "Closing"]

_log = logging.getLogger(__name__)

# Life. In order, for the hot path asks `state >= CLOSING`.
NEW: Final = 0
REGISTERED: Final = 1
ACTIVE: Final = 2
CLOSING: Final = 3
CLOSED: Final = 4

STATE_NAMES: Final = ("new", "registered", "active", "closing", "closed")

NEXT_STATES: Final = {
    NEW: (REGISTERED, CLOSED),
    REGISTERED: (ACTIVE, CLOSING, CLOSED),
    ACTIVE: (CLOSING, CLOSED),
    CLOSING: (CLOSED,),
    CLOSED: (),
}

# Closing. In order: a step is never taken back.
_OPEN: Final = 0
_ASKED: Final = 1
_DELIVERING: Final = 2
_SHUT: Final = 3
_LOST: Final = 4
_TOLD: Final = 5
_LEAVING: Final = 6
_OVER: Final = 7

STEP_NAMES: Final = ("open", "asked", "delivering", "shut", "lost", "told", "leaving", "over")

NEXT_STEPS: Final = {
    _OPEN: (_ASKED, _DELIVERING, _SHUT, _LOST),
    _ASKED: (_DELIVERING, _SHUT, _LOST),
    _DELIVERING: (_SHUT, _LOST),
    _SHUT: (_LOST,),
    _LOST: (_TOLD, _LEAVING),
    _TOLD: (_LEAVING,),
    _LEAVING: (_OVER,),
    _OVER: (),
}

# The same tables as bits: a stream of HTTP/2 goes through both for each request.
_MAY_MOVE: Final = [sum([1 << state for state in NEXT_STATES[old]]) for old in range(len(STATE_NAMES))]
_MAY_GO: Final = [sum([1 << step for step in NEXT_STEPS[old]]) for old in range(len(STEP_NAMES))]


@final
class Closing:
    """The life and the end of one channel; made with it. On its loop."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._step: int = _OPEN
        self._deadline: Deadline | None = None
        self.was_active = False  # at any time
        self._when_over: list[Callable[[], object]] | None = None
        self._streams: int = 0
        self._carrier: Closing | None = None  # the end of what carries this channel, which waits for this one

    @property
    def step(self) -> str:
        """The name of the step that the end waits for."""
        return STEP_NAMES[self._step]

    def move(self, state: int) -> None:
        """Go on to *state* of the life; raises `ChannelStateError` for what the table does not allow."""
        channel = self._channel
        old = channel.state
        if _MAY_MOVE[old] & (1 << state) == 0:
            allowed = ", ".join(STATE_NAMES[each] for each in NEXT_STATES[old]) or "nothing"
            raise ChannelStateError(f"a channel cannot go from {STATE_NAMES[old]} to {STATE_NAMES[state]}, only to {allowed}")
        channel.state = state
        if state == ACTIVE:
            self.was_active = True
            channel.active_since = channel.loop.time()
        elif old < CLOSING <= state:
            channel.reading.stop()

    def _go(self, step: int) -> None:
        """Go on to *step*: the deadline of the one before is over, and that of this one begins, if it has one."""
        old = self._step
        if _MAY_GO[old] & (1 << step) == 0:
            raise ChannelStateError(f"closing cannot go from {STEP_NAMES[old]} to {STEP_NAMES[step]}")
        self._step = step
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
        if step in (_ASKED, _DELIVERING, _TOLD):
            channel = self._channel
            # It restores: what it waits for takes the peer, or a handler, several steps (see `deadline`).
            self._deadline = Deadline(channel.loop, channel.config.close_timeout, self._overdue, step, restores=True)

    def _overdue(self, step: int) -> None:
        """The close timeout is over, and what *step* waits for has not come."""
        if step != self._step:
            return
        if step == _TOLD:
            self._empty()
        else:
            channel = self._channel
            error = CloseTimeoutError(int(channel.outbound.pending), channel.config.close_timeout)
            cut_off(channel, CloseReason.CLOSE_TIMEOUT, error)
            self.abort(error)

    def deregister(self, promise: ChannelPromise) -> None:
        """Stop the events, and the reading, of a channel that stays open; *promise* is done then, also where that was so."""
        channel = self._channel
        if channel.is_registered:
            channel.is_registered = False
            channel.reading.update()
            channel.pipeline().fire_channel_unregistered()
        promise.try_success()

    # The wish.

    def expect(self) -> None:
        """A close is under way in a handler: if that has not let it through by the close timeout, abort."""
        if self._step == _OPEN:
            self._go(_ASKED)

    def note_who_closes(self) -> None:
        """Remember whether this side wants to close: no error makes it, and the peer has not left before (law 4)."""
        channel = self._channel
        if channel.state < CLOSING:
            channel.closed_here = channel.close_cause is None

    def begin(self, promise: ChannelPromise | None = None) -> None:
        """Start to close, or wait with the others; *promise* is done when the channel is closed."""
        channel = self._channel
        if promise is not None:
            channel.close_future.add_listener(lambda _: promise.try_success())
        if channel.state >= CLOSING:
            return
        was_active = channel.state == ACTIVE
        self.note_who_closes()
        self.move(CLOSING)  # first: whoever is told below of a lost write finds a channel that takes no more
        outbound = channel.outbound
        if outbound.has_unflushed():
            channel.writing.report_lost(outbound.fail_unflushed(channel.closed_error()))
        if self._step >= _DELIVERING:
            return  # whoever was told of a lost write has aborted
        if was_active and outbound.flushed > 0:
            self._go(_DELIVERING)
        else:
            self._shut()

    def delivered(self) -> None:
        """The network has taken all that was flushed."""
        if self._step == _DELIVERING:
            self._shut()

    def _shut(self) -> None:
        self._go(_SHUT)
        self._channel.shut()

    def abort(self, cause: Exception) -> None:
        """Close at once, because of *cause*: nothing more is delivered."""
        channel = self._channel
        if channel.state == CLOSED:
            return
        if channel.state < CLOSING:
            self.move(CLOSING)
        channel.close_cause = cause
        # At any step, and as often as somebody asks (law 5): a close that lingers is what an abort is for.
        if self._step < _SHUT:
            self._go(_SHUT)
        channel.shut_now()

    # The loss.

    def lost(self, error: Exception | None) -> None:
        """The carrier is gone, because of *error* or because it was closed."""
        if self._step < _LOST:
            self._go(_LOST)
            if self._channel.in_context:
                self._lose(error)
            else:
                self._channel.run_in_context(self._lose, error)

    def _lose(self, error: Exception | None) -> None:
        channel = self._channel
        if error is not None:
            blame_peer(error, channel)
            channel.close_cause = error
            self._tell_loss(error)  # a handler may close, or abort: the step stands
        self.move(CLOSED)
        # Netty's order: first who waits for the close, then the writes that fail with it, then, a turn later, the handlers.
        if channel.end is not None:
            channel.end.try_success(channel)
        if not channel.outbound.is_empty:
            unreported = channel.outbound.fail_all(channel.closed_error())
            if error is None:
                channel.writing.report_lost(unreported)
        channel.account_memory()
        channel.writability.changed()
        # Whoever has just called, a handler's write or the loop, goes on with a pipeline that is whole. Where nobody has, and nobody waits,
        # a turn of the loop would only keep the whole of the channel for so long.
        if channel.ends_at_once() and not channel.pipeline().has_coroutines and channel.writing.reports_due == 0:
            self._tell_handlers()
        else:
            channel.loop.call_soon(self._tell_handlers)

    def _tell_loss(self, error: Exception) -> None:
        reading = self._channel.reading
        if reading.has_paused():
            reading.when_handed_on(lambda: self._tell_loss(error))
        else:
            self._channel.pipeline().fire_exception_caught(error)

    def _tell_handlers(self) -> None:
        """Tell the handlers that it is over, and cancel what they waited for until then (law 6)."""
        channel = self._channel
        if channel.reading.has_paused():
            channel.reading.when_handed_on(self._tell_handlers)
            return
        channel.loop_state.channels.discard(channel)
        if channel.faults is not None:
            flush_faults(channel)
        if channel.in_context:
            self._tell()
        else:
            channel.run_in_context(self._tell)

    def _tell(self) -> None:
        channel = self._channel
        pipeline = channel.pipeline()
        suspended = [mailbox for mailbox in pipeline.mailboxes() if mailbox.is_suspended]
        # Only who saw the beginning sees the end: no channel_inactive without a channel_active.
        if self.was_active:
            if pipeline.wants_events:
                pipeline.fire_channel_event(ChannelEvent.DISCONNECTED)
            pipeline.fire_channel_inactive()
        if channel.is_registered:
            channel.is_registered = False
            pipeline.fire_channel_unregistered()
        for mailbox in pipeline.mailboxes():
            mailbox.lose_letters()
        # Behind the news: a callback that is cancelled finds its handler told, and what waited is lost before it could be begun.
        for mailbox in suspended:  # not those that the news made busy just now
            mailbox.cancel()
        if pipeline.has_mail():
            self._go(_TOLD)
        else:
            self._empty()

    def handled(self) -> None:
        """A handler has caught up: when all have, the pipeline is emptied; when all have left, it is over."""
        if self._step == _TOLD:
            if not self._channel.pipeline().has_mail():
                self._empty()
        elif self._step == _LEAVING and self._streams == 0 and self._channel.pipeline().membership.is_over:
            self._end()

    def _empty(self) -> None:
        self._go(_LEAVING)
        self._channel.pipeline().destroy()
        self.handled()

    def holds(self, stream: Closing) -> None:
        """Be over no sooner than *stream*, which the channel of this end carries: they may use the same things (law 7)."""
        self._streams += 1
        stream._carrier = self

    def _stream_is_over(self) -> None:
        self._streams -= 1
        if self._streams == 0:
            self.handled()

    def give_up(self) -> None:
        """Cancel what the handlers of a channel that is lost are at, be it the news or their removal; before the loss, nothing."""
        if self._step >= _TOLD:
            for mailbox in self._channel.pipeline().mailboxes():
                mailbox.cancel()

    def _end(self) -> None:
        self._go(_OVER)
        carrier, self._carrier = self._carrier, None
        if carrier is not None:
            carrier._stream_is_over()
        waiting, self._when_over = self._when_over, None
        for act in waiting or ():
            act()
        self._channel.has_ended()

    def serve(self, channel: Channel) -> None:
        """Be the end of *channel* from here on."""
        self._channel = channel

    def when_over(self, act: Callable[[], object]) -> None:
        """Call *act*, which does not raise, once no handler of the channel will be called and none is at work; at once if that is so."""
        if self._step == _OVER:
            act()
        elif self._when_over is None:
            self._when_over = [act]
        else:
            self._when_over.append(act)
