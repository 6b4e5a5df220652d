"""HttpConnectionPool: the connections of a client by their route, lent to one exchange at a time.

::

    acquire:  idle, and still good     ─────────────────────────────────────────────>  lent
              none, places left        ── connect ──────────────────────────────────>  lent
              no place of this host    ── wait, in order ── an idle one, or a place ─>  lent
              no place of all          ── the connection of another host that is idle longest is closed; else wait ──>

Theory of operation. `FixedChannelPool` lends channels of one address; here two limits hold at once, for each route and for all, so places
are counted in both, and one list says who waits. A place is taken before a connection is made, and given back when it has ended: the limits
hold for what the peers see. Nobody gives a connection back: it tells by itself that it is idle, or gone (`connection`, law 3).

A connection of HTTP/2 (`HttpSession`) is one place, and each of its streams is lent like a connection; it rests while it has none. Where a
route may turn out to speak HTTP/2, the first connection is waited for by all who want one: else each would make its own.

Law 1. The connection that was used last is lent first: it is the least likely to be given up by its peer. Law 2. After each wait what
was asked before is asked again. Law 3. What waits in the operating system is read before a connection that has rested is judged: its
peer may have closed it, or have sent what nobody asked for. Law 4. Where all places are taken the one who waits longest is next, whatever
host he wants: a connection that comes back is closed for him and not lent once more, or a busy host would keep all others waiting.
Law 5. A place, or a connection, that is given to one who leaves in that moment goes on to the next.
"""

from __future__ import annotations

import asyncio
import itertools
from collections import OrderedDict, deque
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Final, NamedTuple, final

from pyboot.components.netty.transport.watching import has_unread

from .connection import HttpConnection
from .errors import ClosedHttpClientError, HttpPhase
from .limits import HttpLimits
from .route import Route
from .timeouts import Deadlines

if TYPE_CHECKING:
    from .session import HttpSession

__all__ = ["HttpConnectionPool", "HttpPoolStatistics"]

# Turns after which the loop has looked at the network and told what it saw.
_TURNS: Final = 3


class HttpPoolStatistics(NamedTuple):
    """The use of a client's connections: those in use or being made, those that rest, and the requests that wait for one."""

    lent: int
    idle: int
    waiting: int


@final
class _Waiter:
    """One who waits for an idle connection, or (None) for a place."""

    __slots__ = ("future", "number")

    def __init__(self, number: int) -> None:
        self.number = number
        self.future: asyncio.Future[HttpConnection | HttpSession | None] = asyncio.get_running_loop().create_future()


@final
class _Host:
    """The connections of one route: how many there are, or will be, those that rest, and who waits."""

    __slots__ = ("idle", "open", "probe", "sessions", "speaks_http1", "waiting")

    def __init__(self) -> None:
        self.open = 0
        self.idle: list[HttpConnection | HttpSession] = []
        self.sessions: list[HttpSession] = []
        self.speaks_http1 = False
        self.probe: asyncio.Future[None] | None = None  # who waits until it is known what the route speaks
        self.waiting: deque[_Waiter] = deque()


