"""The endpoint ``clients``: the application's clients with the story of their connections, its clients of HTTP with their pools."""

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, final

from pyboot.actuator.annotations import Endpoint, ReadOperation
from pyboot.boot import ApplicationContext

if TYPE_CHECKING:
    from pyboot.netty.client.client import NettyClient
    from pyboot.netty.client.clients import NettyClients


@final
@Endpoint("clients")
class ClientsEndpoint:
    """Tells of all of them, or of one; nothing of clients is loaded for it where there are none."""

    def __init__(self, context: ApplicationContext) -> None:
        """Take the application."""
        self._context = context
        self._masked = context.environment.secrets.masked

    @ReadOperation
    def clients(self) -> dict[str, Any]:
        """Answer with all of them by name."""
        clients = self._clients()
        told = {} if clients is None else {name: self._told(clients[name]) for name in clients}
        return {"clients": told, "httpClients": dict(self._http_clients())}

    @ReadOperation("{name}")
    def client(self, name: str) -> dict[str, Any] | None:
        """Answer with the client *name* of ``netty.clients``; None, 404, where there is none."""
        clients = self._clients()
        return self._told(clients[name]) if clients is not None and name in clients else None

    def _clients(self) -> "NettyClients | None":
        module = sys.modules.get("pyboot.netty.client.clients")
        found: NettyClients | None = None if module is None else self._context.find(module.NettyClients)
        return found

    def _told(self, client: "NettyClient") -> dict[str, Any]:
        counts, channel, cause = client.statistics(), client.channel, client.cause
        return {
            "where": client.where,
            "state": client.state.name,
            "connected": client.is_connected,
            "channel": None if channel is None else channel.id,
            "connects": counts.connected,
            "reconnects": max(counts.connected - 1, 0),
            "lost": counts.lost,
            "failed": counts.failed,
            "attempts": client.attempts,
            "queued": counts.queued,
            "queuedBytes": counts.queued_bytes,
            "error": None if cause is None else self._masked(f"{type(cause).__name__}: {cause}"),
        }

    def _http_clients(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Iterate over the clients of HTTP that have been made; one that nobody has asked for yet is not made here."""
        module = sys.modules.get("pyboot.components.netty.http_client.client")
        if module is None:
            return
        for definition, bean in self._context.singletons.items():
            if isinstance(bean, module.HttpClient):
                key = definition.key if isinstance(definition.key, str) else definition.name
                lent, idle, waiting = bean.statistics()
                yield key or definition.name, {"lent": lent, "idle": idle, "waiting": waiting}
