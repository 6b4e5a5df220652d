"""Our own clients behind a faulty network: bootstraps, those that reconnect, of HTTP, of UDP. Each goes on, or says what it met."""

import asyncio
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from pyboot.components.netty import (
    Backoff,
    Bootstrap,
    ChannelHandler,
    ChannelHandlerContext,
    ChannelOption,
    DatagramPacket,
    EchoHandler,
    HttpClient,
)
from pyboot.components.netty.channel.close_reason import close_reason_of
from pyboot.components.netty.codec.frames import LengthFieldBasedFrameDecoder
from pyboot.components.netty.errors import NettyError
from pyboot.components.netty.http_client.timeouts import HttpTimeouts
from pyboot.testing import DatagramFaultProxy, DatagramFaults, FaultProxy, StreamFaults

FRAMES = [length.to_bytes(4, "big") + bytes([length % 251]) * length for length in (0, 1, 5, 300, 7_000)] * 4
QUICKLY = Backoff(initial_seconds=0.01, max_seconds=0.02)


class Keeps(ChannelHandler[Any]):
    """Keeps messages, and why each connection ended; tests wait for either."""

    sharable = True

    def __init__(self) -> None:
        self.messages: list[bytes] = []
        self.reasons: list[str] = []
        self._news = asyncio.Event()

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        self.messages.append(bytes(msg))
        self._news.set()

    def channel_inactive(self, ctx: ChannelHandlerContext) -> None:
        self.reasons.append(str(close_reason_of(ctx.channel)))
        self._news.set()

    async def until(self, true: Any) -> None:
        """Wait until *true*() holds, asked whenever something came."""
        async with asyncio.timeout(20):
            while not true():
                self._news.clear()
                await self._news.wait()


@asynccontextmanager
async def behind(listen: Any, **faults: Any) -> AsyncIterator[tuple[FaultProxy, Keeps, Bootstrap]]:
    """An echo of frames, a proxy with *faults* before it, and a client of that."""
    server = await listen(lambda channel: channel.pipeline().add_last(EchoHandler()))
    keeps = Keeps()
    client = Bootstrap().handler(lambda channel: channel.pipeline().add_last(LengthFieldBasedFrameDecoder(), keeps))
    async with FaultProxy(*server.local_address()[:2], seed=7, **faults) as proxy:
        try:
            yield proxy, keeps, client
        finally:
            await client.close()


@pytest.mark.parametrize(
    "faults",
    [
        StreamFaults(slices=3),
        StreamFaults(delay=0.02, jitter=0.02),
        StreamFaults(bandwidth=200_000),
        StreamFaults(slices=50, delay=0.01, jitter=0.01, bandwidth=500_000),
    ],
    ids=["slices", "delay and jitter", "bandwidth", "all together"],
)
async def test_a_slow_and_sliced_network_costs_time_alone(listen: Any, faults: StreamFaults) -> None:
    """All messages come, whole and in order, and nobody is cut off for it."""
    async with behind(listen, to_server=faults, to_client=faults) as (proxy, keeps, client):
        channel = await client.connect(*proxy.address)
        for frame in FRAMES:
            channel.write_and_flush(frame)
        await keeps.until(lambda: len(keeps.messages) == len(FRAMES))

        assert FRAMES == keeps.messages
        assert [] == keeps.reasons


@pytest.mark.parametrize(
    ("faults", "reason"),
    [
        (StreamFaults(reset_after=100), "peer-reset"),
        (StreamFaults(cut_after=100), "peer-closed"),
        (StreamFaults(half_close_after=100), "peer-closed"),
    ],
    ids=["reset", "cut", "half-close"],
)
async def test_an_end_in_the_middle_of_a_message_is_one_end(listen: Any, faults: StreamFaults, reason: str) -> None:
    """Nothing of the message that is cut is delivered."""
    async with behind(listen, to_client=faults) as (proxy, keeps, client):
        channel = await client.connect(*proxy.address)
        channel.write_and_flush(b"\0\0\0\5hello")
        channel.write_and_flush(b"\0\0\1\0" + bytes(256))
        await keeps.until(lambda: keeps.reasons)

        assert [reason] == keeps.reasons
        assert keeps.messages in ([], [b"\0\0\0\5hello"])  # a reset may overtake what came before it


