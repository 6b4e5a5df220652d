"""The one awaitable of all writes: it waits for room."""

import asyncio

import pytest

from pyboot.components.netty.channel import ChannelConfig, EmbeddedChannel
from pyboot.components.netty.errors import ClosedChannelError


def small() -> EmbeddedChannel:
    """A channel that is unwritable as soon as anything is pending, with a peer that takes nothing."""
    config = ChannelConfig()
    config.low_water_mark, config.high_water_mark = 5, 10
    channel = EmbeddedChannel(config=config, loop=asyncio.get_running_loop())
    channel.hold_network()
    return channel


async def test_a_write_with_room_waits_for_nothing() -> None:
    """And all such writes give the same object."""
    channel = EmbeddedChannel(loop=asyncio.get_running_loop())
    assert channel.writability is channel.write(b"a") is channel.write(b"b")
    await channel.writability
    channel.flush()
    channel.finish()


async def test_waiting_ends_when_there_is_room() -> None:
    """For everybody who waits."""

    async def wait() -> None:
        await channel.writability

    channel = small()
    channel.write_and_flush(b"a")
    tasks = [asyncio.ensure_future(wait()) for _ in range(3)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert [False] * 3 == [task.done() for task in tasks]
    channel.release_network()
    await asyncio.gather(*tasks)
    channel.finish()


async def test_cancelling_one_who_waits_leaves_the_others_waiting() -> None:
    """And takes no write back."""

    async def wait() -> None:
        await channel.writability

    channel = small()
    channel.write_and_flush(b"a")
    first, second = asyncio.ensure_future(wait()), asyncio.ensure_future(wait())
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.sleep(0)
    assert not second.done()
    channel.release_network()
    await second
    assert first.cancelled()
    assert b"a" == channel.outbound_bytes()
    channel.finish()


async def test_who_waits_need_not_flush() -> None:
    """What was written goes out at the end of the turn."""
    config = ChannelConfig()
    config.low_water_mark, config.high_water_mark = 5, 10
    channel = EmbeddedChannel(config=config, loop=asyncio.get_running_loop())
    await channel.write(b"a")
    assert b"a" == channel.outbound_bytes()
    channel.finish()


async def test_waiting_raises_when_the_channel_is_lost() -> None:
    """With the reason as the cause."""

    async def wait() -> None:
        await channel.writability

    channel = small()
    promise = channel.new_promise()
    channel.write_and_flush(b"a", promise)
    task = asyncio.ensure_future(wait())
    await asyncio.sleep(0)
    channel.abort()
    with pytest.raises(ClosedChannelError):
        await task
    assert isinstance(promise.error, ClosedChannelError)


async def test_waiting_on_a_closed_channel_raises() -> None:
    """There will be no room any more."""
    channel = EmbeddedChannel(loop=asyncio.get_running_loop())
    await channel.close()
    with pytest.raises(ClosedChannelError):
        await channel.writability
