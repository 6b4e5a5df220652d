"""Clients that settings make, behind a faulty network: they come back, what was asked fails with its reason, and nothing is left."""

import asyncio
import sys
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from pyboot.boot import ApplicationContext, EventListener, PyBootApplication, Service
from pyboot.components.netty import (
    ChannelHandler,
    HttpClient,
    HttpClientError,
    HttpConnectionLostError,
    HttpPhase,
    HttpProtocolError,
    HttpTimeoutError,
)
from pyboot.netty import ChannelHandlerBean
from pyboot.netty.client.client import NettyClient
from pyboot.netty.client.errors import ClientTimeoutError, ClientUnavailableError
from pyboot.netty.client.events import ClientConnected, ClientDisconnected, ClientEvent
from pyboot.testing import FaultProxy, StreamFaults, running

from .peer import Peer

FINE = StreamFaults()


@PyBootApplication(scan=(sys.modules[__name__],))
class App:
    """Who hears a client."""


@ChannelHandlerBean(client="upstream")
class Hear(ChannelHandler[str]):
    """Keeps the answers."""

    heard: asyncio.Queue[str]

    def channel_read(self, ctx: Any, msg: str) -> None:
        """Each of its own."""
        Hear.heard.put_nowait(msg)


@Service
class Events:
    """Keeps what happens to the client."""

    def __init__(self) -> None:
        self.queue: asyncio.Queue[ClientEvent] = asyncio.Queue()

    @EventListener
    async def heard(self, event: ClientEvent) -> None:
        """Keep it."""
        self.queue.put_nowait(event)

    async def next[E: ClientEvent](self, kind: type[E]) -> E:
        """The next one of that kind."""
        while not isinstance(event := await self.queue.get(), kind):
            pass
        return event


@asynccontextmanager
async def behind(proxied: dict[str, Any], **more: Any) -> AsyncIterator[tuple[FaultProxy, ApplicationContext, NettyClient]]:
    """A peer that answers lines, a proxy before it, and an application with a client of that."""
    Hear.heard = asyncio.Queue()
    async with asyncio.timeout(20), Peer() as peer, FaultProxy("127.0.0.1", peer.port, seed=7, **proxied) as proxy:
        settings = {"host": "127.0.0.1", "port": proxy.address[1], "pipeline[0]": "line", "pipeline[1]": "string"}
        settings |= {"reconnect.initial": "10ms", "reconnect.max": "10ms", **more}
        async with running(App, properties={f"netty.clients.upstream.{key}": value for key, value in settings.items()}) as context:
            yield proxy, context, context.get(NettyClient, "upstream")


@pytest.mark.parametrize(
    ("direction", "fault"),
    [
        ("to_client", StreamFaults(reset_after=3)),
        ("to_client", StreamFaults(cut_after=3)),
        ("to_client", StreamFaults(half_close_after=3)),
        ("to_server", StreamFaults(reset_after=3)),
        ("to_server", StreamFaults(cut_after=3)),
    ],
    ids=["reset of the answer", "cut of the answer", "half-close of the answer", "reset of the question", "cut of the question"],
)
async def test_a_client_comes_back_from_an_end_in_the_middle_of_a_message(direction: str, fault: StreamFaults) -> None:
    """The application hears of the loss once for each connection, half an answer is none, and the third connection serves."""
    async with behind({direction: lambda number: fault if number < 2 else FINE}) as (proxy, context, client):
        events = context.get(Events)
        for _ in range(2):
            connected = await events.next(ClientConnected)
            client.write_and_flush("hello\n")
            assert connected.channel is (await events.next(ClientDisconnected)).channel
        await events.next(ClientConnected)
        await client.send("again\n")

        assert "AGAIN" == await Hear.heard.get()
        assert (3, 2, 0) == (proxy.connections, client.statistics().lost, Hear.heard.qsize())


async def test_latency_and_slices_cost_time_alone() -> None:
    """Nobody is cut off for them, and the order stays."""
    slow = StreamFaults(delay=0.02, jitter=0.02, slices=4)
    async with behind({"to_server": slow, "to_client": slow}) as (proxy, _, client):
        await client.connected(5)
        for number in range(50):
            client.write_and_flush(f"line {number}\n")

        assert [f"LINE {number}" for number in range(50)] == [await Hear.heard.get() for _ in range(50)]
        assert (1, 0) == (proxy.connections, client.statistics().lost)


@pytest.mark.parametrize(
    "settings",
    [{"idle.reader": "100ms"}, {"heartbeat.interval": "50ms", "heartbeat.timeout": "50ms", "heartbeat.payload": "ping\n"}],
    ids=["idle", "heartbeat"],
)
async def test_a_black_hole_is_left_by_who_watches_for_silence(settings: dict[str, str]) -> None:
    """No end comes from there; the settings for silent peers make one, and the next connection serves."""
    hole = {"to_client": lambda number: StreamFaults(black_hole_after=0) if number == 0 else FINE}
    async with behind(hole, **settings) as (proxy, context, client):
        events = context.get(Events)
        await events.next(ClientConnected)
        await client.send("hello\n")
        await events.next(ClientDisconnected)
        await events.next(ClientConnected)
        await client.send("again\n")
        while "AGAIN" != await Hear.heard.get():
            pass

        assert proxy.connections >= 2


