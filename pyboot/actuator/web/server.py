"""ManagementServer: answers for the application on a port of its own, from before the application's servers until behind them."""

import logging
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, final

from pyboot.actuator.endpoint import EndpointDescription
from pyboot.actuator.errors import ManagementPortError
from pyboot.actuator.properties import EndpointsProperties, ManagementServerProperties
from pyboot.boot import ApplicationContext, Phase
from pyboot.components.netty.codec.http.aggregator import HttpObjectAggregator
from pyboot.components.netty.codec.http.deadlines import HttpServerDeadlines
from pyboot.components.netty.codec.http.server import HttpServerCodec
from pyboot.netty.allocators import NettyAllocators
from pyboot.netty.assembly import ListenerPlan, ServerPlan, server_context
from pyboot.netty.binder import NO_CUSTOMIZERS, Address, BoundServer
from pyboot.netty.bundles import BundleProperties
from pyboot.netty.errors import BindFailedError
from pyboot.netty.groups import WorkGroups
from pyboot.netty.options import connection_options, listening_options
from pyboot.netty.pipeline.steps import Step
from pyboot.netty.properties import NettyProperties, ServerProperties, TlsProperties

from .dispatcher import Dispatcher
from .handler import ManagementHandler
from .routes import Endpoint, Routes

_log = logging.getLogger("pyboot.actuator")

NAME: Final = "management"

_MAX_BODY_BYTES: Final = 64 * 1024  # of a write: a level, a tag, a filter
_CONNECTIONS: Final = 256
_CLOSE_SECONDS: Final = 2.0  # what a client that takes nothing may cost the end of the application


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
        exposed: Callable[[], Iterable[EndpointDescription]],
        allocators: NettyAllocators,
        bundles: Mapping[str, BundleProperties],
    ) -> None:
        """Take the application, the settings, the endpoints that are *exposed*, and where buffers and certificates come from."""
        self._context = context
        self._server = server
        self._endpoints = endpoints
        self._exposed = exposed
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
            ActuatorError: an endpoint means nothing, or the place to listen on is taken, not ours or not allowed.
        """
        web = self._endpoints.web
        endpoints = [Endpoint(each, await self._context.abean(each.bean)) for each in self._exposed()]
        routes = Routes(self._server.base_path + web.base_path, endpoints, lists=web.discovery.enabled)
        plan = self._plan(Dispatcher(routes))
        bound = self._bound = BoundServer(plan)
        groups = WorkGroups(NettyProperties.model_construct())  # without threads: endpoints are asked where the beans live
        try:
            for listener in plan.listeners:
                await bound.bind(plan, listener, groups, NO_CUSTOMIZERS)
        except BaseException as error:
            await self.stop()
            if isinstance(error, BindFailedError):
                raise ManagementPortError(str(error)) from None
            raise
        there = ", ".join(endpoint.id for endpoint in endpoints) or "none"
        _log.info("management server listening on %s%s; endpoints: %s", bound, routes.base, there)

    async def stop(self) -> None:
        """Stop accepting, finish what is asked, and close; if cancelled, what is left is cut off."""
        bound, self._bound = self._bound, None
        if bound is None:
            return
        await bound.stop_listening()
        await bound.connections.close()
        await bound.shutdown_gracefully(_CLOSE_SECONDS)

    def _plan(self, dispatcher: Dispatcher) -> ServerPlan:
        settings = ServerProperties.model_construct(max_connections=_CONNECTIONS)
        options = connection_options(settings, self._allocators.of("the management server", None))
        place = (self._server.address, self._server.port)
        bundle = self._server.ssl.bundle
        scheme = "http" if bundle is None else "https"
        steps: list[Step] = [] if bundle is None else [self._tls_step(bundle)]
        steps += (
            Step("http-server", lambda _: (HttpServerCodec(), HttpServerDeadlines(), HttpObjectAggregator(_MAX_BODY_BYTES))),
            Step("management", lambda _: (ManagementHandler(dispatcher, scheme),)),
        )
        return ServerPlan(NAME, (ListenerPlan(place, options, "management.server"),), listening_options(settings), tuple(steps))

    def _tls_step(self, bundle: str) -> Step:
        settings = TlsProperties(bundle=bundle)
        context = server_context(NAME, settings, self._bundles)
        from pyboot.components.netty import SslHandler  # it imports ssl, which only servers with TLS shall pay for

        seconds = settings.handshake_timeout.total_seconds()

        def handlers(_: Any) -> tuple[SslHandler]:
            return (SslHandler(context.current(), server_side=True, handshake_timeout=seconds),)

        return Step("ssl", handlers)
