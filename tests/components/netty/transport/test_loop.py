"""Event loops: which library, groups of them in threads, and how a group ends."""

import asyncio
import gc
import threading
import time
import weakref
from typing import Any

import pytest

from pyboot.components.netty import EventLoopGroup, ServerBootstrap, loop_factory
from pyboot.components.netty.channel.loop_state import state_of
from pyboot.components.netty.errors import LoopEndedError
from pyboot.components.netty.transport import loop as loop_module
from pyboot.components.netty.transport.loop import loops_of, run


async def running_loop() -> str:
    """The library of the running loop."""
    return type(asyncio.get_running_loop()).__module__.partition(".")[0]


def test_run_takes_the_loop_that_is_named() -> None:
    """And uvloop where nothing is said, for it is installed here."""
    assert "uvloop" == run(running_loop(), "uvloop")
    assert "asyncio" == run(running_loop(), "asyncio")
    assert "uvloop" == run(running_loop())


@pytest.mark.parametrize(("main", "advice"), [(running_loop, r"write run\(main\(\)\)"), (EventLoopGroup, "run of pyboot.boot")])
def test_run_takes_a_coroutine(main: Any, advice: str) -> None:
    """A function that was not called, and an application, whose `run` has the same name, are told what is meant."""
    with pytest.raises(TypeError, match=f"takes a coroutine, got .*{advice}"):
        run(main)


def test_an_unknown_loop_is_refused() -> None:
    """The text says what is allowed."""
    with pytest.raises(ValueError, match="loop 'trio', allowed is auto, uvloop or asyncio"):
        loop_factory("trio")  # type: ignore[arg-type]  # what is wrong with it is the point


@pytest.mark.parametrize("kind", ["uvloop", "asyncio"])
def test_the_state_of_a_loop_lives_as_long_as_the_loop(kind: Any) -> None:
    """A program that makes many loops, a test suite for instance, does not keep them."""
    loop = loop_factory(kind)()
    assert state_of(loop) is state_of(loop)
    gone = weakref.ref(loop)
    loop.close()

    del loop
    gc.collect()

    assert gone() is None


def test_a_group_needs_a_thread() -> None:
    """None is refused."""
    with pytest.raises(ValueError, match="0 threads, allowed is at least 1"):
        EventLoopGroup(0)


async def test_a_group_hands_out_its_loops_in_turn() -> None:
    """Each runs in a thread of its own."""
    async with EventLoopGroup(2, "workers") as group:
        first, second, third = group.next(), group.next(), group.next()

        assert group.loops == (first, second)
        assert first is third
        assert {"workers-0", "workers-1"} <= {thread.name for thread in threading.enumerate()}


async def test_an_empty_group_ends_at_once() -> None:
    """Without a quiet period there is nothing to wait for; afterwards the loops are closed and the threads gone."""
    group = EventLoopGroup(2)
    before = asyncio.get_running_loop().time()

    await group.shutdown_gracefully(0, 30)

    assert asyncio.get_running_loop().time() - before < 5
    assert group.is_shut_down
    assert all(loop.is_closed() for loop in group.loops)


async def test_a_group_that_ends_gives_out_no_loop() -> None:
    """The error names the group."""
    group = EventLoopGroup(1, "gone")
    await group.shutdown_gracefully()

    with pytest.raises(LoopEndedError, match="EventLoopGroup gone"):
        group.next()


async def test_a_group_may_be_shut_down_twice_even_at_once() -> None:
    """Both calls end when the threads have."""
    group = EventLoopGroup(1)

    await asyncio.gather(group.shutdown_gracefully(), group.shutdown_gracefully())
    await group.shutdown_gracefully()

    assert group.is_shut_down


async def test_the_quiet_period_cannot_be_longer_than_the_timeout() -> None:
    """Netty's rule."""
    group = EventLoopGroup(1)
    with pytest.raises(ValueError, match="timeout of 1 s is shorter than the quiet period of 2 s"):
        await group.shutdown_gracefully(2, 1)
    await group.shutdown_gracefully()


