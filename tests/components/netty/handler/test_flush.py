"""FlushConsolidationHandler: Netty's FlushConsolidationHandlerTest, three flushes at most held back."""

from collections.abc import Callable
from typing import Any

import pytest

from pyboot.components.netty.channel.context import ChannelHandlerContext
from pyboot.components.netty.channel.embedded.channel import EmbeddedChannel
from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.components.netty.handler.flush import FlushConsolidationHandler


class Count(ChannelHandler[Any]):
    """Counts the flushes that reach the network."""

    def __init__(self) -> None:
        self.flushes = 0

    def flush(self, ctx: ChannelHandlerContext) -> Any:
        self.flushes += 1
        return ctx.flush()


def opened(outside_reads: bool = False) -> tuple[EmbeddedChannel, Count]:
    """A channel whose flushes are counted."""
    count = Count()
    return EmbeddedChannel(count, FlushConsolidationHandler(3, outside_reads)), count


def test_flush_via_scheduled_task() -> None:
    """Netty: outside of reads they wait for the loop."""
    channel, count = opened(outside_reads=True)
    with channel._acting():
        channel.pipeline().flush()
        channel.pipeline().flush()
        assert 0 == count.flushes
    assert 1 == count.flushes


def test_flush_via_threshold_outside_of_read_loop() -> None:
    """Netty: the third does not wait."""
    channel, count = opened(outside_reads=True)
    with channel._acting():
        for _ in range(3):
            channel.pipeline().flush()
        assert 1 == count.flushes
    assert 1 == count.flushes


def test_immediate_flush_outside_of_read_loop() -> None:
    """Netty: by default nothing is held back there."""
    channel, count = opened()
    channel.flush()
    channel.flush()

    assert 2 == count.flushes


def test_flush_via_read_complete() -> None:
    """Netty: one flush for a read."""
    channel, count = opened()
    channel.pipeline().fire_channel_read("a")
    channel.pipeline().flush()
    channel.pipeline().flush()
    assert 0 == count.flushes
    channel.pipeline().fire_channel_read_complete()
    assert 1 == count.flushes
    channel.pipeline().fire_channel_read_complete()
    assert 1 == count.flushes


def test_flush_via_threshold_in_read_loop() -> None:
    """A read of many messages is not answered in one piece only."""
    channel, count = opened()
    channel.pipeline().fire_channel_read("a")
    for _ in range(7):
        channel.pipeline().flush()
    assert 2 == count.flushes
    channel.pipeline().fire_channel_read_complete()
    assert 3 == count.flushes


def unwritable(channel: EmbeddedChannel) -> None:
    """Turns the channel unwritable."""
    channel.outbound.set_user_defined_writability(1, False)


@pytest.mark.parametrize(
    "event",
    [
        lambda channel: channel.pipeline().close(),
        lambda channel: channel.pipeline().disconnect(),
        lambda channel: channel.pipeline().remove(FlushConsolidationHandler),
        lambda channel: channel.pipeline().fire_exception_caught(ValueError()),
        unwritable,
    ],
    ids=["close", "disconnect", "removal", "exception", "unwritable"],
)
def test_nothing_is_held_back_across_it(event: Callable[[EmbeddedChannel], Any]) -> None:
    """Netty: testFlushViaClose, ViaDisconnect, ViaException, ViaRemoval."""
    channel, count = opened()
    channel.pipeline().fire_channel_read("a")
    channel.pipeline().flush()
    assert 0 == count.flushes
    event(channel)

    assert 1 == count.flushes


def test_what_is_flushed_at_the_end_of_a_read_belongs_to_it() -> None:
    """By a handler behind."""

    class AtTheEnd(ChannelHandler[Any]):
        def channel_read_complete(self, ctx: ChannelHandlerContext) -> None:
            ctx.flush()

    channel, count = opened()
    channel.pipeline().add_last(AtTheEnd())
    channel.write_inbound("a")

    assert 1 == count.flushes


def test_a_limit_below_one_is_refused() -> None:
    """When the handler is made."""
    with pytest.raises(ValueError, match="explicit_flush_after_flushes 0"):
        FlushConsolidationHandler(0)


def test_resend() -> None:
    """Netty: what a listener of one write sends is sent too."""
    channel, _ = opened(outside_reads=True)
    with channel._acting():
        promise = channel.new_promise()
        promise.add_listener(lambda _: channel.write_and_flush(b"2"))
        channel.pipeline().write_and_flush(b"1", promise)

    assert [b"1", b"2"] == [bytes(message) for message in channel.outbound_messages()]
