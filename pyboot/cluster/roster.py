"""Roster: the nodes that this one knows to be there, and what a new list of leases changes. No I/O here."""

from collections.abc import Iterable
from typing import NamedTuple, final

from .member import Member

__all__ = ["Changes", "Roster"]


@final
class Changes(NamedTuple):
    """Who *joined* and who *left* since the list before."""

    joined: tuple[Member, ...] = ()
    left: tuple[Member, ...] = ()


@final
class Roster:
    """The nodes by id, this one included.

    Law: who is missing has left, unless the engine has forgotten everybody: then nobody counts as gone until *patience* is over, in which
    every node that lives writes its lease again.
    """

    def __init__(self, own: str) -> None:
        """Be the roster of the node *own*."""
        self._own = own
        self._members: dict[str, Member] = {}
        self._patient_until = 0.0

    def be_patient(self, until: float) -> None:
        """Take nobody for gone before the time *until*."""
        self._patient_until = until

    def update(self, members: Iterable[Member], now: float) -> Changes:
        """Take the list of all leases, and return what it changes."""
        found = {member.node: member for member in members}
        joined = tuple(member for node, member in found.items() if node not in self._members and node != self._own)
        left: tuple[Member, ...] = ()
        if now >= self._patient_until:
            left = tuple(member for node, member in self._members.items() if node not in found and node != self._own)
            self._members = found
        else:
            self._members |= found
        return Changes(joined, left)

    def add(self, member: Member) -> bool:
        """Add one that says it has joined; False where it is known, which its newer epoch then changes."""
        known = self._members.get(member.node)
        self._members[member.node] = member if known is None else known._replace(epoch=max(known.epoch, member.epoch))
        return known is None

    def remove(self, node: str) -> Member | None:
        """Remove one that says it leaves; None where it is not known."""
        return self._members.pop(node, None)

    def get(self, node: str) -> Member | None:
        """Return the node called *node*."""
        return self._members.get(node)

    def __contains__(self, node: object) -> bool:
        return node in self._members

    @property
    def members(self) -> tuple[Member, ...]:
        """The nodes."""
        return tuple(self._members.values())

    def __len__(self) -> int:
        return len(self._members)