@final
class HttpConnectionPool:
    """Lends connections that *connect* makes, within *limits*; on one loop."""

    def __init__(
        self,
        limits: HttpLimits,
        connect: Callable[[Route], Awaitable[HttpConnection | HttpSession]],
        may_share: Callable[[Route], bool] = lambda _: False,
    ) -> None:
        self._may_share = may_share
        self._limits = limits
        self._connect = connect
        self._hosts: dict[Route, _Host] = {}
        self._open = 0
        self._idle: OrderedDict[HttpConnection | HttpSession, float] = OrderedDict()  # since when; the longest first
        self._routes: dict[HttpConnection | HttpSession, Route] = {}
        self._numbers = itertools.count()
        self._timer: asyncio.TimerHandle | None = None
        self._loop: asyncio.AbstractEventLoop | None = None  # of the first request
        self._is_closed = False
        self._emptied: asyncio.Future[None] | None = None  # once it is closed: the last connection has ended

    def statistics(self) -> HttpPoolStatistics:
        """The numbers of now."""
        waiting = sum(not waiter.future.done() for host in self._hosts.values() for waiter in host.waiting)
        return HttpPoolStatistics(self._open - len(self._idle), len(self._idle), waiting)

    async def acquire(self, route: Route, deadlines: Deadlines) -> HttpConnection:
        """An idle connection of *route*, for one exchange, to be begun before anything else is waited for.

        Raises `HttpTimeoutError`, `ClosedHttpClientError`, RuntimeError on another loop, or what connecting raises. If cancelled, the
        place goes to the next.
        """
        loop = asyncio.get_running_loop()
        if self._loop is not loop:
            self._begin_on(loop)
        while True:
            self._check_open()
            connection = self._session(route) or await self._rested(route)
            if connection is None:
                async with deadlines.scope(HttpPhase.ACQUIRE):
                    if await self._has_probed(route):
                        continue
                    connection = await self._place(route)
            if connection is None:
                connection = await self._new(route, deadlines)
            if isinstance(connection, HttpConnection):
                if connection.is_idle:
                    return connection
            elif connection.has_room:
                return self._stream(connection)

    def _begin_on(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._routes:
            raise RuntimeError(
                f"the connections of this client live on {self._loop!r}: make a client for each loop, or close it there first"
            )
        self._loop = loop

    def drop_idle(self, route: Route) -> None:
        """Close the connections of *route* that rest: one of them was found dead, so its peer has probably given up all."""
        host = self._hosts.get(route)
        for connection in [] if host is None else list(host.idle):
            self._close_idle(connection)

    async def close(self) -> None:
        """Close all connections; what is under way fails, and who waits is told. If cancelled, all of that is under way."""
        self._is_closed = True
        if self._timer is not None:
            self._timer.cancel()
        for host in list(self._hosts.values()):
            while host.waiting:
                waiter = host.waiting.popleft().future
                if not waiter.done():
                    waiter.set_exception(ClosedHttpClientError("the client was closed while the request waited for a connection"))
        for connection in list(self._routes):
            connection.end()
        if self._routes:
            self._emptied = self._emptied or asyncio.get_running_loop().create_future()
            await asyncio.shield(self._emptied)

    # What connections tell.

    def _came_back(self, connection: HttpConnection | HttpSession) -> None:
        """*connection* is idle: it goes to who waits for it longest, or rests."""
        host = self._hosts[self._routes[connection]]
        longest = self._next_host(or_of=host)
        is_place_wanted = longest is not None and longest is not host and self._open >= self._limits.max_connections  # law 4
        if host.waiting and not is_place_wanted:
            host.waiting.popleft().future.set_result(connection)
            return
        if self._is_closed or is_place_wanted or self._limits.idle_seconds == 0:
            connection.end()
            return
        host.idle.append(connection)
        loop = asyncio.get_running_loop()
        self._idle[connection] = loop.time()
        if self._timer is None:
            self._timer = loop.call_later(self._limits.idle_seconds, self._expire)
        self._serve()  # a waiter of another host may want its place

    def _went(self, connection: HttpConnection | HttpSession) -> None:
        """*connection* has ended, whoever ended it."""
        route = self._routes.pop(connection)
        self._forget_idle(connection, route)
        if not isinstance(connection, HttpConnection):
            self._hosts[route].sessions.remove(connection)
        self._give_place_back(route)
        if self._emptied is not None and not self._routes and not self._emptied.done():
            self._emptied.set_result(None)

    # Connections that are shared.

    def _session(self, route: Route) -> HttpSession | None:
        host = self._hosts.get(route)
        return None if host is None else next((session for session in host.sessions if session.has_room), None)

    def _stream(self, session: HttpSession) -> HttpConnection:
        self._forget_idle(session, self._routes[session])
        return session.open()

    async def _has_probed(self, route: Route) -> bool:
        """Wait until it is known what *route* speaks, if another one finds out; False if nobody does. If cancelled, nothing is lost."""
        host = self._hosts.get(route)
        if host is None or host.probe is None:
            return False
        await asyncio.shield(host.probe)
        return True

    def _has_room(self, session: HttpSession) -> None:
        """*session*, which is in use, takes another request: it goes to who waits for it longest."""
        host = self._hosts[self._routes[session]]
        while host.waiting:
            waiter = host.waiting.popleft().future
            if not waiter.done():
                waiter.set_result(session)
                return

    # Connections that rest.

    async def _rested(self, route: Route) -> HttpConnection | None:
        host = self._hosts.get(route)
        while host is not None and host.idle:
            connection = host.idle[-1]
            self._forget_idle(connection, route)
            if not isinstance(connection, HttpConnection):
                continue  # it is leaving: `_session` would have found it
            if connection.is_idle and has_unread(connection.channel):
                for _ in range(_TURNS):
                    await self._turn(connection)
            if connection.is_idle:
                return connection
        return None

    async def _turn(self, connection: HttpConnection) -> None:
        try:
            await asyncio.sleep(0)
        except BaseException:
            if connection.is_idle:
                self._came_back(connection)
            raise

    def _forget_idle(self, connection: HttpConnection | HttpSession, route: Route) -> None:
        if self._idle.pop(connection, None) is not None:
            self._hosts[route].idle.remove(connection)

    def _close_idle(self, connection: HttpConnection | HttpSession) -> None:
        self._forget_idle(connection, self._routes[connection])
        connection.end()

    def _expire(self) -> None:
        """Close what has rested for too long, and come again for the next."""
        self._timer = None
        loop = asyncio.get_running_loop()
        while self._idle:
            connection, since = next(iter(self._idle.items()))
            left = since + self._limits.idle_seconds - loop.time()
            if left > 0:
                self._timer = loop.call_later(left, self._expire)
                return
            self._close_idle(connection)

    # Places.

    async def _place(self, route: Route) -> HttpConnection | HttpSession | None:
        """Wait for a place, or for a connection that comes back meanwhile."""
        host = self._hosts.setdefault(route, _Host())
        waiter = _Waiter(next(self._numbers))
        host.waiting.append(waiter)
        try:
            self._serve()
            return await waiter.future
        except BaseException:
            future = waiter.future
            if future.done() and not future.cancelled() and future.exception() is None:
                self._pass_on(route, future.result())
            future.cancel()
            if waiter in host.waiting:
                host.waiting.remove(waiter)
            self._forget_host(route)
            raise

    def _pass_on(self, route: Route, given: HttpConnection | HttpSession | None) -> None:
        if given is None:
            self._give_place_back(route)
        elif not isinstance(given, HttpConnection) and given.has_room and not given.is_idle:
            self._has_room(given)
        elif given.is_idle:
            self._came_back(given)

    def _give_place_back(self, route: Route) -> None:
        self._hosts[route].open -= 1
        self._open -= 1
        self._serve()
        self._forget_host(route)

    def _forget_host(self, route: Route) -> None:
        host = self._hosts.get(route)
        if host is not None and not (host.open or host.waiting):
            del self._hosts[route]

    def _serve(self) -> None:
        """Give the places there are to who has waited longest for one that he may have."""
        while (host := self._next_host()) is not None:
            if self._open >= self._limits.max_connections:
                if self._idle:
                    self._close_idle(next(iter(self._idle)))  # its end serves on
                return
            host.open += 1
            self._open += 1
            host.waiting.popleft().future.set_result(None)

    def _next_host(self, or_of: _Host | None = None) -> _Host | None:
        """The host of who has waited longest, among those that may have one more connection, and *or_of*, of which one is there."""
        found: _Host | None = None
        for host in self._hosts.values():
            while host.waiting and host.waiting[0].future.done():
                host.waiting.popleft()
            may_have_one = bool(host.waiting) and (host is or_of or host.open < self._limits.max_connections_per_host)
            if may_have_one and (found is None or host.waiting[0].number < found.waiting[0].number):
                found = host
        return found

    async def _new(self, route: Route, deadlines: Deadlines) -> HttpConnection | HttpSession:
        host = self._hosts[route]
        probe: asyncio.Future[None] | None = None
        if host.probe is None and not host.speaks_http1 and self._may_share(route):
            probe = host.probe = asyncio.get_running_loop().create_future()
        try:
            async with deadlines.scope(HttpPhase.CONNECT):
                connection = await self._connect(route)
        except BaseException:
            self._give_place_back(route)
            raise
        finally:
            if probe is not None:
                host.probe = None
                probe.set_result(None)
        self._routes[connection] = route
        connection.when_idle = lambda: self._came_back(connection)
        connection.when_gone = lambda: self._went(connection)
        if isinstance(connection, HttpConnection):
            host.speaks_http1 = True
        else:
            session = connection
            host.sessions.append(session)
            session.when_room = lambda: self._has_room(session)
        if self._is_closed:
            connection.end()
            self._check_open()
        return connection

    def _check_open(self) -> None:
        if self._is_closed:
            raise ClosedHttpClientError("the client is closed: make another one, or send requests inside of its async with")

    def __repr__(self) -> str:
        lent, idle, waiting = self.statistics()
        return f"<HttpConnectionPool {lent} lent, {idle} idle, {waiting} waiting>"
