"""Sweeper: removes what a node that has left had in the tables; of all nodes one does it."""

import itertools
from typing import Final, final

from .member import Member
from .node import ClusterNode
from .table import Table

__all__ = ["Sweeper"]

_BATCH: Final = 500
_SECONDS: Final = 30.0


@final
class Sweeper:
    """Sweeps behind nodes that left without a word; what it does not get to is removed by who meets it."""

    def __init__(self, node: ClusterNode) -> None:
        """Sweep as *node*."""
        self._node = node
        self.removed = 0
        node.on_left.append(self._on_left)

    def _on_left(self, member: Member, is_orderly: bool) -> None:
        if not is_orderly:
            self._node.spawn(self._sweep(member.node), f"sweep behind {member.node}")

    async def _sweep(self, gone: str) -> None:
        engine = self._node.engine
        if not await engine.acquire(f"sweep:{gone}", self._node.id, _SECONDS):
            return
        for table in Table:
            found = [(key, entry.owner) async for key, entry in engine.scan(table) if entry.node == gone]
            for batch in itertools.batched(found, _BATCH):
                if gone in self._node.roster:
                    return  # it is back, and has claimed again
                self.removed += await engine.release(table, batch)
