"""Traffic shaping, on a clock that is turned."""

import asyncio
import concurrent.futures
import random
import sys
import threading
from collections.abc import Callable
from typing import Any

import pytest

from pyboot.components.netty import Bootstrap, ChannelHandler, ChannelHandlerContext, EchoHandler, EventLoopGroup, ServerBootstrap
from pyboot.components.netty.buffer.byte_buffer import ByteBuffer
from pyboot.components.netty.buffer.composite import CompositeByteBuffer
from pyboot.components.netty.buffer.message import size_of
from pyboot.components.netty.channel.embedded.channel import EmbeddedChannel
from pyboot.components.netty.channel.envelope import DatagramPacket
from pyboot.components.netty.errors import ClosedChannelError
from pyboot.components.netty.handler.counting import ByteCountingHandler
from pyboot.components.netty.handler.traffic import (
    ChannelTrafficShapingHandler,
    GlobalChannelTrafficShapingHandler,
    GlobalTrafficShapingHandler,
)


def test_writes_keep_to_the_rate_in_order() -> None:
    """The first goes at once, each next one when those before have had their time."""
    channel = EmbeddedChannel(ChannelTrafficShapingHandler(write_limit=1000))
    for name in (b"a", b"b", b"c"):
        channel.write(name * 500)
    channel.flush()
    assert [500] == [len(message) for message in channel.outbound_messages()]
    channel.advance_time(0.5)
    assert [500, 500] == [len(message) for message in channel.outbound_messages()]
    channel.advance_time(0.5)

    assert b"a" * 500 + b"b" * 500 + b"c" * 500 == channel.outbound_bytes()


def test_time_that_nobody_used_is_not_saved_up() -> None:
    """An idle hour does not allow a burst."""
    channel = EmbeddedChannel(ChannelTrafficShapingHandler(write_limit=1000))
    channel.advance_time(3600)
    channel.write_outbound(bytes(1000), bytes(1000))

    assert 1 == len(channel.outbound_messages())


def test_reading_stops_for_as_long_as_it_was_too_much() -> None:
    """What came is passed on at once."""
    channel = EmbeddedChannel(ChannelTrafficShapingHandler(read_limit=1000))
    channel.receive(ByteBuffer(bytes(2000)))
    assert (1, False) == (len(channel.inbound_messages()), channel.is_reading)
    channel.advance_time(1.9)
    assert not channel.is_reading
    channel.advance_time(0.2)
    assert channel.is_reading


def test_what_comes_while_reading_is_stopped_makes_that_longer() -> None:
    """It was under way already. Afterwards reading is stopped again by the next that is too much."""
    channel = EmbeddedChannel(ChannelTrafficShapingHandler(read_limit=1000))
    for _ in range(2):
        channel.receive(ByteBuffer(bytes(1000)))
        channel.pipeline().fire_channel_read(ByteBuffer(bytes(500)))
        channel.advance_time(1.4)
        assert not channel.is_reading
        channel.advance_time(0.2)
        assert (True, None) == (channel.is_reading, channel.loop.next_timer())


def test_whoever_paused_reading_himself_is_not_disturbed() -> None:
    """The end of the wait does not switch it on."""
    channel = EmbeddedChannel(ChannelTrafficShapingHandler(read_limit=1000))
    channel.receive(ByteBuffer(bytes(2000)))
    channel.auto_read = False
    channel.advance_time(5)

    assert not channel.is_reading


def test_a_long_queue_makes_the_channel_unwritable() -> None:
    """By bytes or by time, until it is short again."""
    for handler in (
        ChannelTrafficShapingHandler(1000, max_write_bytes=1500),
        ChannelTrafficShapingHandler(1000, max_write_delay_seconds=1.5),
    ):
        channel = EmbeddedChannel(handler)
        for _ in range(4):
            channel.write(bytes(1000))
        channel.flush()
        assert not channel.is_writable
        channel.advance_time(10)
        assert channel.is_writable


def test_a_message_without_bytes_behind_a_long_queue_makes_it_no_shorter() -> None:
    """It waits for those before it, and the channel becomes writable when their end is near."""
    channel = EmbeddedChannel(ChannelTrafficShapingHandler(1000, max_write_delay_seconds=1.5))
    for message in (bytes(1000), bytes(1000), bytes(1000), bytes(1000), "text"):
        channel.write(message)
    channel.flush()
    told = []
    for _ in range(4):
        told.append((len(channel.outbound_messages()), channel.is_writable))
        channel.advance_time(1)

    assert [(1, False), (2, False), (3, True), (5, True)] == told


