"""EngineNode: one engine under test, and what its listener has heard."""

import asyncio
import uuid
from collections.abc import Callable, Sequence
from typing import Final

from pyboot.cluster.engine import ClusterEngine

__all__ = ["EngineNode"]

_SECONDS: Final = 10.0  # of patience; what is well takes milliseconds


class EngineNode:
    """One engine under test with what its listener has heard."""

    def __init__(self, engine: ClusterEngine) -> None:
        """Listen to *engine*."""
        self.engine = engine
        self.frames: list[tuple[str, bytes]] = []
        self.losses: list[Exception] = []
        self._changed = asyncio.Event()

    def on_frames(self, channel: str, frames: Sequence[bytes]) -> None:
        """Note *frames*."""
        self.frames += [(channel, bytes(frame)) for frame in frames]
        self._changed.set()

    def on_lost(self, error: Exception) -> None:
        """Note the loss."""
        self.losses.append(error)
        self._changed.set()

    def on_writable(self) -> None:
        """Note that there is room."""
        self._changed.set()

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until *condition* is true; raises TimeoutError after some seconds."""
        async with asyncio.timeout(_SECONDS):
            while not condition():
                self._changed.clear()
                await self._changed.wait()

    async def hears(self, *expected: tuple[str, bytes]) -> None:
        """Assert that *expected* is all that comes, now and before a mark that follows it."""
        mark = (f"mark of {id(self)}", uuid.uuid4().bytes)
        await self.engine.subscribe([mark[0]])
        self.engine.publish(mark[0], [mark[1]])
        await self.until(lambda: mark in self.frames)
        heard = [frame for frame in self.frames if not frame[0].startswith("mark of")]
        assert list(expected) == heard

    def channel_frames(self, channel: str) -> list[bytes]:
        """Return what came for *channel*."""
        return [frame for name, frame in self.frames if name == channel]
