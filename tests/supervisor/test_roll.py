"""The order of a roll, without processes of an application."""

from collections.abc import Callable

from pyboot.supervisor.roll import Roll
from pyboot.supervisor.slot import Slot
from pyboot.supervisor.timers import Timer, Timers
from tests.supervisor.conftest import MakeProcess


class Supervised:
    """Notes what a roll asks for."""

    def __init__(self) -> None:
        self.log: list[str] = []
        self.timers = Timers()

    def start_worker(self, slot: Slot, generation: int) -> None:
        """Note it."""
        self.log.append(f"start {slot.index} of {generation}")

    def promote(self, slot: Slot) -> None:
        """Note it."""
        self.log.append(f"promote {slot.index}")
        slot.serving, slot.coming = slot.coming, None

    def later(self, seconds: float, call: Callable[[], object]) -> Timer:
        """From 0 on."""
        return self.timers.at(seconds, call)

    def roll_is_over(self, failure: str | None) -> None:
        """Note it."""
        self.log.append(f"over: {failure}")


def test_the_first_is_a_trial_and_the_others_follow_one_by_one(make_process: MakeProcess) -> None:
    """Only when the trial has settled anybody is asked to leave; later ones need not settle."""
    supervised, slots = Supervised(), [Slot(0), Slot(1), Slot(2)]
    roll = Roll(supervised, slots, 2, 1.0)
    roll.begin()
    slots[0].coming, _ = make_process(0)
    assert roll.on_ready(slots[0].coming)
    assert ["start 0 of 2"] == supervised.log
    assert roll.is_trial
    supervised.timers.run(1.0)
    for index in (1, 2):
        slots[index].coming, _ = make_process(index)
        assert roll.awaits(slots[index])
        assert roll.on_ready(slots[index].coming)

    assert ["start 0 of 2", "promote 0", "start 1 of 2", "promote 1", "start 2 of 2", "promote 2", "over: None"] == supervised.log


def test_a_trial_that_ends_while_it_settles_fails_the_roll(make_process: MakeProcess) -> None:
    """Nobody was promoted, and nobody will be."""
    supervised, slots = Supervised(), [Slot(0), Slot(1)]
    roll = Roll(supervised, slots, 2, 1.0)
    roll.begin()
    slots[0].coming, _ = make_process(0)
    roll.on_ready(slots[0].coming)
    roll.fail("worker 0 ended with 1")
    supervised.timers.run(10.0)

    assert ["start 0 of 2", "over: worker 0 ended with 1"] == supervised.log


def test_a_worker_of_another_slot_is_no_part_of_the_roll(make_process: MakeProcess) -> None:
    """One that was started again after a crash, while the roll waits for another."""
    supervised, slots = Supervised(), [Slot(0), Slot(1)]
    roll = Roll(supervised, slots, 2, 1.0)
    roll.begin()
    other, _ = make_process(1)

    assert not roll.on_ready(other)
    assert not roll.awaits(slots[1])
