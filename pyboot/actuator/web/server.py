"""ManagementServer: answers for the application on a port of its own, from before the application's servers until behind them."""

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Final, final

from pyboot.actuator.endpoint import EndpointDescription
from pyboot.actuator.errors import ManagementPortError
from pyboot.actuator.exposure import Exposure
from pyboot.actuator.properties import EndpointsProperties, ManagementServerProperties
from pyboot.boot import ApplicationContext, Phase
from pyboot.components.netty import ChannelOption
from pyboot.components.netty.channel.fault import flush_faults
from pyboot.components.netty.codec.http.aggregator import HttpObjectAggregator
from pyboot.components.netty.codec.http.deadlines import HttpServerDeadlines
from pyboot.components.netty.codec.http.server import HttpServerCodec
from pyboot.netty.allocators import NettyAllocators
from pyboot.netty.assembly import ListenerPlan, ServerPlan, server_context
from pyboot.netty.binder import NO_CUSTOMIZERS, Address, BoundServer
from pyboot.netty.bundles import BundleProperties
from pyboot.netty.errors import BindFailedError, PathFailedError
from pyboot.netty.groups import WorkGroups
from pyboot.netty.options import connection_options, listening_options
from pyboot.netty.pipeline.steps import Step
from pyboot.netty.properties import NettyProperties, ServerProperties, TlsProperties

from .dispatcher import Dispatcher
from .guard import Guard, Trusting
from .handler import ManagementHandler
from .routes import Endpoint, Routes

_log = logging.getLogger("pyboot.actuator")

NAME: Final = "management"

_MAX_BODY_BYTES: Final = 64 * 1024  # of a write: a level, a tag, a filter
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
    ) -> None:
        """Take the application, the settings, the endpoints that are *there*, and where buffers and certificates come from."""
        self._context = context
        self._server = server
        self._endpoints = endpoints
        self._there = there
        self._allocators = allocators
        self._bundles = bundles
        self._bound: BoundServer | None = None

    @property
    def address(self) -> Address:
        """Host and port that it is bound to; raises `ManagementPortError` while it is not."""
        if self._bound is None:
            raise ManagementPortError("it is not up")
        return self._bound.address

    async def start(self) -> None:
        """Have the endpoints made, and listen.

        Raises:
            ActuatorError: an endpoint means nothing, everybody could ask for it, or the place to listen on is taken or not ours.
        """
        plan = self._plan([Endpoint(each, await self._context.abean(each.bean)) for each in self._there()])
        bound = self._bound = BoundServer(plan)
        groups = WorkGroups(NettyProperties.model_construct())  # without threads: endpoints are asked where the beans live
        try:
            for listener in plan.listeners:
                await bound.bind(plan, listener, groups, NO_CUSTOMIZERS)
        except BaseException as error:
            await self.stop()
            if isinstance(error, BindFailedError | PathFailedError):
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

    def _plan(self, endpoints: Sequence[Endpoint]) -> ServerPlan:
        """Decide what listens where; on the port is what is exposed, on the Unix socket everything."""
        server, web = self._server, self._endpoints.web
        settings = ServerProperties.model_construct(max_connections=_CONNECTIONS)
        options = connection_options(settings, self._allocators.of("the management server", None))
        listeners = list[ListenerPlan]()
        if server.port != -1:
            exposure = Exposure(web.exposure)
            steps = self._steps([each for each in endpoints if exposure.exposes(each.id)])
            listeners.append(ListenerPlan((server.address, server.port), options, "management.server", "web", steps))
        if server.socket is not None:
            steps = _answering(Dispatcher(self._routes(endpoints), Trusting()))
            listeners.append(ListenerPlan(server.socket, options, "management.server.socket", "socket", steps))
        listening = {**listening_options(settings), ChannelOption.UNIX_PERMISSIONS: _OWNER_ALONE}
        return ServerPlan(NAME, tuple(listeners), listening, ())

    def _steps(self, endpoints: Sequence[Endpoint]) -> tuple[Step, ...]:
        """Return what stands in the pipeline of a connection over the network."""
        web, ssl = self._endpoints.web, self._server.ssl
        steps = list[Step]()
        if ssl.bundle is not None:
            tls = TlsProperties(bundle=ssl.bundle, client_auth=ssl.client_auth)
            context = server_context(NAME, tls, self._bundles)
            from pyboot.components.netty import SslHandler  # it imports ssl, which only servers with TLS shall pay for

            seconds = tls.handshake_timeout.total_seconds()
            steps.append(Step("ssl", lambda _: (SslHandler(context.current(), server_side=True, handshake_timeout=seconds),)))
        guard = Guard(self._server, tuple(web.cors.allowed_origins))
        answering = _answering(Dispatcher(self._routes(endpoints), guard, "http" if ssl.bundle is None else "https"), self._cors())
        return (*steps, *answering)

    def _routes(self, endpoints: Sequence[Endpoint]) -> Routes:
        web = self._endpoints.web
        return Routes(self._server.base_path + web.base_path, endpoints, lists=web.discovery.enabled)

    def _cors(self) -> tuple[Step, ...]:
        cors = self._endpoints.web.cors
        if not cors.allowed_origins:
            return ()
        from pyboot.components.netty.handler.http.cors import CorsConfig, CorsHandler

        config = CorsConfig(
            origins=tuple(cors.allowed_origins),
            allow_credentials=cors.allow_credentials,
            allowed_methods=("GET", "HEAD", "POST", "DELETE"),
            allowed_headers=("Authorization", "Content-Type"),
        )
        return (Step("cors", lambda _: (CorsHandler(config),)),)


def _answering(dispatcher: Dispatcher, between: tuple[Step, ...] = ()) -> tuple[Step, ...]:
    return (
        Step("http-server", lambda _: (HttpServerCodec(), HttpServerDeadlines())),
        *between,
        Step("management", lambda _: (HttpObjectAggregator(_MAX_BODY_BYTES), ManagementHandler(dispatcher))),
    )
