"""Peers that misbehave on purpose, over TCP, TLS and Unix sockets, on both loops: each is cut off in time, for a reason that is told once
and counted, nobody else notices, and nothing of it stays."""

import asyncio
import contextlib
import gc
import logging
import os
import socket
import ssl
import weakref
from asyncio import StreamReader, StreamWriter
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import trustme

from pyboot.components.netty import (
    ChannelHandler,
    ChannelHandlerContext,
    ChannelOption,
    FullHttpResponse,
    HttpServerCodec,
    ReadTimeoutHandler,
    ServerBootstrap,
    SslHandler,
    WriteTimeoutHandler,
)
from pyboot.components.netty.channel.close_reason import CloseReason, close_reason_of
from pyboot.components.netty.codec.frames import LengthFieldBasedFrameDecoder
from pyboot.components.netty.codec.http.deadlines import HttpServerDeadlines
from pyboot.components.netty.handler import deadlines
from pyboot.components.netty.handler.deadlines import ConnectionDeadlines

CARRIERS = ["tcp", "tls", "unix"]
SECONDS = 0.2  # of the deadlines; how long a test waits for one is another thing
PATIENCE = 20

type Client = tuple[StreamReader, StreamWriter]
type Opened = Callable[[], Awaitable[Client]]
type Carrier = Callable[..., Awaitable[tuple[Any, Opened]]]


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    """Made once in a run."""
    return trustme.CA()


class Contexts(NamedTuple):
    """Of TLS, for both sides."""

    client: ssl.SSLContext
    server: ssl.SSLContext


@pytest.fixture(scope="session")
def contexts(authority: trustme.CA) -> Contexts:
    """For 127.0.0.1."""
    client, server = ssl.create_default_context(), ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.configure_trust(client)
    authority.issue_cert("127.0.0.1").configure_cert(server)
    return Contexts(client, server)


@pytest.fixture
def open_to() -> Iterator[Callable[..., Awaitable[Client]]]:
    """`await open_to(server, tls)`: a plain client, or one of TLS, that the kernel keeps little for; it ends with the test."""
    writers: list[StreamWriter] = []

    async def start(server: Any, tls: ssl.SSLContext | None = None) -> Client:
        address, loop = server.local_address(), asyncio.get_running_loop()
        sock = socket.socket(socket.AF_UNIX if isinstance(address, str) else socket.AF_INET)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        sock.setblocking(False)
        await loop.sock_connect(sock, address)
        name = "127.0.0.1" if tls else None
        reader, writer = await (asyncio.open_unix_connection if isinstance(address, str) else asyncio.open_connection)(
            sock=sock, ssl=tls, server_hostname=name
        )
        writers.append(writer)
        return reader, writer

    yield start
    for writer in writers:
        writer.transport.abort()


@pytest.fixture(params=CARRIERS)
def carried(request: pytest.FixtureRequest, listen: Any, open_to: Any, tmp_path: Path, contexts: Contexts) -> Carrier:
    """`server, open = await carried(initializer, child options, own options)`; what was opened ends with the test."""
    is_tls = request.param == "tls"

    async def start(initializer: Any, child: dict[Any, Any] | None = None, own: dict[Any, Any] | None = None) -> tuple[Any, Opened]:
        bootstrap = ServerBootstrap(**({"ssl": contexts.server} if is_tls else {}))
        for option, value in (child or {}).items():
            bootstrap.child_option(option, value)
        for option, value in (own or {}).items():
            bootstrap.option(option, value)
        server = await listen(initializer, bootstrap, str(tmp_path / "s") if request.param == "unix" else "127.0.0.1")
        return server, lambda: open_to(server, contexts.client if is_tls else None)

    return start


# What servers do here, and what is watched of it.


class Service(ChannelHandler[Any]):
    """Answers a frame with the same, one of its own kind with more than anybody takes; of a last one it closes."""

    MORE_THAN_ANYBODY_TAKES = bytes(8 << 20)

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        said = bytes(msg)  # with its length
        if said in (FLOOD, BYE):
            ctx.write_and_flush(self.MORE_THAN_ANYBODY_TAKES)
            if said == BYE:
                ctx.close()
        else:
            ctx.write_and_flush(said)

    def exception_caught(self, ctx: ChannelHandlerContext, error: Exception) -> None:
        """Keep errors to itself: what is told and counted must not depend on handlers."""


