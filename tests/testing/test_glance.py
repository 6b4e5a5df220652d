"""A glance at what a test leaves; the fixture is tested in test_plugin."""

import asyncio
import socket
from collections.abc import Callable
from typing import Any

import pytest

from pyboot.components.netty.buffer.allocator import PooledByteBufferAllocator
from pyboot.testing.glance import Glance
from pyboot.testing.leaks import LeakError


async def test_nothing_left_is_nothing_told() -> None:
    """Nor what is on its way out when it looks."""
    glance = Glance()
    await glance.begin()
    with socket.socket():
        ending = asyncio.get_running_loop().create_task(asyncio.sleep(0.01))
    await glance.end()

    assert ending.done()


@pytest.mark.parametrize(
    ("leave", "give_back", "told"),
    [
        (socket.socket, lambda made: made.close(), "the descriptor"),
        (lambda: asyncio.ensure_future(asyncio.Event().wait()), lambda made: made.cancel(), "the task"),
        (PooledByteBufferAllocator.DEFAULT.buffer, lambda made: made.release(), "1 buffers of the pooled allocator"),
    ],
    ids=["descriptor", "task", "buffer"],
)
async def test_what_is_left_is_named(leave: Callable[[], Any], give_back: Callable[[Any], object], told: str) -> None:
    """The close look is taken where the glance sees more."""
    glance = Glance()
    await glance.begin()
    made = leave()
    try:
        with pytest.raises(LeakError, match=told):
            await glance.end()
    finally:
        give_back(made)


def test_a_plain_function_is_looked_at_without_a_loop() -> None:
    """A descriptor that takes the number of the listing's own is seen as well."""
    glance = Glance()
    glance.begin_without_loop()
    with socket.socket(), pytest.raises(LeakError, match="the descriptor"):
        glance.end_without_loop()
    glance.end_without_loop()
