"""One connection after the other, by the plan of a client."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from pyboot.components.netty import ChannelHandler, ChannelOption
from pyboot.netty.client.client import NettyClient
from pyboot.netty.client.connector import Connector
from pyboot.netty.client.plan import ClientPlan, Place
from pyboot.netty.client.properties import ClientProperties
from pyboot.netty.pipeline.plan import PipelinePlan
from pyboot.netty.pipeline.steps import Step

from .peer import Peer


class Plain(ChannelHandler[Any]):
    """A handler."""


def connector(place: Place, client: NettyClient) -> Connector:
    """A connector to *place*."""
    pipeline = PipelinePlan("the client 'up'", [Step("Plain", lambda _: (Plain(),))])
    return Connector(ClientPlan("up", place, pipeline, {ChannelOption.CONNECT_TIMEOUT: 3.0}, ClientProperties()), client)


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
    """Nothing stays open."""
    connecting = connector(("127.0.0.1", Peer().port), NettyClient.wired("up"))

    with pytest.raises(ConnectionRefusedError):
        await connecting.connect()
    assert 0 == len(connecting.connections)
