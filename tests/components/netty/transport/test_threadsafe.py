"""Work on another loop."""

import asyncio
import inspect
import threading
from collections.abc import Callable
from typing import Any, cast

import pytest

from pyboot.components.netty import EventLoopGroup
from pyboot.components.netty.errors import LoopEndedError
from pyboot.components.netty.transport import threadsafe
from pyboot.components.netty.transport.threadsafe import end_on_loop, ends_on, run_on_loop


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


@pytest.mark.parametrize("turns", range(6))
async def test_what_nobody_gets_is_undone_on_the_loop_that_gave_it(turns: int) -> None:
    """The caller is cancelled so many turns of that loop after the start of the work, and has not heard of its end."""
    reached = threading.Event()
    given, undone = list[str](), list[tuple[str, str]]()

    async def give() -> str:
        def tell(left: int) -> None:
            asyncio.get_running_loop().call_soon(tell, left - 1) if left else reached.set()

        tell(turns)
        await asyncio.sleep(0)
        given.append("given")
        return "given"

    async with EventLoopGroup(1, "other") as group:
        waiting = asyncio.create_task(
            run_on_loop(group.next(), give(), lambda what: undone.append((what, threading.current_thread().name)))
        )
        await asyncio.sleep(0)
        reached.wait(20)  # nothing that the other loop says is heard here meanwhile
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting

    assert given or turns < 3
    assert undone == [(what, "other-0") for what in given]


async def test_work_that_is_cancelled_before_its_first_step_is_closed() -> None:
    """Nobody is told that it was never awaited."""
    group = EventLoopGroup(1)
    held, goes_on = threading.Event(), threading.Event()
    group.next().call_soon_threadsafe(lambda: (held.set(), goes_on.wait(20)))
    work = thread_name()
    waiting = asyncio.create_task(run_on_loop(group.loops[0], work))
    await asyncio.to_thread(held.wait, 20)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    goes_on.set()
    await group.shutdown_gracefully()

    assert inspect.CORO_CLOSED == inspect.getcoroutinestate(work)


async def test_what_somebody_gets_is_not_undone() -> None:
    """Here or from the other loop."""
    undone: list[str] = []

    async with EventLoopGroup(1, "other") as group:
        assert "other-0" == await run_on_loop(group.next(), thread_name(), undone.append)
        assert threading.current_thread().name == await run_on_loop(asyncio.get_running_loop(), thread_name(), undone.append)

    assert [] == undone


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


class _OtherLoop:
    """Stands for a loop of another thread: it does *turn* when it is asked for a sign of life."""

    def __init__(self, turn: Callable[[Callable[[], object]], object]) -> None:
        self.asked = 0
        self._turn = turn

    def call_soon_threadsafe(self, function: Callable[..., object], *arguments: Any) -> None:
        self.asked += 1
        self._turn(lambda: function(*arguments))


async def test_a_loop_that_is_late_and_turns_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """It keeps the deadline itself: that it has much to do is no reason to say that something blocks it."""
    monkeypatch.setattr(threadsafe, "_LOOK_SECONDS", 0.0)
    ending = asyncio.get_running_loop().create_future()

    def turn(sign: Callable[[], object]) -> None:
        sign()
        if loop.asked == 20:
            ending.set_result(None)

    loop = _OtherLoop(turn)

    assert await ends_on(cast(Any, loop), ending, 0.0)
    assert 20 == loop.asked


async def test_a_loop_that_stands_still_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Once its time is over; before that it is not even asked."""
    monkeypatch.setattr(threadsafe, "_BLOCKED_SECONDS", 0.001)
    ending = asyncio.get_running_loop().create_future()
    loop = _OtherLoop(lambda _: None)

    assert not await ends_on(cast(Any, loop), ending, 0.0)
    assert 1 == loop.asked


async def test_a_loop_that_ends_in_time_is_never_asked() -> None:
    """Nor one that was over before anybody waited."""
    ending = asyncio.get_running_loop().create_future()
    ending.set_result(None)
    loop = _OtherLoop(lambda _: None)

    assert await ends_on(cast(Any, loop), ending, 10.0)
    assert 0 == loop.asked


async def test_the_end_of_a_loop_that_is_closed_already_is_still_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """It was closed behind that end, whose news comes with the next turn of this loop."""
    here = asyncio.get_running_loop()
    ending = here.create_future()

    def turn(_: Callable[[], object]) -> None:
        here.call_soon(ending.set_result, None)
        raise RuntimeError("Event loop is closed")

    assert await ends_on(cast(Any, _OtherLoop(turn)), ending, 0.0)
