"""Work on another loop, and programs that run until a signal."""

import asyncio
import os
import signal
import subprocess
import sys
import threading

import pytest

from pyboot.components.netty import EventLoopGroup
from pyboot.components.netty.errors import LoopEndedError
from pyboot.components.netty.transport.running import across, run_until_signal


async def thread_name() -> str:
    """Where it runs."""
    return threading.current_thread().name


async def test_work_for_the_running_loop_is_done_here() -> None:
    """Without a detour."""
    assert threading.current_thread().name == await across(asyncio.get_running_loop(), thread_name())


async def test_work_for_another_loop_is_done_in_its_thread() -> None:
    """The caller awaits it on his own."""
    async with EventLoopGroup(1, "other") as group:
        assert "other-0" == await across(group.next(), thread_name())


async def test_cancelling_cancels_the_work_on_the_other_loop() -> None:
    """Nothing goes on over there."""
    started, cancelled = threading.Event(), threading.Event()

    async def endless() -> None:
        started.set()
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    async with EventLoopGroup(1) as group:
        waiting = asyncio.create_task(across(group.next(), endless()))
        await asyncio.to_thread(started.wait, 10)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting

        assert await asyncio.to_thread(cancelled.wait, 10)


async def test_work_that_its_loop_does_not_outlive_has_failed() -> None:
    """Nobody has cancelled the caller."""
    group = EventLoopGroup(1)
    waiting = asyncio.create_task(across(group.next(), asyncio.sleep(60)))
    await asyncio.sleep(0)
    await group.shutdown_gracefully()

    with pytest.raises(LoopEndedError):
        await waiting


async def test_work_for_a_closed_loop_is_refused() -> None:
    """At once, instead of waiting for ever."""
    group = EventLoopGroup(1)
    await group.shutdown_gracefully()

    with pytest.raises(LoopEndedError):
        await across(group.loops[0], thread_name())


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_asks_the_program_to_stop(number: signal.Signals) -> None:
    """The program ends as it sees fit, and the handlers of before are back."""
    before = signal.getsignal(number)
    ended = []

    async def program(stop: asyncio.Event) -> None:
        os.kill(os.getpid(), number)
        await stop.wait()
        ended.append(True)

    run_until_signal(program)

    assert [True] == ended
    assert before is signal.getsignal(number)


def test_a_second_signal_cancels_the_program() -> None:
    """A shutdown that takes too long can be cut short."""
    cancelled = []

    async def program(stop: asyncio.Event) -> None:
        os.kill(os.getpid(), signal.SIGTERM)
        await stop.wait()
        os.kill(os.getpid(), signal.SIGTERM)
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.append(True)
            raise

    run_until_signal(program)

    assert [True] == cancelled


def test_what_the_program_raises_is_raised() -> None:
    """Nothing is swallowed."""

    async def program(stop: asyncio.Event) -> None:
        raise OSError("no")

    with pytest.raises(OSError, match="no"):
        run_until_signal(program)


def test_outside_of_the_main_thread_signals_cannot_be_waited_for() -> None:
    """The text says what to do instead."""
    errors: list[RuntimeError] = []

    async def program(stop: asyncio.Event) -> None:
        raise AssertionError("it must not be started")

    def call() -> None:
        try:
            run_until_signal(program)
        except RuntimeError as error:
            errors.append(error)

    thread = threading.Thread(target=call)
    thread.start()
    thread.join()

    assert "signals reach the main thread only: call grace() there, or await bind() or connect() here" == str(errors[0])


@pytest.mark.parametrize("blocked", ["time.sleep(60)", "while True: os.write(full, bytes(1_000_000))"])
def test_a_second_signal_ends_a_process_whose_loop_is_blocked(blocked: str) -> None:
    """By a sleep, or by an output that nobody reads."""
    code = f"""
import os, signal, threading, time
from pyboot.components.netty.transport import running
running._OVERDUE_SECONDS = 0.1
_, full = os.pipe()

async def program(stop):
    threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGTERM)).start()
    threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGTERM)).start()
    {blocked}

running.run_until_signal(program)
"""
    assert 143 == subprocess.run([sys.executable, "-c", code], timeout=30).returncode
