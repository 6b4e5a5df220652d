"""EventOutlet: publishes events one after the other, from places that cannot wait for their listeners."""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Final, final

__all__ = ["EventOutlet"]

_log = logging.getLogger("pyboot.cluster")

_MOST: Final = 1_000


@final
class EventOutlet:
    """A row of events and the task that publishes them. Law: they keep their order, and what a listener raises is logged."""

    def __init__(self, publish: Callable[[object], Awaitable[object]]) -> None:
        """Publish by *publish*."""
        self._publish = publish
        self._events: deque[object] = deque()
        self._task: asyncio.Task[None] | None = None
        self.dropped = 0

    def tell(self, event: object) -> None:
        """Publish *event* in its turn; where listeners are a thousand events behind it is dropped, and counted."""
        if len(self._events) >= _MOST:
            self.dropped += 1
            return
        self._events.append(event)
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._run(), name="events of the cluster")

    async def _run(self) -> None:
        while self._events:
            event = self._events.popleft()
            try:
                await self._publish(event)
            except Exception:  # noqa: BLE001  # a listener of the application's
                _log.exception("a listener failed, told of %r", event)

    async def close(self) -> None:
        """Wait until all events are published."""
        if self._task is not None:
            await asyncio.wait({self._task})
