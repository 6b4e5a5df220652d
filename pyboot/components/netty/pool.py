"""Pools: connections to one place, lent out and taken back; as many as are asked for, or at most so many.

::

    acquire:   idle channel, healthy   ──────────────────────────────────────>  lent
               none idle, places left  ── connect ───────────────────────────>  lent
               no place left           ── wait, in order, for a place ── ... ─>  lent
    release:   healthy ──> idle        not ──> closed        the place goes to whoever waits longest

Theory of operation. A *place* is what counts: it is taken before a connection is looked for, and given back on every path, a failed
connect, a timeout and a cancelled task among them. So a limit holds for connections that are being made too, and there is one list of
those who wait, for places; nobody waits for a certain connection.

Law 1. A place that is given back goes to whoever has waited longest, directly: put down in between, it could be taken by one who has just
come. Law 2. After each wait everything may have changed, so what was asked before is asked again: a pool that was closed meanwhile
connects nothing and keeps nothing, and who has got a connection in that moment closes it. Law 3. A channel is in one of three places,
lent, idle or closed; it is known as lent before anybody gets it, and is no more before its health is asked.

Source: Netty's package ``pool``.
"""

from __future__ import annotations

import asyncio
import inspect
from abc import ABC, abstractmethod
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable, Hashable, Iterator
from contextlib import asynccontextmanager
from typing import Final, NamedTuple, Protocol, final

from pyboot.components.netty.channel.channel import Channel
from pyboot.components.netty.channel.life.budget import TURN_CALLS
from pyboot.components.netty.channel.life.deadline import DeadlineScope
from pyboot.components.netty.errors import AcquireTimeoutError, BusyPoolError, ClosedPoolError
from pyboot.components.netty.transport.tcp import SocketChannel

__all__ = ["ChannelPool", "ChannelPoolMap", "FixedChannelPool", "PoolStatistics", "SimpleChannelPool"]


class Connecting(Protocol):
    """The maker of a pool's connections: a `Bootstrap`, or whatever connects as one."""

    async def connect(self) -> SocketChannel:
        """Return a channel that is connected, or raise."""


type HealthCheck = Callable[[Channel], bool | Awaitable[bool]]

_UNLIMITED: Final = 1 << 62


class PoolStatistics(NamedTuple):
    """The use of the places of a pool."""

    lent: int
    idle: int
    waiting: int


def _is_active(channel: Channel) -> bool:
    return channel.is_active


class ChannelPool(ABC):
    """A pool that lends connections out, whatever limits it has; what code that borrows asks for. Source: Netty's ``ChannelPool``."""

    @abstractmethod
    async def acquire(self) -> SocketChannel:
        """A healthy channel, to be given back by `release`.

        Raises `AcquireTimeoutError`, `BusyPoolError`, `ClosedPoolError`, or what connecting raises. If cancelled, the place
        goes to the next.
        """

    @abstractmethod
    async def release(self, channel: Channel) -> None:
        """Take *channel* back; one that is not healthy any more, or comes after `close`, is closed.

        Raises ValueError for a channel that this pool has not lent out, or that came back already.
        """

    @asynccontextmanager
    async def lease(self) -> AsyncIterator[SocketChannel]:
        """``async with pool.lease() as channel``: acquired at the start, released at the end."""
        channel = await self.acquire()
        try:
            yield channel
        finally:
            await self.release(channel)

    @abstractmethod
    async def close(self) -> None:
        """Close the idle channels, and refuse all who wait or come later; channels that are lent out are closed when they come back.

        If cancelled, all of that is under way.
        """

    @abstractmethod
    def statistics(self) -> PoolStatistics:
        """The places that are lent out or being connected, the idle channels, and the callers that wait."""


class SimpleChannelPool(ChannelPool):
    """A pool of as many channels as are asked for; *bootstrap* connects them, and they are used again when they come back; on one loop.

    *health_check*: whether a channel is still good, asked when it is lent out and when it comes back; by default whether it is
    active. The channel that came back last is lent out first.
    """

    def __init__(self, bootstrap: Connecting, *, health_check: HealthCheck = _is_active) -> None:
        self._bootstrap = bootstrap
        self._health_check = health_check
        self._taken = 0
        self._acquired = 0
        self._is_closed = False
        self._idle: list[SocketChannel] = []
        self._lent: set[Channel] = set()

    def statistics(self) -> PoolStatistics:
        return PoolStatistics(self._taken, len(self._idle), 0)

    async def acquire(self) -> SocketChannel:
        self._acquired += 1
        if self._acquired % TURN_CALLS == 0:  # who borrows and gives back at once would keep the loop for himself
            await asyncio.sleep(0)
        await self._take_place()
        try:
            channel = await self._idle_channel() or await self._new_channel()
        except BaseException:
            self._give_place_back()
            raise
        if self._is_closed:
            self._give_place_back()
            await channel.close()
            raise ClosedPoolError("the pool was closed while a connection was made")
        self._lent.add(channel)
        return channel

    async def release(self, channel: Channel) -> None:
        if channel not in self._lent:
            raise ValueError(f"{channel!r} is not lent out by this pool")
        self._lent.discard(channel)
        try:
            is_healthy = not self._is_closed and await self._is_healthy(channel)
            if is_healthy and not self._is_closed and isinstance(channel, SocketChannel):  # it may have been closed meanwhile
                self._idle.append(channel)
            else:
                channel.close()
        except BaseException:
            channel.close()
            raise
        finally:
            self._give_place_back()

    async def close(self) -> None:
        self._is_closed = True
        self._refuse_waiting()
        # All are asked before any is waited for: a slow peer delays nobody's end but its own.
        idle, self._idle = self._idle, []
        for closing in [channel.close() for channel in idle]:
            await closing

    # Places: without a limit they are only counted.

    async def _take_place(self) -> None:
        self._check_open()
        self._taken += 1

    def _give_place_back(self) -> None:
        self._taken -= 1

    def _refuse_waiting(self) -> None:
        """Tell the callers that wait for a place that the pool is closed."""

    def _check_open(self) -> None:
        if self._is_closed:
            raise ClosedPoolError("the pool is closed")

    # Channels.

    async def _new_channel(self) -> SocketChannel:
        self._check_open()  # it may have been closed while a place or an answer about health was waited for
        channel = await self._bootstrap.connect()
        channel.close_future.add_listener(lambda _: self._forget(channel))
        return channel

    async def _idle_channel(self) -> SocketChannel | None:
        """The idle channel that came back last and is healthy; those that are not are closed."""
        while self._idle:
            # The last one first: it has been idle for the shortest time, so its peer is the least likely to have given it up.
            channel = self._idle.pop()
            try:
                is_healthy = await self._is_healthy(channel)
            except BaseException:
                channel.close()
                raise
            if is_healthy:
                return channel
            channel.close()
        return None

    async def _is_healthy(self, channel: Channel) -> bool:
        answer = self._health_check(channel)
        return await answer if inspect.isawaitable(answer) else answer

    def _forget(self, channel: SocketChannel) -> None:
        if channel in self._idle:
            self._idle.remove(channel)

    def __repr__(self) -> str:
        lent, idle, _ = self.statistics()
        return f"<{type(self).__name__} {lent} lent, {idle} idle>"


