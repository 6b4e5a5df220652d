"""What is heard of workers: each message, and each end once, behind the last words."""

import pytest

from pyboot.supervisor.hearing import Hearing
from pyboot.supervisor.loop import Loop
from pyboot.supervisor.process import ProcessState
from tests.supervisor.conftest import MakeProcess


def test_messages_and_the_end_are_told_in_their_order(make_process: MakeProcess) -> None:
    """The last words are heard before the end, which is told with the state that it ended; then nothing is left."""
    process, other = make_process(0)
    told: list[object] = []
    with Loop() as loop:
        hearing = Hearing(
            loop, lambda _, message: told.append(message.kind), lambda _, was: told.append((was, process.channel.fileno() >= 0))
        )
        hearing.begin(process)
        other.send("hello")
        loop.turn(lambda: None)
        process.move(ProcessState.READY)
        hearing.reap(process)  # a signal has told of a child, which is another one
        assert ["hello"] == told

        other.send("failed")
        process.kill()
        process.process.wait(10)  # type: ignore[attr-defined]  # a Popen
        while process.state is not ProcessState.GONE:
            loop.turn(lambda: None)

    assert ["hello", "failed", (ProcessState.READY, True)] == told
    assert -1 == process.channel.fileno()


def test_a_channel_that_has_ended_is_heard_no_longer(make_process: MakeProcess) -> None:
    """It could be read for ever; the process may live on, and its end is told all the same."""
    process, other = make_process(0)
    gone: list[ProcessState] = []
    with Loop() as loop:
        hearing = Hearing(loop, lambda *_: None, lambda _, was: gone.append(was))
        hearing.begin(process)
        other.close()
        loop.turn(lambda: None)
        assert not process.is_heard
        with pytest.raises(KeyError):
            loop.forget(process.channel)
        process.kill()
        process.process.wait(10)  # type: ignore[attr-defined]  # as above
        hearing.reap(process)

    assert [ProcessState.BOOTING] == gone