def test_nothing_waits_longer_than_allowed() -> None:
    """However far behind it is."""
    channel = EmbeddedChannel(ChannelTrafficShapingHandler(1, max_wait_seconds=2))
    channel.write(bytes(1000))
    channel.write(b"x")
    channel.flush()
    channel.advance_time(2)

    assert 2 == len(channel.outbound_messages())


def test_closing_sends_what_waits() -> None:
    """In order."""
    channel = EmbeddedChannel(ChannelTrafficShapingHandler(10))
    channel.write(b"first")
    channel.write(b"second")
    channel.flush()
    channel.finish()

    assert [b"first", b"second"] == channel.outbound_messages()


def test_removal_sends_what_waits() -> None:
    """Nobody else would."""
    channel = EmbeddedChannel(ChannelTrafficShapingHandler(10))
    channel.write(b"first")
    channel.write(b"second")
    channel.flush()
    channel.pipeline().remove(ChannelTrafficShapingHandler)

    assert [b"first", b"second"] == channel.outbound_messages()


def test_what_waits_fails_when_the_connection_breaks() -> None:
    """And is released."""
    channel = EmbeddedChannel(ChannelTrafficShapingHandler(10))
    buffer, promise = ByteBuffer(b"second"), channel.new_promise()
    channel.write_outbound(b"first")
    channel.write(buffer, promise)
    channel.abort()
    channel.run_pending_tasks()

    assert isinstance(promise.error, ClosedChannelError)
    assert 0 == buffer.ref_count


def test_channels_share_what_is_allowed_to_all() -> None:
    """One object, two channels."""
    shared = GlobalTrafficShapingHandler(write_limit=1000)
    one, two = EmbeddedChannel(shared), EmbeddedChannel(shared)
    one.write_outbound(bytes(1000))
    two.write_outbound(bytes(1000))
    assert (1, 0) == (len(one.outbound_messages()), len(two.outbound_messages()))
    two.advance_time(1)
    assert 1 == len(two.outbound_messages())


def test_loops_in_several_threads_share_it_too() -> None:
    """Whatever is counted at the same time is counted: four threads take turns as often as they can."""
    meter = GlobalTrafficShapingHandler(write_limit=1)._writes
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        threads = [threading.Thread(target=lambda: [meter.count(1, 0.0) for _ in range(5000)]) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)

    assert (20_000.0, 20_001.0) == meter.count(1, 0.0)


async def test_channels_on_loops_of_several_threads_deliver_everything() -> None:
    """One handler object, two connections, each on a loop of its own; each message goes in its turn."""
    shared = GlobalTrafficShapingHandler(write_limit=1_000_000)
    async with EventLoopGroup(2) as group:
        server = await ServerBootstrap().child_handler(lambda channel: channel.pipeline().add_last(EchoHandler())).bind("127.0.0.1", 0)
        bootstrap = Bootstrap().group(group).handler(lambda channel: channel.pipeline().add_last(shared, Collect()))
        channels = [await bootstrap.connect(*server.local_address()) for _ in range(2)]
        for channel in channels:
            for number in range(10):
                channel.write_and_flush(bytes([number]) * 4000)
        for channel in channels:
            await asyncio.wait_for(asyncio.wrap_future(channel.attributes["all"]), 10)
        assert 2 == len({channel.loop for channel in channels})
        await bootstrap.close()
        await server.close()

    assert {} == shared._channels


class Collect(ChannelHandler[Any]):
    """Waits for ten messages of 4000 bytes."""

    def __init__(self) -> None:
        self._got = b""

    def handler_added(self, ctx: ChannelHandlerContext) -> None:
        ctx.channel.attributes["all"] = concurrent.futures.Future()

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        self._got += bytes(msg)
        if len(self._got) == 40_000:
            assert b"".join(bytes([number]) * 4000 for number in range(10)) == self._got
            ctx.channel.attributes["all"].set_result(None)


