"""A step that ends in time, even where its code swallows every cancel."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from pyboot.boot.container import breakable
from pyboot.boot.container.breakable import CANCELS, Breakable, in_time


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test waits for seconds."""
    monkeypatch.setattr(breakable, "AGAIN_SECONDS", 0.001)


swallowed: list[str] = []
over: list[bool] = []


async def swallow() -> None:
    """Heed no cancel."""
    while not over:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            swallowed.append("cancel")


async def swallow_at_once() -> None:
    """Heed no cancel, and never wait for anything."""
    while not over:
        try:
            await asyncio.sleep(0)
        except asyncio.CancelledError:
            swallowed.append("cancel")


async def await_a_task() -> None:
    """Wait for a task that heeds none; the cancels go there."""
    await asyncio.create_task(swallow())


async def gather() -> None:
    """The same, by ``gather``."""
    await asyncio.gather(swallow(), swallow())


async def group() -> None:
    """The same, by a group."""
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(swallow())


async def generate() -> AsyncIterator[int]:
    """A block that does not let itself be left."""
    yield 1
    await swallow()


async def leave_a_block() -> None:
    """The end of an asynchronous generator."""
    async with asynccontextmanager(generate)():
        pass


STUBBORN = [swallow, swallow_at_once, await_a_task, gather, group, leave_a_block]


async def let_go(tasks: set[asyncio.Task[object]]) -> None:
    """End what stubborn steps have begun."""
    over.append(True)
    for task in tasks:
        task.cancel()
    async with asyncio.timeout(20):
        await asyncio.gather(*tasks, return_exceptions=True)


@pytest.mark.parametrize("stubborn", STUBBORN)
async def test_what_heeds_no_cancel_is_given_up(stubborn: Callable[[], Awaitable[None]], caplog: pytest.LogCaptureFixture) -> None:
    """After some cancels; who awaits it is late, but not cancelled."""

    async def work() -> None:
        await stubborn()

    swallowed.clear()
    over.clear()
    before = asyncio.all_tasks()
    with pytest.raises(TimeoutError):
        await in_time(work(), "trying", asyncio.timeout(0.001))
    await let_go(asyncio.all_tasks() - before)

    assert ["trying is given up: it has swallowed 5 cancels"] == caplog.messages
    assert swallowed
    task = asyncio.current_task()
    assert task is not None
    assert 0 == task.cancelling()
    await asyncio.sleep(0)


async def test_what_needs_a_few_cancels_gets_them() -> None:
    """And what it raises then is what counts."""

    async def work() -> str:
        for _ in range(CANCELS - 1):
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                continue
        return "done"

    assert "done" == await in_time(work(), "trying", asyncio.timeout(0.001))


async def test_a_step_is_driven_as_a_task_would() -> None:
    """Results, errors and cancels of tasks, futures and bare yields come back as they are."""

    async def fail() -> None:
        raise OSError("no")

    async def work() -> list[object]:
        seen: list[object] = [await asyncio.gather(asyncio.sleep(0, 1), asyncio.sleep(0, 2))]
        seen.append(await asyncio.create_task(asyncio.sleep(0.001, 3)))
        try:
            await asyncio.create_task(fail())
        except OSError as error:
            seen.append(str(error))
        try:
            async with asyncio.timeout(0.001):
                await asyncio.create_task(asyncio.Event().wait())
        except TimeoutError:
            seen.append("late")
        return seen

    assert [[1, 2], 3, "no", "late"] == await Breakable(work(), "trying")


async def test_a_cancel_reaches_the_task_that_a_step_awaits() -> None:
    """And the step ends when that has ended, as any other that awaits a task."""
    log: list[str] = []
    waiting = asyncio.Event()

    async def inner() -> None:
        try:
            waiting.set()
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            log.append("inner ended")

    async def work() -> None:
        try:
            await asyncio.create_task(inner())
        finally:
            log.append("work ended")

    async def outer() -> None:
        await Breakable(work(), "trying")

    task = asyncio.create_task(outer())
    await waiting.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert ["inner ended", "work ended"] == log
