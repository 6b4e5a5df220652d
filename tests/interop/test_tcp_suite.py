"""The behaviours that Netty's own test suite asks of every socket transport, asked of ours: each carrier on each loop.

Both ends are channels of this library; what they promise each other must not depend on what carries the bytes.
"""

import asyncio
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from pyboot.components.netty import (
    INPUT_SHUTDOWN,
    OUTPUT_SHUTDOWN,
    Bootstrap,
    ByteBuffer,
    Channel,
    ChannelHandler,
    ChannelHandlerContext,
    ChannelOption,
    EchoHandler,
    FixedLengthFrameDecoder,
    LineBasedFrameDecoder,
    LocalAddress,
    ServerBootstrap,
    SocketChannel,
    StringDecoder,
    StringEncoder,
    WriteBufferWaterMark,
)
from pyboot.components.netty.errors import ClosedChannelError, NotYetConnectedError

DATA = bytes(range(256)) * 4096  # a mebibyte


@dataclass
class Story:
    """What one channel went through, and a way to wait for more."""

    events: list[object] = field(default_factory=list)
    received: bytearray = field(default_factory=bytearray)
    news: asyncio.Event = field(default_factory=asyncio.Event)

    def tell(self, event: object) -> None:
        """One more event."""
        self.events.append(event)
        self.news.set()

    async def until(self, true: Callable[[], object]) -> None:
        """Wait until it holds; it is asked after each event."""
        async with asyncio.timeout(20):
            while not true():
                self.news.clear()
                await self.news.wait()

    async def has(self, event: object) -> None:
        """Wait for *event*."""
        await self.until(lambda: event in self.events)


class Teller(ChannelHandler[Any]):
    """The last handler of a pipeline: keeps what comes, and answers by the functions of a test."""

    def __init__(self, story: Story, on: dict[str, Callable[..., object]]) -> None:
        self._story = story
        self._on = on

    def _react(self, event: str, *arguments: object) -> None:
        if event in self._on:
            self._on[event](*arguments)

    def channel_active(self, ctx: ChannelHandlerContext) -> None:
        self._story.tell("active")
        self._react("active", ctx)

    def channel_inactive(self, ctx: ChannelHandlerContext) -> None:
        self._story.tell("inactive")

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        if isinstance(msg, ByteBuffer):
            self._story.received += bytes(msg)
        self._story.tell("read" if isinstance(msg, ByteBuffer) else msg)
        self._react("read", ctx, msg)

    def channel_read_complete(self, ctx: ChannelHandlerContext) -> None:
        self._react("read_complete", ctx)

    def channel_writability_changed(self, ctx: ChannelHandlerContext) -> None:
        self._story.tell(f"writable={ctx.channel.is_writable}")
        self._react("writability", ctx)

    def user_event_triggered(self, ctx: ChannelHandlerContext, event: object) -> None:
        self._story.tell(event)
        self._react("user_event", ctx, event)

    def exception_caught(self, ctx: ChannelHandlerContext, error: Exception) -> None:
        self._story.tell(type(error).__name__)


@dataclass
class End:
    """One end of a connection."""

    channel: SocketChannel
    story: Story


type Pair = Callable[..., Awaitable[tuple[End, End]]]


