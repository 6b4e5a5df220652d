"""Claims: whoever is scraped echoes as fast as who is not, and a scrape over ten thousand connections holds nobody up (in memory)."""

import asyncio
import statistics
import time
from typing import Any

import pytest

from pyboot.actuator.meters.exposition import render
from pyboot.actuator.meters.registry import MeterRegistry
from pyboot.actuator.meters.servers import ServerMeters
from pyboot.components.netty import (
    ChannelHandler,
    ChannelHandlerContext,
    EmbeddedChannel,
    LengthFieldBasedFrameDecoder,
    LengthFieldPrepender,
)
from pyboot.components.netty.channel.config import ChannelConfig
from pyboot.components.netty.channel.loop_state import state_of
from pyboot.components.netty.transport.tcp import SocketChannel
from pyboot.netty.connections import Connections
from pyboot.netty.pipeline.plan import PipelinePlan

pytestmark = pytest.mark.bench

READ = ((16).to_bytes(4, "big") + b"0123456789abcdef") * 64
READS, ROUNDS = 4000, 9  # about half a second each: a scrape in each is one twice a second


class Echo(ChannelHandler[Any]):
    """Writes each frame back, and flushes once for each read."""

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        """Write it."""
        ctx.write(msg)

    def channel_read_complete(self, ctx: ChannelHandlerContext) -> None:
        """Flush."""
        ctx.flush()


class Everything(asyncio.Transport):
    """Takes all that is written."""

    def write(self, data: Any) -> None:
        """Take it."""

    def is_closing(self) -> bool:
        """Stay open."""
        return False

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """Have none."""

    def resume_reading(self) -> None:
        """Read."""

    def pause_reading(self) -> None:
        """Read no more."""

    def abort(self) -> None:
        """Be gone without a word."""


class Bound:
    """Stands for a server with connections."""

    def __init__(self, connections: Connections) -> None:
        """Have no listener."""
        self.connections = connections
        self.channels: dict[str, Any] = {}


def metered(connections: Connections) -> tuple[MeterRegistry, ServerMeters]:
    """A registry that observes a server with these connections."""

    class Servers:
        bound: Any = {"echo": Bound(connections)}

    servers: Any = Servers()
    registry, meters = MeterRegistry(), ServerMeters(servers)
    meters.bind_to(registry)
    return registry, meters


async def test_who_is_scraped_is_as_fast() -> None:
    """Processor time for as many frames, with and without a scrape, in turn: at least 0.98 of the rate."""
    loop = asyncio.get_running_loop()
    connections = Connections(PipelinePlan("the server 'echo'", ()))
    channel: Any = SocketChannel(loop, ChannelConfig(), state_of(loop))
    channel.pipeline().add_last(LengthFieldBasedFrameDecoder(1 << 20, 0, 4, 0, 4), LengthFieldPrepender(4), Echo())
    connections.accept(channel)
    channel.expect_connection(lambda made: (made.register(), made.activate()))
    channel.connection_made(Everything())
    registry, _ = metered(connections)

    async def seconds(*, scraped: bool) -> float:
        began = time.process_time()
        for _ in range(READS):
            channel.data_received(READ)
        if scraped:
            await registry.prepare()
            await render(registry.collect())
        return time.process_time() - began

    await seconds(scraped=True)
    ratios = [await seconds(scraped=False) / await seconds(scraped=True) for _ in range(ROUNDS)]

    print(f"{statistics.median(ratios):.3f} of the rate, {min(ratios):.3f} to {max(ratios):.3f}")
    assert statistics.median(ratios) >= 0.98
    channel.abort()


async def test_a_scrape_over_ten_thousand_connections_holds_nobody_up() -> None:
    """No step of it, of which each ends with a turn of the loop, takes more than five milliseconds."""
    connections = Connections(PipelinePlan("the server 'echo'", ()))
    channels = [EmbeddedChannel(loop=asyncio.get_running_loop()) for _ in range(10_000)]
    for channel in channels:
        connections.accept(channel)
    registry, meters = metered(connections)
    longest = []
    for _ in range(ROUNDS):
        steps, began = list[float](), time.process_time()
        for _ in meters.prepare():
            now = time.process_time()
            steps.append(now - began)
            began = now
        longest.append(max(steps))

    print(f"{statistics.median(longest) * 1000:.2f} ms at most")
    assert statistics.median(longest) <= 0.005
    await registry.prepare()
    await render(registry.collect())
    for channel in channels:
        channel.abort()
