"""Late datagrams: counted, limited, and over with their channel."""

import asyncio
import socket
from typing import Any

import pytest

from pyboot.components.netty import Bootstrap
from pyboot.components.netty.errors import ClosedChannelError, OutboundOverflowError
from pyboot.components.netty.transport.late_datagrams import Datagram, LateDatagrams


async def test_each_comes_back_with_what_its_name_stands_for() -> None:
    """What is over counts no more."""
    channel = await Bootstrap().handler(lambda channel: None).bind("127.0.0.1", 0)
    known: asyncio.Queue[Any] = asyncio.Queue()
    late = LateDatagrams(channel, lambda datagram, infos: known.put_nowait((datagram.payload, infos[0][1])))
    late.add(Datagram(b"x", ("localhost", 9), None, is_name=True))
    assert late

    async with asyncio.timeout(20):
        assert (b"x", socket.SOCK_DGRAM) == await known.get()
    await asyncio.sleep(0)
    assert not late
    await channel.close()


async def test_what_waits_is_limited_and_fails_with_the_channel() -> None:
    """By the write limit of the channel."""
    channel = await Bootstrap().handler(lambda channel: None).bind("127.0.0.1", 0)
    channel.own_config().write_buffer_limit = 10
    late = LateDatagrams(channel, lambda *_: None)
    promise = channel.new_promise()
    late.add(Datagram(b"x" * 10, ("localhost", 9), promise, is_name=True))
    with pytest.raises(OutboundOverflowError, match="write of 1 bytes with 10 pending, limit 10"):
        late.add(Datagram(b"x", ("localhost", 9), None, is_name=True))

    late.cancel()
    with pytest.raises(ClosedChannelError):
        await promise
    assert not late
    await channel.close()
