"""A peer over a real socket: takes connections, answers lines in capitals, and can be gone."""

import asyncio
import socket
import ssl
from typing import Self


class Peer:
    """``async with Peer() as peer``; ``port`` stays the same when it comes back."""

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        """Take a free port."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        self.lines: asyncio.Queue[bytes] = asyncio.Queue()
        self.writers: list[asyncio.StreamWriter] = []
        self._context = context
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        await self.come()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.go()

    async def come(self) -> None:
        """Listen."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port, ssl=self._context)

    async def go(self) -> None:
        """Be gone, connections and all."""
        server, self._server = self._server, None
        if server is not None:
            server.close()
        self.cut()
        if server is not None:
            await server.wait_closed()

    def cut(self) -> None:
        """Reset the connections that are there."""
        for writer in self.writers:
            writer.transport.abort()
        self.writers.clear()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writers.append(writer)
        try:
            while line := await reader.readline():
                self.lines.put_nowait(line)
                writer.write(line.upper())
        except ConnectionError:
            pass
        finally:
            writer.transport.abort()
