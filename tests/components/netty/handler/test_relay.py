"""RelayHandler: two channels as one, in memory and over sockets; a slow side never fills memory."""

import asyncio
import socket
from typing import Any

import pytest

from pyboot.components.netty import Bootstrap, Channel, ChannelHandler, ChannelHandlerContext, ChannelOption, RelayHandler, ServerBootstrap
from pyboot.components.netty.channel.embedded.channel import EmbeddedChannel

PATIENCE = 20
MIB = 1024 * 1024


def test_what_comes_in_here_goes_out_there() -> None:
    """Both ways."""
    one, other = EmbeddedChannel(), EmbeddedChannel()
    other.loop = one.loop
    RelayHandler.join(one, other)
    one.write_inbound(b"there")
    other.write_inbound(b"back")
    assert (b"back", b"there") == (one.outbound_bytes(), other.outbound_bytes())


def test_who_leaves_ends_both() -> None:
    """And what comes later is nobody's."""
    one, other = EmbeddedChannel(), EmbeddedChannel()
    other.loop = one.loop
    RelayHandler.join(one, other)
    one.finish_input()
    assert not other.is_open


def test_channels_of_two_loops_are_not_joined() -> None:
    """For each write would have to change the loop."""
    with pytest.raises(ValueError, match="one loop"):
        RelayHandler.join(EmbeddedChannel(), EmbeddedChannel())


class Gate(ChannelHandler[Any]):
    """Connects each client to a port, and joins the two; keeps both."""

    def __init__(self, port: int, pairs: list[tuple[Channel, Channel]]) -> None:
        self.port = port
        self.pairs = pairs

    async def channel_active(self, ctx: ChannelHandlerContext) -> None:
        """Nothing is read before there is somebody to take it."""
        channel = ctx.channel
        channel.pause_reading()
        bootstrap = Bootstrap().group(channel.loop).handler(lambda _: None).option(ChannelOption.ALLOW_HALF_CLOSURE, True)
        other = await bootstrap.connect("127.0.0.1", self.port)
        RelayHandler.join(channel, other)
        self.pairs.append((channel, other))
        channel.resume_reading()


async def gate(port: int, pairs: list[tuple[Channel, Channel]]) -> tuple[ServerBootstrap, int]:
    """A relay in front of *port*."""
    bootstrap = ServerBootstrap().child_handler(lambda channel: channel.pipeline().add_last(Gate(port, pairs)))
    server = await bootstrap.child_option(ChannelOption.ALLOW_HALF_CLOSURE, True).bind("127.0.0.1", 0)
    return bootstrap, server.local_address()[1]


async def test_a_slow_side_never_fills_memory() -> None:
    """64 MiB for a peer that takes nothing: the relay holds a high water mark and a read of it, and then does not read; once the peer
    takes them, all come.
    """
    size = 64 * MIB
    pairs: list[tuple[Channel, Channel]] = []
    with socket.create_server(("127.0.0.1", 0)) as behind:
        behind.setblocking(False)
        bootstrap, port = await gate(behind.getsockname()[1], pairs)
        loop = asyncio.get_running_loop()
        client = socket.create_connection(("127.0.0.1", port))
        client.setblocking(False)
        slow, _ = await asyncio.wait_for(loop.sock_accept(behind), PATIENCE)
        slow.setblocking(False)
        try:
            sending = asyncio.create_task(loop.sock_sendall(client, bytes(size)))
            async with asyncio.timeout(PATIENCE):
                # Until the relay has stopped reading: the buffers of the system are full, which is no event of anybody.
                while not pairs or pairs[0][0].is_reading or pairs[0][1].is_writable:  # noqa: ASYNC110  # as said
                    await asyncio.sleep(0)
            near, far = pairs[0]
            assert not sending.done()
            most = 64 * 1024 + 256_000 + 1024  # the high water mark, and one read of the loop's
            assert far.outbound.pending <= most
            received = held = 0
            async with asyncio.timeout(PATIENCE):
                while received < size:
                    received += len(await loop.sock_recv(slow, MIB))
                    held = max(held, far.outbound.pending)
            assert held <= most
            await asyncio.wait_for(sending, PATIENCE)
            assert near.is_open
        finally:
            client.close()
            slow.close()
            await bootstrap.shutdown_gracefully()


async def test_each_direction_ends_by_itself() -> None:
    """A client that has asked and finished sending gets its answer, which the end of its question lets begin."""
    pairs: list[tuple[Channel, Channel]] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        question = await reader.read()
        writer.write(question[::-1])
        await writer.drain()
        writer.close()

    behind = await asyncio.start_server(answer, "127.0.0.1", 0)
    bootstrap, port = await gate(behind.sockets[0].getsockname()[1], pairs)
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"question")
        writer.write_eof()
        assert b"noitseuq" == await asyncio.wait_for(reader.read(), PATIENCE)
        writer.close()
        await writer.wait_closed()
    finally:
        await bootstrap.shutdown_gracefully()
        behind.close()
        await behind.wait_closed()
