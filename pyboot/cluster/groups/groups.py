"""ClusterGroups: all groups of a node by name: each is there once, and they ask together for what was missed."""

import json
from collections.abc import Iterable
from itertools import batched
from typing import Any, Final, final

from pyboot.cluster.envelope import Envelope, Kind
from pyboot.cluster.node import CONTROL, ClusterNode

from .group import ClusterChannelGroup
from .remote import RemoteGroup

__all__ = ["ClusterGroups"]

_NAMES_AT_ONCE: Final = 500
_MOST_TOLD: Final = 1_000


@final
class ClusterGroups:
    """The groups of one node; a bean, by which programs have groups that no label names: ``groups.group("room:42")``.

    A group that was asked for once stays, with its numbers, so names are not to be made of what strangers send.
    """

    def __init__(self, node: ClusterNode) -> None:
        """Have the groups of *node*."""
        self.node = node
        self._groups: dict[str, ClusterChannelGroup] = {}
        self._remotes: dict[str, RemoteGroup] = {}
        self._sizes: dict[str, int] = {}
        self._was_up = node.is_up
        node.on_up.append(self._on_up)
        node.on_polled.append(self._count)
        node.on_control(Kind.ASK_MARK, self._on_asked)
        node.on_closed.append(self._close)
        node.told["groups"] = self._told

    def group(self, wanted: ClusterChannelGroup | str) -> ClusterChannelGroup:
        """Return the group of that name, made as *wanted* describes where it is not there."""
        described = ClusterChannelGroup(wanted) if isinstance(wanted, str) else wanted
        found = self._groups.get(described.name)
        if found is None:
            found = self._groups[described.name] = described.joined(self)
            self.include(found.remote)
        return found

    def include(self, remote: RemoteGroup) -> None:
        """Ask for what was missed of *remote* as well, which is no group of channels."""
        self._remotes[remote.name] = remote

    def size_elsewhere(self, name: str) -> int:
        """Return how many members the group *name* has on other nodes, as these told with their leases."""
        return self._sizes.get(name, 0)

    @property
    def groups(self) -> tuple[ClusterChannelGroup, ...]:
        """The groups."""
        return tuple(self._groups.values())

    def _told(self) -> dict[str, int]:
        """Return the sizes for the lease; of very many groups those of the first."""
        sizes = ((name, len(group)) for name, group in self._groups.items())
        return dict([(name, size) for name, size in sizes if size][:_MOST_TOLD])

    def _count(self) -> None:
        self._sizes = {}
        for member in self.node.roster.members:
            told = member.facts.get("groups") if member.node != self.node.id else None
            for name, size in told.items() if isinstance(told, dict) else ():
                if isinstance(size, int):
                    self._sizes[name] = self._sizes.get(name, 0) + size

    def _on_up(self) -> None:
        """Say what was sent last, and ask for what others sent, since this node may have missed the end."""
        if self._was_up:
            for remote in self._remotes.values():
                remote.mark_soon()
            heard = [name for name, remote in self._remotes.items() if remote.is_heard]
            for names in batched(heard, _NAMES_AT_ONCE):
                self.node.publish(CONTROL, Kind.ASK_MARK, json.dumps(names).encode())
        self._was_up = True

    def _close(self) -> None:
        for remote in self._remotes.values():
            remote.close()

    def _on_asked(self, envelope: Envelope) -> None:
        for name in _names(envelope.payload):
            remote = self._remotes.get(name)
            if remote is not None:
                remote.mark_soon()


def _names(payload: bytes) -> Iterable[Any]:
    try:
        names = json.loads(payload)
    except ValueError:
        return ()
    return [name for name in names if isinstance(name, str)] if isinstance(names, list) else ()
