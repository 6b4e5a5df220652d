"""Crowds: all come back at once, a broadcast to many of whom some take nothing, idle timers of thousands, memory that is not there."""

import asyncio
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import pytest

from pyboot.cli.bench.machine import allow_many_files
from pyboot.components.netty import (
    Backoff,
    Bootstrap,
    ChannelGroup,
    ChannelHandler,
    ChannelHandlerContext,
    ChannelOption,
    EchoHandler,
    EmbeddedChannel,
    FixedLengthFrameDecoder,
    IdleStateHandler,
    ServerBootstrap,
)
from pyboot.components.netty.channel.close_reason import close_reason_of

from .conftest import sizes

PATIENCE = 120


class Counts(ChannelHandler[Any]):
    """Counts connections, and keeps why those that are over have ended."""

    sharable = True

    def __init__(self) -> None:
        """Begin with none."""
        self.active = 0
        self.reasons: list[str] = []
        self.news = asyncio.Event()

    def channel_active(self, ctx: ChannelHandlerContext) -> None:
        """One more."""
        self.active += 1
        self.news.set()
        ctx.fire_channel_active()

    def channel_inactive(self, ctx: ChannelHandlerContext) -> None:
        """One less."""
        self.active -= 1
        self.reasons.append(str(close_reason_of(ctx.channel)))
        self.news.set()
        ctx.fire_channel_inactive()

    async def until(self, true: Callable[[], bool]) -> None:
        """Wait until *true*() holds, asked whenever one comes or goes."""
        async with asyncio.timeout(PATIENCE):
            while not true():
                self.news.clear()
                await self.news.wait()