@pytest.fixture(params=["tcp", "unix", "local"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Any, ...]:
    """What to bind."""
    return {"tcp": ("127.0.0.1", 0), "unix": (str(tmp_path / "suite.sock"),), "local": (LocalAddress(),)}[request.param]


@pytest_asyncio.fixture
async def pair(place: tuple[Any, ...]) -> AsyncIterator[Pair]:
    """`client, server = await pair()`: both ends of a connection; `server={"read": ...}` reacts, `codecs=` stand before."""
    servers: list[ServerBootstrap] = []
    clients: list[SocketChannel] = []

    async def connected(
        *,
        client: dict[str, Callable[..., object]] | None = None,
        server: dict[str, Callable[..., object]] | None = None,
        codecs: Callable[[], list[ChannelHandler[Any]]] = list,
        options: dict[Any, object] | None = None,
    ) -> tuple[End, End]:
        ends: dict[str, Story] = {"client": Story(), "server": Story()}
        accepted: asyncio.Future[SocketChannel] = asyncio.get_running_loop().create_future()

        def assemble(channel: Channel) -> None:
            accepted.set_result(channel)  # type: ignore[arg-type]  # a SocketChannel
            channel.pipeline().add_last(*codecs(), Teller(ends["server"], server or {}))

        bootstrap = ServerBootstrap().child_handler(assemble)
        servers.append(bootstrap)
        connecting = Bootstrap().handler(lambda channel: channel.pipeline().add_last(*codecs(), Teller(ends["client"], client or {})))
        for option, value in (options or {}).items():
            bootstrap.child_option(option, value)
            connecting.option(option, value)
        listening = await bootstrap.bind(*place)
        where = listening.local_address()
        channel = await connecting.connect(*(where[:2] if isinstance(where, tuple) else (where,)))
        clients.append(channel)
        await ends["client"].has("active")
        return End(channel, ends["client"]), End(await accepted, ends["server"])

    yield connected
    for channel in clients:
        channel.abort()
        await channel.close_future
    for bootstrap in servers:
        await bootstrap.shutdown_gracefully(0, 5)


def echo(ctx: ChannelHandlerContext, msg: Any) -> None:
    """Send it back."""
    ctx.write_and_flush(msg)


# Bytes.


@pytest.mark.parametrize("size", [1, 100, 4096, 65_537, len(DATA)])
async def test_socket_echo_in_pieces_of_every_size(pair: Pair, size: int) -> None:
    """SocketEchoTest: all of it comes back, in order."""
    client, _ = await pair(server={"read": echo}, options={ChannelOption.WRITE_BUFFER_LIMIT: 0})
    pieces = [DATA[at : at + size] for at in range(0, min(len(DATA), 2000 * size), size)]
    for piece in pieces:
        client.channel.write(piece)
    client.channel.flush()

    await client.story.until(lambda: len(client.story.received) == sum(map(len, pieces)))
    assert b"".join(pieces) == client.story.received


async def test_fixed_length_frames_are_echoed_whole(pair: Pair) -> None:
    """SocketFixedLengthEchoTest."""
    sizes: list[int] = []

    def count(ctx: ChannelHandlerContext, msg: Any) -> None:
        sizes.append(len(msg))
        ctx.write_and_flush(msg)

    client, _ = await pair(server={"read": count}, codecs=lambda: [FixedLengthFrameDecoder(1024)])
    client.channel.write_and_flush(DATA)

    await client.story.until(lambda: len(client.story.received) == len(DATA))
    assert DATA == client.story.received
    assert [1024] * 1024 == sizes


async def test_lines_of_text_are_echoed(pair: Pair) -> None:
    """SocketStringEchoTest."""
    client, _ = await pair(
        server={"read": lambda ctx, line: ctx.write_and_flush(line + "\n")},
        codecs=lambda: [LineBasedFrameDecoder(512), StringDecoder(), StringEncoder()],
    )
    lines = [f"line {number}: ünïcödé" for number in range(1000)]
    for line in lines:
        client.channel.write(line + "\n")
    client.channel.flush()

    await client.story.until(lambda: client.story.events.count(lines[-1]))
    assert lines == [event for event in client.story.events if str(event).startswith("line ")]


async def test_many_buffers_of_every_kind_go_out_as_one_stream(pair: Pair) -> None:
    """SocketGatheringWriteTest: bytes, bytearrays, views and buffers, long and short, in one flush."""
    client, server = await pair(options={ChannelOption.WRITE_BUFFER_LIMIT: 0})
    pieces: list[Any] = []
    for number in range(200):
        part = DATA[number * 7 : number * 7 + (40_000 if number % 50 == 0 else number)]
        pieces.append([part, bytearray(part), memoryview(part), ByteBuffer(bytearray(part))][number % 4])
    expected = b"".join(bytes(piece) for piece in pieces)
    for piece in pieces:
        client.channel.write(piece)
    client.channel.flush()

    await server.story.until(lambda: len(server.story.received) == len(expected))
    assert expected == server.story.received
    assert all(piece.ref_count == 0 for piece in pieces if isinstance(piece, ByteBuffer))


async def test_a_cancelled_write_never_leaves(pair: Pair) -> None:
    """SocketCancelWriteTest: those around it do."""
    client, server = await pair()
    channel = client.channel
    promises = [channel.new_promise() for _ in range(5)]
    for number, promise in enumerate(promises):
        channel.write(b"%d" % number, promise)
    assert promises[0].cancel()
    assert promises[3].cancel()
    channel.flush()

    await server.story.until(lambda: len(server.story.received) == 3)
    assert b"124" == server.story.received
    assert [True, False, False, True, False] == [promise.is_cancelled for promise in promises]
    assert not promises[1].cancel()


async def test_the_buffers_of_failed_writes_are_released(pair: Pair) -> None:
    """SocketBufReleaseTest: whoever writes has given them away."""
    client, _ = await pair()
    await client.channel.close()
    late = ByteBuffer(bytearray(b"late"))
    with pytest.raises(ClosedChannelError):
        await client.channel.write(late)

    assert 0 == late.ref_count


async def test_a_writer_that_watches_its_writability_fills_no_memory(pair: Pair) -> None:
    """SocketConditionalWritabilityTest: it goes on when it may, and everything arrives."""
    total, chunk = 4 * len(DATA), 32_768
    sent = 0
    most = 0

    def fill(ctx: ChannelHandlerContext, *_: object) -> None:
        nonlocal sent, most
        while ctx.channel.is_writable and sent < total:
            ctx.write(DATA[:chunk])
            sent += chunk
            most = max(most, int(ctx.channel.outbound.pending))
            ctx.flush()

    marks = WriteBufferWaterMark(8_192, 16_384)
    client, _ = await pair(server={"active": fill, "writability": fill}, options={ChannelOption.WRITE_BUFFER_WATER_MARK: marks})

    await client.story.until(lambda: len(client.story.received) == total)
    assert most <= 16_384 + chunk + 96


# Reading when asked.


async def test_reading_can_be_asked_for_read_by_read(pair: Pair) -> None:
    """SocketAutoReadTest and SocketReadPendingTest: as many reads as were asked for, and no byte lost."""
    client, server = await pair(options={ChannelOption.AUTO_READ: False})
    client.channel.set_option(ChannelOption.WRITE_BUFFER_LIMIT, 0)
    client.channel.write_and_flush(DATA)
    await asyncio.sleep(0.01)
    assert "read" not in server.story.events

    for asked in itertools.count(1):
        server.channel.read()
        await server.story.until(lambda asked=asked: server.story.events.count("read") == asked)
        await asyncio.sleep(0)
        assert asked == server.story.events.count("read")
        if len(server.story.received) == len(DATA):
            break

    assert DATA == server.story.received


async def test_a_read_asked_for_at_the_end_of_each_read_goes_on(pair: Pair) -> None:
    """SocketAutoReadTest: the usual way to read by hand."""
    client, server = await pair(
        server={"active": lambda ctx: ctx.read(), "read_complete": lambda ctx: ctx.read()}, options={ChannelOption.AUTO_READ: False}
    )
    client.channel.set_option(ChannelOption.WRITE_BUFFER_LIMIT, 0)
    client.channel.write_and_flush(DATA)

    await server.story.until(lambda: len(server.story.received) == len(DATA))
    assert DATA == server.story.received


# Half-closing.


async def test_shutting_our_output_is_the_end_of_the_peers_input(pair: Pair) -> None:
    """SocketShutdownOutputBySelfTest and SocketShutdownOutputByPeerTest: it hears of it once, after all bytes, and may answer."""
    client, server = await pair(options={ChannelOption.ALLOW_HALF_CLOSURE: True, ChannelOption.WRITE_BUFFER_LIMIT: 0})
    client.channel.write_and_flush(DATA)
    await client.channel.shutdown_output()
    await server.story.has(INPUT_SHUTDOWN)

    assert DATA == server.story.received
    assert OUTPUT_SHUTDOWN in client.story.events
    assert 1 == server.story.events.count(INPUT_SHUTDOWN)
    assert server.channel.is_active

    server.channel.write_and_flush(DATA)
    await server.channel.shutdown_output()
    await client.story.has("inactive")
    await server.story.has("inactive")
    assert DATA == client.story.received


async def test_without_half_closure_the_peers_end_closes_the_channel_after_all_bytes(pair: Pair) -> None:
    """SocketHalfClosedTest."""
    client, server = await pair(options={ChannelOption.WRITE_BUFFER_LIMIT: 0})
    client.channel.write_and_flush(DATA)
    await client.channel.shutdown_output()
    await server.story.has("inactive")

    assert DATA == server.story.received
    assert INPUT_SHUTDOWN not in server.story.events


async def test_all_bytes_come_before_the_end_also_to_who_reads_by_hand(pair: Pair) -> None:
    """SocketHalfClosedTest, auto_read off: the end is met when everything is read."""
    client, server = await pair(
        server={"active": lambda ctx: ctx.read(), "read_complete": lambda ctx: ctx.read()}, options={ChannelOption.AUTO_READ: False}
    )
    client.channel.set_option(ChannelOption.WRITE_BUFFER_LIMIT, 0)
    client.channel.write_and_flush(DATA)
    client.channel.close()
    await server.story.has("inactive")

    assert DATA == server.story.received


# The end.


async def test_an_orderly_close_is_no_error_on_either_side(pair: Pair) -> None:
    """SocketRstTest, the other half."""
    client, server = await pair()
    await client.channel.close()
    await server.story.has("inactive")
    await client.story.has("inactive")

    assert ["active", "inactive"] == server.story.events
    assert ["active", "inactive"] == client.story.events


async def test_an_aborted_channel_ends_both_sides(pair: Pair) -> None:
    """SocketCloseForciblyTest."""
    client, server = await pair()
    client.channel.abort()
    await client.story.has("inactive")
    await server.story.has("inactive")

    assert client.channel.close_future.is_done


async def test_close_in_channel_active_ends_both_sides(pair: Pair) -> None:
    """netty-map 7.3: no read, no error."""
    client, server = await pair(server={"active": lambda ctx: ctx.close()})
    await server.story.has("inactive")
    await client.story.has("inactive")

    assert ["active", "inactive"] == server.story.events
    assert ["active", "inactive"] == client.story.events


async def test_an_error_of_a_handler_is_told_once(pair: Pair) -> None:
    """SocketExceptionHandlingTest: whatever the number of bytes of that read."""

    def fail(ctx: ChannelHandlerContext, msg: Any) -> None:
        raise ValueError("no")

    client, server = await pair(server={"read": fail})
    client.channel.write_and_flush(b"one message")
    await server.story.has("ValueError")
    client.channel.close()
    await server.story.has("inactive")

    assert 1 == server.story.events.count("ValueError")


async def test_writes_after_close_fail_and_close_twice_is_harmless(pair: Pair) -> None:
    """netty-map 7.3: in a listener of a failed write too."""
    client, _ = await pair()
    channel = client.channel
    await channel.close()
    closed_again: list[object] = []
    promise = channel.new_promise()
    promise.add_listener(lambda _: closed_again.append(channel.close()))
    channel.write_and_flush(b"late", promise)
    await channel.close()

    assert isinstance(promise.error, ClosedChannelError)
    assert 1 == len(closed_again)


async def test_flushed_writes_are_delivered_and_the_others_fail_in_order(pair: Pair) -> None:
    """netty-map 7.3 and our ruling: close() delivers what was flushed."""
    client, server = await pair()
    channel = client.channel
    order: list[str] = []
    for name in ("first", "second", "third"):
        promise = channel.new_promise()
        promise.add_listener(lambda ended, name=name: order.append(f"{name} {'failed' if ended.error else 'delivered'}"))
        channel.write(name.encode(), promise)
        if name == "second":
            channel.flush()
    channel.close()
    await server.story.has("inactive")

    assert b"firstsecond" == server.story.received
    assert ["first delivered", "second delivered", "third failed"] == order


# Connecting.


async def test_addresses_are_known_in_channel_active(pair: Pair) -> None:
    """SocketConnectTest: on both sides, and after the end."""
    seen: list[Any] = []
    client, server = await pair(client={"active": lambda ctx: seen.append((ctx.channel.local_address(), ctx.channel.remote_address()))})

    assert [(client.channel.local_address(), client.channel.remote_address())] == seen
    assert server.channel.local_address() == client.channel.remote_address()
    remote = client.channel.remote_address()
    await client.channel.close()
    assert remote == client.channel.remote_address()


async def test_a_channel_cannot_connect_twice(pair: Pair) -> None:
    """SocketMultipleConnectTest."""
    client, _ = await pair()

    with pytest.raises(Exception, match="was connected or is connecting already"):
        await client.channel.pipeline().connect(client.channel.remote_address())
    assert client.channel.is_active


async def test_a_write_before_the_connection_fails(place: tuple[Any, ...]) -> None:
    """SocketChannelNotYetConnectedTest and WriteBeforeRegisteredTest."""
    outcomes: list[Any] = []

    class Early(ChannelHandler[Any]):
        """Cannot wait."""

        def channel_registered(self, ctx: ChannelHandlerContext) -> None:
            promise = ctx.new_promise()
            ctx.write_and_flush(b"early", promise)
            outcomes.append(promise.error)
            ctx.fire_channel_registered()

    bootstrap = ServerBootstrap().child_handler(EchoHandler())
    listening = await bootstrap.bind(*place)
    where = listening.local_address()
    connecting = Bootstrap().handler(lambda channel: channel.pipeline().add_last(Early()))
    channel = await connecting.connect(*(where[:2] if isinstance(where, tuple) else (where,)))
    await channel.close()
    await bootstrap.shutdown_gracefully(0, 5)

    assert isinstance(outcomes[0], NotYetConnectedError)
