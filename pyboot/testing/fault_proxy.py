"""FaultProxy: stands between a client and a server and does to their bytes what networks do. Of the standard library alone.

Theory of operation. Each direction of a connection has two tasks and a line between them: one reads pieces and says when each is due,
the other waits for that and writes. So a delay costs time and no throughput, and the order stays. What is drawn is drawn from a
generator of the connection, made of the seed and its number: a run with the same seed and the same reads does the same.
"""

import asyncio
import logging
import random
import socket
import struct
from asyncio import StreamReader, StreamWriter
from collections.abc import Callable
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Any, Final, Self

from .faults import StreamFaults, chance_of, new_seed

__all__ = ["FaultProxy"]

_log = logging.getLogger(__name__)

_READ_BYTES: Final = 64 * 1024
_PIECES_UNDER_WAY: Final = 1024
_NO_LINGER: Final = struct.pack("ii", 1, 0)  # a close is a reset then

type Programme = StreamFaults | Callable[[int], StreamFaults]


class FaultProxy:
    """Passes TCP connections on to *host* and *port*, with faults::

        async with FaultProxy("127.0.0.1", port, to_server=StreamFaults(slices=3), seed=7) as proxy:
            reader, writer = await asyncio.open_connection(*proxy.address)

    Args:
        to_server: the faults of what clients send; a function of the number of the connection, from 0, programs each.
        to_client: the same of what the server sends.
        seed: of what is drawn; by default one that `seed` tells, for the message of a test that fails.
        listen: the address to listen on, a free port of 127.0.0.1 by default.

    Whoever leaves the block, or cancels it, resets the connections that are there.
    """

    def __init__(
        self,
        host: str,
        port: int,
        *,
        to_server: Programme = StreamFaults(),  # noqa: B008  # frozen
        to_client: Programme = StreamFaults(),  # noqa: B008
        seed: int | None = None,
        listen: tuple[str, int] = ("127.0.0.1", 0),
    ) -> None:
        self.seed: Final = new_seed() if seed is None else seed
        self.connections = 0
        self._target = host, port
        self._programmes = to_server, to_client
        self._listen = listen
        self._server: asyncio.Server | None = None
        self._links: set[asyncio.Task[None]] = set()

    @property
    def address(self) -> tuple[str, int]:
        """Host and port to connect to; raises RuntimeError outside of the block."""
        if self._server is None:
            raise RuntimeError("the proxy listens inside of `async with` only")
        host, port = self._server.sockets[0].getsockname()[:2]
        return host, port

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, *self._listen)
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        server, self._server = self._server, None
        if server is not None:
            server.close()
        for link in list(self._links):
            link.cancel()
        await asyncio.gather(*self._links, return_exceptions=True)

    async def serve_forever(self) -> None:
        """Wait until this is cancelled; inside of the block."""
        assert self._server is not None
        await self._server.serve_forever()

    def _accept(self, reader: StreamReader, writer: StreamWriter) -> None:
        number, self.connections = self.connections, self.connections + 1
        link = asyncio.get_running_loop().create_task(self._link(number, reader, writer), name=f"connection {number} of a fault proxy")
        self._links.add(link)
        link.add_done_callback(self._links.discard)

    async def _link(self, number: int, reader: StreamReader, writer: StreamWriter) -> None:
        """Connect to the server, and pass on until both directions have ended, or one of them ends both."""
        faults = [each if isinstance(each, StreamFaults) else each(number) for each in self._programmes]
        writers = [writer]
        async with AsyncExitStack() as ends:
            ends.callback(_reset_all, writers)
            try:
                server_reader, server_writer = await asyncio.open_connection(*self._target)
            except OSError as error:
                _log.info("connection %d: the server is not there: %s", number, error)
                return
            writers.append(server_writer)
            ways = [
                asyncio.create_task(_Way(faults[0], chance_of(self.seed, number, 0)).carry(reader, server_writer)),
                asyncio.create_task(_Way(faults[1], chance_of(self.seed, number, 1)).carry(server_reader, writer)),
            ]
            ends.push_async_callback(_end, ways)
            for way in asyncio.as_completed(ways):
                try:
                    is_cut = await way
                except OSError:  # a reset of one side is one of the other
                    return
                if is_cut is not None:
                    if not is_cut:
                        return
                    break
            for each in writers:
                each.close()
            await asyncio.gather(*(each.wait_closed() for each in writers), return_exceptions=True)


