"""The states of one direction."""

from pathlib import Path
from typing import Final

import pytest

from pyboot.components.netty.wire.http1 import state
from pyboot.components.netty.wire.http1.state import BREAK, BROKEN, CLOSED, EVENTS, IDLE, MOVES, STATES, SWITCHED

# The file itself: a compiled module has no docstring.
SOURCE: Final = (Path(state.__file__).parent / "state.py").read_text()


def test_the_table_is_whole() -> None:
    """A row for each state, an entry for each event, named as in the docstring."""
    assert len(STATES) == len(MOVES)
    assert {len(EVENTS)} == {len(row) for row in MOVES}
    assert [STATES.index(name) for name in STATES] == [getattr(state, name) for name in STATES]
    assert [EVENTS.index(name) for name in EVENTS] == [getattr(state, name) for name in EVENTS]
    assert [] == [name for name in STATES if f"\n    {name} " not in SOURCE]


def test_every_state_is_reached_and_what_is_over_stays_over() -> None:
    """From IDLE all others; from BROKEN, SWITCHED and CLOSED none."""
    reached = {IDLE}
    for _ in STATES:
        reached |= {to for each in reached for to in MOVES[each] if to >= 0}

    assert set(range(len(STATES))) == reached
    assert [{BROKEN}, {-1}, {CLOSED, -1}] == [set(MOVES[each]) - ({-1} if each == BROKEN else set()) for each in (BROKEN, SWITCHED, CLOSED)]


def test_every_state_in_which_bytes_are_read_can_break() -> None:
    """Law 4: what is wrong ends the direction, wherever it comes."""
    assert {BROKEN} == {MOVES[each][BREAK] for each in range(len(STATES)) if each not in (SWITCHED, CLOSED)}


@pytest.mark.parametrize("event", [name for name in EVENTS if name.startswith("HEAD_")])
def test_a_head_comes_between_two_messages_alone(event: str) -> None:
    """Law 1."""
    assert [IDLE] == [each for each in range(len(STATES)) if MOVES[each][EVENTS.index(event)] >= 0]
