"""The indicator ``cluster``: whether this node is one of its cluster."""

from typing import final

from pyboot.actuator.health.health import Health
from pyboot.actuator.health.indicator import HealthIndicator
from pyboot.boot import Component
from pyboot.cluster.node import ClusterNode

__all__ = ["ClusterHealthIndicator"]


@final
@Component
class ClusterHealthIndicator(HealthIndicator):
    """Is up while the node is, else down with the reason; not among those of readiness, since what is local goes on without an engine."""

    def __init__(self, node: ClusterNode) -> None:
        """Take the node."""
        self._node = node

    def health(self) -> Health:
        """Tell of the state, the seconds since it began, what waits for others, and the delay of the last echo."""
        node = self._node
        told = {
            "engine": node.engine.name,
            "node": node.id,
            "state": node.state.name,
            "since": round(node.now - node.since, 3),
            "queue": len(node.queue),
            "echo": round(node.echo_seconds, 6),
        }
        return Health.up(**told) if node.is_up else Health.down(node.last_error, **told)
