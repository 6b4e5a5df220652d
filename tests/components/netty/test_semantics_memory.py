"""What peers make a server hold: slow readers of an echo no more than its limit for all of them together, who only announces nothing."""

import asyncio
import gc
import socket
import tracemalloc
from contextlib import suppress
from typing import Any

from pyboot.components.netty import (
    CHANNEL_MEMORY,
    ChannelHandler,
    ChannelHandlerContext,
    ChannelOption,
    EmbeddedChannel,
    ServerBootstrap,
)
from pyboot.components.netty.codec.frames import LengthFieldBasedFrameDecoder
from pyboot.components.netty.errors import PrematureCloseError

READERS = 300
TOTAL = 768 * 1024  # of each: 225 MiB together, of which the kernel keeps a part
LIMIT = 8 * 1024 * 1024
READ = 256_000  # the most that a loop reads at a time


class Echo(ChannelHandler[Any]):
    """Sends back what comes, and does not wait: within the write limit of its channel."""

    most = 0

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        ctx.write_and_flush(msg)
        Echo.most = max(Echo.most, CHANNEL_MEMORY.held_bytes)


class Reader:
    """A peer that sends all before it reads anything; its own end of the kernel holds little."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.sock = socket.socket()
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 32 * 1024)
        self.sock.setblocking(False)

    async def send(self, address: Any) -> None:
        await self.loop.sock_connect(self.sock, address)
        await self.loop.sock_sendall(self.sock, bytes(TOTAL))

    async def read(self) -> None:
        left = TOTAL
        while left:
            left -= len(await self.loop.sock_recv(self.sock, 256 * 1024))


async def test_three_hundred_slow_readers_are_held_within_the_limit() -> None:
    """And all of it arrives when they read at last."""
    gc.collect()  # channels that other tests have left lying about
    held = CHANNEL_MEMORY.held_bytes
    before, CHANNEL_MEMORY.limit_bytes = CHANNEL_MEMORY.limit_bytes, LIMIT
    Echo.most = 0
    bootstrap = ServerBootstrap().child_option(ChannelOption.SO_SNDBUF, 4096)
    bootstrap.child_handler(lambda channel: channel.pipeline().add_last(Echo()))
    peers = [Reader() for _ in range(READERS)]
    try:
        address = (await bootstrap.bind("127.0.0.1", 0)).local_address()
        async with asyncio.timeout(60):
            sending = [asyncio.create_task(peer.send(address)) for peer in peers]
            while not CHANNEL_MEMORY.stopped_channels:  # noqa: ASYNC110  # nobody is told of it but the log
                await asyncio.sleep(0)
            await asyncio.gather(*(peer.read() for peer in peers), *sending)
        assert LIMIT < Echo.most <= LIMIT + READERS * READ
        assert 0 == CHANNEL_MEMORY.stopped_channels
        assert held >= CHANNEL_MEMORY.held_bytes
    finally:
        CHANNEL_MEMORY.limit_bytes = before
        for peer in peers:
            peer.sock.close()
        await bootstrap.shutdown_gracefully(0, 5)


def test_a_thousand_that_announce_sixteen_mebibytes_and_send_a_byte_hold_a_byte_each() -> None:
    """A length that is allowed reserves nothing; its deadline is `frame-timeout`."""
    channels = [EmbeddedChannel(LengthFieldBasedFrameDecoder(16 * 1024 * 1024)) for _ in range(1000)]
    channels[0].write_inbound(b"\x00\xff\xff\xf0", b"x")
    tracemalloc.start()
    try:
        for channel in channels[1:]:
            channel.write_inbound(b"\x00\xff\xff\xf0", b"x")
        held, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert held <= peak < 4 * 1024 * 1024
    for channel in channels:
        with suppress(PrematureCloseError):
            channel.finish()
