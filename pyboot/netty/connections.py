"""Connections: the open ones of one server, each with the beans that live as long as it does."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any, final

from pyboot.boot import ScopeStore
from pyboot.boot.container.teardown import PATIENCE_SECONDS
from pyboot.components.netty import Channel, ChannelHandler, ChannelHandlerContext
from pyboot.components.netty.channel.fault import tell_fault
from pyboot.components.netty.transport.shutdown import close_gracefully
from pyboot.components.netty.transport.threadsafe import run_on_loop

from .pipeline.codec import AnyHandler
from .pipeline.plan import PipelinePlan

_log = logging.getLogger("pyboot.netty")

_TOLD_CONNECTIONS = 5  # of those that a stop waits for

type Making = asyncio.Task[list[AnyHandler]]


@final
class Connections:
    """The open connections that *plan* describes."""

    def __init__(self, plan: PipelinePlan) -> None:
        """Begin with none."""
        self._plan = plan
        self._open: dict[Channel, tuple[ScopeStore, Making | None]] = {}
        self._ending: set[asyncio.Task[None]] = set()

    def __len__(self) -> int:
        """Return the number of open connections."""
        return len(self._open)

    def accept(self, channel: Channel) -> None:
        """Fill the pipeline of a new connection, and remember it until it is closed.

        Where beans have to be awaited for its handlers, what happens on the connection waits for them.
        """
        store = ScopeStore()
        making = channel.loop.create_task(self._plan.amake(store), name=f"handlers of {channel!r}") if self._plan.is_awaited else None
        self._open[channel] = store, making
        channel.close_future.add_listener(lambda _: self._closed(channel))
        if making is None:
            self._plan.assemble(channel, store)
        else:
            channel.pipeline().add_last(AwaitedHandlers(making))

    def _closed(self, channel: Channel) -> None:
        store, making = self._open.pop(channel)
        store.shutdown()
        if making is not None or not store.is_empty:
            ending = channel.loop.create_task(self._end(store, making), name=f"end the beans of {channel!r}")
            self._ending.add(ending)
            ending.add_done_callback(self._ending.discard)

    async def _end(self, store: ScopeStore, making: Making | None) -> None:
        if making is not None:  # no bean is made behind the back of the one who ends them
            making.cancel()
            await asyncio.wait({making})
        try:
            await store.aclose()
        except ExceptionGroup:
            _log.exception("beans of a connection of %s could not be destroyed", self._plan.owner)

    async def close(self) -> None:
        """Close all connections: what they have read is finished, and what was flushed is delivered, within the close timeout of each.

        If cancelled, what is still open is cut off, and handlers that wait for something are cancelled.
        """
        patience = asyncio.get_running_loop().call_later(PATIENCE_SECONDS, self._tell)
        try:
            await self._on_each(self._close)
        finally:
            patience.cancel()
            await self._on_each(_abort)
            await asyncio.gather(*(run_on_loop(task.get_loop(), _wait(task)) for task in list(self._ending)))

    def _tell(self) -> None:
        """Log the connections that are waited for, and those of their handlers that are at work."""
        waiting = list(self._open)
        for channel in waiting[:_TOLD_CONNECTIONS]:
            busy = ", ".join(channel.pipeline().handlers_at_work())
            _log.warning("%s still waits for %r%s", self._plan.owner, channel, f", whose handlers are at work: {busy}" if busy else "")
        if len(waiting) > _TOLD_CONNECTIONS:
            _log.warning("%s still waits for %d connections more", self._plan.owner, len(waiting) - _TOLD_CONNECTIONS)

    async def _close(self, channel: Channel) -> None:
        """Close a connection on its own loop: stop reading, finish what was read, deliver what was flushed.

        A connection whose handlers are still being made has nothing to finish.
        """
        _, making = self._open.get(channel, (None, None))  # none: it was closed in the meantime
        if making is not None:
            making.cancel()
        close_gracefully(channel)
        await channel.close_future

    async def _on_each(self, act: Callable[[Channel], Coroutine[Any, Any, None]]) -> None:
        """Act on each open connection, on its own loop."""

        async def there(channel: Channel) -> None:
            await run_on_loop(channel.loop, act(channel))

        await asyncio.gather(*map(there, list(self._open)))


class AwaitedHandlers(ChannelHandler[Any]):
    """Stands alone in a pipeline until the handlers of the connection are made; whatever happens until then waits in its mailbox."""

    def __init__(self, making: Making) -> None:
        """Take the task that makes them."""
        self._making = making

    async def channel_registered(self, ctx: ChannelHandlerContext) -> None:
        """Put the handlers behind this one, go on with what has waited, and leave."""
        try:
            handlers = await self._making
        except asyncio.CancelledError:
            ctx.close()
            if not self._making.cancelled():
                raise
            return
        except Exception as error:  # noqa: BLE001  whatever a user's factory raises closes this connection only
            tell_fault(ctx.channel, "its handlers could not be made: closing it", error)
            ctx.close()
            return
        ctx.pipeline.add_last(*handlers)
        ctx.fire_channel_registered()
        ctx.pipeline.remove(self)


async def _wait(task: asyncio.Task[None]) -> None:
    await task


async def _abort(channel: Channel) -> None:
    channel.abort()
    await channel.close_future