async def test_what_is_written_during_an_outage_waits_where_a_setting_says_so() -> None:
    """Behind a proxy that resets whatever it takes, then heals."""
    async with behind({}, **{"outage.writes": "queue"}) as (proxy, context, client):
        events = context.get(Events)
        await events.next(ClientConnected)
        proxy.to_server = StreamFaults(reset_after=0)
        await events.next(ClientDisconnected)
        written = [client.write_and_flush(f"{number}\n") for number in range(3)]
        proxy.to_server = FINE
        outcomes = await asyncio.gather(*written, return_exceptions=True)

        kept = [f"{number}" for number, outcome in enumerate(outcomes) if outcome is None]
        heard = [await Hear.heard.get() for _ in kept]
        assert kept == heard
        assert all(isinstance(each, ConnectionError) for each in outcomes if each is not None)


async def test_who_waits_for_a_client_behind_a_network_that_is_gone_is_told_in_time() -> None:
    """With the reason; what is written then fails at once."""
    async with behind({}) as (proxy, context, client):
        events = context.get(Events)
        await events.next(ClientConnected)
        await proxy.__aexit__(None, None, None)
        await events.next(ClientDisconnected)
        with pytest.raises(ClientTimeoutError, match="upstream"):
            await client.connected(0.1)
        with pytest.raises(ClientUnavailableError, match="Refused"):
            await client.send("nobody hears it\n")


# HTTP.


@PyBootApplication(scan=())
class Shop:
    """Has a client of HTTP."""


async def web(reader: StreamReader, writer: StreamWriter) -> None:
    """Answers requests with a kilobyte each."""
    try:
        while True:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + b"x" * 1000)
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.transport.abort()


@asynccontextmanager
async def shop(proxied: dict[str, Any], **more: Any) -> AsyncIterator[tuple[FaultProxy, HttpClient]]:
    """A server of HTTP, a proxy before it, and the client that settings make."""
    server = await asyncio.start_server(web, "127.0.0.1", 0)
    try:
        host, port = server.sockets[0].getsockname()[:2]
        async with asyncio.timeout(20), FaultProxy(host, port, seed=7, **proxied) as proxy:
            settings = {"base-url": f"http://127.0.0.1:{proxy.address[1]}/", **more}
            properties = {f"netty.http-clients.shop.{key}": value for key, value in settings.items()}
            async with running(Shop, properties=properties) as context:
                yield proxy, context.get(HttpClient, "shop")
    finally:
        server.close()


def once(fault: StreamFaults) -> dict[str, Any]:
    """For the first connection alone."""
    return {"to_client": lambda number: fault if number == 0 else FINE}


@pytest.mark.parametrize(
    ("fault", "error", "settings"),
    [
        (StreamFaults(reset_after=500), HttpConnectionLostError, {}),
        (StreamFaults(cut_after=500), HttpConnectionLostError, {}),
        (StreamFaults(half_close_after=500), HttpConnectionLostError, {}),
        (StreamFaults(cut_after=10), HttpConnectionLostError, {}),
        (StreamFaults(corrupt_at=0), HttpProtocolError, {}),
        (StreamFaults(black_hole_after=0), HttpTimeoutError, {"timeouts.response": "100ms"}),
        (StreamFaults(black_hole_after=500), HttpTimeoutError, {"timeouts.read": "100ms"}),
        (StreamFaults(bandwidth=100), HttpTimeoutError, {"timeouts.total": "200ms"}),
    ],
    ids=["reset", "cut", "half-close", "cut of the head", "corrupt", "no head", "no more content", "too slow"],
)
async def test_a_request_fails_with_the_reason_and_the_next_one_is_served(
    fault: StreamFaults, error: type[HttpClientError], settings: dict[str, str]
) -> None:
    """On a connection of its own; the error names the request, and the setting where it was a time."""
    async with shop(once(fault), **settings) as (proxy, client):
        with pytest.raises(error) as failed:
            await client.post("order", content=b"")
        assert ("POST", f"http://127.0.0.1:{proxy.address[1]}/order") == (failed.value.method, failed.value.url)
        if isinstance(failed.value, HttpTimeoutError):
            assert [f"timeouts.{failed.value.phase}"] == list(settings)
        assert 1000 == len(await (await client.get("list")).read())

        assert 2 == proxy.connections


async def test_a_request_whose_kept_connection_is_gone_gets_one_new_one() -> None:
    """Where that is lost too, the request has failed, and is not sent on and on."""
    async with shop({}) as (proxy, client):
        assert 1000 == len(await (await client.get("list")).read())
        proxy.to_server = StreamFaults(reset_after=1)
        with pytest.raises(HttpConnectionLostError):
            await client.get("list")
        seen = proxy.connections
        proxy.to_server = FINE
        assert 1000 == len(await (await client.get("list")).read())

        assert (2, 3) == (seen, proxy.connections)


async def test_latency_and_slices_cost_an_http_client_time_alone() -> None:
    """One connection does."""
    slow = StreamFaults(delay=0.01, jitter=0.01, slices=40)
    async with shop({"to_server": slow, "to_client": slow}) as (proxy, client):
        for _ in range(3):
            assert 1000 == len(await (await client.get("list")).read())

        assert 1 == proxy.connections


async def test_a_peer_that_never_shakes_hands_is_left_when_a_setting_says_so() -> None:
    """Nothing comes back from there, and TLS waits for it: that is a part of connecting."""
    async with shop({"to_server": StreamFaults(partitioned=True)}, **{"timeouts.connect": "100ms"}) as (proxy, client):
        with pytest.raises(HttpTimeoutError) as failed:
            await client.get(f"https://127.0.0.1:{proxy.address[1]}/")
        assert HttpPhase.CONNECT == failed.value.phase
