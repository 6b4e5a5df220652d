"""FaultProxy: stands between a client and a server and does to their bytes what networks do. Of the standard library alone."""

import asyncio
import logging
import socket
import struct
from asyncio import StreamReader, StreamWriter
from contextlib import suppress
from types import TracebackType
from typing import Any, Final, Self

from .faults import Programme, StreamFaults, chance_of, faults_of, new_seed
from .stream_direction import Fate, StreamDirection, swallow

__all__ = ["FaultProxy"]

_log = logging.getLogger(__name__)

_NO_LINGER: Final = struct.pack("ii", 1, 0)  # a close is a reset then
_LINGER_SECONDS: Final = 1.0


class FaultProxy:
    """Passes TCP connections on to *host* and *port*, with faults::

        async with FaultProxy("127.0.0.1", port, to_server=StreamFaults(slices=3), seed=7) as proxy:
            reader, writer = await asyncio.open_connection(*proxy.address)
            ...
            proxy.to_client = StreamFaults(partitioned=True)

    What is drawn is drawn from a generator of the connection, made of the seed and its number: a run with the same seed and the same
    reads does the same.

    Args:
        to_server: the faults of what clients send; a function of the number of the connection, from 0, programs each.
        to_client: the same of what the server sends.
        seed: of what is drawn; by default one that `seed` tells, for the message of a test that fails.
        listen: the address to listen on, a free port of 127.0.0.1 by default.

    Both may be changed at any moment, also of connections that are there. Whoever leaves the block, or cancels it, resets those.
    """

    def __init__(
        self,
        host: str,
        port: int,
        *,
        to_server: Programme[StreamFaults] = StreamFaults(),  # noqa: B008  # frozen
        to_client: Programme[StreamFaults] = StreamFaults(),  # noqa: B008
        seed: int | None = None,
        listen: tuple[str, int] = ("127.0.0.1", 0),
    ) -> None:
        self.seed: Final = new_seed() if seed is None else seed
        self.connections = 0
        self._target = host, port
        self._to_server, self._to_client = to_server, to_client
        self._listen = listen
        self._server: asyncio.Server | None = None
        self._links: dict[asyncio.Task[None], _Link] = {}

    @property
    def address(self) -> tuple[str, int]:
        """Host and port to connect to; raises RuntimeError outside of the block."""
        if self._server is None:
            raise RuntimeError("the proxy listens inside of `async with` only")
        host, port = self._server.sockets[0].getsockname()[:2]
        return host, port

    @property
    def to_server(self) -> Programme[StreamFaults]:
        """The faults of what clients send, from now on. A limit that a connection has passed already is due at once."""
        return self._to_server

    @to_server.setter
    def to_server(self, programme: Programme[StreamFaults]) -> None:
        self._to_server = programme
        for link in self._links.values():
            link.to_server.faults = faults_of(programme, link.number)

    @property
    def to_client(self) -> Programme[StreamFaults]:
        """The faults of what the server sends, likewise."""
        return self._to_client

    @to_client.setter
    def to_client(self, programme: Programme[StreamFaults]) -> None:
        self._to_client = programme
        for link in self._links.values():
            link.to_client.faults = faults_of(programme, link.number)

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, *self._listen)
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        server, self._server = self._server, None
        if server is not None:
            server.close()
        links = list(self._links)
        for link in links:
            link.cancel()
        await asyncio.gather(*links, return_exceptions=True)

    def _accept(self, reader: StreamReader, writer: StreamWriter) -> None:
        if self._server is None:  # it was accepted as the block was left
            _reset(writer)
            return
        number, self.connections = self.connections, self.connections + 1
        link = _Link(number, self.seed, faults_of(self._to_server, number), faults_of(self._to_client, number))
        work = link.carry(reader, writer, self._target)
        carrying = asyncio.get_running_loop().create_task(work, name=f"connection {number} of a fault proxy")
        self._links[carrying] = link
        carrying.add_done_callback(self._links.pop)


class _Link:
    """One connection: two directions, and the end of both."""

    def __init__(self, number: int, seed: int, to_server: StreamFaults, to_client: StreamFaults) -> None:
        self.number = number
        self._fate: asyncio.Future[Fate] = asyncio.get_running_loop().create_future()
        self.to_server = StreamDirection(to_server, chance_of(seed, number, 0), self._fate)
        self.to_client = StreamDirection(to_client, chance_of(seed, number, 1), self._fate)

    async def carry(self, reader: StreamReader, writer: StreamWriter, target: tuple[str, int]) -> None:
        """Connect to the server, and pass on until both directions have ended, or the connection meets its fate."""
        ends = [(reader, writer)]
        try:
            try:
                ends.append(await asyncio.open_connection(*target))
            except OSError as error:
                _log.info("connection %d: the server is not there: %s", self.number, error)
                return
            if await self._pass_on(*ends):
                await _close_in_order(ends)
        finally:
            for _, each in ends:
                _reset(each)

    async def _pass_on(self, client: tuple[StreamReader, StreamWriter], server: tuple[StreamReader, StreamWriter]) -> bool:
        """Return whether it has ended in order; not where it is to be reset, or one of the two sides was: that is one of the other."""
        tasks = [
            asyncio.create_task(self.to_server.carry(client[0], server[1])),
            asyncio.create_task(self.to_client.carry(server[0], client[1])),
        ]
        both: asyncio.Future[list[None]] = asyncio.gather(*tasks)
        either: set[asyncio.Future[Any]] = {both, self._fate}  # Any: what they give is of no interest here
        try:
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
            if self._fate.done():
                return self._fate.result() is Fate.CUT
            await both
        except OSError:
            return False
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(both, *tasks, return_exceptions=True)
        return True


async def _close_in_order(ends: list[tuple[StreamReader, StreamWriter]]) -> None:
    """End both sides, and let what they still send go by for a while: a close with bytes that nobody has read is a reset."""
    for _, writer in ends:
        if not writer.transport.is_closing():
            writer.write_eof()
    with suppress(TimeoutError):
        async with asyncio.timeout(_LINGER_SECONDS):
            await asyncio.gather(*(swallow(reader) for reader, _ in ends), return_exceptions=True)
            for _, writer in ends:
                writer.close()
            await asyncio.gather(*(writer.wait_closed() for _, writer in ends), return_exceptions=True)
            return
    for _, writer in ends:  # one of them goes on sending
        writer.close()


def _reset(writer: StreamWriter) -> None:
    """Close with a reset what is still open; nothing happens to what has been closed."""
    if not writer.transport.is_closing():
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
    writer.transport.abort()  # also of what is closed, and waits for a peer that takes nothing
