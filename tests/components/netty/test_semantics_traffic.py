"""What channels count over real sockets, on both loops: each byte once, on every way that bytes take."""

import asyncio
import socket
from pathlib import Path
from typing import Any

from pyboot.components.netty import (
    Bootstrap,
    ChannelHandler,
    ChannelHandlerContext,
    ChannelOption,
    DefaultFileRegion,
    EchoHandler,
    ServerBootstrap,
)
from pyboot.components.netty.channel.traffic import Traffic


class Collect(ChannelHandler[Any]):
    """Keeps its channel."""

    def __init__(self, channels: list[Any]) -> None:
        """Put it into *channels*."""
        self.channels = channels

    def channel_active(self, ctx: ChannelHandlerContext) -> None:
        """Keep it."""
        self.channels.append(ctx.channel)
        ctx.fire_channel_active()


async def test_bytes_over_a_socket_are_counted_on_both_sides(connect: Any) -> None:
    """Each byte that the client sends is one in, each that it gets one out, whatever the reads were."""
    channels: list[Any] = []

    def fill(channel: Any) -> None:
        channel.pipeline().add_last(Collect(channels), EchoHandler())

    bootstrap = ServerBootstrap().child_handler(fill)
    server = await bootstrap.bind("127.0.0.1", 0)
    reader, writer = await connect(server)
    for size in (1, 300_000, 7):
        writer.write(b"x" * size)
        await reader.readexactly(size)
    writer.close()
    await channels[0].close_future

    counted = Traffic.of(channels[0])
    assert (300_008, 300_008) == (counted.bytes_in, counted.bytes_out)
    assert counted.reads >= 3
    assert 1 == server.accepted
    await bootstrap.shutdown_gracefully(0, 5)


async def test_bytes_of_a_file_are_counted(connect: Any, tmp_path: Path) -> None:
    """As those of any other write."""
    path = tmp_path / "file"
    path.write_bytes(b"x" * 700_000)
    channels: list[Any] = []

    class Send(ChannelHandler[Any]):
        def channel_active(self, ctx: ChannelHandlerContext) -> None:
            channels.append(ctx.channel)
            ctx.write_and_flush(DefaultFileRegion(path, 0, 700_000))

    bootstrap = ServerBootstrap().child_handler(lambda channel: channel.pipeline().add_last(Send()))
    server = await bootstrap.bind("127.0.0.1", 0)
    reader, writer = await connect(server)
    await reader.readexactly(700_000)

    assert 700_000 == Traffic.of(channels[0]).bytes_out
    writer.close()
    await bootstrap.shutdown_gracefully(0, 5)


async def test_datagrams_are_counted() -> None:
    """Each is a read and a message."""
    done = asyncio.Event()

    class Hear(ChannelHandler[Any]):
        def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            done.set()

    channel = await Bootstrap().handler(Hear()).bind("127.0.0.1", 0)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
        peer.sendto(b"12345", channel.local_address())
        await done.wait()

    counted = Traffic.of(channel)
    assert (5, 1, 1) == (counted.bytes_in, counted.messages_in, counted.reads)
    await channel.close()


async def test_clients_that_are_refused_at_once_are_counted_by_reason(connect: Any) -> None:
    """All that were accepted are either opened or refused."""
    opened: list[Any] = []
    bootstrap = ServerBootstrap().option(ChannelOption.MAX_CONNECTIONS_PER_ADDRESS, 1).child_handler(opened.append)
    server = await bootstrap.bind("127.0.0.1", 0)
    _, kept = await connect(server)
    for _ in range(2):
        reader, writer = await connect(server)
        assert b"" == await reader.read()
        writer.close()

    assert {"max-connections-per-address": 2} == server.refused
    assert server.accepted == len(opened) + sum(server.refused.values())
    kept.close()
    await bootstrap.shutdown_gracefully(0, 5)
