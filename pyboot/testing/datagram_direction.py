"""DatagramDirection: says what becomes of the datagrams of one direction of one client, and when. Sends through whatever it is given."""

import asyncio
import heapq
import random
from collections.abc import Callable
from typing import Final

from .faults import DatagramFaults

__all__ = ["DatagramDirection"]

_HELD_SECONDS: Final = 0.05  # for the datagram that is to overtake


class DatagramDirection:
    """Loses, doubles, delays and reorders what is carried, and gives the rest to *send*; `faults` may be changed at any moment."""

    def __init__(self, faults: DatagramFaults, chance: random.Random, send: Callable[[bytes], object]) -> None:
        self.faults = faults
        self._random = chance
        self._send = send
        self._held: list[tuple[list[bytes], asyncio.TimerHandle]] = []
        self._under_way: list[tuple[float, int, list[bytes]]] = []  # a heap: what is due at the same time keeps its order
        self._number = 0
        self._timer: asyncio.TimerHandle | None = None

    def carry(self, data: bytes) -> None:
        """Draw what becomes of *data*, and send it as often as it comes."""
        faults = self.faults
        # Always the same draws for each datagram, or what becomes of one would depend on figures of another fault.
        is_lost, is_double, is_held = [self._random.random() < share for share in (faults.loss, faults.duplicate, faults.reorder)]
        wait = faults.delay + self._random.random() * faults.jitter
        if is_lost:
            return
        datagrams = [data] * (1 + is_double)
        if is_held:
            self._held.append((datagrams, asyncio.get_running_loop().call_later(_HELD_SECONDS, self._give_up_waiting, wait)))
            return
        for each in (datagrams, *self._let_go(len(self._held))):
            self._later(wait, each)

    def _let_go(self, number: int) -> list[list[bytes]]:
        """Hold the first *number* no longer."""
        let_go, self._held = self._held[:number], self._held[number:]
        for _, timer in let_go:
            timer.cancel()
        return [datagrams for datagrams, _ in let_go]

    def _give_up_waiting(self, wait: float) -> None:
        for datagrams in self._let_go(1):  # none has waited longer
            self._later(wait, datagrams)

    def _later(self, wait: float, datagrams: list[bytes]) -> None:
        if not wait and not self._under_way:
            for data in datagrams:
                self._send(data)
            return
        self._number += 1
        heapq.heappush(self._under_way, (asyncio.get_running_loop().time() + wait, self._number, datagrams))
        self._set_timer()

    def _set_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_at(self._under_way[0][0], self._due) if self._under_way else None

    def _due(self) -> None:
        now = asyncio.get_running_loop().time()
        while self._under_way and self._under_way[0][0] <= now:
            for data in heapq.heappop(self._under_way)[2]:
                self._send(data)
        self._timer = None
        self._set_timer()

    def stop(self) -> None:
        """Lose what is under way."""
        self._let_go(len(self._held))
        self._under_way.clear()
        self._set_timer()
