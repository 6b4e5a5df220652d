"""Writes that cannot leave yet: in order, counted, cancellable, bounded."""

import asyncio
from typing import Any

import pytest

from pyboot.components.netty.buffer.byte_buffer import ByteBuffer
from pyboot.components.netty.buffer.composite import CompositeByteBuffer
from pyboot.components.netty.channel.config import ChannelConfig
from pyboot.components.netty.channel.context import ChannelHandlerContext
from pyboot.components.netty.channel.embedded.channel import EmbeddedChannel
from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.components.netty.channel.promise import ChannelPromise
from pyboot.components.netty.errors import ClosedChannelError, OutboundOverflowError, UnsupportedMessageError
from pyboot.components.netty.handler.tls.pending import PendingWrites


class Keeper(ChannelHandler[Any]):
    """Keeps what is written; a flush lets out what was flushed."""

    def __init__(self) -> None:
        self.writes = PendingWrites()
        self.flushes = 0
        self.ctx: ChannelHandlerContext

    def handler_added(self, ctx: ChannelHandlerContext) -> None:
        self.ctx = ctx

    def write(self, ctx: ChannelHandlerContext, msg: Any, promise: ChannelPromise | None) -> Any:
        return self.writes.add(ctx, msg, promise)

    def flush(self, ctx: ChannelHandlerContext) -> None:
        self.flushes += 1
        self.writes.mark_flushed()
        while (run := self.writes.next_run(ctx.channel)) is not None:
            ctx.write(run[0])
        ctx.flush()


def keeping(**rules: int) -> tuple[EmbeddedChannel, Keeper]:
    """A channel whose writes are kept."""
    config = ChannelConfig()
    for name, value in rules.items():
        setattr(config, name, value)
    keeper = Keeper()
    return EmbeddedChannel(keeper, config=config), keeper


def test_only_what_was_flushed_comes_out_joined() -> None:
    """In the order it was written, with the promises of it."""
    channel, keeper = keeping()
    promises = [channel.new_promise() for _ in range(3)]
    for message, promise in zip((ByteBuffer(b"a"), b"b", bytearray(b"c")), promises, strict=True):
        channel.write(message, promise)
    keeper.writes.mark_flushed()
    channel.write(CompositeByteBuffer().add_component(ByteBuffer(b"later")))

    assert (b"abc", promises) == keeper.writes.next_run(channel)
    assert keeper.writes.next_run(channel) is None
    assert not keeper.writes.has_flushed()
    channel.flush()
    assert b"later" == channel.outbound_bytes()


def test_a_long_message_comes_alone() -> None:
    """Piece by piece, so that no ciphertext is longer than four records; others are joined."""
    channel, keeper = keeping(high_water_mark=1 << 30)
    for message in (b"a", bytes(300_000), b"b", b"c"):
        channel.write(message)
    keeper.writes.mark_flushed()

    runs = []
    while (run := keeper.writes.next_run(channel)) is not None:
        runs.append(len(run[0]))
    assert [1, 65536, 65536, 65536, 65536, 37856, 2] == runs


def test_a_write_that_was_cancelled_never_comes_out() -> None:
    """After its flush it is too late."""
    channel, keeper = keeping()
    early, late = channel.new_promise(), channel.new_promise()
    channel.write(b"early", early)
    channel.write(b"late", late)
    early.cancel()
    keeper.writes.mark_flushed()

    assert not late.cancel()
    assert (b"late", [late]) == keeper.writes.next_run(channel)


def test_what_waits_counts_for_writability() -> None:
    """Past the high mark the channel is unwritable, and flushes by itself, for somebody may wait for room."""
    channel, keeper = keeping(low_water_mark=100, high_water_mark=200)
    channel.write(b"x" * 30)
    seen = [channel.is_writable]
    keeper.writes.add(keeper.ctx, b"x" * 100, None)
    seen.append(channel.is_writable)
    channel.run_pending_tasks()

    assert [True, False] == seen
    assert (1, True) == (keeper.flushes, channel.is_writable)
    assert 130 == len(channel.outbound_bytes())


async def test_who_awaits_a_write_need_not_flush() -> None:
    """As with every write."""
    keeper = Keeper()
    channel = EmbeddedChannel(keeper, loop=asyncio.get_running_loop())
    await channel.write(b"awaited")
    await asyncio.sleep(0)

    assert b"awaited" == channel.outbound_bytes()


def test_a_write_past_the_hard_limit_fails() -> None:
    """What is pending in the channel itself counts too."""
    channel, keeper = keeping(high_water_mark=200, write_buffer_limit=1000)
    channel.hold_network()
    channel.write(b"x" * 500)
    channel.flush()
    refused = channel.new_promise()
    channel.write(b"x" * 400, refused)

    assert isinstance(refused.error, OutboundOverflowError)
    assert keeper.writes.fail(channel, ClosedChannelError("over")) == 0


def test_what_is_no_bytes_is_refused() -> None:
    """A buffer's memory is released either way."""
    channel, _ = keeping()
    buffer = ByteBuffer(b"x")

    with pytest.raises(UnsupportedMessageError):
        channel.write_outbound("text")
    channel.write(buffer)
    assert 0 == buffer.ref_count


def test_what_is_failed_is_told_in_order() -> None:
    """Flushed or not; how many messages nobody waited for is given."""
    channel, keeper = keeping()
    told: list[int] = []
    for number in range(3):
        channel.write(b"x", channel.new_promise().add_listener(lambda _, number=number: told.append(number)))
    channel.write(b"unpromised")

    assert 1 == keeper.writes.fail_unflushed(channel, ClosedChannelError("over"))
    assert [0, 1, 2] == told
    assert [] == keeper.writes.take_all(channel)
