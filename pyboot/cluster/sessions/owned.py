"""Owned: the sessions that this node has, by key and by owner. No I/O here."""

from collections.abc import Iterator
from typing import final

from pyboot.cluster.table import Claim, ClaimPolicy
from pyboot.components.netty.channel.channel import Channel

from .session import Session

__all__ = ["Owned", "OwnedSessions"]


@final
class Owned:
    """One session of this node. *stamp* is None until its first claim is answered; one that *is_over* was kicked, or its channel closed."""

    __slots__ = ("channel", "is_confirmed", "is_over", "key", "owner", "policy", "since", "stamp")

    def __init__(self, key: str, owner: str, channel: Channel, policy: ClaimPolicy, since: float) -> None:
        self.key = key
        self.owner = owner
        self.channel = channel
        self.policy = policy
        self.since = since
        self.stamp: int | None = None
        self.is_confirmed = False
        self.is_over = False

    def claim(self, node: str) -> Claim:
        """Return the claim that makes it, or says it again."""
        return Claim(self.key, self.owner, node, repr(self.since).encode(), self.stamp)

    def session(self, node: str) -> Session:
        """Return what others see of it."""
        return Session(self.key, node, self.channel.id, self.since, self.is_confirmed)


@final
class OwnedSessions:
    """All of them."""

    def __init__(self) -> None:
        self._by_key: dict[str, dict[str, Owned]] = {}
        self._count = 0

    def add(self, owned: Owned) -> None:
        """Add one; the one of that owner before it is replaced."""
        owners = self._by_key.setdefault(owned.key, {})
        self._count += owned.owner not in owners
        owners[owned.owner] = owned

    def remove(self, owned: Owned) -> bool:
        """Remove exactly this one; False where it is not there."""
        owners = self._by_key.get(owned.key, {})
        if owners.get(owned.owner) is not owned:
            return False
        del owners[owned.owner]
        if not owners:
            del self._by_key[owned.key]
        self._count -= 1
        return True

    def of(self, key: str) -> list[Owned]:
        """Return those of *key*, in the order of their coming."""
        return list(self._by_key.get(key, {}).values())

    def get(self, key: str, owner: str) -> Owned | None:
        """Return the one of *owner*."""
        return self._by_key.get(key, {}).get(owner)

    def __iter__(self) -> Iterator[Owned]:
        return iter([owned for owners in self._by_key.values() for owned in owners.values()])

    def __len__(self) -> int:
        return self._count
