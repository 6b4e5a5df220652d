"""A client that lives on a loop of a group: whatever is asked of it anywhere happens there, and what it tells is told on the application's.

Over real sockets, on both loops.
"""

import asyncio
import sys
import threading
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from pyboot.boot import EventListener, PyBootApplication, Service
from pyboot.boot.loop import loop_factory
from pyboot.components.netty import ChannelHandler, ChannelHandlerContext, RequestResponseHandler
from pyboot.netty import ChannelHandlerBean, NettyServer
from pyboot.netty.client.client import NettyClient
from pyboot.netty.client.clients import NettyClients
from pyboot.netty.client.errors import ClientTimeoutError, ClientUnavailableError
from pyboot.netty.client.events import ClientConnected, ClientDisconnected, ClientEvent
from pyboot.netty.client.group import NettyClientGroup
from pyboot.netty.client.state import ClientState
from pyboot.netty.errors import UnknownResourceError
from pyboot.testing import connect, running

from .peer import Peer

GROUP_THREADS = "netty-io-"


@PyBootApplication(scan=(sys.modules[__name__],))
class App:
    """A client on a group, which a server may have too."""


@NettyServer
class FrontServer:
    """Says on which thread it lives."""

    pipeline = ["line", "string"]


@ChannelHandlerBean(server="front")
class Say(ChannelHandler[str]):
    """Answers with the thread."""

    def channel_read(self, ctx: ChannelHandlerContext, msg: str) -> None:
        """Whatever is said."""
        ctx.write_and_flush(threading.current_thread().name + "\n")


@NettyClient(host="127.0.0.1")
class UpstreamClient:
    """Its port is a setting."""

    pipeline = ["line", "string"]


@ChannelHandlerBean(client="upstream", order=20)
class Calls(RequestResponseHandler[str, str]):
    """Asks in lower case, and is answered in capitals."""

    def id_of(self, msg: str) -> str | None:
        """Without its end."""
        return msg.strip().lower() if msg.lower().startswith("ask") else None


@ChannelHandlerBean(client="upstream", order=10)
class Hear(ChannelHandler[str]):
    """Keeps the threads that its callbacks are called on."""

    threads: set[str]

    def channel_active(self, ctx: ChannelHandlerContext) -> None:
        """Note where."""
        Hear.threads.add(threading.current_thread().name)
        ctx.fire_channel_active()

    def channel_read(self, ctx: ChannelHandlerContext, msg: str) -> None:
        """Note where."""
        Hear.threads.add(threading.current_thread().name)
        ctx.fire_channel_read(msg)


@Service
class Upstream:
    """Hears what happens to the client, and where it is told."""

    def __init__(self, upstream: NettyClient) -> None:
        """Take the client."""
        self.client = upstream
        self.events: asyncio.Queue[ClientEvent] = asyncio.Queue()
        self.threads: set[str] = set()

    @EventListener
    async def heard(self, event: ClientEvent) -> None:
        """Keep it."""
        self.threads.add(threading.current_thread().name)
        self.events.put_nowait(event)

    async def next(self, kind: type[ClientEvent]) -> ClientEvent:
        """The next event of that kind."""
        while not isinstance(event := await self.events.get(), kind):
            pass
        return event


@pytest.fixture(params=["asyncio", "uvloop"])
def run(request: pytest.FixtureRequest) -> Callable[[Callable[[str], Coroutine[Any, Any, None]]], None]:
    """Run a coroutine function on a loop of its own, and hand it the kind of loop; no thread of a group is left."""

    def on_loop(work: Callable[[str], Coroutine[Any, Any, None]]) -> None:
        async def begin() -> None:
            Hear.threads = set()
            async with asyncio.timeout(20):
                await work(request.param)

        with asyncio.Runner(loop_factory=loop_factory(request.param)) as runner:
            runner.run(begin())
        assert [] == [thread.name for thread in threading.enumerate() if thread.name.startswith(GROUP_THREADS)]

    return on_loop


type Run = Callable[[Callable[[str], Coroutine[Any, Any, None]]], None]


def settings(kind: str, port: int, **more: Any) -> dict[str, object]:
    """Those of a client on the group `io`."""
    upstream = {"port": port, "group": "io", "reconnect.initial": "10ms", "reconnect.max": "10ms", **more}
    return {
        "netty.loop": kind,
        "netty.groups.io.threads": 1,
        **{f"netty.clients.upstream.{name}": value for name, value in upstream.items()},
    }


