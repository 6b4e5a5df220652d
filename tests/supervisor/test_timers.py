"""Calls at a time to come, without a clock."""

from pyboot.supervisor.timers import Timers


def test_calls_are_made_in_the_order_of_their_times_and_once() -> None:
    """Those of the same time in the order in which they were added."""
    timers, called = Timers(), list[str]()
    for due, name in ((3.0, "c"), (1.0, "a"), (2.0, "b"), (1.0, "again")):
        timers.at(due, lambda name=name: called.append(name))

    timers.run(2.0)
    timers.run(2.0)

    assert ["a", "again", "b"] == called
    assert timers.next_due() == 3.0


def test_a_cancelled_call_is_not_made_and_wakes_nobody() -> None:
    """Neither before its time nor by a call of the same turn."""
    timers, called = Timers(), list[str]()
    second = timers.at(2.0, lambda: called.append("second"))
    timers.at(1.0, second.cancel)
    timers.at(0.5, lambda: None).cancel()

    assert timers.next_due() == 1.0
    timers.run(5.0)

    assert [] == called
    assert timers.next_due() is None


def test_what_a_call_adds_waits_for_the_next_turn() -> None:
    """So a call that adds itself again holds nobody up."""
    timers, called = Timers(), list[int]()

    def again() -> None:
        called.append(1)
        timers.at(0.0, again)

    timers.at(0.0, again)
    timers.run(1.0)

    assert [1] == called
    assert timers.next_due() == 0.0
