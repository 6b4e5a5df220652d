"""One place for workers that follow each other."""

import pytest

from pyboot.supervisor.process import ProcessState
from pyboot.supervisor.settings import RestartSettings
from pyboot.supervisor.slot import Slot
from tests.supervisor.conftest import MakeProcess


def test_each_crash_doubles_the_wait_up_to_the_longest() -> None:
    """A worker that was up for long enough begins anew."""
    slot, settings = Slot(0), RestartSettings(jitter=0.0, max=3.0)

    assert [0.5, 1.0, 2.0, 3.0, 3.0] == [slot.next_delay(settings, 0.0) for _ in range(5)]
    assert 0.5 == slot.next_delay(settings, 60.0)
    assert 1.0 == slot.next_delay(settings, 59.9)


def test_waits_differ_at_random() -> None:
    """So that what has killed several at once does not meet all of them again at once."""
    delays = {Slot(0).next_delay(RestartSettings(), 0.0) for _ in range(20)}

    assert len(delays) > 1
    assert all(0.5 * 0.8 <= delay <= 0.5 * 1.2 for delay in delays)


def test_a_worker_that_is_renewed_has_not_ended_unasked() -> None:
    """Only what follows a crash is a restart; the wait grows with both."""
    slot, settings = Slot(0), RestartSettings(jitter=0.0)
    delays = [slot.next_delay(settings, 0.0, is_restart=is_restart) for is_restart in (False, True, False)]

    assert (1, [0.5, 1.0, 2.0]) == (slot.restarts, delays)


@pytest.mark.parametrize("multiplier", [1.0, 2.0, 1e8, float("inf")])
def test_any_number_of_crashes_has_a_wait(multiplier: float) -> None:
    """A power that no float holds is none."""
    slot, settings = Slot(0), RestartSettings(multiplier=multiplier, jitter=0.0)
    last = 0.5 if multiplier == 1.0 else 30.0
    assert last == pytest.approx([slot.next_delay(settings, 0.0) for _ in range(3000)][-1])


def test_a_slot_is_covered_by_a_ready_worker_only(make_process: MakeProcess) -> None:
    """Neither by one that boots nor by one that leaves."""
    slot, (process, _) = Slot(0), make_process(0)
    slot.coming = process
    assert not slot.is_covered
    process.move(ProcessState.READY)
    assert slot.is_covered
    slot.leave(process)
    assert not slot.is_covered
    assert [process] == slot.processes
    slot.gone(process)
    assert [] == slot.processes


def test_chance_makes_no_wait_longer_than_the_longest() -> None:
    """It still differs there."""
    slot, settings = Slot(0), RestartSettings(max=3.0)
    delays = [slot.next_delay(settings, 0.0) for _ in range(200)][10:]

    assert max(delays) <= 3.0
    assert min(delays) >= 3.0 * 0.8
    assert len(set(delays)) > 1