async def test_a_group_cannot_be_awaited_to_its_end_on_its_own_loop() -> None:
    """It would wait for itself."""
    group = EventLoopGroup(1)
    asked = asyncio.run_coroutine_threadsafe(group.shutdown_gracefully(), group.next())
    with pytest.raises(RuntimeError, match="shut it down from another one"):
        await asyncio.wrap_future(asked)
    await group.shutdown_gracefully()


async def test_tasks_and_timers_of_a_group_are_cancelled_at_its_end(connect: Any) -> None:
    """And its channels are closed: their futures are done."""
    group = EventLoopGroup(1)
    bootstrap = ServerBootstrap().group(group).child_handler(lambda channel: None)
    server = await bootstrap.bind("127.0.0.1", 0)
    reader, _ = await connect(server)
    started, cancelled = threading.Event(), threading.Event()

    async def endless() -> None:
        started.set()
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    asyncio.run_coroutine_threadsafe(endless(), group.loops[0])
    group.loops[0].call_soon_threadsafe(group.loops[0].call_later, 3600.0, cancelled.clear)
    await asyncio.to_thread(started.wait, 10)

    await group.shutdown_gracefully(0, 10)

    assert cancelled.is_set()
    assert server.close_future.is_done
    assert b"" == await reader.read()


async def test_a_quiet_period_passes_without_a_channel() -> None:
    """Only then the threads end."""
    group = EventLoopGroup(1)
    bootstrap = ServerBootstrap().group(group).child_handler(lambda channel: None)
    await bootstrap.bind("127.0.0.1", 0)
    before = time.monotonic()

    await group.shutdown_gracefully(0.05, 10)

    assert time.monotonic() - before >= 0.04  # uvloop's clock goes by milliseconds, so a timer of it may be early
    assert group.is_shut_down


def test_a_loop_is_a_group_of_one() -> None:
    """Whoever injects a loop runs it."""
    loop = asyncio.new_event_loop()
    assert (loop,) == loops_of(loop)
    loop.close()


def test_what_is_no_group_is_refused() -> None:
    """The text says what is one."""
    with pytest.raises(TypeError, match="'workers' is not a group of event loops: pass an EventLoopGroup, a CoroutineWorkGroup or a loop"):
        loops_of("workers")


async def test_the_end_of_a_group_needs_no_thread_of_the_executor(monkeypatch: pytest.MonkeyPatch) -> None:
    """Which may all be at work for somebody who blocks."""

    def refused(*_: Any) -> Any:
        raise AssertionError("no thread was left")

    group = EventLoopGroup(3)
    monkeypatch.setattr(asyncio, "to_thread", refused)
    async with asyncio.timeout(20):
        await group.shutdown_gracefully(0, 5)

    assert group.is_shut_down


async def test_a_task_that_heeds_no_cancel_is_named_as_such(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """Nothing blocks the loop: it turns, and would be waited for for ever."""
    monkeypatch.setattr(loop_module, "_TASKS_SECONDS", 0.01)
    group = EventLoopGroup(1, "deaf")
    started, go_on = threading.Event(), asyncio.Event()

    async def deaf() -> None:
        started.set()
        while not go_on.is_set():
            try:
                await go_on.wait()
            except asyncio.CancelledError:
                continue

    asyncio.run_coroutine_threadsafe(deaf(), group.loops[0])
    await asyncio.to_thread(started.wait, 10)
    async with asyncio.timeout(20):
        await group.shutdown_gracefully(0, 5)
    told = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    group.loops[0].call_soon_threadsafe(go_on.set)

    assert [
        "deaf-0 did not end: a task that heeds no cancel, or a call in the executor of its loop, goes on; it ends with the process"
    ] == told
    monkeypatch.setattr(loop_module, "_TASKS_SECONDS", 10.0)
    await group.shutdown_gracefully(0, 5)
    assert group.is_shut_down
