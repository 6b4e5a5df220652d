"""NodeState: what a node is to its cluster, and which state may follow which."""

import enum
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, final

__all__ = ["MOVES", "NodeState"]


@final
class NodeState(enum.Enum):
    """The states of a node.

    ``CONNECTING`` before it has joined; ``UP``; ``LOST`` without its engine; ``OUT`` once its lease is gone, until it has claimed again
    what it has; ``CLOSED`` in the end.
    """

    CONNECTING = "connecting"
    UP = "up"
    LOST = "lost"
    OUT = "out"
    CLOSED = "closed"


MOVES: Final[Mapping[NodeState, frozenset[NodeState]]] = MappingProxyType(
    {
        NodeState.CONNECTING: frozenset({NodeState.UP, NodeState.CLOSED}),
        NodeState.UP: frozenset({NodeState.LOST, NodeState.OUT, NodeState.CLOSED}),
        NodeState.LOST: frozenset({NodeState.UP, NodeState.OUT, NodeState.CLOSED}),
        NodeState.OUT: frozenset({NodeState.UP, NodeState.LOST, NodeState.CLOSED}),
        NodeState.CLOSED: frozenset(),
    }
)
"""The states that may follow each."""
