"""Outbox: the frames of a node on their way to the engine: at once while it takes them, through the queue of an outage else."""

import asyncio
import contextlib
from collections.abc import Callable
from typing import final

from .engine import ClusterEngine
from .errors import EngineLostError
from .outage_queue import OutageQueue

__all__ = ["Outbox"]


@final
class Outbox:
    """The way out. Law: what is put in first goes first, whatever happens to the connection meanwhile."""

    def __init__(self, engine: ClusterEngine, queue: OutageQueue, clock: Callable[[], float]) -> None:
        """Send by *engine*, once it is opened; *clock* tells the age of what waits in *queue*."""
        self._engine = engine
        self._queue = queue
        self._clock = clock
        self._is_open = False
        self._waiting: list[asyncio.Future[None]] = []

    # hot path: once per message to other nodes
    def put(self, channel: str, frame: bytes) -> None:
        """Send *frame* at once, or have it wait."""
        if self._is_open and not self._queue and self._engine.is_writable:
            with contextlib.suppress(EngineLostError):
                self._engine.publish(channel, [frame])
                return
        self._queue.put(self._clock(), channel, frame)

    def open(self) -> None:
        """Send what waits, and from here on at once. Raises EngineLostError."""
        self._drain()
        self._is_open = True
        self._release()

    def shut(self) -> None:
        """Let everything wait from here on."""
        self._is_open = False
        self._release()

    def on_writable(self) -> None:
        """Go on sending, since the connection takes more."""
        if self._is_open:
            with contextlib.suppress(EngineLostError):  # what was taken out of the queue went with the connection
                self._drain()
        self._release()

    def _drain(self) -> None:
        while self._engine.is_writable and (waiting := self._queue.take(self._clock())) is not None:
            self._engine.publish(waiting[0], [waiting[1]])

    async def flushed(self) -> None:
        """Wait until the connection takes more; without one that is not waited for. Cancelling it changes nothing."""
        while self._is_open and not self._engine.is_writable:
            waiting = asyncio.get_running_loop().create_future()
            self._waiting.append(waiting)
            await waiting

    def _release(self) -> None:
        waiting, self._waiting = self._waiting, []
        for future in waiting:
            if not future.done():
                future.set_result(None)
