"""The lifespan protocol, with applications that keep it, break it, and do not know it."""

import asyncio
import logging
from typing import Any

import pytest

from pyboot.web.asgi.lifespan import Lifespan, LifespanState
from pyboot.web.errors import LifespanError

type Steps = list[str]


def polite(steps: Steps, *answers: dict[str, Any]) -> Any:
    """Return an application that notes what it hears, and answers as it is told."""

    async def application(scope: Any, receive: Any, send: Any) -> None:
        steps.append(scope["type"])
        scope["state"]["pool"] = 7
        for answer in answers:
            steps.append((await receive())["type"])
            await send(answer)
        steps.append("over")

    return application


STARTED, STOPPED = {"type": "lifespan.startup.complete"}, {"type": "lifespan.shutdown.complete"}


async def test_start_and_end_are_heard_in_one_task() -> None:
    """Each once, and what is laid into the state is there."""
    steps: Steps = []
    lifespan = Lifespan(polite(steps, STARTED, STOPPED), "app")

    await lifespan.start()
    assert ["lifespan", "lifespan.startup"] == steps
    assert LifespanState.RUNNING is lifespan.state
    assert {"pool": 7} == lifespan.shared
    await lifespan.stop()
    await lifespan.stop()
    assert ["lifespan", "lifespan.startup", "lifespan.shutdown"] == steps[:3]
    assert LifespanState.ENDED is lifespan.state


async def test_an_application_that_refuses_stops_the_start() -> None:
    """With its reason, and without a task that is left."""
    lifespan = Lifespan(polite([], {"type": "lifespan.startup.failed", "message": "no database"}), "app")

    with pytest.raises(LifespanError, match="app has refused to start: no database"):
        await lifespan.start()
    assert 1 == len(asyncio.all_tasks())
    assert LifespanState.ENDED is lifespan.state


async def test_an_application_that_does_not_know_the_protocol_is_served_without() -> None:
    """It raises before it has heard of the start, or returns."""

    async def refuses(scope: Any, receive: Any, send: Any) -> None:
        assert scope["type"] == "http"

    async def returns(scope: Any, receive: Any, send: Any) -> None:
        return

    for application in (refuses, returns):
        lifespan = Lifespan(application, "app")
        await lifespan.start()
        assert LifespanState.UNSUPPORTED is lifespan.state
        await lifespan.stop()


async def test_an_application_that_raises_at_its_start_stops_it(caplog: pytest.LogCaptureFixture) -> None:
    """It has heard of the start, so it meant to; its traceback is in the log."""

    async def raises(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        raise OSError("no disk")

    with pytest.raises(LifespanError, match="OSError: no disk"):
        await Lifespan(raises, "app").start()
    assert "has raised at its start" in caplog.text
    assert "no disk" in caplog.text


async def test_failures_of_the_end_are_logged_and_hold_nobody_up(caplog: pytest.LogCaptureFixture) -> None:
    """One that says so, one that raises, one that has ended by itself long ago."""

    async def ended(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send(STARTED)

    async def raises(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send(STARTED)
        await receive()
        raise OSError("late")

    caplog.set_level(logging.ERROR)
    says = polite([], STARTED, {"type": "lifespan.shutdown.failed", "message": "busy"})
    for application in (ended, says, raises):
        lifespan = Lifespan(application, "app")
        await lifespan.start()
        await lifespan.stop()
        assert LifespanState.ENDED is lifespan.state

    assert "could not end: busy" in caplog.text
    assert "late" in caplog.text


async def test_an_answer_that_is_not_due_is_an_error_of_the_application(caplog: pytest.LogCaptureFixture) -> None:
    """The end instead of the start."""
    with pytest.raises(LifespanError, match=r"where lifespan\.startup\.complete or \.failed is due"):
        await Lifespan(polite([], STOPPED), "app").start()


async def test_a_cancelled_end_cancels_the_application() -> None:
    """One that does not end is not waited for after the deadline."""
    left = asyncio.Event()

    async def stays(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send(STARTED)
        try:
            await asyncio.Event().wait()
        finally:
            left.set()

    lifespan = Lifespan(stays, "app")
    await lifespan.start()
    stopping = asyncio.create_task(lifespan.stop())
    await asyncio.sleep(0)
    stopping.cancel()
    with pytest.raises(asyncio.CancelledError):
        await stopping

    assert left.is_set()


async def test_an_application_that_cancels_itself_at_its_start_stops_it() -> None:
    """Nobody waits for an answer that cannot come any more."""

    async def application(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        raise asyncio.CancelledError

    lifespan = Lifespan(application, "app")
    with pytest.raises(LifespanError, match="CancelledError"):
        await lifespan.start()


async def test_a_cancelled_start_cancels_the_application() -> None:
    """What it has entered it leaves."""
    left = asyncio.Event()
    heard = asyncio.Event()

    async def application(scope: Any, receive: Any, send: Any) -> None:
        try:
            heard.set()
            await asyncio.Event().wait()
        finally:
            left.set()

    starting = asyncio.create_task(Lifespan(application, "app").start())
    await heard.wait()
    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await starting
    assert left.is_set()
