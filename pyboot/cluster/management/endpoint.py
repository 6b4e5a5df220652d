"""The endpoint ``cluster``: the nodes that this one sees, its sessions and groups, and what waits for its engine."""

from typing import Any, final

from pyboot.actuator.annotations import Endpoint, ReadOperation
from pyboot.boot import ApplicationContext
from pyboot.cluster.groups.groups import ClusterGroups
from pyboot.cluster.node import ClusterNode
from pyboot.cluster.sessions.registry import SessionRegistry

__all__ = ["ClusterEndpoint"]


@final
@Endpoint("cluster")
class ClusterEndpoint:
    """Tells of the cluster as this node sees it; each node has its own view."""

    def __init__(self, context: ApplicationContext, node: ClusterNode, groups: ClusterGroups, sessions: SessionRegistry) -> None:
        """Take the node and what is made with it."""
        self._masked = context.environment.secrets.masked
        self._node, self._groups, self._sessions = node, groups, sessions

    @ReadOperation
    def cluster(self) -> dict[str, Any]:
        """Answer with the nodes, what they have told, the queue, and the groups; times are seconds."""
        node, queue = self._node, self._node.queue
        return {
            "node": node.id,
            "engine": node.engine.name,
            "state": node.state.name,
            "since": round(node.now - node.since, 3),
            "epoch": node.epoch,
            "error": None if node.last_error is None else self._masked(str(node.last_error)),
            "echo": node.echo_seconds,
            "losses": node.losses,
            "nodes": {
                member.node: {
                    "epoch": member.epoch,
                    "host": member.facts.get("host"),
                    "pid": member.facts.get("pid"),
                    "sessions": member.facts.get("sessions"),
                }
                for member in node.roster.members
            },
            "sessions": {"here": len(self._sessions), "kicked": self._sessions.kicked},
            "queue": {"messages": len(queue), "bytes": queue.bytes, "dropped": queue.dropped},
            "groups": {group.name: group.facts() for group in self._groups.groups},
        }