async def _end(tasks: list[asyncio.Task[bool | None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _reset_all(writers: list[StreamWriter]) -> None:
    for writer in writers:
        if not writer.transport.is_closing():
            sock = writer.get_extra_info("socket")
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
            writer.transport.abort()


class _Way:
    """One direction of one connection."""

    def __init__(self, faults: StreamFaults, chance: random.Random) -> None:
        self._faults = faults
        self._random = chance
        self._line: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(_PIECES_UNDER_WAY)
        self._due = 0.0
        self._passed = 0
        limits = ("cut_after", "reset_after", "half_close_after", "black_hole_after")
        found = [(value, name) for name in limits if (value := getattr(faults, name)) is not None]
        self._limit: int | None
        self._limit, self._fault = min(found) if found else (None, "")

    async def carry(self, source: StreamReader, sink: StreamWriter) -> bool | None:
        """Pass on to the end: None where this direction has ended, True where both are to be closed, False where both are to be reset."""
        writing = asyncio.create_task(self._write(sink))
        try:
            fault = await self._read(source)
            await self._line.put((self._due, b""))
            await writing
        finally:
            writing.cancel()
            await asyncio.gather(writing, return_exceptions=True)
        if fault == "black_hole_after":
            while await source.read(_READ_BYTES):
                pass
            await asyncio.Event().wait()  # until the other direction, or the proxy, ends the connection
        if fault in ("", "half_close_after"):
            if sink.can_write_eof():
                sink.write_eof()
            while fault and await source.read(_READ_BYTES):
                pass  # what comes behind its end is of no interest, and must not fill up
            return None
        return fault == "cut_after"

    async def _read(self, source: StreamReader) -> str:
        """Put pieces on the line until the end, or until a limit; give the name of the fault that is due then."""
        while self._limit is None or self._passed < self._limit:
            room = _READ_BYTES if self._limit is None else min(_READ_BYTES, self._limit - self._passed)
            data = await source.read(room)
            if not data:
                return ""
            for piece in self._pieces(self._corrupted(data)):
                await self._line.put((self._due_at(len(piece)), piece))
            self._passed += len(data)
        return self._fault

    def _corrupted(self, data: bytes) -> bytes:
        at = -1 if self._faults.corrupt_at is None else self._faults.corrupt_at - self._passed
        return data[:at] + bytes([data[at] ^ 0xFF]) + data[at + 1 :] if 0 <= at < len(data) else data

    def _pieces(self, data: bytes) -> list[bytes]:
        # At a bandwidth pieces leave twenty times a second, not all at once after a long wait.
        most = max(1, self._faults.bandwidth // 20) if self._faults.bandwidth else len(data)
        pieces, at = [], 0
        while at < len(data):
            size = min(most, self._random.randint(1, self._faults.slices) if self._faults.slices else most)
            pieces.append(data[at : at + size])
            at += size
        return pieces

    def _due_at(self, size: int) -> float:
        faults, now = self._faults, asyncio.get_running_loop().time()
        due = max(self._due, now + faults.delay + self._random.random() * faults.jitter)
        self._due = due + (size / faults.bandwidth if faults.bandwidth else 0.0)
        return self._due

    async def _write(self, sink: StreamWriter) -> None:
        loop: Any = asyncio.get_running_loop()
        is_sliced = self._faults.slices > 0
        if is_sliced:  # or the system would join the pieces again
            sink.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while True:
            due, piece = await self._line.get()
            wait = due - loop.time()
            if wait > 0 or is_sliced:
                await asyncio.sleep(max(0.0, wait))
            if not piece:
                return
            sink.write(piece)
            await sink.drain()