@final
class FixedChannelPool(SimpleChannelPool):
    """A pool of up to *max_connections* channels.

    *max_waiting*: how many may wait for a place (default: any number), before `BusyPoolError`. *acquire_timeout_seconds*: how
    long each may (0, the default: for ever). Raises ValueError for less than one connection.
    """

    def __init__(
        self,
        bootstrap: Connecting,
        max_connections: int,
        *,
        max_waiting: int = _UNLIMITED,
        acquire_timeout_seconds: float = 0.0,
        health_check: HealthCheck = _is_active,
    ) -> None:
        if max_connections < 1:
            raise ValueError(f"{max_connections} connections, allowed is at least 1")
        super().__init__(bootstrap, health_check=health_check)
        self._max_connections = max_connections
        self._max_waiting = max_waiting
        self._timeout = acquire_timeout_seconds
        self._waiting: OrderedDict[asyncio.Future[None], None] = OrderedDict()  # the longest wait first; a caller that gives up leaves

    def statistics(self) -> PoolStatistics:
        return PoolStatistics(self._taken, len(self._idle), len(self._waiting))

    async def _take_place(self) -> None:
        self._check_open()
        if self._taken < self._max_connections:
            self._taken += 1
            return
        if self.statistics().waiting >= self._max_waiting:
            raise BusyPoolError(self._max_connections, self._max_waiting)
        # A future each, not a semaphore: the order is known, each can be refused, and can leave without being woken.
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting[waiter] = None
        try:
            async with DeadlineScope(self._timeout or None):
                await waiter
        except BaseException as error:
            self._waiting.pop(waiter, None)
            if waiter.done() and not waiter.cancelled() and waiter.exception() is None:
                self._give_place_back()  # it was given to us in the very moment that we left
            waiter.cancel()
            if isinstance(error, TimeoutError):
                raise AcquireTimeoutError(self._max_connections, self._timeout) from None
            raise

    def _give_place_back(self) -> None:
        """Give a place to the caller that has waited longest, or back to the pool."""
        while self._waiting:
            waiter, _ = self._waiting.popitem(last=False)
            if not waiter.done():
                waiter.set_result(None)
                return
        self._taken -= 1

    def _refuse_waiting(self) -> None:
        while self._waiting:
            waiter, _ = self._waiting.popitem(last=False)
            if not waiter.done():
                waiter.set_exception(ClosedPoolError("the pool was closed"))

    def __repr__(self) -> str:
        lent, idle, waiting = self.statistics()
        return f"<FixedChannelPool {lent} of {self._max_connections} lent, {idle} idle, {waiting} waiting>"


@final
class ChannelPoolMap[K: Hashable, P: ChannelPool]:
    """A pool for each key, an address for instance, made by *new_pool* when it is first asked for. Source: ``AbstractChannelPoolMap``."""

    def __init__(self, new_pool: Callable[[K], P]) -> None:
        self._new_pool = new_pool
        self._pools: dict[K, P] = {}

    def get(self, key: K) -> P:
        """Return the pool of *key*, made when it is first asked for."""
        pool = self._pools.get(key)
        if pool is None:
            pool = self._pools[key] = self._new_pool(key)
        return pool

    async def remove(self, key: K) -> bool:
        """Close the pool of *key* and forget it; False if there is none."""
        pool = self._pools.pop(key, None)
        if pool is not None:
            await pool.close()
        return pool is not None

    async def close(self) -> None:
        """Close all pools."""
        while self._pools:
            await self.remove(next(iter(self._pools)))

    def __contains__(self, key: K) -> bool:
        return key in self._pools

    def __iter__(self) -> Iterator[K]:
        return iter(list(self._pools))

    def __len__(self) -> int:
        return len(self._pools)
