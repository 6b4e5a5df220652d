"""The event loop by setting."""

import asyncio
import importlib.util
import sys
import threading

import pytest

from pyboot.boot.errors import BindError, MissingPackageError
from pyboot.boot.loop import is_running, loop_factory, run_on

HAS_UVLOOP = sys.platform != "win32" and importlib.util.find_spec("uvloop") is not None


def kind_of(choice: str) -> str:
    """The module of the loop that *choice* makes."""
    loop = loop_factory(choice)()
    loop.close()
    return type(loop).__module__.partition(".")[0]


def test_asyncio_is_asyncio() -> None:
    """Even where uvloop is installed."""
    assert kind_of("asyncio") == asyncio.__name__


@pytest.mark.skipif(not HAS_UVLOOP, reason="uvloop is not installed")
@pytest.mark.parametrize("choice", ["uvloop", "auto"])
def test_uvloop_is_taken_where_it_is_installed(choice: str) -> None:
    """By name, and by itself."""
    assert "uvloop" == kind_of(choice)


def test_without_uvloop_auto_is_asyncio_and_uvloop_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was asked for by name is not replaced silently."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)

    assert kind_of("auto") == asyncio.__name__
    with pytest.raises(MissingPackageError, match=r"The event loop of uvloop \(asked for by pyboot.main.loop\) needs the package 'uvloop'"):
        loop_factory("uvloop")


def test_an_unknown_loop_is_refused() -> None:
    """With what is allowed."""
    with pytest.raises(BindError, match="auto, uvloop and asyncio"):
        loop_factory("trio")


def test_whether_a_loop_runs_is_told() -> None:
    """In this thread, now."""

    async def inside() -> bool:
        return is_running()

    assert not is_running()
    assert asyncio.run(inside())


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
