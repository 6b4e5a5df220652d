"""EmbeddedChannel: a pipeline in memory, whose network and clock belong to the test."""

import asyncio
from typing import Any

import pytest

from pyboot.components.netty.channel import ChannelConfig, ChannelHandler, ChannelHandlerContext, EmbeddedChannel
from pyboot.components.netty.channel.promise import ChannelPromise
from pyboot.components.netty.errors import ClosedChannelError, NotYetConnectedError


class Life(ChannelHandler[Any]):
    """Logs the life of its channel."""

    def __init__(self) -> None:
        self.log: list[str] = []

    def handler_added(self, ctx: ChannelHandlerContext) -> None:
        self.log.append("added")

    def channel_registered(self, ctx: ChannelHandlerContext) -> None:
        self.log.append("registered")

    def channel_active(self, ctx: ChannelHandlerContext) -> None:
        self.log.append("active")

    def channel_inactive(self, ctx: ChannelHandlerContext) -> None:
        self.log.append("inactive")

    def channel_unregistered(self, ctx: ChannelHandlerContext) -> None:
        self.log.append("unregistered")

    def handler_removed(self, ctx: ChannelHandlerContext) -> None:
        self.log.append("removed")


class Shout(ChannelHandler[Any]):
    """Makes everything upper case, both ways."""

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        ctx.fire_channel_read(msg.upper())

    def write(self, ctx: ChannelHandlerContext, msg: Any, promise: ChannelPromise | None) -> None:
        ctx.write(msg.upper(), promise)


def test_it_is_registered_and_active_from_the_start() -> None:
    """Its handlers saw it."""
    life = Life()
    channel = EmbeddedChannel(life)
    assert ["added", "registered", "active"] == life.log
    assert (True, True, True) == (channel.is_open, channel.is_active, channel.is_registered)


def test_it_can_start_without_being_active() -> None:
    """And become it."""
    life = Life()
    channel = EmbeddedChannel(life, active=False)
    assert ["added", "registered"] == life.log
    channel.activate()
    assert ["added", "registered", "active"] == life.log


@pytest.mark.parametrize("way", ["close", "disconnect", "finish", "lose", "abort"])
def test_every_end_is_inactive_unregistered_removed(way: str) -> None:
    """In this order, once."""
    life = Life()
    channel = EmbeddedChannel(life)
    life.log.clear()
    end = channel.pipeline().disconnect if way == "disconnect" else getattr(channel, way)
    end()
    channel.run_pending_tasks()
    channel.close()
    assert ["inactive", "unregistered", "removed"] == life.log
    assert channel.close_future.is_success


def test_a_channel_that_was_never_active_is_not_inactive() -> None:
    """Only unregistered."""
    life = Life()
    channel = EmbeddedChannel(life, active=False)
    life.log.clear()
    channel.close()
    assert ["unregistered", "removed"] == life.log


def test_messages_go_in_and_out() -> None:
    """Inbound at the tail, outbound at the head; each call tells whether any came out."""
    channel = EmbeddedChannel(Shout())
    assert channel.write_inbound("a", "b")
    assert ["A", "B"] == channel.inbound_messages()
    assert ["A", "B", None] == [channel.read_inbound() for _ in range(3)]
    assert channel.write_outbound(b"a", b"b")
    assert [b"A", b"B"] == channel.outbound_messages()
    assert [b"A", b"B", None] == [channel.read_outbound() for _ in range(3)]
    assert not channel.write_outbound()


def test_any_object_may_be_written() -> None:
    """So that encoders can be tested one by one."""
    channel = EmbeddedChannel()
    message = object()
    channel.write_outbound(message)
    assert message is channel.read_outbound()


def test_outbound_bytes_are_joined_and_taken() -> None:
    """Buffers too."""
    channel = EmbeddedChannel()
    buffer = channel.allocate_bytebuffer(2)
    buffer.write_bytes(b"cd")
    channel.write_outbound(b"a", bytearray(b"b"), buffer, memoryview(b"e"))
    buffer = channel.allocator.buffer(8).write_bytes(b"f")
    channel.write_outbound(buffer)
    assert b"abcdef" == channel.outbound_bytes()
    assert 0 == buffer.ref_count
    assert b"" == channel.outbound_bytes()


def test_an_error_nobody_caught_is_raised_by_the_call_that_caused_it() -> None:
    """Once."""

    class Fails(ChannelHandler[Any]):
        def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            raise ValueError(msg)

    channel = EmbeddedChannel(Fails())
    with pytest.raises(ValueError, match="a"):
        channel.write_inbound("a")
    channel.check_exception()


def test_the_error_of_a_write_is_raised_by_write_outbound() -> None:
    """The first one."""

    class Fails(ChannelHandler[Any]):
        def write(self, ctx: ChannelHandlerContext, msg: Any, promise: ChannelPromise | None) -> None:
            raise ValueError(msg)

    with pytest.raises(ValueError, match="a"):
        EmbeddedChannel(Fails()).write_outbound("a", "b")