@pytest.mark.parametrize("faults", [StreamFaults(reset_after=5), StreamFaults(cut_after=5)], ids=["reset", "cut"])
async def test_a_client_that_reconnects_goes_on_behind_each_fault(listen: Any, faults: StreamFaults) -> None:
    """Three connections are lost one after the other in the middle of a message; the fourth stays."""
    async with behind(listen, to_client=lambda number: faults if number < 3 else StreamFaults()) as (proxy, keeps, client):
        client.auto_reconnect(True, QUICKLY)
        client.when_connect_success(lambda _, channel: channel.write_and_flush(b"\0\0\0\5hello" * 2))
        await client.connect(*proxy.address)
        await keeps.until(lambda: len(keeps.messages) == 2)

        assert (4, 3) == (proxy.connections, len(keeps.reasons))


async def test_a_partition_that_heals_loses_nothing(listen: Any) -> None:
    """What was written meanwhile arrives behind it; the connection is the same."""
    async with behind(listen) as (proxy, keeps, client):
        channel = await client.connect(*proxy.address)
        proxy.to_server = StreamFaults(partitioned=True)
        for frame in FRAMES:
            channel.write_and_flush(frame)
        await asyncio.sleep(0)
        assert [] == keeps.messages
        proxy.to_server = StreamFaults()
        await keeps.until(lambda: len(keeps.messages) == len(FRAMES))

        assert (FRAMES, [], 1) == (keeps.messages, keeps.reasons, proxy.connections)


async def test_a_black_hole_is_a_write_stall(listen: Any) -> None:
    """Nothing is answered, nothing is reset: the peer takes nothing more, and the deadline says so."""
    async with behind(listen, to_server=StreamFaults(partitioned=True)) as (proxy, keeps, client):
        client.option(ChannelOption.WRITE_STALL_TIMEOUT, 0.1).option(ChannelOption.WRITE_BUFFER_LIMIT, 0)
        channel = await client.connect(*proxy.address)
        channel.write_and_flush(bytes(30_000_000))
        await keeps.until(lambda: keeps.reasons)

        assert ["write-stall-timeout"] == keeps.reasons


# HTTP.


async def web(reader: StreamReader, writer: StreamWriter) -> None:
    """Answers requests with a kilobyte each."""
    try:
        while True:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + b"x" * 1000)
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.transport.abort()


@asynccontextmanager
async def web_behind(**faults: Any) -> AsyncIterator[FaultProxy]:
    """A server of HTTP, and a proxy with *faults* before it."""
    server = await asyncio.start_server(web, "127.0.0.1", 0)
    try:
        async with FaultProxy(*server.sockets[0].getsockname()[:2], seed=7, **faults) as proxy:
            yield proxy
    finally:
        server.close()


async def test_an_http_client_takes_slices_and_delays() -> None:
    """Of both sides."""
    faults = StreamFaults(slices=7, delay=0.005, jitter=0.005)
    async with web_behind(to_server=faults, to_client=faults) as proxy, HttpClient() as client:
        for _ in range(3):
            assert 1000 == len(await (await client.get(f"http://127.0.0.1:{proxy.address[1]}/")).read())


async def test_an_http_client_asks_again_where_nothing_had_come() -> None:
    """A connection that was kept is reset in the moment of use: the request goes on another one."""
    async with web_behind() as proxy, HttpClient() as client:
        url = f"http://127.0.0.1:{proxy.address[1]}/"
        assert 1000 == len(await (await client.get(url)).read())
        proxy.to_server = lambda number: StreamFaults(reset_after=1) if number == 0 else StreamFaults()
        assert 1000 == len(await (await client.get(url)).read())

        assert 2 == proxy.connections


