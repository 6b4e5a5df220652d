"""The table of a channel's states, and what stands outside of it."""

import itertools
from pathlib import Path

import pytest

from pyboot.components.netty.channel.state import ACTIVE, CLOSED, CLOSING, NEW, REGISTERED, STATE_NAMES, check_move
from pyboot.components.netty.errors import ChannelStateError

LEGAL = {
    (NEW, REGISTERED),
    (NEW, CLOSED),
    (REGISTERED, ACTIVE),
    (REGISTERED, CLOSING),
    (REGISTERED, CLOSED),
    (ACTIVE, CLOSING),
    (ACTIVE, CLOSED),
    (CLOSING, CLOSED),
}


@pytest.mark.parametrize("move", sorted(LEGAL))
def test_every_move_of_the_table_is_allowed(move: tuple[int, int]) -> None:
    """What the table has is legal."""
    check_move(*move)


@pytest.mark.parametrize("move", sorted(set(itertools.product(range(5), repeat=2)) - LEGAL))
def test_every_other_move_raises(move: tuple[int, int]) -> None:
    """What the table lacks is not, staying where it is included."""
    with pytest.raises(ChannelStateError):
        check_move(*move)


def test_the_error_tells_what_was_tried_and_what_is_allowed() -> None:
    """Both states and the legal ones are named."""
    with pytest.raises(ChannelStateError, match="from active to new, only to closing, closed"):
        check_move(ACTIVE, NEW)


def test_nothing_leaves_closed() -> None:
    """Law 3, in the words of the error."""
    with pytest.raises(ChannelStateError, match="from closed to active, only to nothing"):
        check_move(CLOSED, ACTIVE)


def test_states_have_names_in_the_order_of_life() -> None:
    """The names stand at the numbers of their states."""
    assert ("new", "registered", "active", "closing", "closed") == STATE_NAMES


def test_the_diagram_of_the_documentation_is_the_table() -> None:
    """docs/design/pipeline.md draws every legal move and no other."""
    page = (Path(__file__).resolve().parents[4] / "docs/design/pipeline.md").read_text()
    drawn = {tuple(line.split(" --> ")) for line in map(str.strip, page.splitlines()) if " --> " in line}
    assert {(STATE_NAMES[old], STATE_NAMES[new]) for old, new in LEGAL} == drawn
