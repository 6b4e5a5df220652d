"""Clients that misbehave on purpose, over TCP, TLS and Unix sockets: each is cut off, for a reason that is logged once and counted."""

import asyncio
import logging
import ssl
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import trustme

from pyboot.components.netty import ChannelHandler, ChannelHandlerContext, ChannelOption, ServerBootstrap
from pyboot.components.netty.codec.frames import LengthFieldBasedFrameDecoder
from pyboot.components.netty.handler import deadlines
from pyboot.components.netty.handler.deadlines import ConnectionDeadlines

CARRIERS = ["tcp", "tls", "unix"]

type Opened = Callable[[], Awaitable[tuple[asyncio.StreamReader, asyncio.StreamWriter]]]
type Carrier = Callable[..., Awaitable[tuple[Any, Opened]]]


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    """Made once in a run."""
    return trustme.CA()


@pytest.fixture(params=CARRIERS)
def carried(request: pytest.FixtureRequest, listen: Any, tmp_path: Path, authority: trustme.CA) -> Carrier:
    """`server, open = await carried(initializer, option=value, ...)`; what was opened ends with the test."""

    async def start(initializer: Any, child: dict[Any, Any] | None = None, own: dict[Any, Any] | None = None) -> tuple[Any, Opened]:
        tls, options = None, {}
        if request.param == "tls":
            tls, server_side = ssl.create_default_context(), ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            authority.configure_trust(tls)
            authority.issue_cert("127.0.0.1").configure_cert(server_side)
            options = {"ssl": server_side}
        bootstrap = ServerBootstrap(**options)
        for option, value in (child or {}).items():
            bootstrap.child_option(option, value)
        for option, value in (own or {}).items():
            bootstrap.option(option, value)
        server = await listen(initializer, bootstrap, str(tmp_path / "s") if request.param == "unix" else "127.0.0.1")

        async def opened() -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
            address = server.local_address()
            if isinstance(address, str):
                return await asyncio.open_unix_connection(address)
            return await asyncio.open_connection(*address, ssl=tls)

        return server, opened

    return start


def watching(**figures: Any) -> Callable[[Any], None]:
    """Fill pipelines with deadlines and a decoder."""

    def fill(channel: Any) -> None:
        channel.pipeline().add_last(ConnectionDeadlines(**figures), LengthFieldBasedFrameDecoder())

    return fill


async def cut_off(reader: asyncio.StreamReader) -> bool:
    """Wait for the end of a connection, by an orderly end or a reset."""
    try:
        async with asyncio.timeout(20):
            return await reader.read() == b""
    except ConnectionError:
        return True


async def drip(writer: asyncio.StreamWriter) -> None:
    """Send a byte every now and then, for as long as it takes."""
    while not writer.is_closing():
        writer.write(b"x")
        await asyncio.sleep(0.02)


