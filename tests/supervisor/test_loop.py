"""The one place where the supervisor waits."""

import os

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
