"""The states of a node."""

from pyboot.cluster.state import MOVES, NodeState


def test_every_state_says_what_may_follow() -> None:
    """The end may always come, and nothing after it; nothing follows itself."""
    assert set(NodeState) == MOVES.keys()
    assert frozenset() == MOVES[NodeState.CLOSED]
    for state, following in MOVES.items():
        assert state not in following
        assert state is NodeState.CLOSED or NodeState.CLOSED in following
