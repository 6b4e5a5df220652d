"""The endpoint ``channels``: the open connections, the heaviest first; one of them with its pipeline; and the end of one."""

import heapq
import logging
from typing import Any, Final, Literal, final

from pyboot.actuator.annotations import DeleteOperation, Endpoint, ReadOperation
from pyboot.actuator.errors import InvalidEndpointRequestError
from pyboot.actuator.invocation import InvocationContext
from pyboot.actuator.pace import paced
from pyboot.components.netty import Channel, ChannelOption

from .live import LiveChannels, on_loop_of, standing

_log = logging.getLogger(__name__)

MOST: Final = 1000
"""So many connections are listed at most."""


@final
@Endpoint("channels")
class ChannelsEndpoint:
    """Lists connections, shows one, closes one."""

    def __init__(self, live: LiveChannels) -> None:
        """Take the connections."""
        self._live = live

    @ReadOperation
    async def channels(
        self,
        server: str | None = None,
        sort: Literal["rate", "pending", "age", "idle"] = "rate",
        limit: int = 100,
        remote: str | None = None,
    ) -> dict[str, Any]:
        """Answer with the number of all, and the first *limit* (at most 1,000) of *server*, from addresses that begin with *remote*.

        Sorted most first: the bytes a second since the last look, bytes that wait for the peer, how long it is open, or how long nothing
        has come or gone.

        Raises:
            InvalidEndpointRequestError: there is no such server, or the limit is out of range.
        """
        if not 1 <= limit <= MOST:
            raise InvalidEndpointRequestError(f"limit {limit}, allowed are 1 to {MOST}")
        if server is not None and server not in self._live.servers:
            raise InvalidEndpointRequestError(f"no server '{server}' listens; there are {', '.join(self._live.servers) or 'none'}")
        measure, measured, total = self._live.measure(sort), list[tuple[float, int, str, Channel]](), 0
        async for name, channel in self._live.all(server):
            total += 1
            if remote is None or self._live.remote(channel).startswith(remote):
                # The number decides between equals: channels have no order.
                _keep(measured, limit, (measure(channel), -total, name, channel))
        found = sorted(measured, reverse=True)
        rows = [row async for row in paced(self._live.row(name, channel) for _, _, name, channel in found)]
        return {"total": total, "channels": rows}

    @ReadOperation("{id}")
    async def channel(self, id: str) -> dict[str, Any] | None:
        """Answer with one connection, its pipeline from head to tail, and its options; None, 404, where there is none of that id."""
        found = await self._live.find(id)
        if found is None:
            return None
        server, channel = found

        def look() -> dict[str, Any]:
            return {**self._live.row(server, channel), "pipeline": standing(channel), "options": _options(channel)}

        return await on_loop_of(channel, look)

    @DeleteOperation("{id}")
    async def close(self, id: str, context: InvocationContext, abort: bool = False) -> dict[str, Any] | None:
        """Close one connection as its own handlers would, so that what was written is delivered; with *abort* cut it off."""
        found = await self._live.find(id)
        if found is None:
            return None
        server, channel = found
        await on_loop_of(channel, channel.abort if abort else channel.close)
        who = "somebody" if context.principal is None else context.principal.name
        _log.warning("%s of %s: %s by %s, through management", "cut off" if abort else "close", server, channel, who)
        return {"id": id, "server": server, "action": "abort" if abort else "close"}


def _keep(heap: list[tuple[float, int, str, Channel]], limit: int, entry: tuple[float, int, str, Channel]) -> None:
    """Keep *entry* among the *limit* largest."""
    if len(heap) < limit:
        heapq.heappush(heap, entry)
    else:
        heapq.heappushpop(heap, entry)


def _options(channel: Channel) -> dict[str, Any]:
    config = channel.config
    told = {name: config.get(option) for name, option in ChannelOption.ALL.items()}
    return {
        name: value if isinstance(value, bool | int | float | str) else str(value)
        for name, value in sorted(told.items())
        if value is not None
    }
