"""The endpoint ``servers``: what listens, how many are connected, why connections ended, and what was carried."""

from collections import Counter
from collections.abc import Mapping
from typing import Any, Final, final

from pyboot.actuator.annotations import Endpoint, ReadOperation
from pyboot.actuator.pace import Pace
from pyboot.components.netty import ChannelOption, ServerSocketChannel
from pyboot.netty.binder import BoundServer
from pyboot.netty.servers import NettyServers

_SLICE: Final = 50  # channels whose integers are added up at once


@final
@Endpoint("servers")
class ServersEndpoint:
    """Tells of all servers, or of one."""

    def __init__(self, servers: NettyServers) -> None:
        """Take the servers."""
        self._servers = servers

    @ReadOperation
    async def servers(self) -> dict[str, Any]:
        """Answer with all of them by name."""
        return {"servers": {name: await _told(bound) for name, bound in list(self._servers.bound.items())}}

    @ReadOperation("{name}")
    async def server(self, name: str) -> dict[str, Any] | None:
        """Answer with one; None, 404, where none of that name listens."""
        bound = self._servers.bound.get(name)
        return None if bound is None else await _told(bound)


async def _told(bound: BoundServer) -> dict[str, Any]:
    counts = bound.connections.counted()
    total, pace = counts.departed, Pace()
    for first in range(0, len(counts.channels), _SLICE):
        total.add_all(counts.channels[first : first + _SLICE])
        await pace.turn()
    traffic = total.traffic()
    return {
        "address": str(bound),
        "transport": bound.plan.transport,
        "connections": {
            "open": len(counts.channels),
            "max": _most(bound),
            "opened": counts.opened,
            "closed": dict(counts.closed),
            "rejected": dict(_rejected(bound)),
            "secondsOpen": round(counts.seconds_open, 3),
        },
        "bytes": {"in": traffic.bytes_in, "out": traffic.bytes_out},
        "messages": {"in": traffic.messages_in, "out": traffic.messages_out},
        "pending": int(total.pending),
        "unwritable": int(total.unwritable),
        "errors": traffic.errors,
        "pipeline": [step.title for step in bound.plan.pipeline.steps],
    }


def _most(bound: BoundServer) -> int:
    """Return how many connections all listeners may have; 0: any number."""
    listeners = [channel for channel in bound.channels.values() if isinstance(channel, ServerSocketChannel)]
    most = [int(channel.get_option(ChannelOption.MAX_CONNECTIONS)) for channel in listeners]
    return sum(most) if all(most) else 0


def _rejected(bound: BoundServer) -> Mapping[str, int]:
    counts: Counter[str] = Counter()
    for channel in bound.channels.values():
        if isinstance(channel, ServerSocketChannel):
            counts.update(channel.refused)
    return counts
