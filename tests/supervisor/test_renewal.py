"""When a worker is too old or too large, by memory and time that the test says."""

import itertools
import os
import sys
from collections.abc import Callable

import pytest

from pyboot.supervisor.log import SupervisorLog
from pyboot.supervisor.process import ProcessState
from pyboot.supervisor.renewal import Renewal, resident_bytes
from pyboot.supervisor.settings import RestartSettings, WorkerSettings
from pyboot.supervisor.slot import Slot
from pyboot.supervisor.timers import Timer, Timers
from tests.supervisor.conftest import MakeProcess

AT_ONCE = RestartSettings(initial=0.0)


class Supervised:
    """Two slots with workers that have served since 0, a clock, and what was asked for."""

    def __init__(self, make_process: MakeProcess) -> None:
        self.slots = [Slot(0), Slot(1)]
        self.timers = Timers()
        self.now = 0.0
        self.renewed: list[tuple[float, int]] = []
        self.is_busy = False
        for slot in self.slots:
            slot.serving, _ = make_process(slot.index)
            slot.serving.move(ProcessState.READY)
            slot.serving.chance = 0.0

    def renewable(self) -> list[Slot]:
        """All, while nobody comes or goes."""
        return [] if self.is_busy else self.slots

    def renew(self, slot: Slot) -> None:
        """Note it; it takes a while."""
        self.renewed.append((self.now, slot.index))
        self.is_busy = True

    def is_done(self, slot: int) -> None:
        """The successor serves from now on, and the one before is gone."""
        process = self.slots[slot].serving
        assert process is not None
        process.began, self.is_busy = self.now, False

    def later(self, seconds: float, call: Callable[[], object]) -> Timer:
        """On the clock of the test."""
        return self.timers.at(self.now + seconds, call)

    def run_until(self, end: float) -> None:
        """Let time pass; each worker gives its sign of life each second."""
        while (due := self.timers.next_due()) is not None and due <= end:
            self.now = due
            for slot in self.slots:
                if slot.serving is not None:
                    slot.serving.beaten = self.now
            self.timers.run(self.now)
        self.now = end


def test_without_a_limit_nobody_is_looked_at(make_process: MakeProcess) -> None:
    """There is no timer; a limit that is taken back ends it."""
    supervised = Supervised(make_process)
    renewal = Renewal(supervised, SupervisorLog())
    renewal.adopt(WorkerSettings())
    assert supervised.timers.next_due() is None
    renewal.adopt(WorkerSettings(max_lifetime=10.0))
    assert 1.0 == supervised.timers.next_due()
    renewal.adopt(WorkerSettings())
    assert supervised.timers.next_due() is None


def test_workers_that_are_too_old_are_renewed_one_after_the_other(make_process: MakeProcess) -> None:
    """The second waits until the first has been."""
    supervised = Supervised(make_process)
    Renewal(supervised, SupervisorLog()).adopt(WorkerSettings(max_lifetime=100.0, restart=AT_ONCE))
    supervised.run_until(99.0)
    assert [] == supervised.renewed
    supervised.run_until(130.0)
    assert [(100.0, 0)] == supervised.renewed
    supervised.is_done(0)
    supervised.run_until(140.0)
    assert [(100.0, 0), (131.0, 1)] == supervised.renewed
    supervised.is_done(1)
    supervised.run_until(229.0)
    assert 2 == len(supervised.renewed)


def test_the_oldest_goes_first(make_process: MakeProcess) -> None:
    """Whatever its place is: one that is due again and again must not keep the others from their turn."""
    supervised = Supervised(make_process)
    first = supervised.slots[0].serving
    assert first is not None
    first.began = 1.0
    Renewal(supervised, SupervisorLog()).adopt(WorkerSettings(max_lifetime=0.5, restart=AT_ONCE))
    supervised.run_until(2.0)

    assert [1] == [slot for _, slot in supervised.renewed]


def test_chance_makes_lives_shorter_and_never_longer(make_process: MakeProcess) -> None:
    """By a fifth at most."""
    supervised = Supervised(make_process)
    for slot in supervised.slots:
        assert slot.serving is not None
        slot.serving.chance = 0.5 * slot.index
    Renewal(supervised, SupervisorLog()).adopt(WorkerSettings(max_lifetime=100.0, restart=AT_ONCE))
    supervised.run_until(90.0)

    assert [(90.0, 1)] == supervised.renewed


def test_a_worker_that_is_too_large_is_renewed_and_told_of(make_process: MakeProcess, capfd: pytest.CaptureFixture[str]) -> None:
    """By what the system tells of its process."""
    supervised = Supervised(make_process)
    grown = supervised.slots[1].serving
    assert grown is not None
    settings = WorkerSettings(max_memory=2**20, restart=AT_ONCE)
    Renewal(supervised, SupervisorLog(), memory_of=lambda pid: 2**21 if pid == grown.pid else 2**20).adopt(settings)
    supervised.run_until(1.0)

    assert [(1.0, 1)] == supervised.renewed
    assert "worker 1: it has 2 MiB of memory (max-memory 1 MiB): its successor starts in 0.00 s" in capfd.readouterr().err


def test_a_limit_that_is_too_low_is_met_less_and_less_often(make_process: MakeProcess) -> None:
    """As crashes are: doubled up to the longest wait."""
    supervised = Supervised(make_process)
    settings = WorkerSettings(max_memory=1, restart=RestartSettings(jitter=0.0, max=8.0))
    Renewal(supervised, SupervisorLog(), memory_of=lambda pid: 2).adopt(settings)
    del supervised.slots[1]
    times = []
    for _ in range(7):
        while not supervised.is_busy:
            supervised.run_until(supervised.now + 1.0)
        times.append(supervised.renewed[-1][0])
        supervised.is_done(0)

    waits = [after - before for before, after in itertools.pairwise(times)]
    assert [2.0, 3.0, 5.0, 9.0, 9.0, 9.0] == waits, "a second until the look, and the wait"


def test_who_is_gone_when_the_wait_is_over_is_not_renewed(make_process: MakeProcess) -> None:
    """A crash had the same effect meanwhile."""
    supervised = Supervised(make_process)
    Renewal(supervised, SupervisorLog()).adopt(WorkerSettings(max_lifetime=5.0, restart=RestartSettings(initial=3.0, jitter=0.0)))
    supervised.run_until(5.0)
    for slot in supervised.slots:
        slot.serving = None
    supervised.run_until(60.0)

    assert [] == supervised.renewed


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells the memory of a process in /proc")
def test_the_memory_of_a_process_is_what_the_system_tells() -> None:
    """It grows with what is in it, and nobody's is 0."""
    before = resident_bytes(os.getpid())
    kept = bytearray(os.urandom(2**25))

    assert resident_bytes(os.getpid()) - before > 2**24
    assert 2**25 == len(kept)
    assert 0 == resident_bytes(2**22 + 1)
