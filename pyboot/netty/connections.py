"""Connections: those of one server that are open, each with the beans that live as long as it does."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any, final

from pyboot.boot import ScopeStore
from pyboot.components.netty import Channel
from pyboot.components.netty.transport.ending import finish
from pyboot.components.netty.transport.running import across

from .assembly import ServerPlan

_log = logging.getLogger("pyboot.netty")


@final
class Connections:
    """The open connections of the server that *plan* describes."""

    def __init__(self, plan: ServerPlan) -> None:
        """Begin with none."""
        self._plan = plan
        self._open: dict[Channel, ScopeStore] = {}
        self._ending: set[asyncio.Task[None]] = set()

    def __len__(self) -> int:
        """How many are open."""
        return len(self._open)

    def accept(self, channel: Channel) -> None:
        """Fill the pipeline of a new connection, and remember it until it is closed."""
        store = self._open[channel] = ScopeStore()
        channel.close_future.add_listener(lambda _: self._closed(channel))
        self._plan.assemble(channel, store)

    def _closed(self, channel: Channel) -> None:
        store = self._open.pop(channel)
        if not store.is_empty:
            ending = channel.loop.create_task(self._end(store), name=f"end the beans of {channel!r}")
            self._ending.add(ending)
            ending.add_done_callback(self._ending.discard)

    async def _end(self, store: ScopeStore) -> None:
        try:
            await store.aclose()
        except ExceptionGroup:
            _log.exception("beans of a connection of the server '%s' could not be destroyed", self._plan.name)

    async def close(self) -> None:
        """Close all: what they have read is finished and what was flushed is delivered, within the close timeout of each.

        If cancelled, what is still open is cut off, and handlers that wait for something are cancelled.
        """
        try:
            await self._on_each(_close)
        finally:
            await self._on_each(_abort)
            await asyncio.gather(*(across(task.get_loop(), _wait(task)) for task in list(self._ending)))

    async def _on_each(self, act: Callable[[Channel], Coroutine[Any, Any, None]]) -> None:
        """Act on each that is open, on its own loop."""

        async def there(channel: Channel) -> None:
            await across(channel.loop, act(channel))

        await asyncio.gather(*map(there, list(self._open)))


async def _wait(task: asyncio.Task[None]) -> None:
    await task


async def _close(channel: Channel) -> None:
    """On the channel's own loop: read no more, finish what was read, deliver what was flushed, and close."""
    finish(channel)
    await channel.close_future


async def _abort(channel: Channel) -> None:
    channel.abort()
    await channel.close_future
