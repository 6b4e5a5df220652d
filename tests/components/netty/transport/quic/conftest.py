"""What tests of QUIC share: a certificate, servers and clients that end with the test, and what handlers have seen."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any, NamedTuple

import pytest
import pytest_asyncio
import trustme

from pyboot.components.netty import Bootstrap, ChannelHandler, ServerBootstrap
from pyboot.components.netty.transport.quic import (
    QuicChannel,
    QuicChannelOption,
    QuicClientConfig,
    QuicServerChannel,
    QuicServerConfig,
)

ALPN = ["test"]


class Pki(NamedTuple):
    """An authority, and what it has signed for localhost."""

    ca: bytes
    certificate: bytes
    key: bytes


@pytest.fixture(scope="session")
def pki() -> Pki:
    """A certificate of this run."""
    authority = trustme.CA()
    issued = authority.issue_cert("localhost", "127.0.0.1", "::1")
    chain = b"".join(pem.bytes() for pem in issued.cert_chain_pems)
    return Pki(authority.cert_pem.bytes(), chain, issued.private_key_pem.bytes())


class Quiet(ChannelHandler[Any]):
    """Does nothing."""

    sharable = True


class StreamEcho(ChannelHandler[Any]):
    """Sends back what comes, and ends when the peer has ended."""

    sharable = True

    def channel_read(self, ctx: Any, msg: Any) -> None:
        ctx.write_and_flush(msg)

    def user_event_triggered(self, ctx: Any, event: object) -> None:
        if repr(event) == "ChannelInputShutdown":
            ctx.channel.shutdown_output()


class Collected(ChannelHandler[Any]):
    """Keeps what one stream brings; `ended` is everything, once the peer has ended, and raises what broke it off."""

    def __init__(self) -> None:
        self.data = bytearray()
        self.came = asyncio.Event()
        self.events: list[object] = []
        self.ended: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self.closed: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def channel_read(self, ctx: Any, msg: Any) -> None:
        self.data += bytes(msg)
        self.came.set()

    def user_event_triggered(self, ctx: Any, event: object) -> None:
        self.events.append(event)
        if repr(event) == "ChannelInputShutdown" and not self.ended.done():
            self.ended.set_result(bytes(self.data))

    def exception_caught(self, ctx: Any, error: Exception) -> None:
        if not self.ended.done():
            self.ended.set_exception(error)

    def channel_inactive(self, ctx: Any) -> None:
        if not self.closed.done():
            self.closed.set_result(None)
        self.ended.cancel()


async def eventually(true: Callable[[], object]) -> None:
    """Wait until *true*() holds, of what nobody tells."""
    async with asyncio.timeout(20):
        while not true():  # noqa: ASYNC110  # as there is nothing to wait for
            await asyncio.sleep(0.001)


class Quic:
    """Starts servers and clients of one test; what is told of a config differs from what works."""

    def __init__(self, pki: Pki) -> None:
        self.pki = pki
        self._servers: list[ServerBootstrap] = []
        self._clients: list[Bootstrap] = []

    async def serve(
        self,
        stream: Any = None,
        child: Any = None,
        bootstrap: ServerBootstrap | None = None,
        current: Any = None,
        port: int = 0,
        **config: Any,
    ) -> QuicServerChannel:
        """A server on *port* whose streams have the handler *stream*, echoes by default, and connections *child*; *current* its config."""
        chosen = (bootstrap or ServerBootstrap()).channel(QuicServerChannel)
        told = QuicServerConfig(**{"alpn": ALPN, "certificate": self.pki.certificate, "key": self.pki.key, **config})
        chosen.option(QuicChannelOption.CONFIG, current or told).child_handler(child or Quiet())
        chosen.child_option(QuicChannelOption.STREAM_HANDLER, stream or StreamEcho())
        self._servers.append(chosen)
        server = await chosen.bind("127.0.0.1", port)
        assert isinstance(server, QuicServerChannel)
        return server

    async def connect(
        self, server: Any, handler: Any = None, stream: Any = None, options: dict[Any, Any] | None = None, **config: Any
    ) -> QuicChannel:
        """A client of *server*, a channel or an address."""
        address = server if isinstance(server, tuple) else server.local_address()
        told = QuicClientConfig(**{"alpn": ALPN, "ca": self.pki.ca, **config})
        bootstrap = Bootstrap().channel(QuicChannel).option(QuicChannelOption.CONFIG, told).handler(handler or Quiet())
        bootstrap.option(QuicChannelOption.STREAM_HANDLER, stream)
        for option, value in (options or {}).items():
            bootstrap.option(option, value)
        self._clients.append(bootstrap)
        channel = await bootstrap.connect(*address[:2])
        assert isinstance(channel, QuicChannel)
        return channel

    async def close(self) -> None:
        """End all."""
        for client in self._clients:
            await client.close()
        for server in self._servers:
            await server.shutdown_gracefully(0, 5)

    eventually = staticmethod(eventually)
    collected = Collected

    @staticmethod
    async def ask(channel: QuicChannel, data: bytes) -> bytes:
        """Send *data* on a stream of its own, end it, and return the answer."""
        collected = Collected()
        stream = channel.create_stream(collected)
        stream.write_and_flush(data)
        stream.shutdown_output()
        return await asyncio.wait_for(collected.ended, 20)


@pytest_asyncio.fixture
async def quic(pki: Pki, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> AsyncIterator[Quic]:
    """Servers and clients."""
    if request.path.name != "test_closing.py":
        # A client that has closed keeps its socket for three probe timeouts, which are long on a busy machine.
        monkeypatch.setattr("pyboot.components.netty.transport.quic.closing._MAX_SECONDS", 0.2)
    started = Quic(pki)
    yield started
    await started.close()


@pytest.fixture
def collected() -> Callable[[], Collected]:
    """What keeps a stream."""
    return Collected
