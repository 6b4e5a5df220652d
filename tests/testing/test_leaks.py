"""What is left behind is named, with the place where it was made; what is put away is not."""

import _thread
import asyncio
import concurrent.futures
import gc
import os
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from pyboot.boot import PyBootApplication
from pyboot.components.netty import EmbeddedChannel, IdleStateHandler, PooledByteBufferAllocator, loop_factory
from pyboot.testing import LeakError, no_leaks_in, running

KEPT: list[Any] = []


@pytest.fixture(autouse=True)
def nothing_kept() -> None:
    """Forget what the last test kept."""
    KEPT.clear()


async def _wait_for_ever() -> None:
    await asyncio.Event().wait()


def a_descriptor() -> Callable[[], object]:
    """Leave a socket open."""
    sock = socket.socket()
    KEPT.append(sock)
    return sock.close


def a_bare_descriptor() -> Callable[[], object]:
    """Leave one that no object holds."""
    number = os.open(os.devnull, os.O_RDONLY)
    return lambda: os.close(number)


def a_task() -> Callable[[], object]:
    """Leave a task waiting."""
    task = asyncio.get_running_loop().create_task(_wait_for_ever(), name="forgotten")
    KEPT.append(task)
    return task.cancel


def a_timer() -> Callable[[], object]:
    """Leave a timer on."""
    timer = asyncio.get_running_loop().call_later(1000, print)
    KEPT.append(timer)
    return timer.cancel


def a_thread() -> Callable[[], object]:
    """Leave a thread running."""
    end = threading.Event()
    threading.Thread(target=end.wait, name="forgotten").start()
    return end.set


@pytest.mark.parametrize(
    ("leave", "told", "has_place"),
    [
        (a_descriptor, "the descriptor", True),
        (a_bare_descriptor, "/dev/null", False),
        (a_task, "forgotten", True),
        (a_timer, "the timer", None),  # uvloop's keep no trace of who made them
        (a_thread, "forgotten", True),
    ],
)
async def test_what_is_left_behind_is_named(leave: Callable[[], Callable[[], object]], told: str, has_place: bool | None) -> None:
    """One thing, and this file where it was made; not when it is put away in time."""
    with pytest.raises(LeakError) as caught:
        async with no_leaks_in():
            put_away = leave()
    put_away()

    assert 1 == len(caught.value.left)
    assert told in caught.value.left[0]
    assert has_place in (None, __file__ in caught.value.left[0])
    async with no_leaks_in():
        leave()()


async def test_a_buffer_that_nobody_released_is_named() -> None:
    """Each is watched meanwhile."""
    with pytest.raises(LeakError, match=r"lost before its last release.*\n.*test_leaks"):
        async with no_leaks_in():
            PooledByteBufferAllocator.DEFAULT.buffer(10).write_bytes(b"x")

    async with no_leaks_in():
        PooledByteBufferAllocator.DEFAULT.buffer(10).release()


async def test_the_error_of_the_block_comes_first() -> None:
    """A test that fails has left things behind for that reason."""

    async def fail() -> None:
        async with no_leaks_in():
            KEPT.append(asyncio.get_running_loop().create_task(_wait_for_ever()))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    KEPT[0].cancel()


async def test_what_was_there_before_is_nobodys_fault() -> None:
    """And may go on."""
    put_away = a_task()
    async with no_leaks_in():
        pass
    put_away()


class WorkerLoop:
    """A loop in a thread of its own, which is there before, and after."""

    def __init__(self, make: Callable[[], asyncio.AbstractEventLoop]) -> None:
        """Begin."""
        self.loop = make()
        self.thread = threading.Thread(target=self.loop.run_forever)
        self.thread.start()

    def do(self, act: Callable[[], Any]) -> Any:
        """Act there."""

        async def acted() -> Any:
            return act()

        return asyncio.run_coroutine_threadsafe(acted(), self.loop).result(20)

    def end(self) -> None:
        """End it with whatever it has."""
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()


@pytest.fixture(params=["asyncio", "uvloop"])
def worker(request: pytest.FixtureRequest) -> Iterator[WorkerLoop]:
    """One of each kind."""
    worker = WorkerLoop(loop_factory(request.param))
    yield worker
    worker.end()


@pytest.mark.parametrize(("leave", "told"), [(a_descriptor, "the descriptor"), (a_task, "forgotten"), (a_timer, "the timer")])
async def test_what_is_left_in_another_thread_is_named(worker: WorkerLoop, leave: Callable[[], Callable[[], object]], told: str) -> None:
    """On a loop that nobody ended, since it is not the test's; and not when it is put away there."""
    with pytest.raises(LeakError, match=told) as caught:
        async with no_leaks_in():
            put_away = worker.do(leave)
    worker.do(put_away)

    assert 1 == len(caught.value.left)
    async with no_leaks_in():
        worker.do(lambda: leave()())


