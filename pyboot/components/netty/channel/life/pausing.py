"""Pausing: decoders that have spent the turn of their channel go on in a later one, before anything more is read.

::

    network ──> decoder A ──> decoder B ──> mailbox of a coroutine handler
                   │ paused 2nd   │ paused 1st     │ full
                   └── goes on once B has ended    └── nobody goes on until half of it is gone

Law 1: nothing overtakes. The decoder nearest the tail paused first and goes on first; one before it waits until all behind it have
handed on what they have. Law 2: while one is paused the channel does not read, so what waits is never more than one read.
Law 3: the end of the input, and of the channel, come after what was read before and its channel_read_complete, wherever they are
fired from: the head, a coroutine handler whose mailbox they waited in, a callback in the middle of a read that takes out the decoder
which still has the rest (each context that fires one asks whether that is so). Only where the channel is gone and a coroutine handler
has no room is the rest dropped, as the events in its mailbox are.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final, final

from .budget import TURN_CALLS
from .closing import CLOSED

if TYPE_CHECKING:
    from pyboot.components.netty.channel.channel import Channel

__all__ = ["Pausing"]

_IDLE: Final = 0  # nothing is paused, or nobody has room for it
_QUEUED: Final = 1  # in the row of the loop (`budget.Turns`)
_RUNNING: Final = 2  # handing on, on this stack


@final
class Pausing:
    """The paused decoders of one channel, nearest the tail first; made when one pauses for the first time."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._paused: list[Callable[[], None]] = []
        self._state = _IDLE
        self._acts: list[Callable[[], object]] = []

    @property
    def is_over(self) -> bool:
        """True if all that was read has been handed on."""
        return not self._paused and self._state != _RUNNING

    def add(self, go_on: Callable[[], None]) -> None:
        """A decoder has more to hand on: *go_on* is called in a later turn."""
        self._paused.append(go_on)
        self._channel.must_pause = True
        self._channel.reading.update()
        self.request()

    def when_over(self, act: Callable[[], object]) -> None:
        """Call *act* when all that was read has been handed on."""
        self._acts.append(act)
        self.delivered()

    def delivered(self) -> None:
        """A read was handed on, but for what has paused: let go on what waits for that."""
        if self._acts and self._state != _RUNNING and not self._channel.is_delivering:
            self._settle()

    def request(self) -> None:
        """Stand in the row of the loop, if there is room for what would be handed on."""
        channel = self._channel
        if self._paused and self._state == _IDLE and channel.reading.full_mailboxes == 0:
            self._state = _QUEUED
            channel.loop_state.turns.later(self._go_on)

    def _go_on(self) -> int:
        self._state = _RUNNING
        channel = self._channel
        channel.begin_turn()
        # An empty list meanwhile: a decoder that pauses again in this turn is behind none of those that have not had theirs, so it
        # stands before them afterwards (law 1), and ends the loop.
        before, self._paused = self._paused, []
        try:
            while before and channel.reading.full_mailboxes == 0 and channel.turn_calls < TURN_CALLS and not self._paused:
                channel.must_pause = False
                self._hand_on(before.pop(0))
        finally:
            self._state = _IDLE
            self._paused += before
            self._settle()
        return channel.turn_calls

    def _hand_on(self, go_on: Callable[[], None]) -> None:
        """Hand on more of a read, as `Channel.received` does: with one swap of the task for all coroutine handlers (see `mailbox`)."""
        channel = self._channel
        if not channel.pipeline().has_coroutines or channel.loop_state.in_burst or channel.in_context:
            channel.run_in_context(go_on)
        else:
            channel.run_in_context(channel.run_burst, go_on)

    def _settle(self) -> None:
        """Ask for the next turn; or let go on what waits for the end of this."""
        channel = self._channel
        if channel.state == CLOSED and channel.reading.full_mailboxes > 0:
            self._paused.clear()
        channel.must_pause = bool(self._paused) or channel.reading.full_mailboxes > 0
        if self._paused:
            self.request()
            return
        channel.reading.update()
        acts, self._acts = self._acts, []  # one of them may wait for the next read, or for the rest of this
        for act in acts:
            act()
        channel.mail_was_delivered()
