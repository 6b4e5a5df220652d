"""The meters of clients, loops, memory and buffers."""

import asyncio
from typing import Any

import pytest

from pyboot.actuator.meters.network import NetworkMeters
from pyboot.boot import start
from pyboot.netty import ClientUnavailableError, NettyClient, NettyServers
from tests.actuator.management_client import application

from .test_servers import Echo, EchoServer, told


@NettyClient(host="127.0.0.1", port=9)
class UpstreamClient:
    """Connects when it is asked to."""

    pipeline = ("line", "string")


async def test_a_client_tells_its_story(unused_tcp_port: int) -> None:
    """Nothing yet; then two attempts that fail."""
    upstream = {"lazy": "true", "port": unused_tcp_port, "reconnect.max-attempts": 1, "reconnect.initial": "1ms"}
    waits = {f"netty.clients.upstream.{name}": value for name, value in upstream.items()}
    async with start(application(UpstreamClient), properties={"management.server.port": -1, **waits}) as context:
        numbers = await told(context)
        assert {("upstream",): 0} == numbers["netty.client.connected"]
        assert {("upstream", "failure"): 0, ("upstream", "success"): 0} == numbers["netty.client.connects"]

        with pytest.raises(ClientUnavailableError):
            await context.get(NettyClient).connected()
        numbers = await told(context)
        assert {("upstream", "failure"): 2, ("upstream", "success"): 0} == numbers["netty.client.connects"]
        assert {("upstream",): 0} == numbers["netty.client.reconnects"]
        assert {("upstream",): 0} == numbers["netty.client.queued"]


async def test_loops_of_groups_are_told_by_name() -> None:
    """The application's is called main; channels are told where they live."""
    threads: dict[str, Any] = {"management.server.port": -1, "netty.worker.threads": 2}
    async with start(application(EchoServer, Echo), properties=threads) as context:
        reader, writer = await asyncio.open_connection(*context.get(NettyServers).address())
        writer.write(b"x\n")
        await reader.readline()

        assert ["main", "worker-0", "worker-1"] == [name for name, _ in context.get(NetworkMeters).loops()]
        # The server's own channel and its connection.
        assert 2 == sum((await told(context))["netty.eventloop.channels"].values())
        writer.close()


async def test_memory_and_buffers_are_told() -> None:
    """By allocator."""
    async with start(application(), properties={"management.server.port": -1}) as context:
        numbers = await told(context)

        assert {(): 0} == numbers["netty.memory.held"]
        assert {("default",)} == set(numbers["netty.allocator.buffers"])
        assert {("default", "new"), ("default", "reused")} == set(numbers["netty.allocator.blocks"])
        assert numbers["netty.leaks"][()] >= 0