async def test_a_thread_that_threading_does_not_know_is_named() -> None:
    """With the line where it stands."""
    begun, end, ended = threading.Event(), threading.Event(), threading.Event()

    def run() -> None:
        begun.set()
        end.wait()
        ended.set()

    async def leave() -> None:
        async with no_leaks_in():
            _thread.start_new_thread(run, ())
            begun.wait()  # before its first step nobody can see it

    with pytest.raises(LeakError, match="the thread"):
        await leave()
    end.set()
    ended.wait()


async def test_the_loops_own_threads_may_wait_for_work_and_not_be_stuck_in_it() -> None:
    """The pool is the loop's; what it does is the test's."""
    async with no_leaks_in():
        await asyncio.to_thread(print, "done")

    begun, end = threading.Event(), threading.Event()

    def wait() -> None:
        begun.set()
        end.wait()

    async def get_stuck() -> None:
        async with no_leaks_in():
            stuck = asyncio.ensure_future(asyncio.to_thread(wait))
            await asyncio.to_thread(begun.wait)
            stuck.cancel()

    with pytest.raises(LeakError, match=r"(asyncio|uvloop)_"):
        await get_stuck()
    end.set()


async def test_a_pool_of_ones_own_is_named() -> None:
    """Its threads wait for ever."""
    pool = concurrent.futures.ThreadPoolExecutor(1, thread_name_prefix="mine")
    with pytest.raises(LeakError, match="mine"):
        async with no_leaks_in():
            pool.submit(print).result()
    pool.shutdown()


async def test_a_timer_that_sets_itself_again_is_named() -> None:
    """There is another one each time."""
    loop, timers = asyncio.get_running_loop(), list[asyncio.TimerHandle]()

    def again() -> None:
        timers[:] = [loop.call_later(0.01, again)]

    with pytest.raises(LeakError, match="the timer"):
        async with no_leaks_in():
            again()
    timers[0].cancel()


async def test_one_in_the_place_of_another_is_named() -> None:
    """What was there before and has ended makes room for nothing: neither in numbers nor for the same number."""
    old_socket, old_timer, old_task = socket.socket(), a_timer(), a_task()
    number = old_socket.fileno()
    put_away: list[Callable[[], object]] = []

    async def change() -> None:
        async with no_leaks_in():
            old_socket.close()
            old_timer()
            old_task()
            put_away.extend((a_descriptor(), a_timer(), a_task()))
            assert number == KEPT[-3].fileno()

    with pytest.raises(LeakError) as caught:
        await change()
    for each in put_away:
        each()

    assert 3 == len(caught.value.left)


@pytest.mark.parametrize("turns", [1, 2])
async def test_a_buffer_is_named_each_time(turns: int) -> None:
    """Although the log tells of each place once in the life of a process, and the test before this one came from the same."""
    with pytest.raises(LeakError, match="lost before its last release"):
        async with no_leaks_in():
            PooledByteBufferAllocator.DEFAULT.buffer(10)


async def test_a_buffer_that_somebody_holds_is_named() -> None:
    """Nothing was lost as yet; and not once it was released, held or not."""
    with pytest.raises(LeakError, match=r"is held still.*\n.*test_leaks"):
        async with no_leaks_in():
            KEPT.append(PooledByteBufferAllocator.DEFAULT.buffer(10))
    KEPT[0].release()

    async with no_leaks_in():
        KEPT.append(PooledByteBufferAllocator.DEFAULT.buffer(10))
        KEPT[-1].release()


async def test_an_application_in_the_block_does_not_switch_the_watch_off() -> None:
    """Its own setting, one of 128 buffers, holds where nobody watches more."""

    @PyBootApplication
    class App: ...

    with pytest.raises(LeakError, match="lost before its last release"):
        async with no_leaks_in(), running(App, properties={"netty.leak-detection": "off"}):
            PooledByteBufferAllocator.DEFAULT.buffer(10)


async def test_what_others_have_lost_before_is_none_of_its_own() -> None:
    """The collector finds it in the block."""
    circle: list[Any] = [PooledByteBufferAllocator.DEFAULT.buffer(10), socket.socket()]
    circle[1].close()
    circle.append(circle)
    del circle
    async with no_leaks_in():
        gc.collect()


@pytest.mark.parametrize("leave", [a_descriptor, a_bare_descriptor, a_task, a_timer, a_thread])
async def test_what_is_cleaned_up_a_little_late_is_not_left_behind(leave: Callable[[], Callable[[], object]]) -> None:
    """A tenth of a second after the block."""
    async with no_leaks_in():
        late = threading.Timer(0.1, asyncio.get_running_loop().call_soon_threadsafe, [leave()])
        late.start()


async def test_what_a_cancelled_task_still_has_to_do_is_waited_for() -> None:
    """Its end is its own."""

    async def tidy_up() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0.05)

    async with no_leaks_in():
        task = asyncio.ensure_future(tidy_up())
        await asyncio.sleep(0)
        task.cancel()


async def test_what_a_channel_in_memory_has_scheduled_is_not_left_behind() -> None:
    """Its clock is turned by the test alone."""
    async with no_leaks_in():
        KEPT.append(EmbeddedChannel(IdleStateHandler(reader_idle_seconds=10)))
    KEPT[0].close()
