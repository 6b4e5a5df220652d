"""More clients at once than the queue of the system holds: it drops some, which try again, and nobody else notices."""

import asyncio
import logging
import socket
from pathlib import Path
from typing import Any

import pytest

from pyboot.components.netty import ChannelOption, EchoHandler, ServerBootstrap

COUNTERS = Path("/proc/net/netstat")
BACKLOG, CLIENTS = 8, 40


def overflows() -> int:
    """How many connections the system has dropped since the queue of a listener was full."""
    names, values = (line.split() for line in COUNTERS.read_text().splitlines() if line.startswith("TcpExt:"))
    return int(values[names.index("ListenOverflows")])


async def asked(address: tuple[str, int], number: int) -> bytes:
    """What a client gets for its word; while it is not accepted the system tries for it, a second later, then two."""
    reader, writer = await asyncio.open_connection(*address)
    try:
        writer.write(b"word %02d" % number)
        return await reader.readexactly(7)
    finally:
        writer.transport.abort()


@pytest.mark.slow
@pytest.mark.skipif(not COUNTERS.exists(), reason="this system does not count what its listeners drop")
async def test_a_burst_beyond_the_backlog_is_served_when_there_is_time(listen: Any, connect: Any, caplog: pytest.LogCaptureFixture) -> None:
    """Who is connected is answered meanwhile, and the log has nothing to say."""
    bootstrap = ServerBootstrap().option(ChannelOption.SO_BACKLOG, BACKLOG).option(ChannelOption.AUTO_READ, False)
    with caplog.at_level(logging.INFO):
        server = await listen(lambda channel: channel.pipeline().add_last(EchoHandler()), bootstrap)
        reader, writer = await connect(server)
        server.read()
        before = overflows()
        async with asyncio.timeout(60), asyncio.TaskGroup() as clients:
            crowd = [clients.create_task(asked(server.local_address()[:2], number)) for number in range(CLIENTS)]
            while overflows() == before:
                writer.write(b"me")
                assert b"me" == await reader.readexactly(2)
            server.set_option(ChannelOption.AUTO_READ, True)

    assert {b"word %02d" % number for number in range(CLIENTS)} == {each.result() for each in crowd}
    assert [] == caplog.messages


async def test_a_queue_that_is_full_of_the_gone_is_emptied_without_a_word(
    listen: Any, connect: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """All of them left before they were accepted; the next one is served."""
    bootstrap = ServerBootstrap().option(ChannelOption.AUTO_READ, False)
    server = await listen(lambda channel: channel.pipeline().add_last(EchoHandler()), bootstrap)
    with caplog.at_level(logging.INFO):
        for _ in range(100):
            socket.create_connection(server.local_address()[:2], 10).close()
        reader, writer = await connect(server)
        server.set_option(ChannelOption.AUTO_READ, True)
        writer.write(b"me")
        async with asyncio.timeout(20):
            assert b"me" == await reader.readexactly(2)

    assert [] == caplog.messages
