"""The one place where the supervisor waits."""

import os
from functools import partial

import pytest

from pyboot.supervisor.loop import Loop


def never() -> None:
    """A turn that begins in time."""
    raise AssertionError("late")


def test_what_has_come_is_read_before_deadlines_are_judged() -> None:
    """So a silence that was broken is none."""
    reader, writer = os.pipe()
    calls: list[str] = []
    with Loop() as loop:
        loop.hear(reader, lambda: calls.append(os.read(reader, 1).decode()))
        loop.later(0.0, lambda: calls.append("deadline"))
        os.write(writer, b"x")
        loop.turn(never)
        assert ["x", "deadline"] == calls
        loop.forget(reader)
        os.write(writer, b"y")
        loop.later(0.0, lambda: calls.append("next"))
        loop.turn(never)
    assert ["x", "deadline", "next"] == calls
    for descriptor in (reader, writer):
        os.close(descriptor)


def test_a_source_that_is_forgotten_in_a_turn_is_not_called_in_it() -> None:
    """Of two that tell of one end, the first one that is heard deals with it; nor is another source called that has got its descriptor."""
    pipes = [os.pipe() for _ in range(2)]
    calls: list[int] = []
    with Loop() as loop:

        def end(number: int) -> None:
            calls.append(number)
            for reader, _ in pipes:
                loop.forget(reader)
            loop.hear(pipes[1 - number][0], lambda: calls.append(2))

        for number, (reader, writer) in enumerate(pipes):
            loop.hear(reader, partial(end, number))
            os.write(writer, b"x")
        loop.turn(never)
        assert calls in ([0], [1])
        loop.turn(never)
    assert [2] == calls[1:]
    for reader, writer in pipes:
        os.close(reader)
        os.close(writer)


@pytest.mark.slow
def test_a_turn_after_a_standstill_is_told_first() -> None:
    """The process was stopped where it waited: nobody is judged by that time."""
    calls: list[str] = []
    pid = os.getpid()
    program = f"sleep 0.1; kill -STOP {pid}; sleep 1.6; kill -CONT {pid}"
    with Loop() as loop:
        loop.later(0.3, lambda: calls.append("deadline"))
        child = os.posix_spawn("/bin/sh", ["sh", "-c", program], dict(os.environ))
        loop.turn(lambda: calls.append("late"))
        os.waitpid(child, 0)
    assert ["late", "deadline"] == calls


@pytest.mark.slow
def test_a_standstill_in_the_middle_of_a_turn_is_told_at_the_next_one() -> None:
    """And until then the time is that at which the turn began."""
    calls: list[str] = []
    pid = os.getpid()
    ages: list[float] = []

    def stand_still() -> None:
        child = os.posix_spawn("/bin/sh", ["sh", "-c", f"kill -STOP {pid}; sleep 1.6; kill -CONT {pid}"], dict(os.environ))
        os.waitpid(child, 0)
        ages.append(loop.now)

    with Loop() as loop:
        loop.later(0.0, stand_still)
        loop.turn(never)
        loop.later(0.0, lambda: calls.append("deadline"))
        loop.turn(lambda: calls.append("late"))
    assert ["late", "deadline"] == calls
    assert loop.now - ages[0] > 1.0


def test_a_deadline_beyond_what_a_selector_takes_is_waited_for() -> None:
    """Thirty days of a drain ended the supervisor: the system counts milliseconds, and few of them."""
    reader, writer = os.pipe()
    heard: list[bytes] = []
    with Loop() as loop:
        loop.hear(reader, lambda: heard.append(os.read(reader, 1)))
        loop.later(30 * 86400.0, lambda: heard.append(b"late"))
        os.write(writer, b"x")
        loop.turn(never)
    assert [b"x"] == heard
    for descriptor in (reader, writer):
        os.close(descriptor)