def test_a_closed_channel_takes_nothing_more() -> None:
    """Neither way (ensureOpen)."""
    channel = EmbeddedChannel()
    channel.close()
    with pytest.raises(ClosedChannelError):
        channel.write_outbound(b"a")
    with pytest.raises(ClosedChannelError):
        channel.write_inbound(b"a")
    assert not channel.finish()


def test_finish_tells_whether_messages_are_left() -> None:
    """Of either kind."""
    channel = EmbeddedChannel()
    channel.write_inbound("a")
    assert channel.finish()
    assert "a" == channel.read_inbound()
    assert not EmbeddedChannel().finish()


def test_a_handler_may_close_in_every_callback() -> None:
    """Also re-entrantly: each event once."""

    class Closes(Life):
        def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            ctx.close()
            ctx.channel.close()

        def channel_inactive(self, ctx: ChannelHandlerContext) -> None:
            super().channel_inactive(ctx)
            ctx.close()

    life = Closes()
    channel = EmbeddedChannel(life)
    life.log.clear()
    channel.write_inbound("a")
    assert ["inactive", "unregistered", "removed"] == life.log


def test_a_held_network_keeps_what_was_flushed_until_it_is_released() -> None:
    """Pending bytes are counted meanwhile."""
    channel = EmbeddedChannel()
    channel.hold_network()
    channel.write_outbound(b"a")
    channel.write_outbound(b"b")
    assert [] == channel.outbound_messages()
    assert 2 * 97 == channel.outbound.pending
    channel.release_network()
    assert [b"a", b"b"] == channel.outbound_messages()


def test_a_cancelled_write_does_not_come_out() -> None:
    """As it would never reach a network."""
    channel = EmbeddedChannel()
    promise = channel.new_promise()
    channel.write(b"a")
    channel.write(b"b", promise)
    channel.write(b"c")
    promise.cancel()
    channel.flush()
    assert [b"a", b"c"] == channel.outbound_messages()


def test_what_was_written_too_early_does_not_come_out_later() -> None:
    """The failed write is forgotten."""
    channel = EmbeddedChannel(active=False)
    with pytest.raises(NotYetConnectedError):
        channel.write_outbound(b"early")
    channel.activate()
    channel.write_outbound(b"in time")
    assert [b"in time"] == channel.outbound_messages()


def test_what_failed_with_the_channel_does_not_come_out() -> None:
    """Not even when the network goes on."""
    channel = EmbeddedChannel()
    channel.hold_network()
    promise = channel.new_promise()
    channel.write_and_flush(b"a", promise)
    channel.abort()
    channel.release_network()
    assert [] == channel.outbound_messages()
    assert isinstance(promise.error, ClosedChannelError)


def test_a_handler_may_flush_when_the_channel_turns_unwritable() -> None:
    """The message that did it is in the queue already."""

    class Flushes(ChannelHandler[Any]):
        def channel_writability_changed(self, ctx: ChannelHandlerContext) -> None:
            ctx.flush()

    config = ChannelConfig()
    config.low_water_mark, config.high_water_mark = 5, 10
    channel = EmbeddedChannel(Flushes(), config=config)
    channel.write(b"a")
    assert [b"a"] == channel.outbound_messages()
    assert channel.is_writable


def test_reading_is_asked_for_once_at_the_start() -> None:
    """With auto_read, and not without."""
    assert 1 == EmbeddedChannel().reads
    config = ChannelConfig()
    config.auto_read = False
    channel = EmbeddedChannel(config=config)
    assert (0, False) == (channel.reads, channel.is_reading)


def test_one_read_is_one_message_where_auto_read_is_off() -> None:
    """`receive` is what a transport would do."""
    config = ChannelConfig()
    config.auto_read = False
    channel = EmbeddedChannel(config=config)
    channel.read()
    assert channel.is_reading
    channel.receive("a")
    assert not channel.is_reading


def test_a_read_asked_for_in_the_callback_keeps_reading() -> None:
    """netty-map 3.4."""

    class Reads(ChannelHandler[Any]):
        def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            ctx.read()

    config = ChannelConfig()
    config.auto_read = False
    channel = EmbeddedChannel(Reads(), config=config)
    channel.read()
    channel.receive("a")
    assert channel.is_reading


def test_timers_of_handlers_follow_the_turned_clock() -> None:
    """call_later of the channel's loop."""

    class Later(ChannelHandler[Any]):
        def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            ctx.channel.loop.call_later(10, ctx.fire_channel_read, msg)

    channel = EmbeddedChannel(Later())
    channel.write_inbound("a")
    channel.advance_time(9.9)
    assert [] == channel.inbound_messages()
    channel.advance_time(0.1)
    assert ["a"] == channel.inbound_messages()