@pytest.mark.parametrize(
    "faults",
    [StreamFaults(reset_after=500), StreamFaults(cut_after=500), StreamFaults(black_hole_after=500), StreamFaults(corrupt_at=0)],
    ids=["reset", "cut", "black hole", "corrupt"],
)
async def test_half_an_answer_of_http_is_an_error_and_no_answer(faults: StreamFaults) -> None:
    """It is named, in the time that the client has; the next request is served on a connection of its own."""
    programme = lambda number: faults if number == 0 else StreamFaults()  # noqa: E731
    async with web_behind(to_client=programme) as proxy, HttpClient(timeouts=HttpTimeouts(read=0.3)) as client:
        url = f"http://127.0.0.1:{proxy.address[1]}/"
        with pytest.raises(NettyError):
            await client.post(url, content=b"")
        assert 1000 == len(await (await client.get(url)).read())


# UDP.


class Answers(ChannelHandler[Any]):
    """A server of datagrams: answers each."""

    sharable = True

    def __init__(self) -> None:
        self.came: list[bytes] = []

    def channel_read(self, ctx: ChannelHandlerContext, msg: DatagramPacket) -> None:
        self.came.append(bytes(msg.content))
        ctx.write_and_flush(DatagramPacket(bytes(msg.content), msg.sender))


class Hears(Keeps):
    """A client of datagrams."""

    def channel_read(self, ctx: ChannelHandlerContext, msg: DatagramPacket) -> None:
        super().channel_read(ctx, msg.content)


@pytest.mark.parametrize(
    "faults",
    [
        DatagramFaults(loss=0.3),
        DatagramFaults(duplicate=0.3),
        DatagramFaults(reorder=0.3),
        DatagramFaults(loss=0.2, duplicate=0.2, reorder=0.2),
    ],
    ids=["loss", "duplicates", "reordering", "all together"],
)
async def test_datagrams_are_lost_doubled_and_reordered_and_none_is_changed(faults: DatagramFaults) -> None:
    """Of a server and a client of ours: each that comes is whole, and none comes that was not sent; both go on."""
    answers, hears = Answers(), Hears()
    serving, asking = Bootstrap().handler(answers), Bootstrap().handler(hears)
    server = await serving.bind("127.0.0.1", 0)
    sent = [b"%03d" % number + bytes(number) for number in range(100)]
    try:
        async with DatagramFaultProxy(*server.local_address()[:2], to_server=faults, to_client=faults, seed=7) as proxy:
            client = await asking.bind("127.0.0.1", 0)
            for each in sent:
                await client.write_and_flush(DatagramPacket(each, proxy.address))
                await asyncio.sleep(0)
            proxy.to_server = proxy.to_client = DatagramFaults()
            await client.write_and_flush(DatagramPacket(b"last", proxy.address))
            await hears.until(lambda: b"last" in hears.messages)
    finally:
        await asking.close()
        await serving.close()

    for came in (answers.came, [each for each in hears.messages if each != b"last"]):
        assert set(came) <= {*sent, b"last"}
    kept = len(set(answers.came) - {b"last"})
    assert kept < 100 if faults.loss else kept == 100
    assert (len(answers.came) > len(set(answers.came))) == bool(faults.duplicate)
    if faults.reorder:
        assert answers.came != sorted(answers.came)


async def test_a_server_of_datagrams_outlives_clients_that_are_gone() -> None:
    """The network says that nobody listens there (ICMP); a datagram without content is one too."""
    answers, hears = Answers(), Hears()
    serving, asking = Bootstrap().handler(answers), Bootstrap().handler(hears)
    server = await serving.bind("127.0.0.1", 0)
    try:
        gone = await Bootstrap().handler(Keeps()).bind("127.0.0.1", 0)
        await gone.write_and_flush(DatagramPacket(b"bye", server.local_address()))
        await gone.close()
        client = await asking.bind("127.0.0.1", 0)
        for each in (b"", b"word"):
            await client.write_and_flush(DatagramPacket(each, server.local_address()))
        await hears.until(lambda: len(hears.messages) == 2)
    finally:
        await asking.close()
        await serving.close()

    assert [b"", b"word"] == hears.messages
