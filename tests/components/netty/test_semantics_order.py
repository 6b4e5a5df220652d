"""Coroutine callbacks (design 5.2): one at a time and in order, whatever suspends; a full mailbox stops reading."""

import asyncio
from typing import Any

from pyboot.components.netty.channel import ChannelConfig, ChannelHandler, ChannelHandlerContext

from .suspending import Gate, Sink, embedded, turn

# Order.


async def test_a_callback_that_never_suspends_is_over_when_the_event_was_fired() -> None:
    """An async callback is stepped where its event happens."""

    class Quick(ChannelHandler[Any]):
        async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            ctx.fire_channel_read(msg + "!")

    channel = embedded(Quick())
    channel.write_inbound("a")
    assert ["a!"] == channel.inbound_messages()
    channel.finish()


async def test_events_behind_a_suspended_callback_wait_in_order() -> None:
    """Plain and coroutine callbacks of one handler share one queue."""
    gate = Gate()
    channel = embedded(gate)
    channel.write_inbound("a", "b")
    channel.pipeline().fire_user_event_triggered("event")
    assert ["+a"] == gate.log
    gate.gate.set()
    await turn()
    assert ["+a", "-a", "+b", "-b", "complete", "event"] == gate.log
    channel.finish()


async def test_events_a_coroutine_handler_does_not_override_do_not_overtake() -> None:
    """channel_read_complete passes a handler only after the reads before it were passed on."""

    class Slow(ChannelHandler[Any]):
        async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            await asyncio.sleep(0)
            ctx.fire_channel_read(msg)

    class Log(Sink):
        def channel_read_complete(self, ctx: ChannelHandlerContext) -> None:
            self.log.append("complete")

    log = Log()
    channel = embedded(Slow(), log)
    channel.write_inbound("a", "b")
    await turn()
    assert ["a", "b", "complete"] == log.log
    channel.finish()


async def test_a_plain_callback_from_the_mailbox_cannot_be_overtaken_by_what_it_fires() -> None:
    """An event that a waiting callback causes takes its place behind those that wait already."""
    gate = Gate()

    class Nested(Gate):
        def user_event_triggered(self, ctx: ChannelHandlerContext, event: object) -> None:
            self.log.append(event)
            if event == "first":
                ctx.pipeline.fire_user_event_triggered("caused")

    gate = Nested()
    channel = embedded(gate)
    channel.pipeline().fire_channel_read("a")
    channel.pipeline().fire_user_event_triggered("first")
    channel.pipeline().fire_user_event_triggered("second")
    gate.gate.set()
    await turn()
    assert ["+a", "-a", "first", "second", "caused"] == gate.log
    channel.finish()


async def test_two_coroutine_handlers_pass_a_stream_on_in_order() -> None:
    """What the first suspends on does not change the order the second sees."""

    class Uneven(ChannelHandler[Any]):
        async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            for _ in range(msg % 3):
                await asyncio.sleep(0)
            ctx.fire_channel_read(msg)

    channel = embedded(Uneven(), Uneven())
    channel.write_inbound(*range(20))
    for _ in range(20):
        await turn()
    assert list(range(20)) == channel.inbound_messages()
    channel.finish()


async def test_awaiting_fire_waits_until_the_next_handler_is_done() -> None:
    """ctx.fire_channel_read may be awaited."""
    gate = Gate()

    class Waits(ChannelHandler[Any]):
        done = False

        async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            await ctx.fire_channel_read(msg)
            self.done = True

    waits = Waits()
    channel = embedded(waits, gate)
    channel.write_inbound("a")
    await turn()
    assert not waits.done
    gate.gate.set()
    await turn()
    assert waits.done
    channel.finish()


async def test_a_callback_may_await_an_event_that_comes_back_to_its_own_handler() -> None:
    """The event has its turn after the callback, so waiting for it inside must not wait for ever."""

    class Round(ChannelHandler[Any]):
        log: list[Any] = []

        async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            await ctx.pipeline.fire_user_event_triggered("round")
            self.log.append("read over")

        async def user_event_triggered(self, ctx: ChannelHandlerContext, event: object) -> None:
            self.log.append(event)

    handler = Round()
    channel = embedded(handler)
    channel.write_inbound("a")
    await turn()
    assert ["read over", "round"] == handler.log
    channel.finish()


# Back-pressure of the mailbox.


