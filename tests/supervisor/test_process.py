"""The states of a worker."""

import errno
import os
import signal

import pytest

from pyboot.supervisor.channel import Channel
from pyboot.supervisor.handover import AdoptedChild
from pyboot.supervisor.process import MOVES, ProcessState, WorkerProcess, ending
from pyboot.supervisor.timers import Timers
from tests.supervisor.conftest import MakeProcess

B, R, D, G = ProcessState.BOOTING, ProcessState.READY, ProcessState.DRAINING, ProcessState.GONE


def test_the_table_of_states_is_whole() -> None:
    """Nothing leads back, and everything can end at any time."""
    assert {B: {R, D, G}, R: {D, G}, D: {G}, G: set()} == MOVES


def test_a_move_that_is_not_in_the_table_raises(make_process: MakeProcess) -> None:
    """And changes nothing."""
    process, _ = make_process(0)
    process.move(D)
    with pytest.raises(RuntimeError, match=r"worker 0 of generation 1, .* draining> cannot become ready"):
        process.move(R)
    assert D is process.state


def test_the_deadline_of_a_state_ends_with_it(make_process: MakeProcess) -> None:
    """A worker that became ready in time is not ended for its boot."""
    process, _ = make_process(0)
    timers = Timers()
    process.deadline = timers.at(1.0, process.kill)
    process.move(R)

    assert timers.next_due() is None
    assert process.deadline is None


def test_a_worker_that_does_not_listen_does_not_hold_the_supervisor_up(make_process: MakeProcess) -> None:
    """It is told that the message was not taken."""
    process, other = make_process(0)
    assert process.tell("drain", {"seconds": 1})
    message = other.receive()
    assert message is not None
    assert "drain" == message.kind
    other.close()
    assert not process.tell("drain")


def test_who_is_asked_to_end_hears_it_by_a_message_or_by_a_signal(make_process: MakeProcess) -> None:
    """By a signal where it does not read messages: it boots, or its channel is full or gone."""
    ready, other = make_process(0)
    ready.move(R)
    ready.ask_to_end(0.5, is_end=True)
    booting, _ = make_process(1)
    booting.ask_to_end(0.5, is_end=False)
    silent, gone = make_process(2)
    silent.move(R)
    gone.close()
    silent.ask_to_end(0.5, is_end=False)

    assert ("drain", {"delay": 0.5, "is_end": True}, ()) == other.receive()
    assert [-signal.SIGTERM] * 2 == [each.process.wait(10) for each in (booting, silent)]  # type: ignore[attr-defined]  # each a Popen
    assert ready.process.poll() is None
    assert [D, D, D] == [each.state for each in (ready, booting, silent)]


def test_an_end_is_told_in_words() -> None:
    """As `subprocess` gives it."""
    assert ["ended with 3", "was ended by SIGKILL", "was ended by signal 99"] == [ending(code) for code in (3, -signal.SIGKILL, -99)]


def test_messages_are_read_up_to_the_end_of_the_channel(make_process: MakeProcess) -> None:
    """Which is noted once; of a process that is gone nothing is read."""
    process, other = make_process(0)
    other.send("beat")
    other.send("ready")
    assert ["beat", "ready"] == [message.kind for message in process.messages()]
    assert process.is_heard
    other.send("beat")
    other.close()
    assert ["beat"] == [message.kind for message in process.messages()]
    assert not process.is_heard
    assert [] == list(process.messages())


def test_a_process_without_a_descriptor_of_its_end_is_one_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """No descriptor is left, or a sandbox knows no such call: its end is told by a signal."""

    def refuse(pid: int) -> int:
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    monkeypatch.setattr(os, "pidfd_open", refuse, raising=False)
    channel, theirs = Channel.pair()
    with theirs:
        process = WorkerProcess(AdoptedChild(os.getpid()), channel, slot=0, generation=1, now=0.0)
        assert -1 == process.exit_descriptor
        process.close()
