"""Shutdown: asked for by a bean or by a signal."""

import asyncio
import os
import signal
import threading
import time
from collections.abc import Iterator

import pytest

from pyboot.boot import console
from pyboot.boot.lifecycle.shutdown import Shutdown, ShutdownSignals


async def test_a_request_wakes_who_waits() -> None:
    """The first exit code that says something counts."""
    shutdown = Shutdown()
    waiting = asyncio.ensure_future(shutdown.wait())
    assert not shutdown.is_requested
    shutdown.request()
    shutdown.request(3)
    shutdown.request(4)
    await waiting

    assert shutdown.is_requested
    assert 3 == shutdown.exit_code


@pytest.fixture
def heard() -> Iterator[list[int]]:
    """The signals that a handler from before the application gets."""
    numbers: list[int] = []
    before = signal.signal(signal.SIGTERM, lambda number, frame: numbers.append(number))
    yield numbers
    signal.signal(signal.SIGTERM, before)


async def test_a_signal_is_a_request() -> None:
    """The handler before hears nothing of it."""
    shutdown = Shutdown()
    with ShutdownSignals() as signals, signals.handed_to(shutdown):
        os.kill(os.getpid(), signal.SIGTERM)
        await shutdown.wait()

    assert signal.SIGTERM is signals.received


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_before_there_is_something_to_stop_a_signal_ends_the_process(number: signal.Signals) -> None:
    """Whatever it is about to do; the exit code tells the signal."""
    with pytest.raises(SystemExit) as ended, ShutdownSignals():
        signal.raise_signal(number)

    assert 128 + number == ended.value.code


async def test_without_a_signal_the_handlers_from_before_are_back(heard: list[int]) -> None:
    """The block is over."""
    with ShutdownSignals():
        pass
    signal.raise_signal(signal.SIGTERM)

    assert [signal.SIGTERM] == heard


async def test_a_repeat_after_the_end_is_ignored_too_and_a_later_one_is_handled_as_before(
    heard: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that stops fast must not be killed by the second half of one wish."""
    now = [100.0]
    shutdown = Shutdown()
    with ShutdownSignals() as signals, signals.handed_to(shutdown):
        os.kill(os.getpid(), signal.SIGTERM)
        await shutdown.wait()
    monkeypatch.setattr(signals, "_received_at", now[0])
    monkeypatch.setattr(time, "monotonic", lambda: now[0])

    signal.raise_signal(signal.SIGTERM)
    assert [] == heard

    now[0] += 2
    signal.raise_signal(signal.SIGTERM)
    assert [signal.SIGTERM] == heard


async def test_a_repeat_within_a_second_is_the_same_wish_and_a_later_one_ends_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever signals a process group reaches a process and the wrapper that passes the signal on."""
    now, ended = [100.0], list[int]()
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    monkeypatch.setattr(os, "_exit", ended.append)
    monkeypatch.setattr(console, "_ending", threading.Event())
    with ShutdownSignals() as signals, signals.handed_to(Shutdown()):
        for at in (100.0, 100.1, 100.9):
            now[0] = at
            signal.raise_signal(signal.SIGTERM)
        assert [] == ended

        now[0] = 101.1
        signal.raise_signal(signal.SIGINT)

    assert [128 + signal.SIGINT] == ended
