"""ClusterSchedule: which node runs a method that is scheduled with ``cluster_once``."""

from typing import Final, final, override

from pyboot.boot.lifecycle.scheduling import ScheduleGuard

from .errors import EngineLostError
from .node import ClusterNode

__all__ = ["ClusterSchedule"]

_SHORTEST_SECONDS: Final = 0.1


@final
class ClusterSchedule(ScheduleGuard):
    """Lets one node have a schedule until the run after the next is due: it keeps it while it lives, then another one takes it.

    Promises: two nodes never run it at a time, unless a run takes longer than its own period and the lease. Without the engine nobody runs
    it. Where the node that has it dies, up to one run is left out.
    """

    def __init__(self, node: ClusterNode) -> None:
        """Decide for *node*."""
        self._node = node

    @override
    async def may_run(self, name: str, planned: float, following: float) -> bool:
        if not self._node.is_up:
            return False
        period = max(following - planned, _SHORTEST_SECONDS)
        seconds = min(1.5 * period, period + self._node.properties.lease.total_seconds())
        try:
            return await self._node.engine.acquire(f"once:{name}", self._node.id, seconds)
        except EngineLostError:
            return False