@sizes(100, 2_000)
async def test_all_clients_come_back_at_once(size: int, tell: Callable[[str], None]) -> None:
    """Their server is gone and there again: all are connected, by few attempts each; another one is answered meanwhile."""
    allow_many_files()
    counts, attempts = Counts(), 0
    serving = ServerBootstrap().child_handler(lambda channel: channel.pipeline().add_last(counts, EchoHandler()))
    staying = ServerBootstrap().child_handler(lambda channel: channel.pipeline().add_last(EchoHandler()))
    server, other = await serving.bind("127.0.0.1", 0), await staying.bind("127.0.0.1", 0)
    address = server.local_address()[:2]

    def failed(*_: Any) -> None:
        nonlocal attempts
        attempts += 1

    clients = Bootstrap().handler(lambda channel: None).auto_reconnect(True, Backoff(initial_seconds=0.2, max_seconds=2, jitter=1.0))
    clients.when_connect_fail(failed)
    try:
        for _ in range(size // 50):
            await asyncio.gather(*(clients.connect(*address) for _ in range(50)))
        await counts.until(lambda: counts.active == size)
        reader, writer = await asyncio.open_connection(*other.local_address()[:2])
        await serving.shutdown_gracefully(0, 5)
        began, slowest = time.monotonic(), 0.0
        serving = ServerBootstrap().child_handler(lambda channel: channel.pipeline().add_last(counts, EchoHandler()))
        await serving.bind(*address)
        while counts.active < size:
            asked = time.monotonic()
            writer.write(b"word")
            await asyncio.wait_for(reader.readexactly(4), PATIENCE)
            slowest = max(slowest, time.monotonic() - asked)
            assert time.monotonic() - began < PATIENCE
        tell(f"{size} came back in {time.monotonic() - began:.1f} s, {attempts} attempts failed, another waited {slowest * 1000:.0f} ms")
        assert attempts <= 10 * size
        writer.transport.abort()
    finally:
        await clients.close()
        for each in (serving, staying):
            await each.shutdown_gracefully(0, 5)


@sizes(200, 5_000)
async def test_a_broadcast_is_not_held_up_by_those_that_take_nothing(size: int, tell: Callable[[str], None]) -> None:
    """One in a hundred reads nothing: it is cut off by the limit of its buffer or for its stall, and all others get everything."""
    allow_many_files()
    counts, group, rounds, piece = Counts(), ChannelGroup(), 40, bytes(16_384)

    def assemble(channel: Any) -> None:
        group.add(channel)
        channel.pipeline().add_last(counts)

    bootstrap = ServerBootstrap().child_handler(assemble).child_option(ChannelOption.SO_SNDBUF, 16_384)
    bootstrap.child_option(ChannelOption.WRITE_BUFFER_LIMIT, 256 * 1024).child_option(ChannelOption.WRITE_STALL_TIMEOUT, 2.0)
    server = await bootstrap.bind("127.0.0.1", 0)
    took: list[int] = []

    class Takes(asyncio.Protocol):
        def connection_made(self, transport: Any) -> None:
            self.transport, self.size = transport, 0

        def data_received(self, data: bytes) -> None:
            self.size += len(data)

    loop, takers, stalled = asyncio.get_running_loop(), list[Takes](), list[Any]()
    try:
        for number in range(size):
            transport, protocol = await loop.create_connection(Takes, *server.local_address()[:2])
            if number % 100:
                takers.append(protocol)
            else:
                transport.pause_reading()
                stalled.append(transport)
        await counts.until(lambda: counts.active == size)
        began = time.monotonic()
        for number in range(rounds):
            group.write_and_flush(piece)
            async with asyncio.timeout(PATIENCE):
                while any(each.size < (number + 1) * len(piece) for each in takers):  # noqa: ASYNC110  # they tell nobody
                    await asyncio.sleep(0.001)
            took.append(int((time.monotonic() - began) * 1000))
            began = time.monotonic()
        await counts.until(lambda: len(counts.reasons) == len(stalled))
    finally:
        for transport in [*stalled, *(each.transport for each in takers)]:
            transport.abort()
        await bootstrap.shutdown_gracefully(0, 5)

    tell(f"a broadcast to {size}: {sorted(took)[len(took) // 2]} ms, {max(took)} ms at worst; cut off: {counts.reasons[:3]}")
    assert set(counts.reasons[: len(stalled)]) <= {"write-stall-timeout", "write-buffer-limit"}
    assert {rounds * len(piece)} == {each.size for each in takers}


def seconds_a_message(channels: int, messages: int) -> float:
    """The work for each message, with an idle timer for each of so many channels."""
    made = [EmbeddedChannel(IdleStateHandler(reader_idle_seconds=60)) for _ in range(channels)]
    began = time.process_time()
    for number in range(messages):
        channel = made[number % channels]
        channel.write_inbound(b"x")
        channel.read_inbound()
    took = time.process_time() - began
    for channel in made:
        channel.finish()
    return took / messages


@sizes(2_000, 20_000)
def test_idle_timers_of_thousands_cost_a_message_nothing_more(size: int, tell: Callable[[str], None]) -> None:
    """A message is as dear with ten channels as with thousands: no timer is moved for it."""
    few, many = (min(seconds_a_message(each, 5_000) for _ in range(2)) for each in (10, size))
    tell(f"a message: {few * 1e6:.1f} us with 10 channels, {many * 1e6:.1f} us with {size}")

    assert many < 4 * few  # caches are colder; with a timer moved in a heap, or a scan of all, it would grow with their number


class Works(ChannelHandler[Any]):
    """Serves one request at a time, whoever it is of: what it can do is limited by its own work, not by the network."""

    sharable = True

    def __init__(self) -> None:
        """Begin with nothing to do."""
        self.turn = asyncio.Lock()
        self.came = self.served = self.most = 0

    async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        """Answer, a millisecond of work later."""
        self.came += 1
        self.most = max(self.most, self.came - self.served)
        async with self.turn:
            until = time.perf_counter() + 0.001
            while time.perf_counter() < until:
                pass
            await asyncio.sleep(0)
        self.served += 1
        ctx.write_and_flush(bytes(msg))


@sizes(1, 10)
async def test_more_than_can_be_served_is_served_at_the_same_pace(size: int, tell: Callable[[str], None]) -> None:
    """Forty clients send three times as much, and do not wait for answers: it holds little of that, and is itself again behind it."""
    works = Works()
    bootstrap = ServerBootstrap().child_handler(lambda channel: channel.pipeline().add_last(FixedLengthFrameDecoder(100), works))
    address = (await bootstrap.bind("127.0.0.1", 0)).local_address()
    clients = [await asyncio.open_connection(*address[:2]) for _ in range(40)]

    async def asks(reader: Any, writer: Any, times: int) -> None:
        for _ in range(times):
            writer.write(bytes(100))
            await reader.readexactly(100)

    try:
        began = time.perf_counter()
        async with asyncio.timeout(PATIENCE):
            await asyncio.gather(*(asks(*each, 10) for each in clients))
        pace = works.served / (time.perf_counter() - began)

        before, began, sent = works.served, time.perf_counter(), 0
        while (elapsed := time.perf_counter() - began) < size:
            while sent < 3 * pace * elapsed:
                clients[sent % 40][1].write(bytes(100))
                sent += 1
            await asyncio.sleep(0.01)
        overloaded = (works.served - before) / elapsed
        tell(f"{pace:.0f} requests a second, {overloaded:.0f} while {sent / elapsed:.0f} came; the most in hand were {works.most}")
        assert overloaded > 0.6 * pace  # the clients are on the same loop, and take their part of it
        assert works.most <= 40

        async with asyncio.timeout(PATIENCE):
            await asyncio.gather(*(reader.readexactly(100 * (sent // 40)) for reader, _ in clients))
    finally:
        for _, writer in clients:
            writer.transport.abort()
        await bootstrap.shutdown_gracefully(0, 5)


STARVED = """
import resource
from pyboot.components.netty import ChannelHandler, ServerBootstrap

class Allocates(ChannelHandler):
    def channel_read(self, ctx, msg):
        ctx.write_and_flush(bytes(1 << 30)[:4] if bytes(msg) == b"much" else msg)

bootstrap = ServerBootstrap().child_handler(lambda channel: channel.pipeline().add_last(Allocates()))
bootstrap.address("127.0.0.1", 0)

def told(_, server):
    held = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (held + (256 << 20), resource.RLIM_INFINITY))
    print(server.local_address()[1], flush=True)

bootstrap.when_connect_success(told)
bootstrap.grace(5)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="RLIMIT_AS is not kept elsewhere")
async def test_memory_that_is_not_there_fails_one_connection() -> None:
    """A handler that asks for a gigabyte past the limit of the process: its connection is closed, with one line; the others go on."""
    with subprocess.Popen([sys.executable, "-c", STARVED], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:  # noqa: ASYNC220
        assert process.stdout is not None
        port = int(process.stdout.readline())
        try:
            for _ in range(5):
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
                other, another = await asyncio.open_connection("127.0.0.1", port)
                writer.write(b"much")
                another.write(b"word")
                async with asyncio.timeout(20):
                    assert b"" == await reader.read()
                    assert b"word" == await other.readexactly(4)
                for each in (writer, another):
                    each.transport.abort()
        finally:
            process.terminate()
        _, said = process.communicate(timeout=20)

    assert "MemoryError" in said
    assert 0 == process.returncode
