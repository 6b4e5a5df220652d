"""NettyServers: the servers of the application, bound when everything else is up, and drained before anything else ends."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, final

from pyboot.boot import ApplicationDrainingEvent, EventListener, Phase
from pyboot.boot.model.nearest import nearest
from pyboot.components.netty import core_info
from pyboot.components.netty.channel.fault import flush_faults

from .assembly import ServerPlan
from .binder import NO_CUSTOMIZERS, Address, BoundServer, Customizers
from .errors import UnclearServerError, UnknownServerError
from .groups import WorkGroups

_log = logging.getLogger("pyboot.netty")

_REST_SECONDS = 10.0  # how long handlers may go on once all connections are closed


async def nothing_to_await() -> None:
    """Everything that plans ask for is there."""


@final
class NettyServers:
    """Starts and stops all servers; a lifecycle bean of the application.

    All plans are decided before the first server is bound. If one cannot be bound, those before it are closed again.
    """

    phase = Phase.SERVERS

    def __init__(
        self,
        plans: Callable[[], Sequence[ServerPlan]],
        groups: WorkGroups,
        customizers: Customizers = NO_CUSTOMIZERS,
        ready: Callable[[], Awaitable[None]] = nothing_to_await,
    ) -> None:
        """Take *plans*, which decides what the servers will be, the groups that they live on, the customizers of bootstraps, and what is
        awaited before the plans.
        """
        self._plans = plans
        self._ready = ready
        self._groups = groups
        self._customizers = customizers
        self._bound: dict[str, BoundServer] = {}

    @property
    def keeps_alive(self) -> bool:
        """Tell whether the application waits for its servers; one without servers ends when its work is done."""
        return bool(self._bound)

    @property
    def names(self) -> list[str]:
        """The servers that listen."""
        return list(self._bound)

    @property
    def bound(self) -> Mapping[str, BoundServer]:
        """The servers that listen, by name, for who looks into them."""
        return self._bound

    def address(self, server: str | None = None) -> Address:
        """Host and port that *server* is bound to, its first listener; the name may be left out where there is one server.

        Raises:
            UnknownServerError: there is no such server, or none at all.
            UnclearServerError: no name was given, and there are several.
            NoPortError: the server listens on a path.
        """
        return self._meant(server).address

    def addresses(self, server: str | None = None) -> Mapping[str, Any]:  # Any: as `BoundServer.addresses`
        """The address of each listener of *server*, by its key, which is empty for the only one; raises as `address` does."""
        return self._meant(server).addresses

    def peer_faults(self, server: str | None = None) -> Mapping[str, int]:
        """The faults of peers with their numbers, by the reason that the log names (``frame-timeout``); raises as `address` does."""
        return self._meant(server).peer_faults()

    def _meant(self, server: str | None) -> BoundServer:
        if server is None and len(self._bound) > 1:
            raise UnclearServerError("The question for an address", self.names, f"Say which one: address({self.names[0]!r}).")
        name = next(iter(self._bound), "") if server is None else server
        if name not in self._bound:
            raise UnknownServerError("The address that is asked for", name, self.names, nearest(name, self.names))
        return self._bound[name]

    async def start(self) -> None:
        """Decide everything, then bind one server after the other.

        Raises:
            AssemblyError: labels and settings do not make a server; nothing was bound.
            BindFailedError, PathFailedError: an address is taken, not ours or not allowed; nothing is bound any more.
        """
        await self._ready()
        plans = self._plans()
        if not plans:
            return
        loop = type(asyncio.get_running_loop()).__module__.partition(".")[0]
        _log.info("network core: %s; event loop: %s", core_info().form, loop)
        for plan in plans:
            _log.info("pipeline of the server '%s': %s", plan.name, plan)
            for listener in plan.listeners:
                if listener.steps is not None:
                    _log.info("pipeline of its listener '%s': %s", listener.key, plan.pipeline._replace(steps=listener.steps))
        try:
            for plan in plans:
                server = self._bound[plan.name] = BoundServer(plan)
                for listener in plan.listeners:
                    await asyncio.sleep(0)  # a signal that came meanwhile is heard here: nothing is bound after it
                    where = listener if plan.beside is None else self._bound[plan.beside].beside(listener)
                    await server.bind(plan, where, self._groups, self._customizers)
                _log.info("server '%s' listening on %s", plan.name, server)
        except BaseException:
            await self.stop()
            raise

    @EventListener(ApplicationDrainingEvent)
    async def tell_draining(self) -> None:
        """Tell the handlers of all connections that these will end; `stop` tells those that come later."""
        await asyncio.gather(*(server.connections.tell_draining() for server in self._bound.values()))

    async def stop(self) -> None:
        """Stop accepting, let the connections finish what they have read, close them, and end the groups.

        If cancelled, which is what a deadline does, the connections that are left are cut off.
        """
        bound, self._bound = self._bound, {}
        patience = 0.0  # after the deadline, or an error: what is left is cut off
        try:
            for server in bound.values():
                await server.stop_listening()
            await asyncio.gather(*(server.connections.close() for server in bound.values()))
            # A peer that is gone may have left what its handlers have not seen yet: their services are there until they have.
            await asyncio.gather(*(server.shutdown_gracefully(_REST_SECONDS) for server in bound.values()))
            flush_faults(*(channel for server in bound.values() for channel in server.told()))
            patience = _REST_SECONDS
        finally:
            await self._groups.shutdown_gracefully(patience)
