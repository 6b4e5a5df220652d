"""Connector: opens the connections of one client, by its plan, and closes them."""

from collections.abc import Sequence
from typing import final

from pyboot.components.netty import Bootstrap, SocketChannel
from pyboot.components.netty.errors import LoopEndedError, NettyError
from pyboot.components.netty.transport.resolving import NameResolver
from pyboot.netty.connections import Connections
from pyboot.netty.customizers import BootstrapCustomizer, customize

from .client import OF_CHANNEL, NettyClient
from .errors import NoHostReachedError
from .plan import ClientPlan, Place


@final
class Connector:
    """Opens one connection for each `connect`, with handlers of its own; what stays open is in ``connections``."""

    def __init__(self, plan: ClientPlan, client: NettyClient, customizers: Sequence[BootstrapCustomizer] = ()) -> None:
        """Take the plan, the client that handlers find at their channel, and the customizers of bootstraps."""
        self._customizers = customizers
        self._tried = -1  # which of the places was the last
        self._plan = plan
        self._client = client
        self.connections = Connections(plan.pipeline)
        self._resolver: NameResolver | None = None
        if plan.settings.resolver is not None:
            from .resolver import new_resolver  # most clients ask the system

            self._resolver = new_resolver(plan.settings.resolver)

    async def connect(self) -> SocketChannel:
        """Return a connection, encrypted where that is asked for, or raise why there is none. If cancelled, it is given up.

        Where there are several places, they are tried one after the other; raises `NoHostReachedError` where none takes it.
        """
        places = self._plan.places
        if len(places) == 1:
            return await self._connect(places[0])
        first = self._tried + 1 if self._plan.settings.host_order == "round-robin" else 0
        failures: list[tuple[Place, Exception]] = []
        for number in range(first, first + len(places)):
            self._tried = number % len(places)
            try:
                return await self._connect(places[self._tried])
            except LoopEndedError:
                raise
            except (OSError, NettyError) as error:
                failures.append((places[self._tried], error))
        raise NoHostReachedError(failures)

    async def _connect(self, place: Place) -> SocketChannel:
        bootstrap = self._bootstrap().resolver(self._resolver).handler(self.connections.accept).attr(OF_CHANNEL, self._client)
        proxy = self._plan.settings.proxy
        if proxy is not None and proxy.enabled:
            bootstrap.proxy(proxy.url, connect_timeout_seconds=proxy.connect_timeout.total_seconds())
        for option, value in self._plan.options.items():
            bootstrap.option(option, value)
        for customizer in self._customizers:
            await customize(customizer, f"the client '{self._plan.name}'", customizer.customize, self._plan.name, bootstrap)
        return await bootstrap.connect(*([place] if isinstance(place, str) else place))

    def _bootstrap(self) -> Bootstrap:
        """A new one each time: certificates may have been exchanged."""
        tls = self._plan.settings.tls
        if self._plan.context is None or tls is None:
            return Bootstrap()
        seconds = tls.handshake_timeout.total_seconds()
        return Bootstrap(ssl=self._plan.context.current(), handshake_timeout=seconds, server_hostname=tls.server_hostname)
