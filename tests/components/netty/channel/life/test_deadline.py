"""Deadlines: nobody is judged by a timer that was late before the loop has looked."""

import asyncio
import random
import re
from pathlib import Path
from typing import Any

import pytest

from pyboot.components import netty
from pyboot.components.netty.channel.embedded.event_loop import EmbeddedEventLoop
from pyboot.components.netty.channel.life.deadline import Deadline, DeadlineScope
from tests.components.netty.kernel import Kernel

PLAIN_TIMERS = {
    "channel/life/deadline.py": "its own",
    "handler/traffic.py": "when the next bytes may go",
    "http_client/pool.py": "how long a connection that nobody uses is kept",
    "limited_log.py": "when a count is logged",
    "transport/listening.py": "a pause of our own",
    "transport/paused_protocol.py": "how long handlers of our own may take",
    "transport/quic/endpoint.py": "a pause of our own",
    "transport/udp.py": "a pause of our own",
    "transport/watching.py": "when the kernel is asked next",
}


def test_whoever_judges_a_peer_by_a_time_does_it_with_a_deadline() -> None:
    """A plain timer has a reason that stands here: it judges nobody, or nobody but ourselves."""
    root = Path(netty.__file__).parent
    found = {path.relative_to(root).as_posix() for path in root.rglob("*.py") if re.search(r"\.call_(later|at)\(", path.read_text())}

    assert sorted(PLAIN_TIMERS) == sorted(found)
    assert [] == [path.name for path in root.rglob("*.py") if re.search(r"asyncio\.(timeout|wait_for)\([^N]", path.read_text())]


def test_it_judges_when_the_time_is_over() -> None:
    """With its arguments, once."""
    loop, log = EmbeddedEventLoop(), list[Any]()
    Deadline(loop, 5, lambda *what: log.append((loop.time(), *what)), "a", 1)
    loop.advance(4.9)
    assert [] == log
    loop.advance(10)
    assert [(5.0, "a", 1)] == log


@pytest.mark.parametrize("restores", [False, True])
def test_a_cancelled_one_does_not_judge(restores: bool) -> None:
    """Before its time, and in the turns after it."""
    loop, log = EmbeddedEventLoop(), list[str]()
    early = Deadline(loop, 5, log.append, "early", restores=restores)
    late = Deadline(loop, 5, log.append, "late", restores=restores)
    loop.call_at(5, loop.call_soon, late.cancel)  # a turn after the timer
    early.cancel()
    loop.advance(20)
    late.cancel()

    assert [] == log


def test_what_waits_in_the_kernel_is_seen_before_it_judges() -> None:
    """The process was stopped, and the look that follows finds nothing."""
    loop, log = EmbeddedEventLoop(), list[str]()
    kernel = Kernel(loop)
    Deadline(loop, 5, log.append, "judged")
    kernel.arrive(lambda: loop.call_soon(log.append, "came, and passed on a turn later"))
    kernel.stop(60)

    assert ["came, and passed on a turn later", "judged"] == log


def test_a_plain_timer_would_have_judged_first() -> None:
    """That the kernel of these tests shows what the real one does."""
    loop, log = EmbeddedEventLoop(), list[str]()
    kernel = Kernel(loop)
    loop.call_later(5, log.append, "judged")
    kernel.arrive(lambda: log.append("came"))
    kernel.stop(60)

    assert ["judged", "came"] == log


@pytest.mark.parametrize(("stopped", "judged_at"), [(60, 70), (12, 14), (10.05, 10.05)])
def test_lost_time_is_restored_where_that_is_wanted(stopped: float, judged_at: float) -> None:
    """As much as was lost, as much as there was at most; an ordinary delay restores nothing."""
    loop, log = EmbeddedEventLoop(), list[float]()
    Deadline(loop, 10, lambda: log.append(round(loop.time(), 3)), restores=True)
    loop.jump(stopped)
    loop.advance(100)

    assert [judged_at] == log


def test_lost_time_is_restored_once() -> None:
    """Else a loop that is always late would never judge."""
    loop, log = EmbeddedEventLoop(), list[float]()
    Deadline(loop, 10, lambda: log.append(loop.time()), restores=True)
    loop.jump(20)
    loop.jump(30)

    assert [50.0] == log


@pytest.mark.parametrize("seed", range(20))
def test_a_peer_that_was_in_time_is_never_judged_for_it(seed: int) -> None:
    """Random stops, random peers: whatever was in the kernel before a timer was looked at has been handled when it judges."""
    chance = random.Random(seed)
    loop = EmbeddedEventLoop()
    kernel = Kernel(loop)
    arrived = handled = 0

    def handle() -> None:
        nonlocal handled
        handled += 1

    def judge() -> None:
        assert arrived == handled, seed

    for _ in range(200):
        what = chance.randrange(4)
        if what == 0:
            loop.advance(chance.random())
        elif what == 1:
            Deadline(loop, chance.random(), judge)
        elif what == 2:
            arrived += 1
            kernel.arrive(handle if chance.random() < 0.5 else lambda: loop.call_soon(handle))
        else:
            kernel.stop(chance.random() * 3)
    loop.advance(10)

    assert [] == loop.errors


async def test_a_scope_raises_when_its_time_is_over() -> None:
    """As ``asyncio.timeout``."""
    with pytest.raises(TimeoutError):
        async with DeadlineScope(0.001):
            await asyncio.get_running_loop().create_future()


@pytest.mark.parametrize("seconds", [None, 0.01])
async def test_a_scope_that_was_left_does_nothing_more(seconds: float | None) -> None:
    """The task goes on."""
    async with DeadlineScope(seconds):
        await asyncio.sleep(0)
    await asyncio.sleep(0.02)


async def test_a_scope_that_was_cancelled_has_no_end() -> None:
    """What was waited for is there; what is still to be done may take longer."""
    async with DeadlineScope(0.01) as scope:
        scope.cancel()
        await asyncio.sleep(0.03)


async def test_a_cancellation_from_outside_is_no_timeout() -> None:
    """It stays what it is."""

    async def waits() -> None:
        async with DeadlineScope(10):
            await asyncio.get_running_loop().create_future()

    task = asyncio.create_task(waits())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
