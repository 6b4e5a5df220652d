"""Writing: the order of what is flushed, the turn of the loop, and what is told of a write that failed."""

import asyncio
from typing import Any

from pyboot.components.netty.channel import ChannelConfig, ChannelHandler, ChannelHandlerContext, EmbeddedChannel
from pyboot.components.netty.channel.event import ChannelEvent
from pyboot.components.netty.channel.life.budget import TURN_CALLS
from pyboot.components.netty.channel.promise import ChannelPromise
from pyboot.components.netty.errors import ClosedChannelError, OutboundOverflowError
from tests.components.netty.life import Life, kinds
from tests.components.netty.suspending import embedded


async def test_who_writes_because_something_was_written_gives_the_loop_its_turn() -> None:
    """A listener that writes the next message, on a network that takes everything at once, is a loop without a ``while``."""
    channel = embedded()
    left, at_once = 10 * TURN_CALLS, 0

    def write_next(_: ChannelPromise) -> None:
        nonlocal left, at_once
        at_once += 1
        if left:
            left -= 1
            channel.write_and_flush(b"x", channel.new_promise().add_listener(write_next))

    channel.begin_turn()
    write_next(channel.new_promise())
    most = 0
    while left:
        most, at_once = max(most, at_once), 0
        await asyncio.sleep(0)

    assert TURN_CALLS <= most <= TURN_CALLS + 1
    channel.finish()


def test_a_flush_inside_a_flush_changes_no_order() -> None:
    """Acceptance case 5."""

    class Nested(ChannelHandler[Any]):
        done = False

        def channel_writability_changed(self, ctx: ChannelHandlerContext) -> None:
            if not self.done:
                self.done = True
                ctx.write_and_flush(b"nested")

    config = ChannelConfig()
    config.low_water_mark, config.high_water_mark = 5, 10
    channel = EmbeddedChannel(Nested(), config=config)
    channel.hold_network()
    channel.write_and_flush(b"first")
    channel.write_and_flush(b"second")
    channel.release_network()
    assert b"firstnestedsecond" == channel.outbound_bytes()
    assert 0 == channel.outbound.pending


def test_a_write_that_the_network_takes_is_complete_when_the_flush_returns() -> None:
    """No turn of the loop in between."""
    channel = EmbeddedChannel()
    promise = channel.new_promise()
    channel.write(b"a", promise)
    assert not promise.is_done
    channel.flush()
    assert promise.is_success


def test_the_events_of_the_published_package_are_fired_where_somebody_listens() -> None:
    """In its order and under its names."""
    log: list[Any] = []

    class Listens(ChannelHandler[Any]):
        def channel_event(self, ctx: ChannelHandlerContext, event: ChannelEvent, *arguments: Any) -> None:
            log.append((event.name, *arguments))

        def channel_write_complete(self, ctx: ChannelHandlerContext) -> None:
            log.append("complete")

    channel = EmbeddedChannel(Listens())
    channel.receive(b"a")
    channel.write_and_flush(b"b")
    channel.close()
    assert [("CONNECTED",), ("READ_DO", b"a"), ("WRITE_DO",), "complete", ("DISCONNECTED",)] == log


def test_writes_that_nobody_waits_for_are_reported_once_when_they_are_lost() -> None:
    """With their number."""
    life = Life()
    channel = EmbeddedChannel(life)
    life.log.clear()
    for _ in range(3):
        channel.write(b"a")
    channel.close()
    errors = [entry for entry in life.log if isinstance(entry, Exception)]
    assert [ClosedChannelError] == [type(error) for error in errors]
    assert str(errors[0]).startswith("3 written messages were not delivered")


def test_a_handlers_error_before_a_close_is_still_reported() -> None:
    """An encoder's error is a bug of ours, whether the channel closes right behind it or not."""

    class Encoder(ChannelHandler[Any]):
        def write(self, ctx: ChannelHandlerContext, msg: Any, promise: ChannelPromise | None) -> None:
            raise ValueError(msg)

    life = Life()
    channel = EmbeddedChannel(life, Encoder())

    class Answers(ChannelHandler[Any]):
        def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            ctx.write_and_flush(msg)
            ctx.close()

    channel.pipeline().add_last(Answers())
    life.log.clear()
    channel.write_inbound("bad")
    assert ValueError in kinds(life.log)


def test_a_flood_past_the_hard_limit_is_reported_once() -> None:
    """Every further write fails for the same reason, until there is room again."""
    config = ChannelConfig()
    config.low_water_mark, config.high_water_mark, config.write_buffer_limit = 100, 200, 300
    life = Life()
    channel = EmbeddedChannel(life, config=config)
    channel.hold_network()
    life.log.clear()
    for _ in range(50):
        channel.write_and_flush(b"x" * 50)
    assert 1 == kinds(life.log).count(OutboundOverflowError)
    channel.release_network()
    channel.hold_network()
    for _ in range(50):
        channel.write_and_flush(b"x" * 50)
    assert 2 == kinds(life.log).count(OutboundOverflowError)


def test_a_flushed_byte_more_is_no_writability_event_after_the_end() -> None:
    """No events during the end (netty-map 3.6)."""
    config = ChannelConfig()
    config.low_water_mark, config.high_water_mark = 5, 10
    life = Life()
    channel = EmbeddedChannel(life, config=config)
    channel.hold_network()
    channel.write_and_flush(b"a")
    life.log.clear()
    channel.abort()
    channel.run_pending_tasks()
    assert ["inactive", "unregistered", "removed"] == [entry for entry in life.log if not isinstance(entry, Exception)]
