"""The clients of an application: injected, connected, lost and back, over real sockets and on both loops."""

import asyncio
import logging
import sys
from collections.abc import Awaitable, Callable, Coroutine
from typing import Annotated, Any

import pytest

from pyboot.boot import ApplicationContext, EventListener, Phase, PyBootApplication, Qualifier, Service
from pyboot.boot.errors import GraphError, LifecycleError
from pyboot.boot.loop import loop_factory
from pyboot.components.netty import ChannelHandler, ChannelHandlerContext, ChannelPool, FixedChannelPool
from pyboot.netty import ChannelHandlerBean, NettyServer, NettyServers
from pyboot.netty.client.client import NettyClient
from pyboot.netty.client.clients import NettyClients
from pyboot.netty.client.errors import ClientUnavailableError, RequiredClientError, UnknownClientError
from pyboot.netty.client.events import ClientConnected, ClientDisconnected, ClientEvent, ClientGaveUp, ClientWaiting
from pyboot.netty.client.group import NettyClientGroup
from pyboot.netty.client.state import ClientState
from pyboot.testing import connect, running

from .peer import Peer

QUICK = {"netty.clients.upstream.reconnect.initial": "10ms", "netty.clients.upstream.reconnect.max": "10ms"}


@PyBootApplication(scan=(sys.modules[__name__],))
class App:
    """A server, a client, and who uses it."""


@NettyServer
class FrontServer:
    """Hands lines on."""

    pipeline = ["line", "string"]


@NettyClient(host="127.0.0.1")
class UpstreamClient:
    """Its port is a setting."""

    pipeline = ["line", "string"]


@ChannelHandlerBean(client="upstream")
class Hear(ChannelHandler[str]):
    """Keeps the answers."""

    heard: asyncio.Queue[tuple[str, str]]

    def channel_read(self, ctx: ChannelHandlerContext, msg: str) -> None:
        """With the name of the client they came to."""
        Hear.heard.put_nowait((NettyClient.of(ctx.channel).name, msg))


@ChannelHandlerBean(server="front")
class Ask(ChannelHandler[str]):
    """Asks upstream, and answers with what it says."""

    def __init__(self, upstream: NettyClient) -> None:
        """Take the client."""
        self.upstream = upstream

    async def channel_read(self, ctx: ChannelHandlerContext, msg: str) -> None:
        """One question after the other."""
        await self.upstream.send(msg + "\n")
        _, answer = await Hear.heard.get()
        ctx.write_and_flush(answer + "\n")


@Service
class Upstream:
    """Called as the client is, which is no clash; hears what happens to it."""

    def __init__(
        self, upstream: NettyClient, same: Annotated[NettyClient, Qualifier("upstream")], all_of_them: dict[str, NettyClient]
    ) -> None:
        """By the name of the parameter, by a qualifier, and all."""
        self.client, self.same, self.all = upstream, same, all_of_them
        self.events: asyncio.Queue[ClientEvent] = asyncio.Queue()

    @EventListener
    async def heard(self, event: ClientEvent) -> None:
        """Keep it."""
        self.events.put_nowait(event)


