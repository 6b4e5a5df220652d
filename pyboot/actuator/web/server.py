"""ManagementServer: answers for the application on a port of its own, from before the application's servers until behind them.

Law. A start pays for a port that listens and for endpoints that are there. HTTP, and what routes and guards, is imported when the first
client connects (`connection`), in a thread; what settings mean is decided before that, so a wrong one stops the start.
"""

import asyncio
import logging
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, final

from pyboot.actuator.endpoint import EndpointDescription
from pyboot.actuator.errors import ManagementPathError, ManagementPortError
from pyboot.actuator.exposure import Exposure
from pyboot.actuator.properties import EndpointsProperties, ManagementServerProperties
from pyboot.actuator.workers.fleet import Fleet
from pyboot.boot import ApplicationContext, Phase
from pyboot.components.netty import Channel, ChannelOption
from pyboot.components.netty.channel.fault import flush_faults
from pyboot.netty.allocators import NettyAllocators
from pyboot.netty.assembly import ListenerPlan, ServerPlan, server_context
from pyboot.netty.binder import NO_CUSTOMIZERS, Address, BoundServer
from pyboot.netty.bundles import BundleProperties
from pyboot.netty.connections import Connections
from pyboot.netty.errors import BindFailedError, PathFailedError
from pyboot.netty.groups import WorkGroups
from pyboot.netty.options import connection_options, listening_options
from pyboot.netty.pipeline.steps import Step
from pyboot.netty.properties import NettyProperties, ServerProperties, TlsProperties

if TYPE_CHECKING:
    from pyboot.netty.pipeline.codec import AnyHandler

    from .connection import Handlers
    from .dispatcher import Dispatcher

_log = logging.getLogger("pyboot.actuator")

NAME: Final = "management"

type Exposed = tuple[EndpointDescription, Any]
"""An endpoint that is answered for, and its bean."""

_CONNECTIONS: Final = 256
_OWNER_ALONE: Final = 0o600
_CLOSE_SECONDS: Final = 2.0  # what an endpoint that hangs, or a client that takes nothing, may cost the end of the application


