"""What tests over real loopback sockets share: both loops, a recorder of events, servers and plain clients that end with the test."""

import asyncio
import socket
import struct
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from pyboot.components.netty import Channel, ChannelHandler, ChannelHandlerContext, ServerBootstrap, ServerSocketChannel, loop_factory

HERE = Path(__file__).parent

type LoopFactory = Callable[[], asyncio.AbstractEventLoop]
type Listen = Callable[..., Awaitable[ServerSocketChannel]]
type Connect = Callable[[ServerSocketChannel], Awaitable[tuple[StreamReader, StreamWriter]]]


def pytest_asyncio_loop_factories(config: pytest.Config, item: pytest.Item) -> Mapping[str, LoopFactory]:
    """What touches sockets runs on both loops, the rest on asyncio's alone."""
    if item.path.parent in (HERE, HERE / "transport", HERE / "transport" / "quic", HERE / "codec" / "http3", HERE / "http_client"):
        return {"uvloop": loop_factory("uvloop"), "asyncio": loop_factory("asyncio")}
    return {"asyncio": loop_factory("asyncio")}


class Recorder(ChannelHandler[Any]):
    """Writes every event down, passes it on, and lets tests wait for one."""

    sharable = True

    def __init__(self) -> None:
        self.events: list[str] = []
        self.received = b""
        self.errors: list[Exception] = []
        self.user_events: list[object] = []
        self.channels: list[Channel] = []
        self._news = asyncio.Condition()
        self._telling: set[asyncio.Task[None]] = set()

    def note(self, event: str) -> None:
        """Write *event* down and wake who waits for it."""
        self.events.append(event)
        task = asyncio.get_running_loop().create_task(self._tell())
        self._telling.add(task)
        task.add_done_callback(self._telling.discard)

    async def _tell(self) -> None:
        async with self._news:
            self._news.notify_all()

    async def until(self, true: Callable[[], object]) -> None:
        """Wait until *true*() holds; it is asked after each event."""
        async with asyncio.timeout(20), self._news:
            await self._news.wait_for(lambda: bool(true()))

    async def seen(self, event: str, times: int = 1) -> None:
        """Wait until *event* came that often."""
        await self.until(lambda: self.events.count(event) >= times)

    def handler_added(self, ctx: ChannelHandlerContext) -> None:
        self.note("handler_added")
        self.channels.append(ctx.channel)

    def handler_removed(self, ctx: ChannelHandlerContext) -> None:
        self.note("handler_removed")

    def channel_registered(self, ctx: ChannelHandlerContext) -> None:
        self.note("channel_registered")
        ctx.fire_channel_registered()

    def channel_unregistered(self, ctx: ChannelHandlerContext) -> None:
        self.note("channel_unregistered")
        ctx.fire_channel_unregistered()

    def channel_active(self, ctx: ChannelHandlerContext) -> None:
        self.note("channel_active")
        ctx.fire_channel_active()

    def channel_inactive(self, ctx: ChannelHandlerContext) -> None:
        self.note("channel_inactive")
        ctx.fire_channel_inactive()

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        if not isinstance(msg, socket.socket):
            self.received += bytes(msg)
        self.note("channel_read")
        ctx.fire_channel_read(msg)

    def channel_writability_changed(self, ctx: ChannelHandlerContext) -> None:
        self.note(f"writable={ctx.channel.is_writable}")
        ctx.fire_channel_writability_changed()

    def user_event_triggered(self, ctx: ChannelHandlerContext, event: object) -> None:
        self.user_events.append(event)
        self.note(f"user_event {event!r}")
        ctx.fire_user_event_triggered(event)

    def exception_caught(self, ctx: ChannelHandlerContext, error: Exception) -> None:
        self.errors.append(error)
        self.note(f"exception_caught {type(error).__name__}")
        ctx.fire_exception_caught(error)


@pytest.fixture
def recorder() -> Recorder:
    """A recorder for one server's or one client's channels."""
    return Recorder()


@pytest.fixture
def new_recorder() -> Callable[[], Recorder]:
    """More recorders, for tests that tell channels apart."""
    return Recorder


@pytest_asyncio.fixture
async def listen() -> AsyncIterator[Listen]:
    """`await listen(child_handler)`: a server on a free port of the loopback address, or on a path; all of it ends with the test."""
    bootstraps: list[ServerBootstrap] = []

    async def start(child_handler: Any, bootstrap: ServerBootstrap | None = None, host: Any = "127.0.0.1") -> ServerSocketChannel:
        chosen = bootstrap if bootstrap is not None else ServerBootstrap()
        bootstraps.append(chosen)
        is_path = isinstance(host, str) and host.startswith("/")
        return await chosen.child_handler(child_handler).bind(host, None if is_path else 0)

    yield start
    for bootstrap in bootstraps:
        await bootstrap.shutdown_gracefully(0, 5)


@pytest_asyncio.fixture
async def connect() -> AsyncIterator[Connect]:
    """`await connect(server)`: a plain asyncio client; it is closed with the test."""
    writers: list[StreamWriter] = []

    async def start(server: ServerSocketChannel) -> tuple[StreamReader, StreamWriter]:
        address = server.local_address()
        opening = asyncio.open_unix_connection(address) if isinstance(address, str) else asyncio.open_connection(*address[:2])
        reader, writer = await opening
        writers.append(writer)
        return reader, writer

    yield start
    for writer in writers:
        writer.transport.abort()


@pytest.fixture
def reset() -> Callable[[StreamWriter], None]:
    """Close a plain client's connection with a reset instead of an orderly end."""

    def now(writer: StreamWriter) -> None:
        sock = writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()

    return now