def test_a_limit_of_none_shapes_nothing() -> None:
    """0 in both directions."""
    channel = EmbeddedChannel(ChannelTrafficShapingHandler())
    channel.write_outbound(bytes(1_000_000), "text")
    channel.receive(ByteBuffer(bytes(1_000_000)))

    assert (2, True) == (len(channel.outbound_messages()), channel.is_reading)


def test_negative_limits_are_refused() -> None:
    """When the handler is made."""
    for make in (lambda: ChannelTrafficShapingHandler(-1), lambda: GlobalChannelTrafficShapingHandler(0, 0, -1)):
        with pytest.raises(ValueError, match="limit of -1 bytes/s"):
            make()


def passed(channel: EmbeddedChannel) -> int:
    """How many bytes have been passed on."""
    return sum(map(size_of, channel.outbound_messages()))


def test_a_burst_of_any_length_keeps_to_the_rate() -> None:
    """Netty: however long it takes in all."""
    channel = EmbeddedChannel(ChannelTrafficShapingHandler(write_limit=1000))
    for _ in range(100):
        channel.write(bytes(1000))
    channel.flush()
    for second in range(100):
        assert (second + 1) * 1000 == passed(channel)
        channel.advance_time(1)


def buffer(data: bytes) -> ByteBuffer:
    """A buffer of the channel's own kind."""
    return ByteBuffer(data)


def composite(data: bytes) -> CompositeByteBuffer:
    """Two parts."""
    return CompositeByteBuffer([data[:1], data[1:]])


def packet(data: bytes) -> DatagramPacket:
    """A datagram."""
    return DatagramPacket(data, ("127.0.0.1", 9))


def packet_of_buffer(data: bytes) -> DatagramPacket:
    """A datagram of a buffer."""
    return DatagramPacket(ByteBuffer(data), ("127.0.0.1", 9))


@pytest.mark.parametrize("make", [bytes, bytearray, memoryview, buffer, composite, packet, packet_of_buffer])
def test_whatever_holds_bytes_counts_for_them(make: Callable[[bytes], Any]) -> None:
    """Written, read and counted by the same measure."""
    counter = ByteCountingHandler()
    channel = EmbeddedChannel(counter, ChannelTrafficShapingHandler(write_limit=1000, read_limit=1000))
    channel.write(make(bytes(1000)))
    channel.write(make(bytes(1000)))
    assert 1 == len(channel._written)
    channel.advance_time(1)
    assert 2 == len(channel._written)
    channel.receive(make(bytes(1000)))
    channel.advance_time(0.9)
    assert not channel.is_reading
    channel.advance_time(0.2)
    assert channel.is_reading
    assert (1000, 2000) == (counter.statistics().bytes_read, counter.statistics().bytes_written)


def timers_of(channel: EmbeddedChannel) -> int:
    """How many timers are set."""
    return sum(not timer.cancelled() for timer in channel.loop._scheduled)


def test_one_timer_at_a_time_serves_all_that_waits() -> None:
    """However much is written, and none is left behind by a close or a removal."""
    for end in ("time", "close", "remove"):
        channel = EmbeddedChannel(ChannelTrafficShapingHandler(write_limit=1000))
        for _ in range(10):
            channel.write(bytes(500))
            assert timers_of(channel) <= 1
        channel.flush()
        assert 1 == timers_of(channel)
        match end:
            case "time":
                channel.advance_time(10)
            case "close":
                channel.close()
            case "remove":
                channel.pipeline().remove(ChannelTrafficShapingHandler)
        assert (0, 5000) == (timers_of(channel), passed(channel)), end


def test_messages_wait_for_a_timer_together() -> None:
    """Of a thousand that could go a tenth of a millisecond apart, those of ten milliseconds go at once."""
    channel = EmbeddedChannel(ChannelTrafficShapingHandler(write_limit=1_000_000))
    for _ in range(1000):
        channel.write(bytes(100))
    channel.flush()
    times = 0
    for _ in range(120):
        before = passed(channel)
        channel.advance_time(0.001)
        times += passed(channel) != before

    assert 100_000 == passed(channel)
    assert times <= 11


