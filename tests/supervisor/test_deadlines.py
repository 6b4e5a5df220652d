"""How long a worker may stay in a state."""

import signal
import time

import pytest

from pyboot.supervisor.deadlines import Deadlines
from pyboot.supervisor.log import SupervisorLog
from pyboot.supervisor.loop import Loop
from pyboot.supervisor.process import ProcessState
from tests.supervisor.conftest import MakeProcess


def test_a_worker_that_is_not_ready_in_time_is_ended(make_process: MakeProcess, capfd: pytest.CaptureFixture[str]) -> None:
    """The last deadline that was set counts: its own settings are known only after a while."""
    process, _ = make_process(2)
    with Loop() as loop:
        deadlines = Deadlines(loop, SupervisorLog())
        deadlines.of_boot(process, 1e9)
        deadlines.of_boot(process, 0.0)
        loop.turn(lambda: None)

    assert -signal.SIGKILL == process.process.wait(10)  # type: ignore[attr-defined]  # a Popen here
    assert "worker 2: not ready after 0 s: ending it" in capfd.readouterr().err


def test_a_worker_that_is_heard_is_left_alone(make_process: MakeProcess, capfd: pytest.CaptureFixture[str]) -> None:
    """A silence is counted from the last beat on."""
    process, _ = make_process(0)
    process.move(ProcessState.READY)
    with Loop() as loop:
        process.beaten = 1e12
        Deadlines(loop, SupervisorLog()).of_silence(process, 1.0)

    assert process.process.poll() is None
    assert "" == capfd.readouterr().err


def test_a_worker_that_is_not_done_in_time_is_ended_and_told_of(make_process: MakeProcess) -> None:
    """Unless it leaves the state before."""
    late: list[int] = []
    done, _ = make_process(0)
    slow, _ = make_process(1)
    with Loop() as loop:
        deadlines = Deadlines(loop, SupervisorLog())
        deadlines.of_drain(done, 0.0, lambda: late.append(0))
        done.move(ProcessState.GONE)
        deadlines.of_drain(slow, 0.0, lambda: late.append(1))
        loop.turn(lambda: None)

    assert [1] == late
    assert done.process.poll() is None
    assert -signal.SIGKILL == slow.process.wait(10)  # type: ignore[attr-defined]  # a Popen here


def test_a_worker_is_not_judged_by_time_that_passed_since_the_turn_began(
    make_process: MakeProcess, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """The supervisor was stopped between a message and its deadline: the beats of that time are not read yet."""
    process, _ = make_process(0)
    process.move(ProcessState.READY)
    with Loop() as loop:
        process.beaten = loop.now
        later = loop.now + 100
        monkeypatch.setattr(time, "monotonic", lambda: later)
        Deadlines(loop, SupervisorLog()).of_silence(process, 5.0)

    assert process.process.poll() is None
    assert "" == capfd.readouterr().err
