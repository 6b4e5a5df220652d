"""Flights: one piece of work for all who want the same at the same time.

The work goes on as long as one of them waits, and is cancelled with the last. Nobody hears of another's cancellation.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Hashable
from typing import Any, Generic, TypeVar, final

__all__ = ["Flights"]

T = TypeVar("T")


@final
class _Flight(Generic[T]):
    __slots__ = ("task", "waiting")

    def __init__(self, task: asyncio.Task[T]) -> None:
        self.task = task
        self.waiting = 0


@final
class Flights(Generic[T]):
    """The work that is under way, by loop and key."""

    def __init__(self) -> None:
        self.shared = 0  # how often somebody has waited for the work of another
        self._flights: dict[tuple[asyncio.AbstractEventLoop, Hashable], _Flight[T]] = {}

    def __len__(self) -> int:
        return len(self._flights)

    async def share(self, key: Hashable, make: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Return what the work of *key* gives: that which is under way, or one that *make* begins.

        If cancelled, it goes on for the others.
        """
        loop = asyncio.get_running_loop()
        place = (loop, key)
        flight = self._flights.get(place)
        if flight is None:
            flight = self._flights[place] = _Flight(loop.create_task(make()))
            flight.task.add_done_callback(lambda task: self._over(place, task))
        else:
            self.shared += 1
        flight.waiting += 1
        try:
            return await asyncio.shield(flight.task)
        finally:
            flight.waiting -= 1
            if not flight.waiting and not flight.task.done():
                self._flights.pop(place, None)  # who comes now begins anew
                flight.task.cancel()

    def cancel(self) -> None:
        """Cancel all work, on the loops on which it runs."""
        for (loop, _), flight in list(self._flights.items()):
            if not loop.is_closed():
                loop.call_soon_threadsafe(flight.task.cancel)

    def _over(self, place: tuple[asyncio.AbstractEventLoop, Hashable], task: asyncio.Task[T]) -> None:
        flight = self._flights.get(place)
        if flight is not None and flight.task is task:
            del self._flights[place]
        if not task.cancelled():
            task.exception()  # who waited has it; nobody may have