@pytest.mark.parametrize(
    ("figures", "begins", "drips", "reason"),
    [
        ({"first_byte_seconds": 0.2}, b"", False, "first-byte-timeout"),
        ({"frame_seconds": 0.2}, b"\0\0\x40\0abc", False, "frame-timeout"),
        ({"frame_seconds": 0.2}, b"\0\0\x40\0abc", True, "frame-timeout"),
        ({"min_rate": 1_000_000}, b"\0\0\x40\0abc", True, "min-rate"),
        ({"max_unread": 100}, b"\0\0\x40\0" + b"x" * 200, False, "max-unread"),
    ],
    ids=["says nothing", "stops in a frame", "dribbles", "drips below the rate", "sends too much of one"],
)
async def test_a_peer_that_takes_too_long_or_too_much_is_cut_off(
    carried: Carrier,
    figures: dict[str, Any],
    begins: bytes,
    drips: bool,
    reason: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Ten of them cost one line, and are counted."""
    monkeypatch.setattr(deadlines, "GRACE_SECONDS", 0.2)
    server, opened = await carried(watching(**figures))
    dripping: list[asyncio.Task[None]] = []
    with caplog.at_level(logging.INFO, "pyboot.components.netty"):
        clients = [await opened() for _ in range(10)]
        for _, writer in clients:
            writer.write(begins)
            if drips:
                dripping.append(asyncio.create_task(drip(writer)))
        assert all([await cut_off(reader) for reader, _ in clients])
    for task in dripping:
        task.cancel()
    for _, writer in clients:
        writer.transport.abort()

    assert 10 == server.peer_faults()[reason]
    assert 1 == sum(": closing" in record.message for record in caplog.records)


class Forgetful(ChannelHandler[Any]):
    """Is told of the peer's end, and never answers."""

    def user_event_triggered(self, ctx: ChannelHandlerContext, event: object) -> None:
        """Forget it."""


async def test_a_peer_that_has_ended_is_not_kept_for_an_answer_that_never_comes(carried: Carrier) -> None:
    """Where half-closure is allowed; the peer sees the end of the connection."""
    child = {ChannelOption.ALLOW_HALF_CLOSURE: True, ChannelOption.HALF_CLOSE_TIMEOUT: 0.2}
    server, opened = await carried(lambda channel: channel.pipeline().add_last(Forgetful()), child)
    reader, writer = await opened()
    if writer.can_write_eof():
        writer.write_eof()
        assert await cut_off(reader)
        writer.transport.abort()
    else:  # TLS of the standard library ends its side, and waits for the other to do so
        writer.close()
        async with asyncio.timeout(20):
            await asyncio.gather(writer.wait_closed(), return_exceptions=True)

    assert {"half-close-timeout": 1} == server.peer_faults()


class Greeter(ChannelHandler[Any]):
    """Says hello."""

    def channel_active(self, ctx: ChannelHandlerContext) -> None:
        """Once there is somebody."""
        ctx.write_and_flush(b"hello")
        ctx.fire_channel_active()


@pytest.fixture
def greeting(recorder: Any) -> Callable[[Any], None]:
    """Fill pipelines with a greeter, whose channels the recorder watches."""
    return lambda channel: channel.pipeline().add_last(Greeter(), recorder)


async def served(opened: Opened) -> asyncio.StreamWriter | None:
    """Open a connection, and give it if it was greeted, and not turned away."""
    try:
        reader, writer = await opened()
        try:
            await reader.readexactly(5)
        except BaseException:
            writer.transport.abort()
            raise
    except (ConnectionError, EOFError):
        return None
    return writer


async def test_one_address_has_as_many_connections_as_it_may(carried: Carrier, greeting: Any, recorder: Any) -> None:
    """One more is turned away and counted; who leaves makes room."""
    server, opened = await carried(greeting, own={ChannelOption.MAX_CONNECTIONS_PER_ADDRESS: 2})
    first, second = await served(opened), await served(opened)
    assert first is not None
    assert second is not None
    assert await served(opened) is None
    assert {"max-connections-per-address": 1} == server.peer_faults()

    first.transport.abort()
    await recorder.seen("handler_removed")
    third = await served(opened)
    assert third is not None

    second.transport.abort()
    third.transport.abort()
    await recorder.seen("handler_removed", 3)
    assert {} == server._of_addresses  # else the table would grow with each client that ever came


async def test_clients_that_come_too_fast_wait(carried: Carrier, greeting: Any) -> None:
    """None is lost: twenty are taken at once, ten more within half a second."""
    server, opened = await carried(greeting, own={ChannelOption.ACCEPT_RATE: 20})
    loop = asyncio.get_running_loop()
    began = loop.time()
    writers = await asyncio.gather(*(served(opened) for _ in range(30)))
    took = loop.time() - began
    for writer in writers:
        assert writer is not None
        writer.transport.abort()

    assert took >= 0.45
    assert server.peer_faults()["accept-rate"] >= 1
