"""What tests of the client share: peers that say what they are told to, byte by byte, and clients that end with the test."""

import asyncio
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from typing import Any

import pytest_asyncio

from pyboot.components.netty import HttpClient

type Script = Callable[[StreamReader, StreamWriter], Awaitable[None]]


class Peer:
    """A server that does with each connection what its script says, and remembers the heads that it was sent."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.connections = 0
        self.open = 0
        self.most_open = 0
        self.heads: list[bytes] = []
        self.port = 0
        self.tasks: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    async def accept(self, reader: StreamReader, writer: StreamWriter) -> None:
        """Serve one connection."""
        task = asyncio.current_task()
        assert task is not None
        self.tasks.add(task)
        self.connections += 1
        self.open += 1
        self.most_open = max(self.most_open, self.open)
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError):
                await self.script(reader, writer)
        finally:
            self.open -= 1
            self.tasks.discard(task)
            writer.close()

    async def until(self, true: Callable[[], object]) -> None:
        """Wait until *true*() holds, of what this peer has seen."""
        async with asyncio.timeout(20):
            while not true():  # noqa: ASYNC110  # a socket of the standard library tells nobody
                await asyncio.sleep(0.001)

    async def head(self, reader: StreamReader) -> bytes:
        """The head of the next request."""
        head = await reader.readuntil(b"\r\n\r\n")
        self.heads.append(head)
        return head


@pytest_asyncio.fixture
async def peer() -> AsyncIterator[Any]:
    """`await peer(script)`, or `await peer(b"HTTP/1.1 ...")`, which is the answer to every request; it ends with the test."""
    started: list[tuple[Peer, asyncio.Server]] = []

    async def start(script: Script | bytes) -> Peer:
        if isinstance(script, bytes):
            answer = script

            async def each(reader: StreamReader, writer: StreamWriter) -> None:
                while True:
                    await made.head(reader)
                    writer.write(answer)

            script = each
        made = Peer(script)
        server = await asyncio.start_server(made.accept, "127.0.0.1", 0)
        made.port = server.sockets[0].getsockname()[1]
        started.append((made, server))
        return made

    yield start
    for made, server in started:
        server.close()
        for task in list(made.tasks):
            task.cancel()
        await asyncio.gather(*made.tasks, return_exceptions=True)


@pytest_asyncio.fixture
async def new_client() -> AsyncIterator[Any]:
    """`new_client(**arguments)`: a client that is closed with the test."""
    clients: list[HttpClient] = []

    def make(**arguments: Any) -> HttpClient:
        clients.append(HttpClient(**arguments))
        return clients[-1]

    yield make
    for client in clients:
        await client.close()
