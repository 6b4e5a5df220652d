"""The table of one stream."""

from pyboot.components.netty.wire.http2.state import CLOSED, EVENTS, IDLE, MOVES, STATES


def test_every_state_has_a_move_for_every_event() -> None:
    """The table is whole, and leads nowhere but to states."""
    assert len(STATES) == len(MOVES)
    assert [] == [row for row in MOVES if len(row) != len(EVENTS) or not all(-1 <= to < len(STATES) for to in row)]


def test_nothing_leaves_closed_and_nothing_comes_back_to_idle() -> None:
    """A number is never used again."""
    assert {-1} == set(MOVES[CLOSED])
    assert not any(IDLE in row for row in MOVES)
