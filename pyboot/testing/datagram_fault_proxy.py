"""DatagramFaultProxy: stands between UDP clients and a server, and loses, doubles and reorders datagrams. Of the standard library alone."""

import asyncio
import random
from collections.abc import Callable
from types import TracebackType
from typing import Any, Final, Self

from .faults import DatagramFaults, chance_of, new_seed

__all__ = ["DatagramFaultProxy"]

_HELD_SECONDS: Final = 0.05  # for the datagram that is to overtake


class DatagramFaultProxy:
    """Passes datagrams on to *host* and *port* and back, with faults, as `FaultProxy` does bytes; each client has a port of its own.

    Args:
        to_server: the faults of what clients send.
        to_client: the faults of what the server sends.
        seed: of what is drawn; by default one that `seed` tells.
        listen: the address to listen on, a free port of 127.0.0.1 by default.
    """

    def __init__(
        self,
        host: str,
        port: int,
        *,
        to_server: DatagramFaults = DatagramFaults(),  # noqa: B008  # frozen
        to_client: DatagramFaults = DatagramFaults(),  # noqa: B008
        seed: int | None = None,
        listen: tuple[str, int] = ("127.0.0.1", 0),
    ) -> None:
        self.seed: Final = new_seed() if seed is None else seed
        self._target = host, port
        self._listen = listen
        self._ways = _Lossy(to_server, chance_of(self.seed, 0)), _Lossy(to_client, chance_of(self.seed, 1))
        self._transport: Any = None  # Any: asyncio's or uvloop's
        self._clients: dict[Any, asyncio.Task[Any]] = {}

    @property
    def address(self) -> tuple[str, int]:
        """Host and port to send to; raises RuntimeError outside of the block."""
        if self._transport is None:
            raise RuntimeError("the proxy listens inside of `async with` only")
        host, port = self._transport.get_extra_info("sockname")[:2]
        return host, port

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(lambda: _Receiver(self._from_client), local_addr=self._listen)
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        transport, self._transport = self._transport, None
        for way in self._ways:
            way.stop()
        transport.close()
        for opening in self._clients.values():
            opening.cancel()
            found = (await asyncio.gather(opening, return_exceptions=True))[0]
            if not isinstance(found, BaseException):
                found.close()

    async def serve_forever(self) -> None:
        """Wait until this is cancelled; inside of the block."""
        await asyncio.Event().wait()

    def _from_client(self, data: bytes, client: Any) -> None:
        loop = asyncio.get_running_loop()
        if client not in self._clients:
            self._clients[client] = loop.create_task(self._open(client))
        opening = self._clients[client]

        def send(datagram: bytes) -> None:
            opening.add_done_callback(lambda done: done.result().sendto(datagram) if not done.cancelled() else None)

        self._ways[0].carry(data, send)

    async def _open(self, client: Any) -> Any:
        back = lambda data, _: self._ways[1].carry(data, lambda each: self._transport and self._transport.sendto(each, client))  # noqa: E731
        transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(lambda: _Receiver(back), remote_addr=self._target)
        return transport


class _Receiver(asyncio.DatagramProtocol):
    def __init__(self, receive: Callable[[bytes, Any], object]) -> None:
        self._receive = receive

    def datagram_received(self, data: bytes, addr: Any) -> None:
        """Hand *data* on."""
        self._receive(data, addr)

    def error_received(self, exc: Exception) -> None:
        """Nobody listens there at the moment: a datagram is lost, which is what this is for."""


class _Lossy:
    """One direction, of all clients."""

    def __init__(self, faults: DatagramFaults, chance: random.Random) -> None:
        self._faults = faults
        self._random = chance
        self._held: list[Callable[[], object]] = []
        self._timers: set[asyncio.TimerHandle] = set()

    def carry(self, data: bytes, send: Callable[[bytes], object]) -> None:
        """Draw what becomes of *data*, and *send* it as often as it comes."""
        faults, chance = self._faults, self._random
        # Always the same draws for each datagram, or what becomes of one would depend on figures of another fault.
        is_lost, is_double, is_held = (chance.random() < share for share in (faults.loss, faults.duplicate, faults.reorder))
        if is_lost:
            return

        def act() -> None:
            for _ in range(1 + is_double):
                send(data)

        if is_held:
            self._held.append(act)
            self._later(_HELD_SECONDS, self._let_go)
            return
        wait = faults.delay + chance.random() * faults.jitter
        if wait:
            self._later(wait, act)
        else:
            act()
        self._let_go()

    def _let_go(self) -> None:
        held, self._held = self._held, []
        for act in held:
            act()

    def _later(self, seconds: float, act: Callable[[], object]) -> None:
        def fire() -> None:
            self._timers.discard(timer)
            act()

        timer = asyncio.get_running_loop().call_later(seconds, fire)
        self._timers.add(timer)

    def stop(self) -> None:
        """Lose what is under way."""
        self._held.clear()
        for timer in self._timers:
            timer.cancel()