class HttpService(ChannelHandler[Any]):
    """Answers requests."""

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        if type(msg).__name__ == "FullHttpRequest":
            ctx.write_and_flush(FullHttpResponse(200, b"same"))

    exception_caught = Service.exception_caught


class Ends(ChannelHandler[Any]):
    """Notes why connections end, of all that are watched."""

    sharable = True

    def __init__(self) -> None:
        self.reasons: list[CloseReason] = []
        self.left = 0
        self._news = asyncio.Event()

    def channel_inactive(self, ctx: ChannelHandlerContext) -> None:
        self.reasons.append(close_reason_of(ctx.channel))
        self._news.set()
        ctx.fire_channel_inactive()

    def handler_removed(self, ctx: ChannelHandlerContext) -> None:
        self.left += 1
        self._news.set()

    async def wait_for(self, condition: Callable[[], bool]) -> None:
        """Wait until *condition* holds, asked whenever a connection ends."""
        async with asyncio.timeout(PATIENCE):
            while not condition():
                self._news.clear()
                await self._news.wait()


class Neighbour:
    """A client that behaves: it asks and is answered, all the time."""

    def __init__(self, client: Client, asks: bytes, answer: bytes) -> None:
        self._reader, self._writer = client
        self._asks, self._answer = asks, answer
        self.answered = 0
        self._asking = asyncio.create_task(self._ask())

    async def _ask(self) -> None:
        while True:
            self._writer.write(self._asks)
            assert (await self._reader.readuntil(self._answer)).endswith(self._answer)
            self.answered += 1
            await asyncio.sleep(0.01)  # or it would take the loop for itself

    async def end(self) -> None:
        """It was served until now; it leaves."""
        assert not self._asking.done(), self._asking
        self._asking.cancel()
        self._writer.transport.abort()


# What peers do.


async def nothing(client: Client) -> None:
    """Neither say nor take anything."""


def says(data: bytes) -> Callable[[Client], Awaitable[None]]:
    """Say it, and take nothing."""

    async def act(client: Client) -> None:
        client[1].write(data)

    return act


def drips(data: bytes) -> Callable[[Client], Awaitable[None]]:
    """Begin so, and send a byte every now and then, for as long as it takes."""

    async def act(client: Client) -> None:
        client[1].write(data)
        while not client[1].is_closing():
            await asyncio.sleep(0.02)
            client[1].write(b"x")

    return act


class Case(NamedTuple):
    """A way to misbehave: what the peer does, what the server has against it, and the name of that."""

    reason: str
    act: Callable[[Client], Awaitable[None]]
    handlers: Callable[[], list[ChannelHandler[Any]]] = list
    child: dict[Any, Any] = {}  # nobody changes it
    is_http: bool = False


def watched(**figures: Any) -> Callable[[], list[ChannelHandler[Any]]]:
    """`ConnectionDeadlines` in front of the decoder."""
    return lambda: [ConnectionDeadlines(**figures)]


def http(reason: str, act: Callable[[Client], Awaitable[None]], **figures: Any) -> Case:
    """A case of HTTP, with the other times far away."""
    times = {"first_byte_seconds": 60, "head_seconds": 60, "content_seconds": 60, "keep_alive_seconds": 60, "content_rate": 0} | figures
    return Case(reason, act, lambda: [HttpServerDeadlines(**times)], is_http=True)


BEGUN = b"\0\0\x40\0abc"
FLOOD = b"\0\0\0\5flood"
BYE = b"\0\0\0\3bye"
POST = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\nabc"
SMALL = {ChannelOption.SO_SNDBUF: 65536, ChannelOption.WRITE_BUFFER_LIMIT: 64 << 20}

