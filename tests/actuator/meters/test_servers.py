"""The meters of servers, of an application that serves."""

import asyncio
from typing import Any

from pyboot.actuator.meters.registry import MeterRegistry
from pyboot.boot import ApplicationContext, start
from pyboot.components.netty import ChannelHandler, ChannelHandlerContext
from pyboot.netty import ChannelHandlerBean, NettyServer, NettyServers
from tests.actuator.management_client import application


@NettyServer(port=0)
class EchoServer:
    """Echoes lines."""

    pipeline = ("line",)


@ChannelHandlerBean(server="echo")
class Echo(ChannelHandler[Any]):
    """Gives lines back, and fails at one."""

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        """Fail at ``bad``."""
        line = msg.take_bytes()
        if line == b"bad":
            raise ValueError("bad")
        ctx.write_and_flush(line + b"\n")

    def exception_caught(self, ctx: ChannelHandlerContext, error: Exception) -> None:
        """Go on."""


PROPERTIES = {"management.server.port": -1, "netty.servers.echo.max-connections-per-address": 2}


async def told(context: ApplicationContext) -> dict[str, Any]:
    """All numbers of the registry: by name, then by the values of their tags."""
    registry = context.get(MeterRegistry)
    await registry.prepare()
    return {
        family.spec.name: {tuple(value for _, value in each.tags): each.value for each in family.samples} for family in registry.collect()
    }


async def test_what_a_server_did_is_told_with_what_has_gone() -> None:
    """One connection that has ended, two that are open, and one that was turned away."""
    async with start(application(EchoServer, Echo), properties=PROPERTIES) as context:
        address = context.get(NettyServers).address()
        reader, writer = await asyncio.open_connection(*address)
        writer.write(b"one\nbad\n")
        assert b"one\n" == await reader.readline()
        writer.close()
        await writer.wait_closed()
        while (await told(context))["netty.server.connections"] != {("echo",): 0}:  # noqa: ASYNC110  # each asks anew, and the loop turns
            await asyncio.sleep(0)
        kept = [await asyncio.open_connection(*address) for _ in range(2)]
        for reader, writer in kept:
            writer.write(b"two\n")
            assert b"two\n" == await reader.readline()
        reader, writer = await asyncio.open_connection(*address)
        assert b"" == await reader.read()
        writer.close()

        numbers = await told(context)
        assert {("echo",): 2} == numbers["netty.server.connections"]
        assert {("echo",): 3} == numbers["netty.server.connections.opened"]
        assert {("main", "echo"): 4} == numbers["netty.server.connections.accepted"]
        assert {("main", "max-connections-per-address", "echo"): 1} == numbers["netty.server.connections.rejected"]
        assert 1 == sum(numbers["netty.server.connections.closed"].values())
        assert 1 == numbers["netty.server.connection.duration"][("echo",)].count
        assert {("in", "echo"): 16, ("out", "echo"): 12} == numbers["netty.server.bytes"]
        assert {("in", "echo"): 4, ("out", "echo"): 3} == numbers["netty.server.messages"]
        assert {("Echo", "main", "echo"): 1} == numbers["netty.handler.errors"]
        assert {("echo",): 1} == numbers["netty.server.errors"]
        assert {("echo",): 0} == numbers["netty.channel.pending.bytes"]
        for _, writer in kept:
            writer.close()


async def test_many_channels_are_added_up_in_steps() -> None:
    """The loop has its turn between them: a sum takes as many steps as there are hundreds."""
    from pyboot.actuator.meters.servers import ServerMeters
    from pyboot.components.netty import EmbeddedChannel
    from pyboot.netty.connections import Connections
    from pyboot.netty.pipeline.plan import PipelinePlan

    connections = Connections(PipelinePlan("the server 'many'", ()))
    channels = [EmbeddedChannel(loop=asyncio.get_running_loop()) for _ in range(1200)]
    for channel in channels:
        connections.accept(channel)
        channel.write_outbound(b"x")

    class Bound:
        def __init__(self) -> None:
            self.connections = connections
            self.channels: dict[str, Any] = {}

    class Servers:
        bound: Any = {"many": Bound()}

    servers: Any = Servers()
    registry, meters = MeterRegistry(), ServerMeters(servers)
    meters.bind_to(registry)

    assert 24 == len(list(meters.prepare()))
    (told_bytes,) = [family for family in registry.collect() if family.spec.name == "netty.server.bytes"]
    assert {"out": 1200, "in": 0} == {dict(each.tags)["direction"]: each.value for each in told_bytes.samples}
    for channel in channels:
        channel.close()
