"""The states of a client and the moves between."""

import pytest

from pyboot.netty.client.state import ENDS, MOVES, ClientState, moved


def test_every_state_has_its_moves() -> None:
    """None is forgotten in the table."""
    assert set(ClientState) == set(MOVES)


def test_a_stop_is_possible_from_everywhere_and_is_the_end() -> None:
    """Nothing follows on it."""
    assert [ClientState.STOPPED] == [state for state, following in MOVES.items() if ClientState.STOPPED not in following]
    assert frozenset() == MOVES[ClientState.STOPPED]


def test_what_is_connected_has_been_connecting() -> None:
    """There is no other way there."""
    assert [ClientState.CONNECTING] == [state for state, following in MOVES.items() if ClientState.CONNECTED in following]


def test_a_move_that_is_not_in_the_table_is_refused() -> None:
    """It would be a mistake of ours."""
    assert ClientState.CONNECTING is moved(ClientState.NEW, ClientState.CONNECTING)
    with pytest.raises(RuntimeError, match="has not begun to connect cannot become one that is connected"):
        moved(ClientState.NEW, ClientState.CONNECTED)


def test_nothing_comes_by_itself_after_an_end() -> None:
    """Only a start leads on."""
    assert {ClientState.GAVE_UP, ClientState.STOPPED} == ENDS