CASES = {
    "says nothing": Case("first-byte-timeout", nothing, watched(first_byte_seconds=SECONDS)),
    "stops in a frame": Case("frame-timeout", says(BEGUN), watched(frame_seconds=SECONDS)),
    "dribbles": Case("frame-timeout", drips(BEGUN), watched(frame_seconds=SECONDS)),
    "drips below the rate": Case("min-rate", drips(BEGUN), watched(min_rate=1_000_000)),
    "sends too much of a frame": Case("max-unread", says(b"\0\0\x40\0" + b"x" * 200), watched(max_unread=100)),
    "falls silent": Case("read-timeout", says(BEGUN), lambda: [ReadTimeoutHandler(SECONDS)]),
    "takes nothing": Case("write-stall-timeout", says(FLOOD), child={**SMALL, ChannelOption.WRITE_STALL_TIMEOUT: SECONDS}),
    "takes nothing of a write": Case("write-timeout", says(FLOOD), lambda: [WriteTimeoutHandler(SECONDS)], child=SMALL),
    "takes nothing of the last": Case("close-timeout", says(BYE), child={**SMALL, ChannelOption.CLOSE_TIMEOUT: SECONDS}),
    "HTTP: says nothing": http("first-byte-timeout", nothing, first_byte_seconds=SECONDS),
    "HTTP: stops in a head": http("head-timeout", says(b"GET / HTTP/1.1\r\nHost:"), head_seconds=SECONDS),
    "HTTP: dribbles a head": http("head-timeout", drips(b"GET / HTTP/1.1\r\nHost: "), head_seconds=SECONDS),
    "HTTP: stops in content": http("content-timeout", says(POST), content_seconds=SECONDS),
    "HTTP: drips content": http("content-rate", drips(POST), head_seconds=SECONDS, content_rate=1_000_000),
    "HTTP: asks no more": http("keep-alive-timeout", says(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"), keep_alive_seconds=SECONDS),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
async def test_a_peer_that_misbehaves_is_cut_off_and_nobody_else_notices(
    case: Case, carried: Carrier, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """In time; three of them cost one line and are counted, whatever handlers do with the error; nothing of them stays."""
    monkeypatch.setattr(deadlines, "GRACE_SECONDS", SECONDS)
    ends, handlers = Ends(), list[weakref.ref[ChannelHandler[Any]]]()

    def fill(channel: Any) -> None:
        service = HttpService() if case.is_http else Service()
        handlers.append(weakref.ref(service))
        codec = HttpServerCodec() if case.is_http else LengthFieldBasedFrameDecoder()
        channel.pipeline().add_last(*([codec, *case.handlers()] if case.is_http else [*case.handlers(), codec]), service, ends)

    server, opened = await carried(fill, case.child)
    before = sockets()
    asks, answer = (b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", b"same") if case.is_http else (b"\0\0\0\2hi", b"\0\0\0\2hi")
    neighbour = Neighbour(await opened(), asks, answer)
    with caplog.at_level(logging.DEBUG, "pyboot.components.netty"):
        peers = [await opened() for _ in range(3)]
        began = asyncio.get_running_loop().time()
        acting = [asyncio.create_task(case.act(peer)) for peer in peers]  # type: ignore[arg-type]  # coroutines, all of them
        await ends.wait_for(lambda: len(ends.reasons) == 3)
        took = asyncio.get_running_loop().time() - began
    answered = neighbour.answered
    await until(lambda: neighbour.answered > answered)
    await neighbour.end()
    for task in acting:
        task.cancel()
    for _, writer in peers:
        writer.transport.abort()
    await ends.wait_for(lambda: ends.left == 4)

    assert [case.reason] * 3 == ends.reasons[:3]
    assert 3 == server.peer_faults()[case.reason]
    assert 1 == sum(f": {case.reason}: " in record.getMessage() for record in caplog.records)
    assert case.reason == "max-unread" or took >= SECONDS * 0.7
    await until(lambda: before == sockets())
    gc.collect()
    assert [] == [handler for handler in (each() for each in handlers) if handler is not None]


def sockets() -> int:
    """The number of those that are open, where the system tells; loops keep descriptors of other kinds for themselves."""
    found = 0
    for name in os.listdir("/proc/self/fd") if os.path.isdir("/proc/self/fd") else ():
        with contextlib.suppress(OSError):  # that of this very listing
            found += os.readlink(f"/proc/self/fd/{name}").startswith("socket:")
    return found


async def until(condition: Callable[[], bool]) -> None:
    """Wait until *condition* holds, which nobody tells of."""
    async with asyncio.timeout(PATIENCE):
        while not condition():  # noqa: ASYNC110  # of sockets, counts and the like nobody tells
            await asyncio.sleep(0.005)


@pytest.mark.parametrize("act", [nothing, says(b"\x16\3\1\2\0\1\0"), drips(b"\x16\3\1\2\0\1\0")], ids=["says nothing", "stops", "dribbles"])
@pytest.mark.parametrize("carrier", ["tcp", "unix"])
async def test_a_handshake_that_stalls_is_ended(
    act: Any, carrier: str, listen: Any, open_to: Any, tmp_path: Path, contexts: Contexts, caplog: pytest.LogCaptureFixture
) -> None:
    """A byte now and then is no progress; who has shaken hands stays."""
    ends = Ends()

    def fill(channel: Any) -> None:
        channel.pipeline().add_last(SslHandler(contexts.server, server_side=True, handshake_timeout=SECONDS * 3))
        channel.pipeline().add_last(LengthFieldBasedFrameDecoder(), Service(), ends)

    server = await listen(fill, ServerBootstrap(), str(tmp_path / "s") if carrier == "unix" else "127.0.0.1")
    neighbour = Neighbour(await open_to(server, contexts.client), b"\0\0\0\2hi", b"\0\0\0\2hi")
    with caplog.at_level(logging.DEBUG, "pyboot.components.netty"):
        peers = [await open_to(server) for _ in range(3)]
        acting = [asyncio.create_task(act(peer)) for peer in peers]
        await ends.wait_for(lambda: len(ends.reasons) == 3)
    await neighbour.end()
    for task in acting:
        task.cancel()
    for _, writer in peers:
        writer.transport.abort()
    await ends.wait_for(lambda: ends.left == 4)

    assert ["handshake-timeout"] * 3 == ends.reasons[:3]
    assert 3 == server.peer_faults()["handshake-timeout"]
    assert 1 == sum(": handshake-timeout: " in record.getMessage() for record in caplog.records)


class Stuck(ChannelHandler[Any]):
    """Takes the first message, and no other one until it is let go on."""

    def __init__(self) -> None:
        self.go_on = asyncio.Event()
        self.taken = 0
        self.channel: Any = None

    async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:  # type: ignore[override]  # as users write it
        self.channel = ctx.channel
        await self.go_on.wait()
        self.taken += 1


async def test_what_a_stuck_handler_does_not_take_is_not_read(carried: Carrier) -> None:
    """However long messages are: a little more than `MAILBOX_BYTES` waits, which is one read; nothing of it is lost."""
    stuck: list[Stuck] = []

    def fill(channel: Any) -> None:
        is_first = not stuck
        handler = Stuck() if is_first else Service()
        stuck.extend([handler] if isinstance(handler, Stuck) else [])
        channel.pipeline().add_last(LengthFieldBasedFrameDecoder(), handler)

    _, opened = await carried(fill, {ChannelOption.MAILBOX_BYTES: 100_000})
    _, writer = await opened()
    frame = (32768).to_bytes(4, "big") + bytes(32768)
    for _ in range(256):
        writer.write(frame)
    neighbour = Neighbour(await opened(), b"\0\0\0\2hi", b"\0\0\0\2hi")
    await until(lambda: bool(stuck) and stuck[0].channel is not None and stuck[0].channel.full_mailboxes == 1)
    channel = stuck[0].channel
    assert 100_000 < channel.reading.mailed_bytes <= 100_000 + 32768
    assert not channel.is_reading
    answered = neighbour.answered
    await until(lambda: neighbour.answered > answered + 2)
    assert 100_000 < channel.reading.mailed_bytes <= 100_000 + 32768

    stuck[0].go_on.set()
    await until(lambda: stuck[0].taken == 256)
    await neighbour.end()
    writer.transport.abort()


async def cut_off(reader: StreamReader) -> bool:
    """Wait for the end of a connection, by an orderly end or a reset."""
    try:
        async with asyncio.timeout(PATIENCE):
            return await reader.read() == b""
    except ConnectionError:
        return True


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
        async with asyncio.timeout(PATIENCE):
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


async def served(opened: Opened) -> StreamWriter | None:
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


async def test_a_server_has_as_many_connections_as_it_may(carried: Carrier, greeting: Any, caplog: pytest.LogCaptureFixture) -> None:
    """One more waits, and is greeted when somebody has left; those who are there notice nothing."""
    server, opened = await carried(greeting, own={ChannelOption.MAX_CONNECTIONS: 2})
    first, second = await served(opened), await served(opened)
    assert first is not None
    assert second is not None
    waiting = asyncio.create_task(served(opened))
    await until(lambda: server.peer_faults() == {"max-connections": 1})
    assert not waiting.done()
    assert 2 == server.connections

    first.transport.abort()
    third = await waiting
    assert third is not None
    assert not second.is_closing()
    assert 1 == sum("its max-connections: further clients wait" in record.getMessage() for record in caplog.records)
    second.transport.abort()
    third.transport.abort()


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
