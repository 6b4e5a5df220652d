"""What the channels of one loop share: the task that is swapped in, and whether a burst is on."""

import asyncio
import gc
import sys
import threading
import warnings
import weakref
from collections.abc import Callable

import pytest

from pyboot.components.netty import Bootstrap, ChannelHandler
from pyboot.components.netty.channel import EmbeddedChannel
from pyboot.components.netty.channel.embedded.event_loop import EmbeddedEventLoop
from pyboot.components.netty.channel.life.memory import ChannelMemory, LoopMemory
from pyboot.components.netty.channel.loop_state import LOOPS, Loops, LoopState, state_of, swap_current_task


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


def test_a_loop_counts_from_its_first_channel_on() -> None:
    """And while it runs."""
    loop = asyncio.new_event_loop()
    state_of(loop)

    async def running() -> bool:
        return loop in LOOPS.running()

    assert loop not in LOOPS.running()
    assert loop.run_until_complete(running())
    loop.close()


def test_loops_are_not_kept() -> None:
    """They go with who made them."""
    loops = Loops()
    loop = asyncio.new_event_loop()
    loops.add(loop)
    assert 1 == len(loops)
    loop.close()
    del loop
    gc.collect()

    assert 0 == len(loops)


def test_who_watches_is_told_of_each_that_comes() -> None:
    """So it need not begin before there is one."""
    loops, told = Loops(), []
    loops.on_new = lambda: told.append(len(loops))
    channels = [EmbeddedChannel(), EmbeddedChannel()]
    for channel in channels:
        loops.add(channel.loop)

    assert [1, 2] == told


@pytest.mark.parametrize(
    ("come", "look"),
    [
        (lambda loops, _: loops.add(EmbeddedEventLoop()), lambda loops, _: loops.running()),
        (lambda _, memory: LoopMemory(memory), lambda _, memory: (memory.held_bytes, memory.stopped_channels)),
    ],
    ids=["watched", "held"],
)
def test_a_look_at_all_loops_is_not_disturbed_by_one_that_comes_meanwhile(come: Callable[..., object], look: Callable[..., object]) -> None:
    """Loops come and go in threads of their own, whatever one who looks is at."""
    loops, memory, kept, ended = Loops(), ChannelMemory(limit_bytes=0), list[object](), threading.Event()

    def keep_coming() -> None:
        while not ended.is_set():
            kept.append(come(loops, memory))
            del kept[:-200]

    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    others = [threading.Thread(target=keep_coming) for _ in range(2)]
    try:
        for other in others:
            other.start()
        for _ in range(300):
            look(loops, memory)
    finally:
        sys.setswitchinterval(before)
        ended.set()
        for other in others:
            other.join()
