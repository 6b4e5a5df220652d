"""NettyServers: the servers of the application, bound when everything else is up, and drained before anything else ends."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import final

from pyboot.boot import Phase
from pyboot.components.netty import EventLoopGroup, ServerBootstrap, ServerSocketChannel, UnixServerSocketChannel, core_info
from pyboot.components.netty.address import address_text
from pyboot.components.netty.channel.fault import flush_faults

from .assembly import ServerPlan
from .connections import Connections
from .errors import BindFailedError, NoPortError, PathFailedError, UnclearServerError, UnknownServerError
from .properties import NettyProperties

_log = logging.getLogger("pyboot.netty")

_REST_SECONDS = 10.0  # how long handlers may go on once all connections are closed

type Address = tuple[str, int]
type Group = EventLoopGroup | asyncio.AbstractEventLoop


@final
class BoundServer:
    """One server that listens: what bound it, what it listens on, and its connections."""

    __slots__ = ("bootstrap", "channel", "connections")

    def __init__(self, bootstrap: ServerBootstrap, channel: ServerSocketChannel, connections: Connections) -> None:
        """Take what belongs together."""
        self.bootstrap = bootstrap
        self.channel = channel
        self.connections = connections

    @property
    def address(self) -> Address:
        """Host and port that were bound."""
        host, port = self.channel.local_address()[:2]
        return host, port

    def __str__(self) -> str:
        return address_text(self.channel.local_address())


@final
class NettyServers:
    """Starts and stops all servers; a lifecycle bean of the application.

    All plans are decided before the first server is bound. If one cannot be bound, those before it are closed again.
    """

    phase = Phase.SERVERS

    def __init__(self, plans: Callable[[], Sequence[ServerPlan]], properties: NettyProperties) -> None:
        """Take *plans*, which decides what the servers will be, and the settings of the groups."""
        self._plans = plans
        self._properties = properties
        self._groups: list[EventLoopGroup] = []
        self._bound: dict[str, BoundServer] = {}

    @property
    def keeps_alive(self) -> bool:
        """Tell whether the application waits for its servers; one without servers ends when its work is done."""
        return bool(self._bound)

    @property
    def names(self) -> list[str]:
        """The servers that listen."""
        return list(self._bound)

    def address(self, server: str | None = None) -> Address:
        """Host and port that *server* is bound to; the name may be left out where there is one server.

        Raises:
            UnknownServerError: there is no such server, or none at all.
            UnclearServerError: no name was given, and there are several.
            NoPortError: the server listens on a path.
        """
        if server is None and len(self._bound) > 1:
            raise UnclearServerError("The question for an address", self.names, f"Say which one: address({self.names[0]!r}).")
        name = next(iter(self._bound), "") if server is None else server
        if name not in self._bound:
            raise UnknownServerError("The address that is asked for", name, self.names)
        bound = self._bound[name]
        if isinstance(bound.channel, UnixServerSocketChannel):
            raise NoPortError(name, str(bound))
        return bound.address

    async def start(self) -> None:
        """Decide everything, then bind one server after the other.

        Raises:
            AssemblyError: labels and settings do not make a server; nothing was bound.
            BindFailedError, PathFailedError: an address is taken, not ours or not allowed; nothing is bound any more.
        """
        plans = self._plans()
        if not plans:
            return
        loop = type(asyncio.get_running_loop()).__module__.partition(".")[0]
        _log.info("network core: %s; event loop: %s", core_info().form, loop)
        for plan in plans:
            _log.info("pipeline of the server '%s': %s", plan.name, plan)
        try:
            boss, worker = self._make_groups()
            for plan in plans:
                await asyncio.sleep(0)  # a signal that came meanwhile is heard here: nothing is bound after it
                self._bound[plan.name] = await _bind(plan, boss, worker)
                _log.info("server '%s' listening on %s", plan.name, self._bound[plan.name])
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Stop accepting, let the connections finish what they have read, close them, and end the groups.

        If cancelled, which is what a deadline does, the connections that are left are cut off.
        """
        bound, self._bound = self._bound, {}
        groups, self._groups = self._groups, []
        patience = 0.0  # after the deadline, or an error: what is left is cut off
        try:
            for server in bound.values():
                await server.bootstrap.close()
            await asyncio.gather(*(server.connections.close() for server in bound.values()))
            # A peer that is gone may have left what its handlers have not seen yet: their services are there until they have.
            await asyncio.gather(*(server.bootstrap.shutdown_gracefully(0.0, _REST_SECONDS) for server in bound.values()))
            flush_faults(*(server.channel for server in bound.values()))
            patience = _REST_SECONDS
        finally:
            await asyncio.gather(*(group.shutdown_gracefully(0, patience) for group in groups))

    def _make_groups(self) -> tuple[Group, Group]:
        """Return the groups that accept and that serve; without threads the running loop serves, and whoever serves accepts."""
        boss, worker = self._properties.boss.threads, self._properties.worker.threads
        serving = self._make_group("worker", worker) if worker else asyncio.get_running_loop()
        return (self._make_group("boss", boss) if boss else serving), serving

    def _make_group(self, name: str, threads: int) -> EventLoopGroup:
        group = EventLoopGroup(threads, f"netty-{name}", self._properties.loop)
        self._groups.append(group)
        return group


async def _bind(plan: ServerPlan, boss: Group, worker: Group) -> BoundServer:
    connections = Connections(plan.pipeline)
    bootstrap = ServerBootstrap().group(boss, worker).child_handler(connections.accept)
    for option, value in plan.options.items():
        bootstrap.option(option, value)
    for option, value in plan.child_options.items():
        bootstrap.child_option(option, value)
    try:
        return BoundServer(bootstrap, await bootstrap.bind(plan.place), connections)
    except OSError as error:
        # The report of a failed start begins with the innermost cause, and the system's own error knows nothing of servers.
        reason = error.strerror or str(error)
        if plan.path is not None:
            raise PathFailedError(plan.name, plan.path, error.errno, reason) from None
        raise BindFailedError(plan.name, plan.host, plan.port, error.errno, reason) from None
