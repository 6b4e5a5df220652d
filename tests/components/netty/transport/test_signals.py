"""Programs that run until a signal."""

import asyncio
import os
import signal
import subprocess
import sys
import threading

import pytest

from pyboot.components.netty.transport.signals import run_until_signal


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


async def test_a_loop_that_runs_is_told_of() -> None:
    """Nothing is begun that nobody would await."""

    async def program(stop: asyncio.Event) -> None: ...

    with pytest.raises(RuntimeError, match=r"await bind\(\) or connect\(\) instead of calling grace\(\)"):
        run_until_signal(program)


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
from pyboot.components.netty.transport import signals
signals._OVERDUE_SECONDS = 0.1
_, full = os.pipe()

async def program(stop):
    threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGTERM)).start()
    threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGTERM)).start()
    {blocked}

signals.run_until_signal(program)
"""
    assert 143 == subprocess.run([sys.executable, "-c", code], timeout=30).returncode