def test_small_messages_wait_together_and_never_go_early() -> None:
    """A timer each would cost more than it brings."""
    channel = EmbeddedChannel(ChannelTrafficShapingHandler(write_limit=100_000))
    for _ in range(1000):
        channel.write(bytes(100))
    channel.flush()
    for _ in range(100):
        assert passed(channel) <= channel.loop.time() * 100_000 + 100 + 1e-6
        channel.advance_time(0.01)
    assert 100_000 == passed(channel)


@pytest.mark.parametrize("seed", range(30))
def test_any_schedule_of_writes_keeps_to_the_rate(seed: int) -> None:
    """A model: never more than the rate and one message, all of it in order, and not much later than it may."""
    chance = random.Random(seed)
    rate = chance.choice([100, 1000, 50_000])
    shared = GlobalChannelTrafficShapingHandler(rate, 0, chance.choice([0, rate // 2]))
    channels = [EmbeddedChannel(shared) for _ in range(3)]
    sizes: list[list[int]] = [[], [], []]
    largest = 0
    for _ in range(100):
        if chance.random() < 0.5:
            index = chance.randrange(3)
            for _ in range(chance.choice([1, 1, 20])):
                sizes[index].append(chance.randrange(1, rate))
                channels[index].write(bytes(sizes[index][-1]))
                largest = max(largest, sizes[index][-1])
            channels[index].flush()
        else:
            step = chance.random() * 3
            for channel in channels:
                channel.advance_time(step)
        now = channels[0].loop.time()
        assert sum(map(passed, channels)) <= rate * now + largest + 1e-6, seed
        for index, channel in enumerate(channels):
            gone = [size_of(message) for message in channel.outbound_messages()]
            assert sizes[index][: len(gone)] == gone, seed
    for channel in channels:
        channel.advance_time(sum(map(sum, sizes)) / rate * 4)
    assert sizes == [[size_of(message) for message in channel.outbound_messages()] for channel in channels]
    assert 0 == shared.queued_bytes
    assert all(channel.is_writable for channel in channels)


def test_each_channel_has_a_limit_besides_that_of_all() -> None:
    """The stricter one rules."""
    shared = GlobalChannelTrafficShapingHandler(write_limit=1500, write_channel_limit=1000, read_channel_limit=1000)
    one, two = EmbeddedChannel(shared), EmbeddedChannel(shared)
    for channel in (one, one, two):
        channel.write_outbound(bytes(1000))
    told = []
    for _ in range(8):
        told.append((passed(one), passed(two)))
        for channel in (one, two):
            channel.advance_time(0.25)
    assert [(1000, 0), (1000, 0), (1000, 0), (1000, 0), (2000, 0), (2000, 0), (2000, 1000), (2000, 1000)] == told

    one.receive(ByteBuffer(bytes(3000)))
    assert (False, True) == (one.is_reading, two.is_reading)


def test_too_much_in_all_channels_makes_those_that_write_unwritable() -> None:
    """Until it has gone."""
    shared = GlobalTrafficShapingHandler(1000, max_global_write_bytes=1500, max_write_delay_seconds=60)
    one, two = EmbeddedChannel(shared), EmbeddedChannel(shared)
    for channel in (one, one, two):
        channel.write_outbound(bytes(1000))
    assert (True, False, 2000) == (one.is_writable, two.is_writable, shared.queued_bytes)
    one.advance_time(2)
    two.advance_time(2)
    assert (True, 0) == (two.is_writable, shared.queued_bytes)


@pytest.mark.parametrize("end", ["remove", "abort"])
def test_nothing_is_kept_of_a_channel_that_is_gone(end: str) -> None:
    """Of a handler that was removed: what waits is sent, reading goes on. Of a channel that is lost: all of it fails."""
    shared = GlobalTrafficShapingHandler(1000, 1000)
    channel, promise = EmbeddedChannel(shared), None
    channel.write_outbound(bytes(1000))
    promise = channel.new_promise()
    channel.write(bytes(1000), promise)
    channel.flush()
    channel.receive(ByteBuffer(bytes(3000)))
    if end == "remove":
        channel.pipeline().remove(shared)
        assert (2000, True, True) == (passed(channel), channel.is_reading, promise.is_success)
    else:
        channel.abort()
        channel.run_pending_tasks()
        assert isinstance(promise.error, ClosedChannelError)
    assert ({}, 0, None) == (shared._channels, shared.queued_bytes, channel.loop.next_timer())
