"""One connection after the other, by the plan of a client."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from pyboot.components.netty import ChannelHandler, ChannelOption
from pyboot.netty.client.client import NettyClient
from pyboot.netty.client.connector import Connector
from pyboot.netty.client.errors import NoHostReachedError
from pyboot.netty.client.plan import ClientPlan, Place
from pyboot.netty.client.properties import ClientProperties
from pyboot.netty.pipeline.plan import PipelinePlan
from pyboot.netty.pipeline.steps import Step
from tests.components.netty.resolver.name_server import name_server

from .peer import Peer


class Plain(ChannelHandler[Any]):
    """A handler."""


def connector(place: Place, client: NettyClient, *hosts: Place, **settings: Any) -> Connector:
    """A connector to *place*, or to one of *hosts*."""
    pipeline = PipelinePlan("the client 'up'", [Step("Plain", lambda _: (Plain(),))])
    plan = ClientPlan("up", place, pipeline, {ChannelOption.CONNECT_TIMEOUT: 3.0}, ClientProperties(**settings), hosts=hosts)
    return Connector(plan, client)


async def test_each_connection_has_handlers_of_its_own_and_knows_its_client() -> None:
    """All of them end together."""
    client = NettyClient.wired("up")
    async with Peer() as peer:
        connecting = connector(("127.0.0.1", peer.port), client)
        one, two = await connecting.connect(), await connecting.connect()

        assert one.pipeline().get(Plain) is not two.pipeline().get(Plain)
        assert client is NettyClient.of(one) is NettyClient.of(two)
        assert (2, 3.0) == (len(connecting.connections), one.config.connect_timeout)
        await connecting.connections.close()
        assert (False, False) == (one.is_open, two.is_open)


async def test_a_path_is_a_place_too(tmp_path: Path) -> None:
    """Of the transport unix."""
    server = await asyncio.start_unix_server(lambda reader, writer: writer.transport.abort(), tmp_path / "s")
    async with server:
        channel = await connector(str(tmp_path / "s"), NettyClient.wired("up")).connect()
        await channel.sync()


async def test_a_failure_is_raised() -> None:
    """Nothing stays open: its handlers hear of the end, and it is forgotten."""
    connecting = connector(("127.0.0.1", Peer().port), NettyClient.wired("up"))

    with pytest.raises(ConnectionRefusedError):
        await connecting.connect()
    async with asyncio.timeout(20):
        while len(connecting.connections):  # noqa: ASYNC110  # nobody is told of it
            await asyncio.sleep(0)


async def ports(connecting: Connector, times: int) -> list[int]:
    """The ports that so many connections, one after the other, are to."""
    found = []
    for _ in range(times):
        channel = await connecting.connect()
        found.append(channel.remote_address()[1])
        await channel.close()
    return found


async def test_the_first_host_is_tried_first_each_time() -> None:
    """The others stand in for it while it is gone; nothing of a failure stays open."""
    async with Peer() as one, Peer() as two:
        hosts = [("127.0.0.1", port) for port in (Peer().port, one.port, two.port)]
        connecting = connector(hosts[0], NettyClient.wired("up"), *hosts)
        assert [one.port, one.port] == await ports(connecting, 2)
        await one.go()
        assert [two.port] == await ports(connecting, 1)
        await one.come()
        assert [one.port] == await ports(connecting, 1)
        await connecting.connections.close()


async def test_hosts_take_turns() -> None:
    """Each attempt begins behind the one that was tried last; one that is gone is passed over."""
    async with Peer() as one, Peer() as two:
        gone = Peer().port
        hosts = [("127.0.0.1", port) for port in (one.port, gone, two.port)]
        connecting = connector(hosts[0], NettyClient.wired("up"), *hosts, host_order="round-robin")

        assert [one.port, two.port, one.port, two.port] == await ports(connecting, 4)
        await connecting.connections.close()


async def test_where_no_host_is_reached_each_says_why() -> None:
    """It is an error of a connection, after which a client waits and tries again."""
    first, second = Peer().port, Peer().port
    connecting = connector(("127.0.0.1", first), NettyClient.wired("up"), ("127.0.0.1", first), ("127.0.0.1", second))

    with pytest.raises(NoHostReachedError, match=f"none of 2 hosts was reached: 127.0.0.1:{first}: .*; 127.0.0.1:{second}: ") as failed:
        await connecting.connect()
    assert isinstance(failed.value, OSError)
    assert [ConnectionRefusedError] * 2 == [type(error) for _, error in failed.value.failures]


async def test_name_servers_are_asked_where_settings_name_them() -> None:
    """The system does not know the name."""
    async with Peer() as peer, name_server(lambda asked: [asked.respond("up.test. 60 IN A 127.0.0.1")]) as server:
        settings = {"servers": [f"127.0.0.1:{server.address[1]}"], "families": "ipv4-only", "round_robin": True}
        connecting = connector(("up.test", peer.port), NettyClient.wired("up"), resolver=settings)
        channel = await connecting.connect()
        await connecting.connections.close()

    assert ("127.0.0.1", [("up.test.", "A")]) == (channel.remote_address()[0], server.names())
