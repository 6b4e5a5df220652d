"""A server on a free port for one test, and a client of plain asyncio that sees exactly what the network carries."""

import asyncio
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from pyboot.components.netty import ChannelHandler, ServerBootstrap, SocketChannel

type Assemble = Callable[[SocketChannel], object] | ChannelHandler[Any]  # what a bootstrap takes as its child handler


@asynccontextmanager
async def serving(child_handler: Assemble) -> AsyncIterator[tuple[StreamReader, StreamWriter]]:
    """Serve on a free port of the loopback address, with one client connected; both are closed at the end."""
    server = await ServerBootstrap().child_handler(child_handler).bind("127.0.0.1", 0)
    try:
        host, port = server.local_address()[:2]
        async with client(host, port) as streams:
            yield streams
    finally:
        await server.close()


@asynccontextmanager
async def client(host: str, port: int) -> AsyncIterator[tuple[StreamReader, StreamWriter]]:
    """Connect to *host*:*port*; the connection is closed at the end, however the server left it."""
    reader, writer = await asyncio.open_connection(host, port)
    try:
        yield reader, writer
    finally:
        writer.close()
        try:
            await writer.wait_closed()
        except ConnectionError:  # the server was first: that is for the test to judge by what it read
            return
