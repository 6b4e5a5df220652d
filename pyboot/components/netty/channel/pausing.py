"""Pausing: decoders that have spent the turn of their channel go on in a later one, before anything more is read.

::

    network ──> decoder A ──> decoder B ──> mailbox of a coroutine handler
                   │ paused 2nd   │ paused 1st     │ full
                   └── goes on once B has ended    └── nobody goes on until half of it is gone

Law 1: nothing overtakes. The decoder nearest the tail paused first and goes on first; one before it waits until all behind it have
handed on what they have. Law 2: while one is paused the channel does not read, so what waits is never more than one read.
Law 3: the end of the input, and of the channel, come after what was read before. Only where the channel is gone and a coroutine handler
has no room is the rest dropped, as the events in its mailbox are.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, final

from .budget import TURN_CALLS
from .state import CLOSED

if TYPE_CHECKING:
    from .reading import ChannelReading

__all__ = ["Pausing"]


@final
class Pausing:
    """The paused decoders of one channel, nearest the tail first; made when one pauses for the first time."""

    def __init__(self, channel: ChannelReading) -> None:
        self._channel = channel
        self._paused: list[Callable[[], None]] = []
        self._is_running = False
        self._is_queued = False
        self._acts: list[Callable[[], object]] = []

    @property
    def is_over(self) -> bool:
        """Whether all that was read has been handed on."""
        return not self._paused and not self._is_running

    def add(self, go_on: Callable[[], None]) -> None:
        """A decoder has more to hand on: *go_on* is called in a later turn."""
        self._paused.append(go_on)
        self._channel.must_pause = True
        self._channel.update_reading()
        self.request()

    def when_over(self, act: Callable[[], object]) -> None:
        """Call *act* when all that was read has been handed on."""
        self._acts.append(act)
        if not self._is_running:
            self._settle()

    def request(self) -> None:
        """Stand in the row of the loop, if there is room for what would be handed on."""
        channel = self._channel
        if self._paused and not self._is_queued and not self._is_running and channel.full_mailboxes == 0:
            self._is_queued = True
            channel.loop_state.turns.later(self._go_on)

    def _go_on(self) -> int:
        self._is_queued = False
        channel = self._channel
        channel.begin_turn()
        before, self._paused = self._paused, []
        self._is_running = True
        try:
            while before and channel.full_mailboxes == 0 and channel.turn_calls < TURN_CALLS and not self._paused:
                channel.must_pause = False
                channel.run_burst(before.pop(0))
        finally:
            self._is_running = False
            self._paused += before
            self._settle()
        return channel.turn_calls

    def _settle(self) -> None:
        """Ask for the next turn; or let go on what waits for the end of this."""
        channel = self._channel
        if channel.state == CLOSED and channel.full_mailboxes > 0:
            self._paused.clear()
        channel.must_pause = bool(self._paused) or channel.full_mailboxes > 0
        if self._paused:
            self.request()
            return
        channel.update_reading()
        acts, self._acts = self._acts, []
        for act in acts:
            act()
        channel.mail_was_delivered()
