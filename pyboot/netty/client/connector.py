"""Connector: opens the connections of one client, by its plan, and closes them."""

from collections.abc import Sequence
from typing import final

from pyboot.components.netty import Bootstrap, SocketChannel
from pyboot.netty.connections import Connections
from pyboot.netty.customizers import BootstrapCustomizer, customize

from .client import OF_CHANNEL, NettyClient
from .plan import ClientPlan


@final
class Connector:
    """Opens one connection for each `connect`, with handlers of its own; what stays open is in ``connections``."""

    def __init__(self, plan: ClientPlan, client: NettyClient, customizers: Sequence[BootstrapCustomizer] = ()) -> None:
        """Take the plan, the client that handlers find at their channel, and the customizers of bootstraps."""
        self._customizers = customizers
        self._plan = plan
        self._client = client
        self.connections = Connections(plan.pipeline)

    async def connect(self) -> SocketChannel:
        """Return a connection, encrypted where that is asked for, or raise why there is none. If cancelled, it is given up."""
        bootstrap = self._bootstrap().handler(self.connections.accept).attr(OF_CHANNEL, self._client)
        for option, value in self._plan.options.items():
            bootstrap.option(option, value)
        for customizer in self._customizers:
            await customize(customizer, f"the client '{self._plan.name}'", customizer.customize, self._plan.name, bootstrap)
        return await bootstrap.connect(*([self._plan.place] if isinstance(self._plan.place, str) else self._plan.place))

    def _bootstrap(self) -> Bootstrap:
        """A new one each time: certificates may have been exchanged."""
        tls = self._plan.settings.tls
        if self._plan.context is None or tls is None:
            return Bootstrap()
        seconds = tls.handshake_timeout.total_seconds()
        return Bootstrap(ssl=self._plan.context.current(), handshake_timeout=seconds, server_hostname=tls.server_hostname)
