"""The meters of the cluster: what a node counts anyway, read when somebody asks."""

from collections.abc import Callable, Iterable
from typing import Any, Final, final

from pyboot.actuator.meters.registry import MeterRegistry
from pyboot.actuator.meters.table import spec_of
from pyboot.boot import Component
from pyboot.cluster.groups.group import ClusterChannelGroup
from pyboot.cluster.groups.groups import ClusterGroups
from pyboot.cluster.node import ClusterNode
from pyboot.cluster.sessions.registry import SessionRegistry

__all__ = ["ClusterMeters"]

_OF_GROUPS: Final = ("members", "sent", "missed", "duplicates", "dropped")
_MOST_GROUPS: Final = 100  # groups may be made while the application runs; the endpoint has them all


@final
@Component
class ClusterMeters:
    """Observes the node, its queue, its sessions, and the first hundred of its groups."""

    def __init__(self, node: ClusterNode, groups: ClusterGroups, sessions: SessionRegistry) -> None:
        """Take what is observed."""
        self._node, self._groups, self._sessions = node, groups, sessions

    def bind_to(self, registry: MeterRegistry, /) -> None:
        """Observe them."""
        node, sessions = self._node, self._sessions
        for name, read in {
            "up": lambda: int(node.is_up),
            "nodes": lambda: len(node.roster),
            "echo": lambda: node.echo_seconds,
            "losses": lambda: node.losses,
            "queue.messages": lambda: len(node.queue),
            "queue.bytes": lambda: node.queue.bytes,
            "queue.dropped": lambda: node.queue.dropped,
            "frames.unknown": lambda: node.unknown_frames,
            "strangers": lambda: node.strangers,
            "sessions": lambda: len(sessions),
            "sessions.kicked": lambda: sessions.kicked,
        }.items():
            registry.observe(spec_of(f"cluster.{name}"), _one(read))
        for name in _OF_GROUPS:
            registry.observe(spec_of(f"cluster.group.{name}"), self._of_groups(name))

    def _of_groups(self, fact: str) -> Callable[[], Iterable[tuple[dict[str, object], Any]]]:
        def read(group: ClusterChannelGroup) -> Any:
            return group.facts()[fact]

        return lambda: [({"group": group.name}, read(group)) for group in self._groups.groups[:_MOST_GROUPS]]


def _one(read: Callable[[], float]) -> Callable[[], Iterable[tuple[dict[str, object], Any]]]:
    return lambda: [({}, read())]
