"""What is left behind is named, with the place where it was made; what is put away is not."""

import asyncio
import os
import socket
import threading
from collections.abc import Callable
from typing import Any

import pytest

from pyboot.components.netty import PooledByteBufferAllocator
from pyboot.testing import LeakError, no_leaks_in

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
        (a_timer, "the timer", True),
        (a_thread, "forgotten", True),
    ],
)
async def test_what_is_left_behind_is_named(leave: Callable[[], Callable[[], object]], told: str, has_place: bool) -> None:
    """One thing, and this file where it was made; not when it is put away in time."""
    with pytest.raises(LeakError) as caught:
        async with no_leaks_in():
            put_away = leave()
    put_away()

    assert 1 == len(caught.value.left)
    assert told in caught.value.left[0]
    assert has_place is (__file__ in caught.value.left[0])
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
