"""Messages over a real connection by the million: memory and the number of objects stay where they are."""

import asyncio
import time
from collections.abc import Callable
from typing import Any

import pytest

from pyboot.components.netty import (
    ChannelHandler,
    ChannelHandlerContext,
    LengthFieldBasedFrameDecoder,
    LengthFieldPrepender,
    ServerBootstrap,
    loop_factory,
)

from .conftest import Flatness, sizes

pytest.importorskip("uvloop", reason="the loop that servers run on")

FRAME = (16).to_bytes(4, "big") + b"0123456789abcdef"
IN_FLIGHT = 500
CONNECTIONS = 4


class Plain(ChannelHandler[Any]):
    """Answers in a function."""

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        ctx.write_and_flush(msg)


class Coroutine(ChannelHandler[Any]):
    """Answers in a coroutine, which suspends once in a hundred messages."""

    count = 0

    async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        self.count += 1
        if self.count % 100 == 0:
            await asyncio.sleep(0)
        await ctx.write_and_flush(msg)


async def echo(handler: type[ChannelHandler[Any]], size: int, flatness: Flatness) -> None:
    """Send *size* frames over a few connections, and get each back."""
    bootstrap = ServerBootstrap().child_handler(
        lambda channel: channel.pipeline().add_last(LengthFieldBasedFrameDecoder(1024, 0, 4, 0, 4), LengthFieldPrepender(4), handler())
    )
    server = await bootstrap.bind("127.0.0.1", 0)
    streams = [await asyncio.open_connection(*server.local_address()) for _ in range(CONNECTIONS)]
    burst = FRAME * IN_FLIGHT
    rounds = max(1, size // (IN_FLIGHT * CONNECTIONS))
    for number in range(rounds):
        for _, writer in streams:
            writer.write(burst)
        for reader, _ in streams:
            assert burst == await reader.readexactly(len(burst))
        if number % max(1, rounds // 40) == 0:
            flatness.sample()
    flatness.sample()
    for _, writer in streams:
        writer.close()
    await bootstrap.shutdown_gracefully(0, 5)


@sizes(200_000, 10_000_000)
@pytest.mark.parametrize("handler", [Plain, Coroutine])
def test_messages_leave_nothing(handler: type[ChannelHandler[Any]], size: int, tell: Callable[[str], None]) -> None:
    """Ten million, with handlers of both kinds."""
    flatness, began = Flatness(), time.monotonic()
    with asyncio.Runner(loop_factory=loop_factory("uvloop")) as runner:
        runner.run(echo(handler, size, flatness))
    flatness.check(tell, f"{size} messages, {handler.__name__}, in {time.monotonic() - began:.0f} s")
