"""Work on another loop."""

import asyncio
import threading

import pytest

from pyboot.components.netty import EventLoopGroup
from pyboot.components.netty.errors import LoopEndedError
from pyboot.components.netty.transport import threadsafe
from pyboot.components.netty.transport.threadsafe import end_on_loop, run_on_loop


async def thread_name() -> str:
    """Where it runs."""
    return threading.current_thread().name


async def test_work_for_the_running_loop_is_done_here() -> None:
    """Without a detour."""
    assert threading.current_thread().name == await run_on_loop(asyncio.get_running_loop(), thread_name())


async def test_work_for_another_loop_is_done_in_its_thread() -> None:
    """The caller awaits it on his own."""
    async with EventLoopGroup(1, "other") as group:
        assert "other-0" == await run_on_loop(group.next(), thread_name())


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
        waiting = asyncio.create_task(run_on_loop(group.next(), endless()))
        await asyncio.to_thread(started.wait, 10)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting

        assert await asyncio.to_thread(cancelled.wait, 10)


async def test_work_that_its_loop_does_not_outlive_has_failed() -> None:
    """Nobody has cancelled the caller."""
    group = EventLoopGroup(1)
    waiting = asyncio.create_task(run_on_loop(group.next(), asyncio.sleep(60)))
    await asyncio.sleep(0)
    await group.shutdown_gracefully()

    with pytest.raises(LoopEndedError):
        await waiting


async def test_work_for_a_closed_loop_is_refused() -> None:
    """At once, instead of waiting for ever."""
    group = EventLoopGroup(1)
    await group.shutdown_gracefully()

    with pytest.raises(LoopEndedError):
        await run_on_loop(group.loops[0], thread_name())


async def test_what_is_to_be_ended_on_a_loop_that_nobody_runs_any_more_has_ended() -> None:
    """It was stopped and not closed: nothing would ever happen there."""
    loop = asyncio.new_event_loop()

    with pytest.raises(LoopEndedError):
        await asyncio.wait_for(end_on_loop(loop, thread_name()), 10)

    await asyncio.to_thread(loop.run_until_complete, asyncio.sleep(0))  # takes what was to be done there away
    loop.close()


async def test_a_loop_that_runs_may_take_its_time_to_end_something(monkeypatch: pytest.MonkeyPatch) -> None:
    """However often it is looked at meanwhile."""
    monkeypatch.setattr(threadsafe, "_STOPPED_SECONDS", 0.001)
    async with EventLoopGroup(1, "slow") as group:
        assert "slow-0" == await end_on_loop(group.next(), slow_thread_name())


async def slow_thread_name() -> str:
    """Where it runs, after a while."""
    await asyncio.sleep(0.05)
    return await thread_name()
