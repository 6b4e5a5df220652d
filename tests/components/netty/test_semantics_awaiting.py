"""Coroutine callbacks (design 5.2): what may be awaited in any task may be awaited in them."""

import asyncio
import contextvars
import threading
from typing import Any

import anyio
import anyio.to_thread
import pytest

from pyboot.components.netty.channel import ChannelHandler, ChannelHandlerContext

from .suspending import embedded, turn

user: contextvars.ContextVar[str] = contextvars.ContextVar("user", default="nobody")


async def test_timeout_ends_a_callback_in_time() -> None:
    """asyncio.timeout finds the callback's task."""

    class Impatient(ChannelHandler[Any]):
        async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            try:
                async with asyncio.timeout(0.001):
                    await asyncio.Event().wait()
            except TimeoutError:
                ctx.fire_channel_read(f"{msg} timed out")
            if msg == "b":
                done.set()

    done = asyncio.Event()
    channel = embedded(Impatient())
    channel.write_inbound("a", "b")
    async with asyncio.timeout(20):
        await done.wait()
    assert ["a timed out", "b timed out"] == channel.inbound_messages()
    channel.finish()


async def test_a_timeout_of_nothing_is_over_at_the_first_suspension() -> None:
    """A deadline in the past interrupts the first await, not an earlier or later callback."""

    class Late(ChannelHandler[Any]):
        async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            try:
                async with asyncio.timeout(-1):
                    await asyncio.sleep(3600)
            except TimeoutError:
                ctx.fire_channel_read("late")
            await asyncio.sleep(0)
            ctx.fire_channel_read("on")

    channel = embedded(Late())
    channel.write_inbound("a")
    await turn()
    assert ["late", "on"] == channel.inbound_messages()
    channel.finish()


async def test_a_task_group_in_a_callback_waits_for_its_tasks() -> None:
    """asyncio.TaskGroup works in the first step and after."""

    class Fan(ChannelHandler[Any]):
        async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(asyncio.sleep(0, n)) for n in range(3)]
            ctx.fire_channel_read([task.result() for task in tasks])

    channel = embedded(Fan())
    channel.write_inbound("a")
    await turn()
    assert [[0, 1, 2]] == channel.inbound_messages()
    channel.finish()


async def test_a_failing_task_group_cancels_and_raises_in_its_callback() -> None:
    """The group's error is the callback's; the handler goes on with the next message."""
    caught: list[Exception] = []

    class Fan(ChannelHandler[Any]):
        async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            if msg == "good":
                ctx.fire_channel_read(msg)
                return
            async with asyncio.TaskGroup() as group:
                group.create_task(self.fail())
                await asyncio.sleep(3600)

        async def fail(self) -> None:
            await asyncio.sleep(0)
            raise ValueError("bad")

        def exception_caught(self, ctx: ChannelHandlerContext, error: Exception) -> None:
            caught.append(error)

    channel = embedded(Fan())
    channel.write_inbound("bad", "good")
    await turn()
    assert ["good"] == channel.inbound_messages()
    assert [ExceptionGroup] == [type(error) for error in caught]
    channel.finish()


async def test_anyio_scopes_groups_and_threads_work_in_a_callback() -> None:
    """anyio finds the task, its cancel scopes and its worker threads."""

    class Any_(ChannelHandler[Any]):
        async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            with anyio.move_on_after(0) as scope:
                await anyio.sleep(3600)
            ctx.fire_channel_read(scope.cancelled_caught)
            with anyio.CancelScope() as scope:
                scope.cancel()
                await anyio.sleep(3600)
            ctx.fire_channel_read(scope.cancelled_caught)
            async with anyio.create_task_group() as group:
                group.start_soon(anyio.sleep, 0)
            ctx.fire_channel_read(await anyio.to_thread.run_sync(threading.get_ident))
            done.set()

    done = asyncio.Event()
    channel = embedded(Any_())
    channel.write_inbound("a")
    async with asyncio.timeout(20):
        await done.wait()
    first, second, ident = channel.inbound_messages()
    assert (True, True) == (first, second)
    assert threading.get_ident() != ident
    channel.write_inbound("again")
    done.clear()
    async with asyncio.timeout(20):
        await done.wait()
    assert 6 == len(channel.inbound_messages())
    channel.finish()


async def test_a_callback_may_wait_for_a_thread() -> None:
    """asyncio.to_thread gives its result on the channel's loop."""
    done = asyncio.Event()

    class Offload(ChannelHandler[Any]):
        async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            user.set("ann")
            ctx.fire_channel_read(await asyncio.to_thread(lambda: (user.get(), threading.get_ident())))
            ctx.fire_channel_read(threading.get_ident())
            done.set()

    channel = embedded(Offload())
    channel.write_inbound("a")
    async with asyncio.timeout(20):
        await done.wait()
    (name, elsewhere), here = channel.inbound_messages()
    assert "ann" == name
    assert threading.get_ident() == here != elsewhere
    channel.finish()


async def test_wait_for_shield_and_gather_work_in_a_callback() -> None:
    """As in any task."""

    class Waits(ChannelHandler[Any]):
        async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(asyncio.shield(gate.wait()), 0)
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(gate.wait(), 0.001)
            await asyncio.gather(asyncio.sleep(0), asyncio.sleep(0))
            ctx.fire_channel_read(msg)
            done.set()

    gate, done = asyncio.Event(), asyncio.Event()
    channel = embedded(Waits())
    channel.receive("a")
    async with asyncio.timeout(20):
        await done.wait()
    assert ["a"] == channel.inbound_messages()
    gate.set()
    channel.finish()


async def test_anyio_deadlines_limiters_and_streams_work_in_a_callback() -> None:
    """Its own primitives find the task too."""
    log: list[Any] = []

    class Anyio(ChannelHandler[Any]):
        async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            with pytest.raises(TimeoutError), anyio.fail_after(0):
                await anyio.sleep(3600)
            async with anyio.CapacityLimiter(1):
                log.append("limited")
            sender, receiver = anyio.create_memory_object_stream[int](1)
            async with sender, receiver:
                await sender.send(1)
                log.append(await receiver.receive())
            done.set()

    done = asyncio.Event()
    channel = embedded(Anyio())
    channel.receive("a")
    async with asyncio.timeout(20):
        await done.wait()
    assert ["limited", 1] == log
    channel.finish()
