"""The watchdog of loops: who blocks one is named while it does, nobody else is, and nothing runs for it where it is off."""

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from pyboot.components.netty import ChannelHandler, ChannelHandlerContext, EventLoopGroup, ServerBootstrap
from pyboot.components.netty.channel.loop_state import LOOPS, Loops
from pyboot.components.netty.transport.loop_watchdog import LOOP_WATCHDOG, LoopWatchdog

LOGGER = "pyboot.components.netty.transport.loop_watchdog"

type Look = Callable[[float], None]


class Told(logging.Handler):
    """Keeps what is told, and ends the wait of who is told of: so a callback blocks for as long as it is not seen."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []
        self.seen = threading.Event()

    def emit(self, record: logging.LogRecord) -> None:
        """One line of the watchdog."""
        self.lines.append(record.getMessage())
        self.seen.set()


@pytest.fixture
def told() -> Iterator[Told]:
    """The log of the watchdog."""
    log = Told()
    logging.getLogger(LOGGER).addHandler(log)
    yield log
    logging.getLogger(LOGGER).removeHandler(log)


@pytest.fixture
def watching() -> Iterator[None]:
    """The watchdog of the process is on; a callback may block for 20 ms."""
    LOOP_WATCHDOG.seconds = 0.02
    LOOP_WATCHDOG._places.clear()
    LOOP_WATCHDOG.counts.clear()
    yield
    LOOP_WATCHDOG.seconds = 0.0


class Plain(ChannelHandler[Any]):
    """Blocks until it is seen."""

    def __init__(self, told: Told) -> None:
        self.told = told

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        assert self.told.seen.wait(20)
        ctx.write_and_flush(b"done")


class AtOnce(Plain):
    """The same, in the first step of a coroutine."""

    async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:  # type: ignore[override]  # as users write it
        assert self.told.seen.wait(20)
        ctx.write_and_flush(b"done")


class AfterAWait(Plain):
    """The same, when its task goes on."""

    async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:  # type: ignore[override]  # as users write it
        await asyncio.sleep(0)
        assert self.told.seen.wait(20)
        ctx.write_and_flush(b"done")


class InAHelper(Plain):
    """The same, further in."""

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        self.ask_the_database(ctx)
        ctx.write_and_flush(b"done")

    def ask_the_database(self, ctx: ChannelHandlerContext) -> None:
        """Wait, as one must not."""
        assert self.told.seen.wait(20)


class Before(ChannelHandler[Any]):
    """Stands before the one that blocks, and so is under way as well."""

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        ctx.fire_channel_read(msg)


@pytest.mark.usefixtures("watching")
@pytest.mark.parametrize("handler", [Plain, AtOnce, AfterAWait, InAHelper])
@pytest.mark.parametrize("threads", [0, 1], ids=["this loop", "a loop in a thread"])
async def test_who_blocks_a_loop_is_named_while_it_does(handler: type[Plain], threads: int, told: Told, listen: Any, connect: Any) -> None:
    """With the handler, the callback, the connection, and the line where it stands; in whatever thread the loop runs."""
    group = EventLoopGroup(1, "watched") if threads else None
    bootstrap = ServerBootstrap() if group is None else ServerBootstrap().group(asyncio.get_running_loop(), group)
    server = await listen(lambda channel: channel.pipeline().add_last(Before(), handler(told)), bootstrap)
    reader, writer = await connect(server)
    await seen_by(LOOP_WATCHDOG, *([] if group is None else group.loops))
    writer.write(b"x")
    assert b"done" == await reader.readexactly(4)
    if group is not None:
        writer.transport.abort()
        await group.shutdown_gracefully()

    line = told.lines[0]
    assert f"slow-callback: {handler.__name__}.channel_read of the handler {handler.__name__}" in line
    assert f"{writer.get_extra_info('sockname')[1]}) active> has blocked its loop for" in line
    assert "assert self.told.seen.wait(20)" in line
    assert (", in ask_the_database" in line) is (handler is InAHelper)
    assert 1 <= LOOP_WATCHDOG.counts[f"{handler.__name__}.channel_read"] == sum(LOOP_WATCHDOG.counts.values())


@pytest.mark.usefixtures("watching")
async def test_what_is_no_handler_is_named_too(told: Told, listen: Any, connect: Any) -> None:
    """A timer of a user, for instance, by its name."""
    await listen(lambda channel: None)
    loop = asyncio.get_running_loop()

    def every_hour() -> None:
        assert told.seen.wait(20)

    await seen_by(LOOP_WATCHDOG)
    loop.call_soon(every_hour)
    await turns()

    assert "every_hour has blocked its loop for" in told.lines[0]


@pytest.fixture
def by_hand(request: pytest.FixtureRequest) -> Iterator[tuple[LoopWatchdog, Look]]:
    """A watchdog of 0.1 s without a thread, and its look, from another thread, at a time that the test says."""
    loops = Loops()
    watchdog = LoopWatchdog(loops)
    watchdog.seconds = 0.1
    loops.on_new = None
    with ThreadPoolExecutor(1) as elsewhere:
        yield watchdog, lambda now: elsewhere.submit(watchdog.look, now).result()


async def known(watchdog: LoopWatchdog, look: Look) -> None:
    """Let *watchdog*, which looks by hand, know this loop."""
    watchdog._loops.add(asyncio.get_running_loop())
    look(0.0)
    await turns()


async def seen_by(watchdog: LoopWatchdog, *loops: asyncio.AbstractEventLoop) -> None:
    """Let *watchdog* know this loop, and *loops* of other threads."""
    await have_turned(*loops)
    watchdog.look(time.monotonic())
    await have_turned(*loops)


async def have_turned(*loops: asyncio.AbstractEventLoop) -> None:
    """Wait until all that was in their queues is done."""
    await turns()
    for loop in loops:
        await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(turns(), loop))


async def turns() -> None:
    """Let the loop answer."""
    for _ in range(3):
        await asyncio.sleep(0)


async def test_a_coroutine_that_waits_in_between_is_not_accused(by_hand: Any, told: Told) -> None:
    """However often it is seen: its frame is the same, the turn of the loop is not."""
    watchdog, look = by_hand
    await known(watchdog, look)
    for now in range(100, 110):
        look(float(now))
        await turns()

    assert [] == told.lines


async def test_many_short_callbacks_in_one_turn_are_not_accused(by_hand: Any, told: Told) -> None:
    """The turn takes long, and none of them does."""
    watchdog, look = by_hand
    await known(watchdog, look)
    loop = asyncio.get_running_loop()
    for now in (100.0, 100.05, 101.0, 102.0):
        loop.call_soon(lambda now=now: look(now))
    await turns()

    assert [] == told.lines
    assert {} == dict(watchdog.counts)


async def test_the_time_is_that_of_one_callback(by_hand: Any, told: Told) -> None:
    """It is told of once its time is over, and once more after ten times as long."""
    watchdog, look = by_hand
    await known(watchdog, look)
    lines = []

    def blocks() -> None:
        for now in (100.0, 100.09, 100.11, 100.5, 101.0, 101.2, 105.0):
            look(now)
            lines.append(len(told.lines))

    asyncio.get_running_loop().call_soon(blocks)
    await turns()

    assert [0, 0, 1, 1, 1, 2, 2] == lines
    assert "blocks has blocked its loop for 110 ms so far; it stands here" in told.lines[0]
    assert "blocks has blocked its loop for 1200 ms so far; it stands here" in told.lines[1]
    assert 1 == sum(watchdog.counts.values())


async def test_the_same_place_is_told_of_once_in_ten_seconds(by_hand: Any, told: Told) -> None:
    """All of them are counted; how many were left out is told with the next."""
    watchdog, look = by_hand
    await known(watchdog, look)

    def blocks(now: float) -> None:
        look(now)
        look(now + 0.2)

    for now in (100.0, 101.0, 102.0, 109.0, 111.0, 112.0):
        asyncio.get_running_loop().call_soon(blocks, now)
        await turns()

    assert 2 == len(told.lines)
    assert "ms so far (3 times more since it was told last); it stands here" in told.lines[1]
    assert [6] == list(watchdog.counts.values())


async def test_a_machine_that_stands_still_accuses_nobody(by_hand: Any, told: Told) -> None:
    """Neither this thread nor the process has run; where the process has computed, it was the callback that kept all others away."""
    watchdog, look = by_hand
    await known(watchdog, look)

    def blocks() -> None:
        look(100.0)
        watchdog.wake(105.0, 5.0, 0.01)
        watchdog.wake(105.09, 0.09, 0.01)
        assert [] == told.lines
        watchdog.wake(110.0, 4.9, 4.8)
        assert 1 == len(told.lines)

    done = asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().call_soon(lambda: done.set_result(run_elsewhere(blocks)))
    await done


def run_elsewhere(function: Callable[[], None]) -> None:
    """Run *function* in another thread, and wait for it as one must not."""
    with ThreadPoolExecutor(1) as elsewhere:
        elsewhere.submit(function).result()


async def test_off_is_off(listen: Any) -> None:
    """There is no thread, and nothing is told of a new loop; on, there is one thread, from the first loop with a channel on."""
    names = [thread.name for thread in threading.enumerate()]
    assert "pyboot-loop-watchdog" not in names
    assert LOOPS.on_new is None

    LOOP_WATCHDOG.seconds = 60.0
    await listen(lambda channel: None)
    assert 1 == [thread.name for thread in threading.enumerate()].count("pyboot-loop-watchdog")
    LOOP_WATCHDOG.seconds = 30.0
    assert 1 == [thread.name for thread in threading.enumerate()].count("pyboot-loop-watchdog")
    LOOP_WATCHDOG.seconds = 0.0
    assert "pyboot-loop-watchdog" not in [thread.name for thread in threading.enumerate()]


@pytest.mark.parametrize("seconds", [-1.0, float("nan")])
def test_a_time_that_is_none_is_refused(seconds: float) -> None:
    """With what is allowed."""
    with pytest.raises(ValueError, match="allowed is 0"):
        LOOP_WATCHDOG.seconds = seconds


def test_a_loop_that_is_gone_is_not_kept(by_hand: Any) -> None:
    """Nor looked at when it is closed or does not run."""
    watchdog, look = by_hand
    loop = asyncio.new_event_loop()
    watchdog._loops.add(loop)
    look(0.0)
    loop.close()
    look(1.0)
    del loop

    assert 0 == len(watchdog._loops)
    assert 0 == len(watchdog._watched)
