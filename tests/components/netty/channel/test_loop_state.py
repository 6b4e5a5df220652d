"""What the channels of one loop share: the task that is swapped in, and whether a burst is on."""

import asyncio

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
