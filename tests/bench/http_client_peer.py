"""A client of HTTP that asks for the same page again and again, and prints its processor time for each request, in microseconds.

Its server runs in a process of its own and parses nothing, so that the client is what is measured.
"""

import asyncio
import multiprocessing
import sys
import time
from collections.abc import Awaitable, Callable
from multiprocessing.connection import Connection
from typing import Any

import uvloop

REQUESTS, AT_ONCE = 2000, 16
ANSWER = b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 13\r\n\r\nHello, World!"


class Answering(asyncio.Protocol):
    """Answers each request, none of which has content."""

    def connection_made(self, transport: Any) -> None:
        """Keep it."""
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        """One answer for each head."""
        self.transport.write(ANSWER * data.count(b"\r\n\r\n"))


def serve(told: Connection) -> None:
    """Serve until the process ends."""

    async def run() -> None:
        server = await asyncio.get_running_loop().create_server(Answering, "127.0.0.1", 0)
        told.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    uvloop.run(run())


async def measured(get: Callable[[], Awaitable[bytes]]) -> float:
    """The processor time of a request."""

    async def ask(times: int) -> None:
        for _ in range(times):
            assert await get() == b"Hello, World!"

    await asyncio.gather(*(ask(10) for _ in range(AT_ONCE)))
    before = time.process_time()
    await asyncio.gather(*(ask(REQUESTS // AT_ONCE) for _ in range(AT_ONCE)))
    return (time.process_time() - before) / REQUESTS * 1e6


async def pyboot(url: str) -> float:
    """Ours."""
    from pyboot.components.netty import HttpClient

    async with HttpClient() as client:

        async def get() -> bytes:
            return await (await client.get(url)).read()

        return await measured(get)


async def httpx(url: str) -> float:
    """The one of the same form."""
    import httpx2

    async with httpx2.AsyncClient() as client:

        async def get() -> bytes:
            return bytes((await client.get(url)).content)

        return await measured(get)


async def aiohttp(url: str) -> float:
    """The fastest of Python's that reads HTTP in C."""
    import aiohttp as library  # type: ignore[import-not-found,unused-ignore]  # not of the project

    async with library.ClientSession() as session:

        async def get() -> bytes:
            async with session.get(url) as response:
                return bytes(await response.read())

        return await measured(get)


if __name__ == "__main__":
    here, there = multiprocessing.Pipe()
    server = multiprocessing.get_context("spawn").Process(target=serve, args=(there,), daemon=True)
    server.start()
    print(uvloop.run(globals()[sys.argv[1]](f"http://127.0.0.1:{here.recv()}/")))
    server.kill()
