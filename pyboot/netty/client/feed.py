"""EventFeed: the events of one client, on their way to the listeners of the application.

Who is told of an event, and what it begins meanwhile, does not wait for events: it would wait for itself, or two for each other.
"""

import asyncio
import contextvars
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Final, final

_log = logging.getLogger("pyboot.netty.client")

_IS_TELLING: Final[contextvars.ContextVar[bool]] = contextvars.ContextVar("a listener of clients is told", default=False)


@final
class EventFeed:
    """Publishes one event after the other, each when the listeners of the one before have ended. Made on the loop of the application."""

    def __init__(self, publish: Callable[[object], Awaitable[None]]) -> None:
        """Take what hands an event to its listeners."""
        self._publish = publish
        self._waiting: deque[object] = deque()
        self._task: asyncio.Task[None] | None = None

    def add(self, event: object) -> None:
        """Publish *event* behind those that wait."""
        self._waiting.append(event)
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._run(), name="events of a client")

    async def _run(self) -> None:
        _IS_TELLING.set(True)
        while self._waiting:
            event = self._waiting.popleft()
            try:
                await self._publish(event)
            except Exception:  # noqa: BLE001  # whatever a listener raises keeps no other event from being heard
                _log.exception("a listener failed, told of %s", type(event).__name__)

    async def finish(self) -> None:
        """Wait until all were heard; who is being told of one does not wait. If cancelled, those that wait are left out."""
        if self._task is not None and not _IS_TELLING.get():
            try:
                await asyncio.wait({self._task})
            finally:
                self._task.cancel()