def test_its_handlers_live_there_and_its_events_come_here(run: Run) -> None:
    """Through a loss and a return, as with any client."""

    async def story(kind: str) -> None:
        here = threading.current_thread().name
        async with Peer() as peer, running(App, properties=settings(kind, peer.port)) as context:
            service = context.get(Upstream)
            client = service.client
            first = await client.connected(5)
            assert first.loop is not asyncio.get_running_loop()
            assert "ASK ME" == await client.request(Calls, "ask me\n", timeout=5)
            assert isinstance(await service.next(ClientConnected), ClientConnected)

            await peer.go()
            assert first is (await service.next(ClientDisconnected)).channel  # type: ignore[attr-defined]  # it is one of those
            with pytest.raises(ClientTimeoutError):
                await client.connected(0.02)
            with pytest.raises(ClientUnavailableError):
                await client.send("nobody hears it\n")
            await peer.come()
            assert first is not await client.connected(5)
            await client.send("again\n")
            assert b"ask me\n" == await peer.lines.get()
            assert b"again\n" == await peer.lines.get()
            assert isinstance(await service.next(ClientConnected), ClientConnected)

            assert ({f"{GROUP_THREADS}0"}, {here}) == (Hear.threads, service.threads)
            assert (2, 1) == client.statistics()[:2]
        assert ClientState.STOPPED is client.state

    run(story)


def test_what_waits_for_it_goes_out_in_its_order_from_any_thread(run: Run) -> None:
    """Written here, kept there, and sent when the peer has come."""

    async def story(kind: str) -> None:
        peer = Peer()
        async with running(App, properties=settings(kind, peer.port, **{"outage.writes": "queue"})) as context:
            client = context.get(Upstream).client
            written = [client.write_and_flush(f"{number}\n") for number in range(100)]
            await peer.come()
            await asyncio.gather(*written)
            await client.send("last\n")
            assert [b"%d\n" % number for number in range(100)] + [b"last\n"] == [await peer.lines.get() for _ in range(101)]
            await peer.go()

    run(story)


def test_a_server_and_a_client_share_the_group_and_the_client_outlives_the_server(run: Run) -> None:
    """One thread for both; the group ends with the last of them."""

    async def story(kind: str) -> None:
        async with Peer() as peer:
            shared = settings(kind, peer.port) | {"netty.servers.front.worker": "io", "netty.servers.front.boss": "io"}
            async with running(App, properties=shared) as context:
                await context.get(Upstream).client.connected(5)
                async with connect(context, "front") as (reader, writer):
                    writer.write(b"where?\n")
                    assert f"{GROUP_THREADS}0\n".encode() == await reader.readline()
                names = [thread.name for thread in threading.enumerate() if thread.name.startswith("netty-")]
                assert [f"{GROUP_THREADS}0"] == names

    run(story)


def test_instances_are_spread_over_the_loops_of_the_group(run: Run) -> None:
    """Those that are added later, too; a start waits for those that are required."""

    async def story(kind: str) -> None:
        async with Peer() as peer:
            several = {
                "netty.groups.io.threads": 2,
                "netty.clients.device": {
                    "host": "127.0.0.1",
                    "port": peer.port,
                    "group": "io",
                    "required": True,
                    "pipeline": ["line", "string"],
                    "instances": {"a": {"port": peer.port}, "b": {"port": peer.port}},
                },
            }
            async with running(App, properties=settings(kind, peer.port, lazy=True) | several) as context:
                group = context.get(NettyClientGroup, "device")
                assert all(client.is_connected for client in group.values())
                loops = {(await client.connected()).loop for client in group.values()}
                assert 2 == len(loops)
                added = group.add("c", "127.0.0.1", peer.port)
                assert (await added.connected(5)).loop in loops
                assert await group.remove("c")
                assert ClientState.STOPPED is added.state
                assert "device.c" not in context.get(NettyClients)

    run(story)


async def test_a_group_that_is_not_there_stops_the_start() -> None:
    """With those that are."""
    with pytest.raises(Exception, match="io") as refused:
        async with running(App, properties=settings("asyncio", 9000, group="oi")):
            pass
    cause: BaseException | None = refused.value
    while cause is not None and not isinstance(cause, UnknownResourceError):
        cause = cause.__cause__
    assert isinstance(cause, UnknownResourceError)
