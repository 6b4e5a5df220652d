"""Coroutine callbacks (design 5.2): the channel ends while they are suspended."""

import asyncio
from typing import Any

from pyboot.components.netty.channel import ChannelConfig, ChannelHandler, ChannelHandlerContext

from .suspending import Gate, Sink, embedded, turn

# Closing.


async def test_closing_cancels_what_is_suspended_and_then_tells_the_handler() -> None:
    """The callback ends first, so that channel_inactive does not overlap it; messages that wait are dropped."""
    gate = Gate()
    channel = embedded(gate)
    channel.write_inbound("a", "b")
    await turn()
    channel.close()
    await turn()
    assert ["+a", "cancelled a", "inactive", "removed"] == gate.log


async def test_handlers_behind_a_suspended_one_see_the_channel_go() -> None:
    """channel_inactive and channel_unregistered reach every handler before any is removed."""
    gate, behind = Gate(), Sink()
    channel = embedded(gate, behind)
    channel.write_inbound("a")
    await turn()
    channel.close()
    await turn()
    assert ["inactive", "unregistered", "removed"] == behind.log


async def test_a_coroutine_channel_inactive_may_suspend() -> None:
    """The farewell is not what closing cancels: it has until the close timeout."""
    log: list[str] = []

    class Leaves(ChannelHandler[Any]):
        async def channel_inactive(self, ctx: ChannelHandlerContext) -> None:
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            log.append("left")

        def handler_removed(self, ctx: ChannelHandlerContext) -> None:
            log.append("removed")

    channel = embedded(Leaves())
    channel.close()
    await turn()
    assert ["left", "removed"] == log


async def test_a_coroutine_channel_inactive_behind_a_suspended_callback_may_suspend() -> None:
    """As when the handler was idle."""

    class Leaves(Gate):
        async def channel_inactive(self, ctx: ChannelHandlerContext) -> None:  # type: ignore[override]  # an async one in place of a plain one
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            self.log.append("left")

    gate = Leaves()
    channel = embedded(gate)
    channel.write_inbound("a")
    await turn()
    channel.close()
    await turn()
    assert ["+a", "cancelled a", "left", "removed"] == gate.log


async def test_a_farewell_under_another_name_is_delivered_too() -> None:
    """A callback may be an alias of a method with another name."""
    log: list[str] = []

    class Alias(ChannelHandler[Any]):
        async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            await asyncio.sleep(3600)

        def gone(self, ctx: ChannelHandlerContext) -> None:
            log.append("gone")

        channel_inactive = gone

    channel = embedded(Alias())
    channel.write_inbound("a")
    await turn()
    channel.close()
    await turn()
    assert ["gone"] == log


async def test_closing_leaves_no_task_behind() -> None:
    """Neither of a handler that was busy nor of an idle one."""

    class Idle(ChannelHandler[Any]):
        async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            ctx.fire_channel_read(msg)

    before = asyncio.all_tasks()
    channel = embedded(Idle(), Gate())
    channel.write_inbound("a")
    await turn()
    assert before != asyncio.all_tasks()
    channel.close()
    await turn()
    assert before == asyncio.all_tasks()


async def test_the_peers_end_waits_for_the_callbacks_under_way() -> None:
    """What came before the end of the input is handled first, and answered."""

    class Answers(ChannelHandler[Any]):
        async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            await asyncio.sleep(0)
            ctx.write_and_flush(msg)

    channel = embedded(Answers())
    channel.write_inbound(b"a", b"b")
    channel.finish_input()
    assert channel.is_open
    await turn()
    assert b"ab" == channel.outbound_bytes()
    assert not channel.is_open


async def test_closing_cancels_a_task_group_with_its_tasks() -> None:
    """Structured to the end."""
    log: list[str] = []

    class Fan(ChannelHandler[Any]):
        async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            try:
                async with asyncio.TaskGroup() as group:
                    group.create_task(asyncio.sleep(3600))
                    group.create_task(asyncio.sleep(3600))
            except asyncio.CancelledError:
                log.append("cancelled")
                raise

        def channel_inactive(self, ctx: ChannelHandlerContext) -> None:
            log.append("inactive")

    before = asyncio.all_tasks()
    channel = embedded(Fan())
    channel.receive("a")
    await turn()
    channel.close()
    await turn()
    assert ["cancelled", "inactive"] == log
    assert before == asyncio.all_tasks()


async def test_a_deadline_for_a_close_is_kept() -> None:
    """asyncio.timeout around `await ctx.close()`, for a peer that takes nothing."""
    log: list[str] = []

    class Closes(ChannelHandler[Any]):
        async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            ctx.write_and_flush(b"bye")
            try:
                async with asyncio.timeout(0):
                    await ctx.close()
            except TimeoutError:
                log.append("gave up")
            ctx.channel.abort()

    channel = embedded(Closes())
    channel.hold_network()
    channel.receive("a")
    await turn()
    assert ["gave up"] == log
    assert not channel.is_open


async def test_a_write_after_ones_own_close_is_no_news() -> None:
    """It fails, and nobody is told who did not ask."""
    sink = Sink()

    class Closes(ChannelHandler[Any]):
        async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            await ctx.close()
            ctx.write_and_flush(b"late")

    channel = embedded(Closes(), sink)
    channel.receive("a")
    await turn()
    assert ["inactive", "unregistered", "removed"] == sink.log


async def test_a_channel_with_a_full_mailbox_may_be_closed() -> None:
    """Its hold on reading goes with it."""
    config = ChannelConfig()
    config.mailbox_limit = 1
    before = asyncio.all_tasks()
    channel = embedded(Gate(), config=config)
    for n in range(5):
        channel.receive(n)
    assert not channel.is_reading
    channel.close()
    await turn()
    assert before == asyncio.all_tasks()
    assert [] == channel.pipeline().names()