@final
class ManagementServer:
    """Answers for the endpoints; a lifecycle bean that is up while the application's servers come and go, so that probes are answered."""

    phase = Phase.MANAGEMENT
    keeps_alive = False

    def __init__(
        self,
        context: ApplicationContext,
        server: ManagementServerProperties,
        endpoints: EndpointsProperties,
        there: Callable[[], Iterable[EndpointDescription]],
        allocators: NettyAllocators,
        bundles: Mapping[str, BundleProperties],
        fleet: Fleet,
    ) -> None:
        """Take the application, the settings, the endpoints that are *there*, where buffers and certificates come from, and the workers."""
        self._context = context
        self._server = server
        self._endpoints = endpoints
        self._there = there
        self._allocators = allocators
        self._bundles = bundles
        self._fleet = fleet
        self._bound: BoundServer | None = None

    @property
    def address(self) -> Address:
        """Host and port that it is bound to; raises `ManagementPortError` while it is not."""
        if self._bound is None:
            raise ManagementPortError("it is not up")
        return self._bound.address

    @property
    def connections(self) -> Connections:
        """Its connections; raises `ManagementPortError` while it is not up."""
        if self._bound is None:
            raise ManagementPortError("it is not up")
        return self._bound.connections

    async def start(self) -> None:
        """Have the endpoints made, and listen.

        Raises:
            ActuatorError: an endpoint means nothing, everybody could ask for it, or the place to listen on is taken or not ours.
        """
        there = [(each, await self._context.abean(each.bean)) for each in self._there()]
        plan = self._plan(there)
        self._fleet.dispatch_with(partial(_alone, self._server, self._endpoints, there))
        bound = self._bound = BoundServer(plan)
        groups = WorkGroups(NettyProperties.model_construct())  # without threads: endpoints are asked where the beans live
        try:
            for listener in plan.listeners:
                await bound.bind(plan, listener, groups, NO_CUSTOMIZERS)
        except BaseException as error:
            await self.stop()
            if isinstance(error, PathFailedError):
                raise ManagementPathError(error.path, error.reason) from None
            if isinstance(error, BindFailedError):
                raise ManagementPortError(str(error)) from None
            raise
        _log.info("management server listening on %s", bound)
        if self._server.allow_unauthenticated:
            _log.warning("management.server.allow-unauthenticated is set: whoever reaches the management server may use it")

    async def stop(self) -> None:
        """Stop accepting, finish what is asked, within two seconds, and close; what takes longer is cancelled and cut off."""
        bound, self._bound = self._bound, None
        if bound is None:
            return
        await bound.stop_listening()
        with suppress(TimeoutError):
            async with asyncio.timeout(_CLOSE_SECONDS):
                await bound.connections.close()
        await bound.shutdown_gracefully(_CLOSE_SECONDS)
        flush_faults(*bound.told())

    def _plan(self, endpoints: Sequence[Exposed]) -> ServerPlan:
        """Decide what listens where; on the port is what is exposed, on the Unix socket everything."""
        server = self._server
        settings = ServerProperties.model_construct(max_connections=_CONNECTIONS)
        options_of = partial(connection_options, settings, self._allocators.of("the management server", None))
        listeners = list[ListenerPlan]()
        if server.port != -1:
            exposure = Exposure(self._endpoints.web.exposure)
            steps = self._steps([each for each in endpoints if exposure.exposes(each[0].id)])
            listeners.append(ListenerPlan((server.address, server.port), options_of(), "management.server", "web", steps))
        if server.socket is not None:
            answering = _Answering(server, self._endpoints, endpoints, self._fleet, self._filled, is_owners=True)
            path, options = os.path.abspath(server.socket), options_of(is_tcp=False)
            listeners.append(ListenerPlan(path, options, "management.server.socket", "socket", (Step("management", answering),)))
        listening = {**listening_options(settings), ChannelOption.UNIX_PERMISSIONS: _OWNER_ALONE}
        return ServerPlan(NAME, tuple(listeners), listening, ())

    def _filled(self, channel: Channel) -> None:
        if self._bound is not None:
            self._bound.connections.filled(channel)

    def _steps(self, endpoints: Sequence[Exposed]) -> tuple[Step, ...]:
        """Return what stands in the pipeline of a connection over the network."""
        ssl = self._server.ssl
        answering = Step("management", _Answering(self._server, self._endpoints, endpoints, self._fleet, self._filled))
        if ssl.bundle is None:
            return (answering,)
        tls = TlsProperties(bundle=ssl.bundle, client_auth=ssl.client_auth)
        context = server_context(NAME, tls, self._bundles)
        from pyboot.components.netty import SslHandler  # it imports ssl, which only servers with TLS shall pay for

        seconds = tls.handshake_timeout.total_seconds()
        return (Step("ssl", lambda _: (SslHandler(context.current(), server_side=True, handshake_timeout=seconds),)), answering)


def _alone(server: ManagementServerProperties, settings: EndpointsProperties, endpoints: Sequence[Exposed]) -> "Dispatcher":
    from .connection import alone  # as below

    return alone(server, settings, endpoints)


@final
class _Answering:
    """Makes what answers in the pipeline of a connection; what that takes is imported when the first one is there."""

    def __init__(
        self,
        server: ManagementServerProperties,
        settings: EndpointsProperties,
        endpoints: Sequence[Exposed],
        fleet: Fleet,
        filled: Callable[[Channel], object],
        *,
        is_owners: bool = False,
    ) -> None:
        self._told = (server, settings, endpoints, fleet, is_owners)
        self._filled = filled
        self._handlers: Handlers | None = None
        if settings.web.cors.allowed_origins:
            self._made()  # it judges them, and a wrong one stops the start

    def __call__(self, _: object) -> "Iterable[AnyHandler]":
        if self._handlers is None:  # a tenth of a second of imports: others on the loop do not wait for it, the client does
            from pyboot.netty.pipeline.awaiting import AwaitedHandlers  # a start that nobody asks anything does not pay for it

            return (AwaitedHandlers(self._made_elsewhere, self._filled),)
        return self._handlers()

    async def _made_elsewhere(self) -> "list[AnyHandler]":
        await asyncio.to_thread(import_module, "pyboot.actuator.web.connection")
        return list(self._made()())

    def _made(self) -> "Handlers":
        if self._handlers is None:
            from .connection import handlers  # a start that nobody asks anything does not pay for it

            self._handlers = handlers(*self._told)
        return self._handlers
