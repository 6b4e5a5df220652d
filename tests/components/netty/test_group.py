"""Groups of channels: broadcast, matchers, who leaves by himself, who fails."""

import asyncio
import threading
from typing import Any

import pytest

from pyboot.components.netty import (
    ByteBuffer,
    ChannelGroup,
    ChannelGroupFuture,
    ChannelHandler,
    ChannelHandlerContext,
    ChannelMatchers,
    CompositeByteBuffer,
    EmbeddedChannel,
    EventLoopGroup,
    ServerBootstrap,
)
from pyboot.components.netty.errors import ChannelGroupError, ClosedChannelError


def group_of(*channels: Any) -> ChannelGroup:
    """A group with *channels* in it."""
    group = ChannelGroup("chat")
    for channel in channels:
        group.add(channel)
    return group


# The set.


def test_a_channel_is_in_once_until_it_closes() -> None:
    """It leaves by itself."""
    one, other = EmbeddedChannel(), EmbeddedChannel()
    group = group_of(one, other)

    assert not group.add(one)
    assert one in group
    assert other is group.find(other.id)
    assert [one, other] == list(group)

    one.finish()

    assert one not in group
    assert 1 == len(group)
    assert "<ChannelGroup chat: 1 channels>" == repr(group)


def test_a_channel_may_be_taken_out() -> None:
    """Once."""
    channel = EmbeddedChannel()
    group = group_of(channel)

    assert group.discard(channel)
    assert not group.discard(channel)
    assert group.find(channel.id) is None


def test_a_closed_channel_does_not_stay() -> None:
    """Though it was added late."""
    channel = EmbeddedChannel()
    channel.finish()

    assert 0 == len(group_of(channel))


# Broadcast.


def test_a_message_goes_to_every_connection() -> None:
    """And to those alone that the matcher picks."""
    one, other = EmbeddedChannel(), EmbeddedChannel()
    group = group_of(one, other)

    group.write_and_flush(b"to all")
    group.write_and_flush(b"to the other", ChannelMatchers.is_not(one))

    assert [b"to all"] == one.outbound_messages()
    assert [b"to all", b"to the other"] == other.outbound_messages()


@pytest.mark.parametrize("make", [lambda: ByteBuffer(bytearray(b"shared")), lambda: CompositeByteBuffer([b"sha", b"red"])])
def test_a_buffer_is_duplicated_for_each_and_released_once(make: Any) -> None:
    """Each reads with indices of its own; at the end nobody holds it."""
    one, other = EmbeddedChannel(), EmbeddedChannel()
    message = make()

    future = group_of(one, other).write_and_flush(message)

    assert future.is_success
    first, second = one.read_outbound(), other.read_outbound()
    assert b"shared" == bytes(first.read_bytes(6)) == bytes(second.read_bytes(6))
    assert 2 == message.ref_count
    assert not first.release()
    assert second.release()


@pytest.mark.parametrize("make", [lambda: ByteBuffer(bytearray(b"lost")), lambda: CompositeByteBuffer([b"lo", b"st"])])
def test_a_buffer_for_nobody_is_released(make: Any) -> None:
    """The group has taken it."""
    message = make()

    assert ChannelGroup().write(message).is_success
    assert 0 == message.ref_count


def test_what_was_written_goes_out_with_the_flush() -> None:
    """Of the channels that the matcher picks."""
    one, other = EmbeddedChannel(), EmbeddedChannel()
    group = group_of(one, other)

    future = group.write(b"word")
    assert [] == one.outbound_messages()
    group.flush(ChannelMatchers.is_(one))
    assert [b"word"] == one.outbound_messages()
    assert [] == other.outbound_messages()
    assert not future.is_done
    group.flush()

    assert future.is_success
    assert [b"word"] == other.outbound_messages()


async def test_awaiting_raises_the_error_of_each_channel_that_failed() -> None:
    """When all are over; the others got it."""

    class Refusing(ChannelHandler[Any]):
        """Writes nothing."""

        def write(self, ctx: ChannelHandlerContext, msg: Any, promise: Any) -> None:
            raise ValueError("no")

    good, bad = EmbeddedChannel(), EmbeddedChannel(Refusing())
    future = group_of(good, bad).write_and_flush(b"word")

    with pytest.raises(ChannelGroupError, match=r"1 of 2 channels failed, .* first: ValueError\('no'\)") as caught:
        await future

    assert [bad] == list(caught.value.failures)
    assert future.is_partial_success
    assert not future.is_success
    assert [b"word"] == good.outbound_messages()


def test_a_failure_that_nobody_awaits_is_told_to_the_channel() -> None:
    """By exception_caught."""

    class Refusing(ChannelHandler[Any]):
        """Writes nothing."""

        def write(self, ctx: ChannelHandlerContext, msg: Any, promise: Any) -> None:
            raise ValueError("no")

    bad = EmbeddedChannel(Refusing())
    group_of(bad).write_and_flush(b"word")

    with pytest.raises(ValueError, match="no"):
        bad.run_pending_tasks()


