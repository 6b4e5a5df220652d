"""Who is idle, over real sockets on both loops: progress is what the network took, and nobody is judged before the loop has looked."""

import asyncio
import os
import signal
import socket
import sys
import time
from typing import Any

import pytest

from pyboot.components.netty import (
    Bootstrap,
    ChannelHandler,
    ChannelHandlerContext,
    ChannelOption,
    HeartbeatHandler,
    IdleStateEvent,
    IdleStateHandler,
    ServerBootstrap,
    SocketChannel,
)


class Idles(ChannelHandler[Any]):
    """Notes idle events, and lets a test wait for the first."""

    def __init__(self) -> None:
        self.events: list[IdleStateEvent] = []
        self.first = asyncio.Event()
        self.active = asyncio.Event()
        self.channel: Any = None

    def channel_active(self, ctx: ChannelHandlerContext) -> None:
        self.channel = ctx.channel
        self.active.set()
        ctx.fire_channel_active()

    def channel_read_complete(self, ctx: ChannelHandlerContext) -> None:
        ctx.flush()

    def user_event_triggered(self, ctx: ChannelHandlerContext, event: object) -> None:
        assert isinstance(event, IdleStateEvent)
        self.events.append(event)
        self.first.set()


def small_buffers() -> ServerBootstrap:
    """A server whose kernel takes little at a time."""
    return ServerBootstrap().child_option(ChannelOption.SO_SNDBUF, 16_384).child_option(ChannelOption.WRITE_BUFFER_LIMIT, 0)


async def served(listen: Any, connect: Any, *handlers: Any) -> tuple[Any, Idles]:
    """A client's reader, and what the server notes behind *handlers*."""
    idles = Idles()
    server = await listen(lambda channel: channel.pipeline().add_last(*handlers, idles), small_buffers())
    reader, writer = await connect(server)
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 32_768)  # else the kernel takes it all at once
    async with asyncio.timeout(20):
        await idles.active.wait()
    return reader, idles


async def taken_slowly(reader: Any, idles: Idles, size: int, pause: float) -> float:
    """The peer takes *size* bytes in pieces, with *pause* seconds between them; gives the longest time that it took nothing for."""
    longest, last = 0.0, time.monotonic()
    async with asyncio.timeout(60):
        while size and not idles.events:
            size -= len(await reader.read(min(size, 25_000)))
            now = time.monotonic()
            longest, last = max(longest, now - last), now
            await asyncio.sleep(pause)
    return max(longest, time.monotonic() - last)


