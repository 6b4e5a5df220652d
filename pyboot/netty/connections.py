"""Connections: the open ones of one server, each with the beans that live as long as it does.

The law of beans: those of a connection end behind the last callback of its handlers, `channel_inactive` and `handler_removed` too, plain
or coroutine; until then they can be had. So a connection that is closed is kept here until its channel is *over* (`channel.life.closing`).
Only a stop whose deadline is past does not wait for that.
"""

import asyncio
import logging
import threading
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any, NamedTuple, final

from pyboot.boot import ScopeStore
from pyboot.boot.container.teardown import PATIENCE_SECONDS
from pyboot.components.netty import Channel
from pyboot.components.netty.channel.close_reason import close_reason_of
from pyboot.components.netty.channel.traffic import TrafficSum
from pyboot.components.netty.transport.shutdown import close_gracefully, tell_draining
from pyboot.components.netty.transport.threadsafe import run_on_loop

from .pipeline.codec import AnyHandler
from .pipeline.plan import PipelinePlan

_log = logging.getLogger("pyboot.netty")

_TOLD_CONNECTIONS = 5  # of those that a stop waits for
_SECONDS_FOR_NEWS = 0.4  # for the handlers of a connection that was cut off: twice that is below what a stop gives a step that is late

type Making = asyncio.Task[list[AnyHandler]]


class ConnectionCounts(NamedTuple):
    """The counts of one server's connections: how many were opened, closed by reason, and the seconds that the closed ones were open, in
    all and at most.

    A connection whose handlers still hear of its end is open here. *departed* has what came and went over the closed ones, *channels*
    are the others. No connection is in both, or in neither.
    """

    opened: int
    closed: Mapping[str, int]
    seconds_open: float
    longest: float
    departed: TrafficSum
    channels: Sequence[Channel]


@final
class Connections:
    """The open connections that *plan* describes."""

    def __init__(self, plan: PipelinePlan) -> None:
        """Begin with none."""
        self._plan = plan
        self._kept: dict[Channel, tuple[ScopeStore, Making | None]] = {}  # until their beans are ended
        # What is counted: connections come and go on several loops, and whoever asks is on another one.
        self._lock = threading.Lock()
        self._opened = 0
        self._closed: Counter[str] = Counter()
        self._seconds_open = self._longest = 0.0
        self._departed = TrafficSum()
        self._ending: set[asyncio.Task[None]] = set()
        self._fillers: list[Callable[[Channel], object]] = []

    def __len__(self) -> int:
        """Return the number of open connections; one whose handlers still hear of its end is open here."""
        return len(self._kept)

    def counted(self) -> "ConnectionCounts":
        """Return what was counted up to now; adding up its `TrafficSum` and its channels gives the traffic of all, each once."""
        with self._lock:
            closed, departed = dict(self._closed), self._departed.copy()
            return ConnectionCounts(self._opened, closed, self._seconds_open, self._longest, departed, list(self._kept))

    @contextmanager
    def also_filled(self, fill: Callable[[Channel], object]) -> Iterator[None]:
        """Call *fill* with each new connection whose handlers are in place, on its loop, until the block ends."""
        self._fillers = [*self._fillers, fill]  # anew: other threads go through it
        try:
            yield
        finally:
            self._fillers = [each for each in self._fillers if each is not fill]

    def filled(self, channel: Channel) -> None:
        """Call whoever fills connections further with *channel*, whose handlers are in place, on its loop."""
        for fill in self._fillers:
            fill(channel)

    def accept(self, channel: Channel, own: PipelinePlan | None = None) -> None:
        """Fill the pipeline of a new connection, by its *own* plan or that of all; keep it until its handlers have heard of its end.

        Where beans have to be awaited for its handlers, what happens on the connection waits for them.
        """
        store, plan = ScopeStore(), self._plan if own is None else own
        making = channel.loop.create_task(plan.amake(store), name=f"handlers of {channel!r}") if plan.is_awaited else None
        with self._lock:
            self._opened += 1
            self._kept[channel] = store, making
        channel.closing.when_over(partial(self._over, channel))
        if making is None:
            plan.assemble(channel, store)
            self.filled(channel)
        else:
            from .pipeline.awaiting import AwaitedHandlers  # which few applications need

            channel.pipeline().add_last(AwaitedHandlers(lambda: making, self.filled))

    def _over(self, channel: Channel) -> None:
        """End the beans of *channel*, unless that was begun. On its loop."""
        with self._lock:
            store, making = self._kept.pop(channel, (None, None))
            if store is None:
                return
            self._closed[close_reason_of(channel)] += 1
            seconds = channel.loop.time() - channel.active_since if channel.active_since else 0.0
            self._seconds_open += seconds
            self._longest = max(self._longest, seconds)
            self._departed.add(channel)
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

    async def tell_draining(self) -> None:
        """Fire `DRAINING` in the pipelines of all connections, which go on."""

        async def tell(channel: Channel) -> None:
            tell_draining(channel)

        await self._on_each(tell)

    async def close(self) -> None:
        """Close all connections: what they have read is finished, and what was flushed is delivered, within the close timeout of each.

        If cancelled, what is still open is cut off; handlers that wait for something have 0.4 s for the news and the same for
        their removal, and are cancelled then.
        """
        patience = asyncio.get_running_loop().call_later(PATIENCE_SECONDS, self._tell)
        try:
            await self._on_each(self._close)
        finally:
            patience.cancel()
            await self._on_each(self._abort)
            await asyncio.gather(*(run_on_loop(task.get_loop(), _wait(task)) for task in list(self._ending)))

    def _tell(self) -> None:
        """Log the connections that are waited for, and those of their handlers that are at work."""
        waiting = list(self._kept)
        for channel in waiting[:_TOLD_CONNECTIONS]:
            busy = ", ".join(channel.pipeline().handlers_at_work())
            _log.warning("%s still waits for %r%s", self._plan.owner, channel, f", whose handlers are at work: {busy}" if busy else "")
        if len(waiting) > _TOLD_CONNECTIONS:
            _log.warning("%s still waits for %d connections more", self._plan.owner, len(waiting) - _TOLD_CONNECTIONS)

    async def _close(self, channel: Channel) -> None:
        """Close a connection on its own loop: stop reading, finish what was read, deliver what was flushed.

        A connection whose handlers are still being made has nothing to finish.
        """
        _, making = self._kept.get(channel, (None, None))  # none: it is over since
        if making is not None:
            making.cancel()
        close_gracefully(channel)
        await _until_over(channel)

    async def _abort(self, channel: Channel) -> None:
        """Cut a connection off, and end its beans: its handlers have had their time."""
        channel.abort()
        try:
            for _ in range(2):  # the news, then the removal
                with suppress(TimeoutError):
                    async with asyncio.timeout(_SECONDS_FOR_NEWS):
                        return await _until_over(channel)
                channel.closing.give_up()
        finally:  # and at once where this is cancelled
            channel.closing.give_up()
            self._over(channel)

    async def _on_each(self, act: Callable[[Channel], Coroutine[Any, Any, None]]) -> None:
        """Act on each open connection, on its own loop."""

        async def there(channel: Channel) -> None:
            await run_on_loop(channel.loop, act(channel))

        await asyncio.gather(*map(there, list(self._kept)))


async def _wait(task: asyncio.Task[None]) -> None:
    await task


async def _until_over(channel: Channel) -> None:
    """Wait until no handler of *channel* will be called any more. On its loop."""
    over = asyncio.Event()
    channel.closing.when_over(over.set)
    await over.wait()
