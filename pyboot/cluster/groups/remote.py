"""RemoteGroup: the members of a group on other nodes: messages with numbers to them and from them, and what did not arrive.

Theory of operation. Each message has the next number of its sender in this group. The one that hears sees a jump and tells it
(`ClusterGap`); a number that was seen is dropped. A loss at the end of what was sent shows in no message, so there are marks: a group in
use says the number of its last message each five seconds; who comes back says it at once, and asks the others for theirs
(`ClusterGroups`). All of it happens on the node's loop.
"""

import asyncio
from collections.abc import Callable
from typing import Any, Final, final

from pyboot.cluster.envelope import Content, Envelope, Kind
from pyboot.cluster.events import ClusterGap
from pyboot.cluster.node import ClusterNode
from pyboot.cluster.numbers import Numbers

__all__ = ["RemoteGroup"]

_LINGER_SECONDS: Final = 2.0  # a group without members stays subscribed as long: a member that comes back costs nothing
_TAIL_SECONDS: Final = 5.0  # so long after a message at the latest its number is said once more
_MARK_SECONDS: Final = 0.2  # marks that are asked for within this time are one


@final
class RemoteGroup:
    """The rest of one group; *deliver* takes the messages for the members here, *tell_gap* what was missed."""

    def __init__(
        self,
        node: ClusterNode,
        name: str,
        size: Callable[[], int],
        deliver: Callable[[bytes, Content], None],
        tell_gap: Callable[[ClusterGap], None],
        *,
        hears_itself: bool,
    ) -> None:
        """Be the rest of the group *name*, which has *size* members here; *hears_itself*: own messages come by way of the engine, too."""
        self.node = node
        self.name = name
        self.channel = f"g:{name}"
        self.missed = 0
        self.duplicates = 0
        self._size = size
        self._deliver = deliver
        self._tell_gap = tell_gap
        self._hears_itself = hears_itself
        self._numbers = Numbers()
        self.is_heard = False
        self._leaving: asyncio.TimerHandle | None = None
        self._marking: asyncio.TimerHandle | None = None

    # hot path: once per message to other nodes
    def publish(self, payload: bytes, content: Content) -> None:
        """Send a message to the members on other nodes."""
        self.node.publish(self.channel, Kind.MESSAGE, payload, number=self._numbers.next(), content=content)
        if self._marking is None:
            self._marking = self.node.loop.call_later(_TAIL_SECONDS, self._mark)

    def on_members(self) -> None:
        """Subscribe while there are members here, and a while longer."""
        if self._size():
            if self._leaving is not None:
                self._leaving.cancel()
                self._leaving = None
            if not self.is_heard:
                self.is_heard = True
                self.node.hear(self.channel, self._on_envelope)
        elif self.is_heard and self._leaving is None:
            self._leaving = self.node.loop.call_later(_LINGER_SECONDS, self._leave)

    def _leave(self) -> None:
        self._leaving = None
        self.is_heard = False
        self.node.ignore(self.channel)
        self._numbers.forget_all()

    # hot path: once per message of the group
    def _on_envelope(self, envelope: Envelope) -> None:
        kind, sender = envelope.kind, envelope.sender
        if sender == self.node.id and not (self._hears_itself and kind is Kind.MESSAGE):
            return
        if kind is Kind.MESSAGE:
            heard = self._numbers.hear(sender, envelope.number)
            if heard.missed:
                self._miss(sender, heard.missed)
            if heard.is_new:
                self._deliver(envelope.payload, envelope.content)
            else:
                self.duplicates += 1
        elif kind is Kind.MARK and (missed := self._numbers.hear_mark(sender, envelope.number)):
            self._miss(sender, missed)

    def _miss(self, sender: str, missed: int) -> None:
        self.missed += missed
        self._tell_gap(ClusterGap(self.name, sender, missed))

    def mark_soon(self) -> None:
        """Say the number of the last message in a moment, if there was one."""
        if not self._numbers.own:
            return
        if self._marking is not None:
            if self._marking.when() <= self.node.now + _MARK_SECONDS:
                return
            self._marking.cancel()
        self._marking = self.node.loop.call_later(_MARK_SECONDS, self._mark)

    def _mark(self) -> None:
        self._marking = None
        if self.node.is_up:
            self.node.publish(self.channel, Kind.MARK, number=self._numbers.own)

    def close(self) -> None:
        """Do nothing more."""
        for timer in (self._leaving, self._marking):
            if timer is not None:
                timer.cancel()
        self._leaving = self._marking = None

    def facts(self) -> dict[str, Any]:
        """Return what a look into it shows."""
        return {
            "members": self._size(),
            "subscribed": self.is_heard,
            "sent": self._numbers.own,
            "missed": self.missed,
            "duplicates": self.duplicates,
        }