@pytest.mark.parametrize("messages", [1, 300])
async def test_a_backlog_that_a_slow_peer_takes_is_not_idle(listen: Any, connect: Any, messages: int) -> None:
    """One long message, or many in one run, for longer than the idle time; when all is taken it is idle.

    A machine that holds up the peer itself for half of the idle time has shown nothing; then it is done at half the pace.
    """
    for seconds in (0.5, 1.0, 2.0, 4.0, 8.0):
        reader, idles = await served(listen, connect, IdleStateHandler(0, seconds, seconds))
        for _ in range(messages):
            idles.channel.write(bytes(1_500_000 // messages))
        idles.channel.flush()
        longest = await taken_slowly(reader, idles, 1_500_000, seconds * 0.03)
        if longest < seconds / 2:
            break
    assert [] == idles.events

    async with asyncio.timeout(20):
        await idles.first.wait()
    assert idles.events[0].is_first


async def test_a_peer_that_takes_nothing_any_more_is_idle(listen: Any, connect: Any) -> None:
    """In the middle of a backlog."""
    _, idles = await served(listen, connect, IdleStateHandler(0, 0.3, 0))
    idles.channel.write_and_flush(bytes(9_000_000))

    async with asyncio.timeout(20):
        await idles.first.wait()

    assert idles.channel.outbound.pending > 1_000_000


async def test_a_heartbeat_is_sent_though_every_read_ends_with_a_flush(listen: Any, connect: Any) -> None:
    """A flush of nothing is no write."""
    server = await listen(lambda channel: channel.pipeline().add_last(HeartbeatHandler(0.2, 0, b"beat"), Idles()))
    reader, writer = await connect(server)

    async def talk() -> None:
        while True:
            writer.write(b"x")
            await asyncio.sleep(0.02)  # the peer that talks all the time is what is tested

    talking = asyncio.create_task(talk())
    async with asyncio.timeout(20):
        assert b"beat" == await reader.readexactly(4)
    talking.cancel()


# A process that was stopped.

SERVER = """
import asyncio, sys
from pyboot.components.netty import *
from pyboot.components.netty import loop_factory

class Echo(ChannelHandler):
    def channel_read(self, ctx, msg):
        ctx.write_and_flush(bytes(msg))
    def user_event_triggered(self, ctx, event):
        ctx.close()

async def main():
    kinds = (lambda: IdleStateHandler(0.4), lambda: IdleStateHandler(0, 0, 0.4), lambda: ReadTimeoutHandler(0.4),
             lambda: HeartbeatHandler(60, 0.4))
    for kind in kinds:
        bootstrap = ServerBootstrap().child_handler(lambda channel, kind=kind: channel.pipeline().add_last(kind(), Echo()))
        server = await bootstrap.bind("127.0.0.1", 0)
        print(server.local_address()[1], flush=True)
    await asyncio.Event().wait()

with asyncio.Runner(loop_factory=loop_factory(sys.argv[1])) as runner:
    runner.run(main())
"""


@pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="this system cannot stop a process")
async def test_a_process_that_was_stopped_drops_only_who_was_silent() -> None:
    """SIGSTOP for longer than the idle time, of a server with a crowd: who sent meanwhile stays, by every handler that judges by reads."""
    name = "uvloop" if "uvloop" in type(asyncio.get_running_loop()).__module__ else "asyncio"
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", SERVER, name, stdout=asyncio.subprocess.PIPE)
    writers: list[Any] = []
    try:
        assert process.stdout is not None
        ports = [int(await process.stdout.readline()) for _ in range(4)]
        sending, silent = [[await asyncio.open_connection("127.0.0.1", port) for port in ports * 30] for _ in range(2)]
        writers += [writer for _, writer in sending + silent]
        for reader, writer in sending + silent:
            writer.write(b"a")
            assert b"a" == await reader.readexactly(1)
        process.send_signal(signal.SIGSTOP)
        await asyncio.to_thread(os.waitid, os.P_PID, process.pid, os.WSTOPPED | os.WNOWAIT)
        for _, writer in sending:
            writer.write(b"b")
        await asyncio.sleep(0.8)  # the time that the process is stopped for is what is tested
        process.send_signal(signal.SIGCONT)
        async with asyncio.timeout(20):
            for reader, writer in sending:
                writer.write(b"c")
                assert b"bc" == await reader.readexactly(2)
            for reader, _ in silent:
                assert b"" == await reader.read()
    finally:
        for writer in writers:
            writer.transport.abort()
        process.kill()
        await process.wait()


async def test_a_loop_that_was_busy_gives_up_no_connection_that_was_made_meanwhile(listen: Any) -> None:
    """The time to connect is over, and what it waited for is there: all of it still has to be taken through its steps."""
    server = await listen(lambda channel: None)
    loop = asyncio.get_running_loop()

    class Slow(SocketChannel):
        """Its connection takes a step more, which is over while the loop is busy."""

        async def open_transport(self, protocol: Any, address: Any) -> None:
            step = loop.create_future()
            loop.call_soon(busy, step)
            await step
            await super().open_transport(protocol, address)

    def busy(step: asyncio.Future[None]) -> None:
        time.sleep(0.3)
        loop.call_soon(loop.call_soon, step.set_result, None)

    bootstrap = Bootstrap().channel(Slow).option(ChannelOption.CONNECT_TIMEOUT, 0.1).handler(lambda channel: None)
    channel = await bootstrap.connect(*server.local_address())

    assert channel.is_active
    await channel.close()