async def test_a_full_mailbox_stops_reading_and_an_emptied_one_starts_it_again() -> None:
    """Past the limit the channel holds its reading; at half of it, it reads again; nothing is dropped."""
    config = ChannelConfig()
    config.mailbox_limit = 4
    gate = Gate()
    channel = embedded(gate, config=config)
    for msg in range(5):
        channel.pipeline().fire_channel_read(msg)
    assert channel.is_reading
    channel.pipeline().fire_channel_read(5)
    assert not channel.is_reading
    gate.gate.set()
    await turn()
    assert channel.is_reading
    assert list(range(6)) == channel.inbound_messages()
    channel.finish()


async def test_two_full_mailboxes_hold_reading_until_both_have_room() -> None:
    """Each holds for itself."""
    config = ChannelConfig()
    config.mailbox_limit = 1

    class Outlet(Gate):
        async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            ctx.fire_channel_read(msg)
            await self.gate.wait()

    first, second = Outlet(), Gate()
    channel = embedded(first, second, config=config)
    second_context = channel.pipeline().context(first)
    for _ in range(3):
        second_context.fire_channel_read("direct")
    for _ in range(3):
        channel.pipeline().fire_channel_read("through")
    assert not channel.is_reading
    first.gate.set()
    await turn()
    assert not channel.is_reading
    second.gate.set()
    await turn()
    assert channel.is_reading
    channel.finish()


async def test_a_handler_removed_with_a_full_mailbox_gives_its_hold_back() -> None:
    """Its events pass on, and the channel reads again."""
    config = ChannelConfig()
    config.mailbox_limit = 1
    gate = Gate()
    channel = embedded(gate, config=config)
    channel.write_inbound("a", "b", "c", "d")
    assert not channel.is_reading
    await turn()
    channel.pipeline().remove(gate)
    await turn()
    assert channel.is_reading
    assert ["b", "c", "d"] == channel.inbound_messages()
    channel.finish()


async def test_long_chains_of_events_need_no_stack() -> None:
    """An event caused by a callback for its own handler takes a turn of the mailbox, not a frame."""

    class Counts(ChannelHandler[Any]):
        count = 0

        async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            self.count += 1
            if self.count == msg:
                await asyncio.sleep(0)
            if self.count < 5000:
                ctx.pipeline.fire_channel_read(msg)

    for suspends_at in (0, 1):
        counts = Counts()
        channel = embedded(counts)
        channel.receive(suspends_at)
        while channel.pipeline().has_mail():  # noqa: ASYNC110  # each turn of the loop goes on with what its budget allows
            await asyncio.sleep(0)
        assert 5000 == counts.count
        channel.finish()


async def test_a_pipeline_of_sixty_coroutine_handlers_passes_messages_on() -> None:
    """Each in a step of its own on one stack."""

    class Passes(ChannelHandler[Any]):
        async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            ctx.fire_channel_read(msg)

    channel = embedded(*[Passes() for _ in range(60)])
    channel.receive("a")
    assert ["a"] == channel.inbound_messages()
    channel.finish()


async def test_one_sharable_handler_has_a_queue_for_each_place_it_stands_in() -> None:
    """In two channels, and twice in one."""

    class Adds(ChannelHandler[Any]):
        sharable = True

        async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            await asyncio.sleep(0)
            ctx.fire_channel_read(msg + 1)

    adds = Adds()
    first, second = embedded(adds, adds), embedded(adds)
    first.write_inbound(1, 5)
    second.write_inbound(1)
    await turn()
    assert ([3, 7], [2]) == (first.inbound_messages(), second.inbound_messages())
    first.finish()
    second.finish()


async def test_two_channels_may_share_a_lock() -> None:
    """asyncio's primitives work across channels of one loop."""
    lock, log = asyncio.Lock(), []

    class Locks(ChannelHandler[Any]):
        async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            async with lock:
                log.append(f"+{msg}")
                await asyncio.sleep(0)
                log.append(f"-{msg}")

    first, second = embedded(Locks()), embedded(Locks())
    for n in range(3):
        first.receive(f"a{n}")
        second.receive(f"b{n}")
    for _ in range(3):
        await turn()
    assert 12 == len(log)
    assert [f"-{entry[1:]}" for entry in log[::2]] == log[1::2]
    first.finish()
    second.finish()