def test_a_coroutine_handler_sleeps_by_the_turned_clock() -> None:
    """No real time passes."""

    class Sleeps(ChannelHandler[Any]):
        async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            await asyncio.sleep(3600)
            ctx.fire_channel_read(msg)

    channel = EmbeddedChannel(Sleeps())
    channel.write_inbound("a", "b")
    channel.advance_time(3600)
    assert ["a"] == channel.inbound_messages()
    channel.advance_time(3600)
    assert ["a", "b"] == channel.inbound_messages()
    channel.finish()


def test_finish_forgets_timers() -> None:
    """Nothing of a finished channel runs later."""
    log: list[str] = []
    channel = EmbeddedChannel()
    channel.loop.call_later(1, log.append, "late")
    channel.finish()
    channel.advance_time(2)
    assert [] == log


async def test_it_works_inside_a_running_loop() -> None:
    """With its own loop and its own clock."""
    outer = asyncio.current_task()

    class Sleeps(ChannelHandler[Any]):
        async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            await asyncio.sleep(1)
            ctx.fire_channel_read(msg)

    channel = EmbeddedChannel(Sleeps())
    channel.write_inbound("a")
    channel.advance_time(1)
    assert ["a"] == channel.inbound_messages()
    assert outer is asyncio.current_task()
    channel.finish()


def test_a_handler_may_use_its_channel_from_inside_a_callback() -> None:
    """Operations of the embedded channel nest."""

    class Nests(ChannelHandler[Any]):
        def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            ctx.channel.write_and_flush(msg)

        async def user_event_triggered(self, ctx: ChannelHandlerContext, event: Any) -> None:
            ctx.channel.write_and_flush(event)
            await asyncio.sleep(0)
            ctx.channel.write_and_flush(event)

    channel = EmbeddedChannel(Nests())
    channel.write_inbound(b"a")
    channel.pipeline().fire_user_event_triggered(b"e")
    channel.run_pending_tasks()
    assert b"aee" == channel.outbound_bytes()


def test_a_channel_made_for_another_loop_is_not_turned() -> None:
    """The clock of a real loop cannot be."""
    loop = asyncio.new_event_loop()
    try:
        channel = EmbeddedChannel(loop=loop)
        with pytest.raises(AssertionError, match="cannot be turned"):
            channel.advance_time(1)
    finally:
        loop.close()


def test_a_peer_may_take_some_bytes_of_what_was_flushed() -> None:
    """A slow reader: messages that it has whole are there, across runs."""
    channel = EmbeddedChannel()
    channel.hold_network()
    for message in (b"abc", b"de", b"f"):
        channel.write_and_flush(message)
    channel.take_bytes(4)
    assert [b"abc"] == channel.outbound_messages()
    channel.take_bytes(1)
    assert [b"abc", b"de"] == channel.outbound_messages()
    channel.take_bytes(10)
    assert b"abcdef" == channel.outbound_bytes()
    channel.take_bytes(1)


def test_a_clock_that_jumps_runs_its_timers_late() -> None:
    """As those of a process that was stopped."""
    channel, log = EmbeddedChannel(), list[float]()
    channel.loop.call_later(1, lambda: log.append(channel.loop.time()))
    channel.jump_time(5)

    assert [5.0] == log


def test_what_a_timer_raises_is_raised_by_whoever_turns_the_clock() -> None:
    """It would be lost in the loop's own log."""

    class Late(ChannelHandler[Any]):
        def channel_active(self, ctx: ChannelHandlerContext) -> None:
            ctx.channel.loop.call_later(5, lambda: {}["absent"])

    channel = EmbeddedChannel(Late())

    channel.advance_time(4)
    with pytest.raises(KeyError, match="absent"):
        channel.advance_time(1)
    channel.check_exception()


def test_what_a_forgotten_task_raises_is_raised() -> None:
    """By the call that made it due."""

    async def fail() -> None:
        raise ValueError("forgotten")

    class Starting(ChannelHandler[Any]):
        def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            ctx.channel.loop.create_task(fail())

    with pytest.raises(ValueError, match="forgotten"):  # noqa: PT012  the collector may tell at the end only
        channel = EmbeddedChannel(Starting())
        channel.write_inbound(b"go")
        channel.finish()


def test_what_a_kept_task_raises_is_raised_at_the_end_unless_somebody_asked() -> None:
    """Until then somebody may."""

    async def fail() -> None:
        raise ValueError("kept")

    channel, other = EmbeddedChannel(), EmbeddedChannel()
    task, asked = channel.loop.create_task(fail()), other.loop.create_task(fail())
    channel.run_pending_tasks()
    other.run_pending_tasks()

    assert "kept" == str(asked.exception())
    other.finish()
    with pytest.raises(ValueError, match="kept"):
        channel.finish()
    assert task.done()
