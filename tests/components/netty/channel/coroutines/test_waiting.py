"""The generators behind `await`: they end with what they wait for, and leave nothing behind when they are cancelled."""

import asyncio
import gc
from typing import Any

import pytest

from pyboot.components.netty.channel import ChannelHandler, ChannelHandlerContext, EmbeddedChannel
from pyboot.components.netty.channel.coroutines.waiting import until_done, until_idle
from pyboot.components.netty.channel.promise import ChannelPromise


class Gate(ChannelHandler[Any]):
    """Waits until the test opens it."""

    def __init__(self) -> None:
        self.gate = asyncio.Event()

    async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        await self.gate.wait()


def test_what_is_over_is_not_waited_for() -> None:
    """No loop is needed to learn it."""
    with pytest.raises(StopIteration) as ended:
        next(until_done(ChannelPromise().set_success("x")))
    assert "x" == ended.value.value
    with pytest.raises(ValueError, match="no"):
        next(until_done(ChannelPromise().set_failure(ValueError("no"))))


async def test_waiting_for_a_mailbox_ends_when_it_is_idle() -> None:
    """At once if it is."""
    gate = Gate()
    channel = EmbeddedChannel(gate, loop=asyncio.get_running_loop())
    inbox = channel.pipeline().contexts()[0].inbox
    assert inbox is not None
    with pytest.raises(StopIteration):
        next(until_idle(inbox))
    channel.receive("a")

    async def wait() -> None:
        await inbox

    task = asyncio.ensure_future(wait())
    await asyncio.sleep(0)
    assert not task.done()
    gate.gate.set()
    await task
    assert inbox.is_idle
    channel.finish()


async def test_cancelled_waits_leave_nothing_behind() -> None:
    """Whoever asks a long-lived promise again and again, with a deadline each time, does not fill the memory."""

    async def wait() -> None:
        await promise

    def waiters() -> int:
        return sum(isinstance(thing, asyncio.Future) and not isinstance(thing, asyncio.Task) for thing in gc.get_objects())

    promise = ChannelPromise()
    gc.collect()
    before = waiters()
    for _ in range(100):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0):
                await wait()
    gc.collect()
    assert before + 10 > waiters()


async def test_a_promise_is_waited_for_on_its_channels_loop() -> None:
    """And wakes all who wait."""

    async def wait() -> object:
        return await promise

    channel = EmbeddedChannel(loop=asyncio.get_running_loop())
    promise = channel.new_promise()
    tasks = [asyncio.ensure_future(wait()) for _ in range(3)]
    await asyncio.sleep(0)
    promise.set_success("x")
    assert ["x"] * 3 == await asyncio.gather(*tasks)
    channel.finish()
