"""The indicator ``clients``: whether the application's clients are connected."""

from typing import final

from pyboot.boot import Component
from pyboot.netty.client.clients import NettyClients
from pyboot.netty.client.state import ClientState

from .health import Health
from .indicator import HealthIndicator

_UNDECIDED = frozenset({ClientState.NEW, ClientState.STOPPED})


@final
@Component
class ClientsHealthIndicator(HealthIndicator):
    """Has a component for each client; one that has no connection is down, one that nobody lets connect is unknown."""

    def __init__(self, clients: NettyClients) -> None:
        """Take the clients."""
        self._clients = clients

    def health(self) -> dict[str, Health]:
        """Tell of each its state, and why it has no connection."""
        return {name: self._of(name) for name in self._clients.names}

    def _of(self, name: str) -> Health:
        client = self._clients[name]
        told = {"state": client.state.name, "where": client.where}
        if client.is_connected:
            return Health.up(**told)
        if client.state in _UNDECIDED:
            return Health.unknown(**told)
        return Health.down(client.cause, **told)