@pytest.fixture(params=["asyncio", "uvloop"])
def run(request: pytest.FixtureRequest) -> Callable[[Callable[[], Coroutine[Any, Any, None]]], None]:
    """Run a coroutine function on a loop of its own."""

    def on_loop(work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        async def begin() -> None:
            Hear.heard = asyncio.Queue()
            async with asyncio.timeout(20):
                await work()

        with asyncio.Runner(loop_factory=loop_factory(request.param)) as runner:
            runner.run(begin())

    return on_loop


type Run = Callable[[Callable[[], Awaitable[None]]], None]


def settings(port: int, **more: Any) -> dict[str, object]:
    """Those of the client."""
    return {**QUICK, "netty.clients.upstream.port": port, **{f"netty.clients.upstream.{key}": value for key, value in more.items()}}


async def next_event(context: ApplicationContext, kind: type[ClientEvent]) -> ClientEvent:
    """The next event of that kind."""
    while not isinstance(event := await context.get(Upstream).events.get(), kind):
        pass
    return event


def test_a_client_is_injected_and_comes_back_when_it_was_lost(run: Run) -> None:
    """The whole story, as the application hears it."""

    async def story() -> None:
        async with Peer() as peer, running(App, properties=settings(peer.port)) as context:
            service = context.get(Upstream)
            assert service.client is service.same is service.all["upstream"] is context.get(NettyClient, "upstream")
            first = await service.client.connected(5)
            await service.client.send("hello\n")
            assert ("upstream", "HELLO") == await Hear.heard.get()

            await peer.go()
            lost = await next_event(context, ClientDisconnected)
            assert isinstance(lost, ClientDisconnected)
            assert (first, False) == (lost.channel, service.client.is_connected)
            with pytest.raises(ClientUnavailableError):
                service.client.write_and_flush("nobody hears it\n")

            await peer.come()
            second = await service.client.connected(5)
            await service.client.send("again\n")
            assert ("upstream", "AGAIN") == await Hear.heard.get()
            assert second is not first

    run(story)


def test_a_start_without_the_peer_goes_on_and_connects_later(run: Run, caplog: pytest.LogCaptureFixture) -> None:
    """The log says so in a few lines, however often it is tried."""

    async def story() -> None:
        peer = Peer()
        async with running(App, properties=settings(peer.port, **{"reconnect.jitter": 0})) as context:
            client = context.get(Upstream).client
            while client.attempts < 20:
                await next_event(context, ClientEvent)
            assert len([text for text in caplog.messages if "not connected" in text]) <= 10
            await peer.come()
            assert isinstance(await next_event(context, ClientConnected), ClientConnected)
            await peer.go()

    with caplog.at_level(logging.INFO):
        run(story)
    assert [True] == [
        text.endswith("line -> string -> Hear") for text in caplog.messages if text.startswith("pipeline of the client 'upstream'")
    ]


def test_a_peer_that_takes_connections_and_drops_them_is_given_up(run: Run) -> None:
    """It never was a good one: the waits grow, the attempts count on, and the last is the last."""

    async def drop(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    async def story() -> None:
        async with await asyncio.start_server(drop, "127.0.0.1", 0) as dropping:
            port = dropping.sockets[0].getsockname()[1]
            async with running(App, properties=settings(port, **{"reconnect.max-attempts": 5})) as context:
                seen = []
                while not isinstance(event := await next_event(context, ClientEvent), ClientGaveUp):
                    seen += [event.attempts] if isinstance(event, ClientWaiting) else []
                client = context.get(Upstream).client
                assert ([1, 2, 3, 4, 5], 6, 6, 6) == (seen, event.attempts, client.attempts, client.statistics().lost)

    run(story)


def test_what_waits_goes_out_when_the_peer_is_back(run: Run) -> None:
    """In its order, before what is written then."""

    async def story() -> None:
        peer = Peer()
        async with running(App, properties=settings(peer.port, **{"outage.writes": "queue"})) as context:
            client = context.get(Upstream).client
            for number in range(100):
                client.write_and_flush(f"{number}\n")
            await peer.come()
            await client.connected()
            await client.send("last\n")
            assert [b"%d\n" % number for number in range(100)] + [b"last\n"] == [await peer.lines.get() for _ in range(101)]
            await peer.go()

    run(story)


def test_servers_use_clients_to_the_last(run: Run) -> None:
    """At the stop what a server has read is answered with the help of the client, which closes afterwards."""
    assert Phase.CLIENTS < Phase.TASKS < Phase.SERVERS

    async def story() -> None:
        async with Peer() as peer:
            async with running(App, properties=settings(peer.port)) as context:
                client = context.get(Upstream).client
                await client.connected(5)
                async with connect(context, "front") as (reader, writer):
                    writer.write(b"question\n")
                    assert b"question\n" == await peer.lines.get()
                    servers = context.get(NettyServers)
                    await servers.stop()
                    assert b"QUESTION\n" == await reader.read()
                    assert client.is_connected
            assert ClientState.STOPPED is client.state

    run(story)


def test_the_end_of_an_application_closes_its_clients_whatever_they_do(run: Run) -> None:
    """Nothing is left on the loop."""

    async def story() -> None:
        peer = Peer()
        async with running(App, properties=settings(peer.port)) as context:
            client = context.get(Upstream).client
            waiting = asyncio.create_task(client.connected())
            await asyncio.sleep(0)
        with pytest.raises(ClientUnavailableError, match="was stopped"):
            await waiting
        assert [] == [task for task in asyncio.all_tasks() if task is not asyncio.current_task() and not task.done()]

    run(story)


async def test_a_required_client_is_waited_for_and_missed() -> None:
    """The report says what to do; nothing stays open."""
    Hear.heard = asyncio.Queue()
    async with Peer() as peer, running(App, properties=settings(peer.port, required="true")) as context:
        assert context.get(Upstream).client.is_connected
    with pytest.raises(LifecycleError) as missed:
        async with running(App, properties=settings(Peer().port, required="true", **{"start-timeout": "50ms"})):
            pass
    cause = missed.value.__cause__
    assert isinstance(cause, RequiredClientError)
    assert "ConnectionRefusedError" in str(cause)
    assert "netty.clients.upstream.required=false" in cause.action


async def test_a_lazy_client_connects_when_it_is_used() -> None:
    """And does not keep an application alive until then."""
    async with Peer() as peer, running(App, properties=settings(peer.port, lazy="true")) as context:
        client, clients = context.get(Upstream).client, context.get(NettyClients)
        assert ClientState.NEW is client.state
        assert not clients.keeps_alive
        await client.connected(5)
        assert client.is_connected
    assert not clients.keeps_alive


@pytest.mark.parametrize(("more", "keeps"), [({}, True), ({"daemon": "true"}, False)])
async def test_a_client_keeps_the_application_alive_unless_it_is_a_daemon(more: dict[str, str], keeps: bool) -> None:
    """As a thread does."""
    async with running(App, properties=settings(Peer().port, **more)) as context:
        assert keeps == context.get(NettyClients).keeps_alive


async def test_settings_alone_make_clients_of_a_kind() -> None:
    """A group of them, each also by itself; one may come and go while the application runs."""
    Hear.heard = asyncio.Queue()
    async with Peer() as one, Peer() as two, Peer() as three:
        properties = settings(one.port) | {
            "netty.clients.device.instances.a.port": two.port,
            "netty.clients.device.host": "127.0.0.1",
            "netty.clients.device.pipeline[0]": "line",
            "netty.clients.device.pipeline[1]": "string",
        }
        async with running(App, properties=properties) as context:
            group = context.get(NettyClientGroup, "device")
            assert ["a"] == list(group)
            assert group["a"] is context.get(NettyClient, "device.a") is context.get(NettyClients)["device.a"]
            added = group.add("b", "127.0.0.1", three.port)
            await asyncio.gather(*(client.connected(5) for client in group.values()))
            await group["a"].send("to two\n")
            await added.send("to three\n")
            assert (b"to two\n", b"to three\n") == (await two.lines.get(), await three.lines.get())
            with pytest.raises(ValueError, match="'b' already"):
                group.add("b", "127.0.0.1", 1)
            assert await group.remove("b")
            assert not await group.remove("b")
            assert (["a"], ClientState.STOPPED, 1) == (list(group), added.state, len(group))
            assert "b" not in group
            assert ["a"] == list(group.keys()) == [key for key, _ in group.items()]
            assert "<NettyClientGroup device: a>" == repr(group)


async def test_a_pool_is_a_bean() -> None:
    """Connections are lent, with the handlers of the client; the client itself connects when it is used."""
    Hear.heard = asyncio.Queue()
    async with Peer() as peer:
        properties = settings(peer.port, **{"pool.max-connections": 1, "pool.max-pending": 0, "pool.acquire-timeout": "1s"})
        async with running(App, properties=properties) as context:
            pool = context.get(ChannelPool, "upstream")
            assert pool is context.get(FixedChannelPool)
            assert ClientState.NEW is context.get(Upstream).client.state
            async with pool.lease() as channel:
                channel.write_and_flush("lent\n")
                assert ("upstream", "LENT") == await Hear.heard.get()
                assert (1, 0, 0) == pool.statistics()
            async with pool.lease() as again:
                assert again is channel
        assert not channel.is_open


async def test_a_client_that_is_switched_off_is_not_there() -> None:
    """With its handlers; who needs it is told."""
    with pytest.raises(GraphError, match="NettyClient"):
        async with running(App, properties={"netty.clients.upstream.enabled": "false"}):
            pass


async def test_what_is_not_there_is_named() -> None:
    """A client, a group, a pool."""
    async with running(App, properties=settings(Peer().port)) as context:
        clients = context.get(NettyClients)

        assert (["upstream"], ["upstream"], 1, True) == (clients.names, list(clients), len(clients), "upstream" in clients)
        for ask in (clients.__getitem__, clients.group, clients.pool):
            with pytest.raises(UnknownClientError, match="There are: upstream"):
                ask("upstraem")


async def test_a_mistake_is_found_before_anything_connects() -> None:
    """And named with its place."""
    with pytest.raises(LifecycleError, match=r"has no port to connect to") as refused:
        async with running(App):
            pass
    assert "test_clients.py:" in str(refused.value)


async def test_a_refused_setting_is_reported_with_its_place() -> None:
    """Once, among all else that is wrong with settings."""
    with pytest.raises(GraphError, match=r"netty.clients.upstream.reconnect.jitter") as refused:
        async with running(App, properties=settings(1, **{"reconnect.jitter": 7})):
            pass
    assert 1 == str(refused.value).count("Property: netty.clients.upstream.reconnect.jitter")


@Service
class Leaves:
    """Removes a device that is not there, from the listener that hears of it."""

    def __init__(self, clients: NettyClients) -> None:
        """Take the clients."""
        self.clients = clients
        self.removed: asyncio.Queue[bool] = asyncio.Queue()

    @EventListener
    async def waits(self, event: ClientWaiting) -> None:
        """Only those that are added."""
        if event.client.name == "device.gone":
            self.removed.put_nowait(await self.clients.group("device").remove("gone"))


def test_a_listener_may_remove_the_client_that_it_hears_of(run: Run) -> None:
    """It does not wait for itself; nothing is kept of the client."""

    async def story() -> None:
        more = {"netty.clients.device.pipeline[0]": "line", "netty.clients.device.instances.a.port": 1}
        async with (
            Peer() as peer,
            running(App, properties={**settings(peer.port), "netty.clients.device.host": "127.0.0.1", **more}) as context,
        ):
            clients = context.get(NettyClients)
            before = len(clients)
            context.get(NettyClientGroup, "device").add("gone", "127.0.0.1", 1)
            assert await context.get(Leaves).removed.get()
            assert (before, False) == (len(clients), "device.gone" in clients)
            await clients.group("device").remove("a")
            assert ["upstream"] == clients.names

    run(story)
