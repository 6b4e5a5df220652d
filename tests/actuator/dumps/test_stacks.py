"""Stacks of tasks and threads."""

import asyncio
import sys

from pyboot.actuator.dumps.stacks import frames_of_task, frames_of_thread


async def inner(gate: asyncio.Event) -> None:
    """Wait."""
    await gate.wait()


async def outer(gate: asyncio.Event) -> None:
    """Wait for who waits."""
    await inner(gate)


async def test_a_task_is_told_along_what_it_awaits() -> None:
    """The innermost frame first, each with its module and line."""
    gate = asyncio.Event()
    task = asyncio.ensure_future(outer(gate))
    await asyncio.sleep(0)
    frames = frames_of_task(task)
    gate.set()
    await task

    assert ["Event.wait", "inner", "outer"] == [frame.function for frame in frames]
    assert ["asyncio.locks", __name__, __name__] == [frame.module for frame in frames]
    assert f"inner (test_stacks.py:{inner.__code__.co_firstlineno + 2})" == frames[1].short
    assert [] == frames_of_task(task)


async def test_a_task_that_has_not_begun_stands_at_its_beginning() -> None:
    """It has one frame."""
    task = asyncio.ensure_future(outer(asyncio.Event()))

    assert ["outer"] == [frame.function for frame in frames_of_task(task)]
    task.cancel()


def deep(levels: int) -> int:
    """Call itself."""
    return len(frames_of_thread(sys._getframe())) if levels == 0 else deep(levels - 1)


def test_a_thread_is_told_outwards_and_recursion_has_an_end() -> None:
    """No stack is told without bound."""
    frames = frames_of_thread(sys._getframe())

    assert "test_a_thread_is_told_outwards_and_recursion_has_an_end" == frames[0].function
    assert 200 == deep(300)
