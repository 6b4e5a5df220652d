"""DatagramFaultProxy: stands between UDP clients and a server, and loses, doubles and reorders datagrams. Of the standard library alone."""

import asyncio
import logging
from collections.abc import Callable
from types import TracebackType
from typing import Any, Final, Self

from .datagram_direction import DatagramDirection
from .faults import DatagramFaults, Programme, chance_of, faults_of, new_seed

__all__ = ["DatagramFaultProxy"]

_log = logging.getLogger(__name__)


class DatagramFaultProxy:
    """Passes datagrams on to *host* and *port* and back, with faults, as `FaultProxy` does bytes; each client has a port of its own.

    Args:
        to_server: the faults of what clients send; a function of the number of the client, from 0, programs each.
        to_client: the faults of what the server sends.
        seed: of what is drawn; by default one that `seed` tells.
        listen: the address to listen on, a free port of 127.0.0.1 by default.

    Both may be changed at any moment; what is under way by then keeps its time. Whoever leaves the block loses what is under way.
    """

    def __init__(
        self,
        host: str,
        port: int,
        *,
        to_server: Programme[DatagramFaults] = DatagramFaults(),  # noqa: B008  # frozen
        to_client: Programme[DatagramFaults] = DatagramFaults(),  # noqa: B008
        seed: int | None = None,
        listen: tuple[str, int] = ("127.0.0.1", 0),
    ) -> None:
        self.seed: Final = new_seed() if seed is None else seed
        self._target = host, port
        self._listen = listen
        self._to_server, self._to_client = to_server, to_client
        self._transport: Any = None  # Any: asyncio's or uvloop's
        self._clients: dict[Any, _Client] = {}

    @property
    def address(self) -> tuple[str, int]:
        """Host and port to send to; raises RuntimeError outside of the block."""
        if self._transport is None:
            raise RuntimeError("the proxy listens inside of `async with` only")
        host, port = self._transport.get_extra_info("sockname")[:2]
        return host, port

    @property
    def to_server(self) -> Programme[DatagramFaults]:
        """The faults of what clients send, from now on."""
        return self._to_server

    @to_server.setter
    def to_server(self, programme: Programme[DatagramFaults]) -> None:
        self._to_server = programme
        for client in self._clients.values():
            client.to_server.faults = faults_of(programme, client.number)

    @property
    def to_client(self) -> Programme[DatagramFaults]:
        """The faults of what the server sends, likewise."""
        return self._to_client

    @to_client.setter
    def to_client(self, programme: Programme[DatagramFaults]) -> None:
        self._to_client = programme
        for client in self._clients.values():
            client.to_client.faults = faults_of(programme, client.number)

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(lambda: _Receiver(self._from_client), local_addr=self._listen)
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        transport, self._transport = self._transport, None
        transport.close()
        for client in self._clients.values():
            await client.close()

    def _from_client(self, data: bytes, address: Any) -> None:
        if self._transport is None:
            return
        if address not in self._clients:
            number = len(self._clients)
            back = lambda datagram: self._transport and self._transport.sendto(datagram, address)  # noqa: E731
            client = _Client(number, self.seed, faults_of(self._to_server, number), faults_of(self._to_client, number), back)
            client.open(self._target)
            self._clients[address] = client
        self._clients[address].to_server.carry(data)


class _Client:
    """One client: a socket towards the server, and two directions."""

    def __init__(
        self, number: int, seed: int, to_server: DatagramFaults, to_client: DatagramFaults, back: Callable[[bytes], object]
    ) -> None:
        self.number = number
        self.to_server = DatagramDirection(to_server, chance_of(seed, number, 0), self._send)
        self.to_client = DatagramDirection(to_client, chance_of(seed, number, 1), back)
        self._opening: asyncio.Task[Any] | None = None
        self._transport: Any = None  # Any: as above
        self._early: list[bytes] | None = []  # until it is known whether there is a socket

    def open(self, target: tuple[str, int]) -> None:
        """Begin to open the socket; what is sent until then waits."""
        self._opening = asyncio.get_running_loop().create_task(self._open(target))

    async def _open(self, target: tuple[str, int]) -> None:
        receive = lambda data, _: self.to_client.carry(data)  # noqa: E731
        loop = asyncio.get_running_loop()
        try:
            self._transport, _ = await loop.create_datagram_endpoint(lambda: _Receiver(receive), remote_addr=target)
        except OSError as error:
            _log.info("client %d: the server cannot be had, and what is sent to it is lost: %s", self.number, error)
        early, self._early = self._early, None
        for datagram in early or ():
            self._send(datagram)

    def _send(self, datagram: bytes) -> None:
        if self._transport is not None:
            self._transport.sendto(datagram)
        elif self._early is not None:
            self._early.append(datagram)

    async def close(self) -> None:
        """Lose what is under way."""
        self.to_server.stop()
        self.to_client.stop()
        if self._opening is not None:
            self._opening.cancel()
            await asyncio.gather(self._opening, return_exceptions=True)
        if self._transport is not None:
            self._transport.close()


class _Receiver(asyncio.DatagramProtocol):
    def __init__(self, receive: Callable[[bytes, Any], object]) -> None:
        self._receive = receive

    def datagram_received(self, data: bytes, addr: Any) -> None:
        """Hand *data* on."""
        self._receive(data, addr)

    def error_received(self, exc: Exception) -> None:
        """Nobody listens there at the moment: a datagram is lost, which is what this is for."""
