"""Numbers: those that a node gives its messages, and what the numbers of others tell that came. No I/O here."""

from typing import Final, NamedTuple, final

__all__ = ["Heard", "Numbers"]


@final
class Heard(NamedTuple):
    """What a number tells: whether the message *is_new*, and how many before it were *missed*."""

    is_new: bool
    missed: int = 0


_NEW: Final = Heard(True)
_OLD: Final = Heard(False)
_MOST_SENDERS: Final = 1_024


@final
class Numbers:
    """The numbers of one channel.

    Law: each sender counts from 1 on, and never begins anew while it lives. The first number that is heard of a sender is where this node
    came in: what was before is no gap, since late joiners get nothing of the past.
    """

    def __init__(self) -> None:
        """Begin before the first message."""
        self.own = 0
        self._heard: dict[str, int] = {}

    def next(self) -> int:
        """Return the number of the next message of this node."""
        self.own += 1
        return self.own

    # hot path: once per message that comes from another node
    def hear(self, sender: str, number: int) -> Heard:
        """Note the message *number* of *sender*."""
        last = self._heard.get(sender)
        if last is None:
            self._begin(sender, number)
            return _NEW
        if number == last + 1:
            self._heard[sender] = number
            return _NEW
        if number <= last:
            return _OLD
        self._heard[sender] = number
        return Heard(True, number - last - 1)

    def hear_mark(self, sender: str, number: int) -> int:
        """Note that *number* was the last message of *sender*, and return how many were missed."""
        last = self._heard.get(sender)
        if last is None:
            self._begin(sender, number)
            return 0
        if number <= last:
            return 0
        self._heard[sender] = number
        return number - last

    def _begin(self, sender: str, number: int) -> None:
        if len(self._heard) >= _MOST_SENDERS:
            del self._heard[next(iter(self._heard))]  # the one that was heard of first: a node lives under an id of its own each time
        self._heard[sender] = number

    def forget_all(self) -> None:
        """Forget what was heard: nobody listens any more, so nothing is missed."""
        self._heard.clear()