async def test_an_operation_on_nobody_is_over_at_once() -> None:
    """And a success."""
    future = ChannelGroup().write(b"word")

    await future
    assert future.is_success
    assert 0 == len(future)


# Closing.


async def test_listening_channels_close_first_and_are_not_written_to(listen: Any, connect: Any) -> None:
    """Nobody comes in while the others go."""
    order: list[str] = []
    group = ChannelGroup()
    active = asyncio.Event()

    class Member(ChannelHandler[Any]):
        """Joins the group."""

        def channel_active(self, ctx: ChannelHandlerContext) -> None:
            group.add(ctx.channel)
            ctx.channel.close_future.add_listener(lambda _: order.append("connection"))
            active.set()

    server = await listen(lambda channel: channel.pipeline().add_last(Member()))
    reader, _ = await connect(server)
    await active.wait()
    group.add(server)
    server.close_future.add_listener(lambda _: order.append("server"))

    await group.write_and_flush(b"bye")
    await group.close()

    assert b"bye" == await reader.read()
    assert ["server", "connection"] == order
    assert 0 == len(group)


def test_a_group_that_stays_closed_closes_who_comes_later() -> None:
    """A connection that slipped in."""
    group = ChannelGroup(stay_closed=True)
    group.close()
    late = EmbeddedChannel()

    group.add(late)

    assert not late.is_open
    assert 0 == len(group)


def test_a_group_may_be_used_again_after_its_channels_were_closed() -> None:
    """Unless it stays closed."""
    group = group_of(EmbeddedChannel())
    group.close()
    late = EmbeddedChannel()

    group.add(late)

    assert late.is_open


async def test_the_close_future_ends_when_all_are_closed_by_whomever() -> None:
    """One after the other."""
    one, other = EmbeddedChannel(), EmbeddedChannel()
    future = group_of(one, other).new_close_future()

    one.finish()
    assert not future.is_done
    other.finish()

    await future


def test_disconnecting_closes_connections() -> None:
    """As on a single channel."""
    channel = EmbeddedChannel()

    assert group_of(channel).disconnect().is_success
    assert not channel.is_open


async def test_a_channel_that_closes_during_a_broadcast_fails_alone() -> None:
    """The others get the message."""
    one, other = EmbeddedChannel(), EmbeddedChannel()
    group = group_of(one, other)
    one.hold_network()
    future = group.write_and_flush(b"word")
    waiting = asyncio.create_task(_wait(future))
    await asyncio.sleep(0)
    one.lose()

    with pytest.raises(ChannelGroupError) as caught:
        await waiting

    assert isinstance(caught.value.failures[one], ClosedChannelError)
    assert [b"word"] == other.outbound_messages()


async def _wait(future: ChannelGroupFuture) -> None:
    await future


# Threads.


async def test_channels_of_several_loops_are_written_to_from_any_thread(connect: Any) -> None:
    """Each in its own thread; a plain thread may block for the result."""
    group = ChannelGroup()
    joined = threading.Semaphore(0)

    class Member(ChannelHandler[Any]):
        """Joins the group."""

        def channel_active(self, ctx: ChannelHandlerContext) -> None:
            group.add(ctx.channel)
            joined.release()

    async with EventLoopGroup(2) as workers:
        bootstrap = ServerBootstrap().group(asyncio.get_running_loop(), workers)
        bootstrap.child_handler(lambda channel: channel.pipeline().add_last(Member()))
        server = await bootstrap.bind("127.0.0.1", 0)
        streams = [await connect(server) for _ in range(4)]
        for _ in streams:
            assert await asyncio.to_thread(joined.acquire, timeout=10)
        assert 2 == len({channel.loop for channel in group})

        await group.write_and_flush(b"one ")
        await asyncio.to_thread(lambda: group.write_and_flush(b"two").result(10))

        for reader, _ in streams:
            assert b"one two" == await reader.readexactly(7)
        await group.close()
        assert 0 == len(group)
        await bootstrap.shutdown_gracefully(0, 5)


async def test_a_channel_whose_loop_is_gone_keeps_nobody_waiting() -> None:
    """It fails, and the others are written to and flushed."""
    gone = asyncio.new_event_loop()
    lost, alive = EmbeddedChannel(loop=gone), EmbeddedChannel(loop=asyncio.get_running_loop())
    group = group_of(lost, alive)
    gone.close()

    written = group.write(b"news")
    group.flush()

    async with asyncio.timeout(20):
        with pytest.raises(ChannelGroupError) as failed:
            await written
    assert [lost] == list(failed.value.failures)
    assert b"news" == alive.outbound_bytes()
    alive.finish()
