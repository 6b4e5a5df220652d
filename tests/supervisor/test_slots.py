"""All places for workers, and how many of them are wanted."""

from pyboot.supervisor.process import ProcessState
from pyboot.supervisor.slots import Slots
from tests.supervisor.conftest import MakeProcess


def test_slots_that_are_not_wanted_any_more_stay() -> None:
    """Their sockets are there still; what was there once is wanted again before something new is made."""
    slots = Slots(3)
    third = slots[2]
    slots.resize(1)
    assert ([0], [1, 2]) == ([slot.index for slot in slots.wanted], [slot.index for slot in slots.surplus])
    slots.resize(4)
    assert third is slots[2]
    assert [0, 1, 2, 3] == [slot.index for slot in slots.wanted]
    assert 4 == len(slots)


def test_slots_are_complete_when_all_that_are_wanted_have_a_ready_worker(make_process: MakeProcess) -> None:
    """Any one is enough to serve."""
    slots, (process, _) = Slots(2), make_process(0)
    slots[0].coming = process
    assert (False, True) == (slots.is_anybody_ready, slots.is_anybody_coming)
    process.move(ProcessState.READY)
    assert (True, False) == (slots.is_anybody_ready, slots.is_complete)
    slots.resize(1)
    assert slots.is_complete
    assert [] == slots.settled, "it has not begun to serve"
    slots[0].serving, slots[0].coming = process, None
    assert [slots[0]] == slots.settled
    slots[0].leave(process)
    assert (True, False) == (slots.is_anybody_leaving, slots.is_anybody_coming)
    assert [process] == slots.processes


def test_restarts_are_counted_on_by_the_next_supervisor() -> None:
    """Of those slots that it has."""
    slots = Slots(2)
    slots.restore([3, 1, 7])
    assert [3, 1] == [slot.restarts for slot in slots]
