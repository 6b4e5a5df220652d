"""Subscriptions: the channels that a node wants to hear, and how the engine comes to know, one change after the other."""

import asyncio
import contextlib
from collections.abc import Callable
from typing import final

from .engine import ClusterEngine
from .envelope import Envelope
from .errors import EngineLostError

__all__ = ["Hear", "Subscriptions"]

type Hear = Callable[[Envelope], None]


@final
class Subscriptions:
    """The wanted channels with who hears them, and those that the engine knows of.

    Law: one task at a time tells the engine, and goes on until it knows what is wanted; so a channel that is left and joined at once ends
    as it was wanted last, and what a lost connection knew counts for nothing.
    """

    def __init__(self, engine: ClusterEngine) -> None:
        """Tell *engine*."""
        self._engine = engine
        self._wanted: dict[str, Hear] = {}
        self._known: set[str] = set()
        self._task: asyncio.Task[None] | None = None

    def add(self, channel: str, hear: Hear) -> None:
        """Want *channel*."""
        self._wanted[channel] = hear

    def remove(self, channel: str) -> None:
        """Want it no more."""
        self._wanted.pop(channel, None)

    def get(self, channel: str) -> Hear | None:
        """Return who hears *channel*."""
        return self._wanted.get(channel)

    @property
    def is_settled(self) -> bool:
        """True if the engine knows what is wanted."""
        return self._known == self._wanted.keys()

    async def begin(self) -> None:
        """Subscribe everything on a new connection. Raises EngineLostError."""
        await self.close()
        self._known = set()
        await self._settle()

    def sync(self) -> None:
        """Let the engine know what has changed, in the background."""
        if not self.is_settled and (self._task is None or self._task.done()):
            self._task = asyncio.get_running_loop().create_task(self._run(), name="subscriptions of the cluster")

    async def wait(self) -> None:
        """Wait until the engine has been told, or is lost."""
        self.sync()
        if self._task is not None:
            await asyncio.wait({self._task})

    async def _run(self) -> None:
        with contextlib.suppress(EngineLostError):  # all is subscribed anew then
            await self._settle()

    async def _settle(self) -> None:
        while not self.is_settled:
            new, old = [*(self._wanted.keys() - self._known)], [*(self._known - self._wanted.keys())]
            if new:
                await self._engine.subscribe(sorted(new))
                self._known.update(new)
            if old:
                await self._engine.unsubscribe(sorted(old))
                self._known.difference_update(old)

    async def close(self) -> None:
        """Tell the engine nothing any more."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None
