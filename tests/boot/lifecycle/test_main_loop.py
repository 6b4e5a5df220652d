"""The end of the main loop."""

import asyncio
import importlib.util
import sys
import threading

import pytest

from pyboot.boot.lifecycle.main_loop import run_on
from pyboot.boot.loop import loop_factory

HAS_UVLOOP = sys.platform != "win32" and importlib.util.find_spec("uvloop") is not None


@pytest.mark.parametrize("choice", ["asyncio", pytest.param("uvloop", marks=pytest.mark.skipif(not HAS_UVLOOP, reason="no uvloop"))])
def test_what_is_left_on_a_loop_is_named_and_left_behind(choice: str, caplog: pytest.LogCaptureFixture) -> None:
    """A task that swallows its cancel, and a thread that blocks; a task that ends is waited for."""
    gate, log = threading.Event(), list[str]()

    async def swallow() -> None:
        while True:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                continue

    async def end() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            log.append("ended")

    async def main() -> str:
        tasks = [asyncio.create_task(swallow(), name="stubborn"), asyncio.create_task(end())]
        blocked = asyncio.get_running_loop().run_in_executor(None, gate.wait, 60)
        await asyncio.sleep(0)
        assert not any(entry.done() for entry in (*tasks, blocked))
        return "done"

    try:
        assert "done" == run_on(loop_factory(choice)(), main(), 0.05)
    finally:
        gate.set()

    assert ["ended"] == log
    stubborn, thread = caplog.messages
    assert stubborn.startswith("the task stubborn of test_what_is_left_on_a_loop")
    assert stubborn.endswith("is left behind: it did not heed its cancel")
    assert "the thread of Event.wait is left behind: it did not end within 0.05 s" == thread


@pytest.mark.parametrize("choice", ["asyncio", pytest.param("uvloop", marks=pytest.mark.skipif(not HAS_UVLOOP, reason="no uvloop"))])
def test_an_error_keeps_its_traceback(choice: str) -> None:
    """The report of a failed start names the line by it."""

    async def fail() -> None:
        await asyncio.sleep(0)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError) as caught:
        run_on(loop_factory(choice)(), fail(), 1)

    assert "fail" == caught.traceback[-1].name
