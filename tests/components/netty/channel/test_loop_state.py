"""What the channels of one loop share: the task that is swapped in, and whether a burst is on."""

import asyncio
import gc
import warnings
import weakref

import pytest

from pyboot.components.netty import Bootstrap, ChannelHandler
from pyboot.components.netty.channel.loop_state import LoopState, swap_current_task


async def test_swapping_makes_a_task_current_and_gives_the_one_before() -> None:
    """The way back is the same call."""
    loop = asyncio.get_running_loop()
    own = asyncio.current_task()
    other = loop.create_task(asyncio.sleep(0))
    assert own is swap_current_task(loop, other)
    assert other is asyncio.current_task()
    assert other is swap_current_task(loop, own)
    assert own is asyncio.current_task()
    await other


async def test_a_burst_that_swapped_nothing_in_leaves_the_current_task_alone() -> None:
    """Nothing to give back."""
    own = asyncio.current_task()
    state = LoopState(asyncio.get_running_loop())
    state.in_burst = True
    state.end_burst()
    assert (False, own) == (state.in_burst, asyncio.current_task())


@pytest.mark.parametrize("is_paused", [False, True])
def test_a_loop_that_was_closed_with_channels_open_is_kept_by_nothing(is_paused: bool) -> None:
    """Nor are its descriptors: what the channels of a loop share is an attribute of the loop, not a table of loops."""
    loops: list[weakref.ref[asyncio.AbstractEventLoop]] = []

    async def leave_open() -> None:
        loops.append(weakref.ref(asyncio.get_running_loop()))
        server = await asyncio.start_server(lambda reader, writer: None, "127.0.0.1", 0)
        channel = await Bootstrap().handler(ChannelHandler()).connect("127.0.0.1", server.sockets[0].getsockname()[1])
        channel.auto_read = not is_paused
        server.close()

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # of asyncio, for what was left open: that is the case here
        for _ in range(3):
            asyncio.run(leave_open())
        gc.collect()

    assert [None] * 3 == [loop() for loop in loops]
