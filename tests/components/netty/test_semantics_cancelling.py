"""A cancellation at every step of every operation: it comes out as one, and nothing is left behind."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from pyboot.components.netty import Bootstrap, ChannelHandler, ChannelHandlerContext, EchoHandler, HttpClient, ServerBootstrap
from pyboot.testing import no_leaks_in

MOST_STEPS = 400


class Tells(ChannelHandler[Any]):
    """Puts what comes into a queue."""

    def __init__(self) -> None:
        self.came: asyncio.Queue[bytes] = asyncio.Queue()

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        self.came.put_nowait(bytes(msg))


class Answers(ChannelHandler[Any]):
    """The peer: says what it hears, or answers a request."""

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        is_request = bytes(msg).startswith(b"GET ")
        ctx.write_and_flush(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok" if is_request else msg)


async def client(address: tuple[str, int]) -> None:
    """Connect, write, wait for the answer, close."""
    tells = Tells()
    bootstrap = Bootstrap().handler(lambda channel: channel.pipeline().add_last(tells))
    try:
        channel = await bootstrap.connect(*address)
        await channel.write_and_flush(b"word")
        await tells.came.get()
        await channel.close()
    finally:
        await bootstrap.close()


async def server(address: tuple[str, int]) -> None:
    """Bind, serve one connection, stop in order."""
    bootstrap = ServerBootstrap().child_handler(lambda channel: channel.pipeline().add_last(EchoHandler()))
    try:
        bound = await bootstrap.bind("127.0.0.1", 0)
        reader, writer = await asyncio.open_connection(*bound.local_address())
        try:
            writer.write(b"word")
            await reader.readexactly(4)
        finally:
            writer.transport.abort()
        await bound.close()
    finally:
        await bootstrap.shutdown_gracefully(0, 1)


async def many_writes(address: tuple[str, int]) -> None:
    """Fill the connection up, wait for all promises together."""
    bootstrap = Bootstrap().handler(lambda channel: channel.pipeline().add_last(Tells()))
    try:
        channel = await bootstrap.connect(*address)
        await asyncio.gather(*(channel.write_and_flush(bytes(10_000)) for _ in range(10)))
    finally:
        await bootstrap.close()


async def coroutine_handler(address: tuple[str, int]) -> None:
    """A pipeline whose handlers wait, and awaits what it has written."""

    class Waits(Tells):
        async def channel_active(self, ctx: ChannelHandlerContext) -> None:
            await asyncio.sleep(0)
            await ctx.write_and_flush(b"word")
            await asyncio.sleep(0)

    waits = Waits()
    bootstrap = Bootstrap().handler(lambda channel: channel.pipeline().add_last(waits))
    try:
        channel = await bootstrap.connect(*address)
        await waits.came.get()
        await channel.close()
    finally:
        await bootstrap.close()


async def reconnecting(address: tuple[str, int]) -> None:
    """One that comes back once."""
    connected = asyncio.Event()
    bootstrap = Bootstrap().auto_reconnect(True).handler(lambda channel: channel.pipeline().add_last(Tells()))
    bootstrap.when_connect_success(lambda *_: connected.set())
    try:
        channel = await bootstrap.connect(*address)
        connected.clear()
        await channel.close()
    finally:
        await bootstrap.close()


async def http(address: tuple[str, int]) -> None:
    """A request and its answer."""
    async with HttpClient() as browser:
        response = await browser.get(f"http://{address[0]}:{address[1]}/")
        assert b"ok" == await response.read()


OPERATIONS: dict[str, Callable[[tuple[str, int]], Awaitable[None]]] = {
    each.__name__: each for each in (client, server, many_writes, coroutine_handler, reconnecting, http)
}


async def cancelled_at(step: int, work: Callable[[tuple[str, int]], Awaitable[None]], address: tuple[str, int]) -> bool:
    """Cancel *work* once the loop has turned *step* times; True if it was still at work."""
    task: asyncio.Task[None] = asyncio.ensure_future(work(address))  # type: ignore[assignment]  # of a coroutine, so a task
    for _ in range(step):
        await asyncio.sleep(0)
        if task.done():
            await task
            return False
    task.cancel()
    async with asyncio.timeout(10):
        await asyncio.wait([task])
    if not task.cancelled():
        await task  # a cancellation that came with the last step; an error is one
        return False
    assert 1 == task.cancelling()
    return True


@pytest.mark.parametrize("name", OPERATIONS)
async def test_a_cancellation_at_any_step_leaves_nothing(listen: Any, name: str) -> None:
    """Each step in its turn, until one comes too late; the same loop, the same peer, and a clean end each time."""
    peer = await listen(lambda channel: channel.pipeline().add_last(Answers()))
    step = steps = 0
    async with no_leaks_in():
        while await cancelled_at(step, OPERATIONS[name], peer.local_address()[:2]):
            steps += 1
            # How often the loop turns while it waits for the network is a matter of chance: every step at first, then wider ones.
            step += 1 if step < 40 else step // 8
            assert step < MOST_STEPS * 1000
        async with asyncio.timeout(10):
            while peer.connections:  # noqa: ASYNC110  # the peer tells nobody
                await asyncio.sleep(0.001)
    assert steps > 3
    await OPERATIONS[name](peer.local_address()[:2])
