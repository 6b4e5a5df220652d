"""LiveChannels: the connections of the application's servers as they are now, found by id; asked in slices, so that no loop waits.

The law of asking. What is counted is read as it is, from any thread (`channel.traffic`); what a pipeline holds is asked on the loop of the
channel. Between two slices of channels other work has its turn: ten thousand connections cost many short steps and no long one.
"""

import time
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from typing import Any, Final, final

from pyboot.actuator.pace import Pace
from pyboot.boot import Component
from pyboot.components.netty import Channel, ChannelHandlerContext, ChannelOption
from pyboot.components.netty.address import address_text
from pyboot.components.netty.channel.mask import BITS
from pyboot.components.netty.transport.threadsafe import run_on_loop
from pyboot.netty.servers import NettyServers

from .rates import Rates


@final
@Component
class LiveChannels:
    """The open connections of all servers."""

    def __init__(self, servers: NettyServers) -> None:
        """Take the servers."""
        self._servers = servers
        self._rates = Rates()

    @property
    def servers(self) -> list[str]:
        """The names of the servers that listen."""
        return self._servers.names

    async def all(self, server: str | None = None) -> AsyncIterator[tuple[str, Channel]]:
        """Iterate over the open connections, each with the name of its server; those of *server* alone, if that is given."""
        pace = Pace()
        for name, bound in list(self._servers.bound.items()):
            if server is not None and name != server:
                continue
            for channel in bound.connections.counted().channels:
                if channel.close_future.is_done:
                    continue
                yield name, channel
                await pace.turn()

    async def find(self, id: str) -> tuple[str, Channel] | None:
        """Return the connection with that *id*, and the name of its server."""
        async for name, channel in self.all():
            if channel.id == id:
                return name, channel
        return None

    def row(self, server: str, channel: Channel) -> dict[str, Any]:
        """Return what is told of *channel* where many are listed."""
        rate = self._rates.of(channel)
        pipeline = channel.pipeline()
        at_work = pipeline.handlers_at_work()
        return {
            "id": channel.id,
            "server": server,
            "remote": _text(channel.remote_address()),
            "local": _text(channel.local_address()),
            "since": _since(channel),
            "bytesIn": int(channel.bytes_in),
            "bytesOut": int(channel.bytes_out),
            "rateIn": round(rate.bytes_in, 1),
            "rateOut": round(rate.bytes_out, 1),
            "idle": round(rate.idle, 1),
            "pending": int(channel.outbound.pending),
            "waterMark": channel.config.get(ChannelOption.WRITE_BUFFER_WATER_MARK)._asdict(),
            "writable": channel.is_writable,
            "reading": channel.is_reading,
            "mailbox": sum(mailbox.waiting for mailbox in pipeline.mailboxes()),
            "suspendedIn": at_work[0] if at_work else None,
        }

    def remote(self, channel: Channel) -> str:
        """Return the address of the peer as it is listed."""
        return _text(channel.remote_address()) or ""

    def measure(self, by: str) -> Callable[[Channel], float]:
        """Return what channels are sorted *by*, most first: ``rate``, ``pending``, ``age`` or ``idle``."""
        return {
            "rate": lambda channel: sum(self._rates.of(channel)[:2]),
            "pending": lambda channel: int(channel.outbound.pending),
            "age": lambda channel: -channel.active_since,
            "idle": lambda channel: self._rates.of(channel).idle,
        }[by]


SORTS: Final = ("rate", "pending", "age", "idle")
"""What connections may be sorted by."""


async def on_loop_of[T](channel: Channel, ask: Callable[[], T]) -> T:
    """Call *ask* on the loop of *channel*; raises `LoopEndedError` where that is over."""

    async def there() -> T:
        return ask()

    return await run_on_loop(channel.loop, there())


def standing(channel: Channel) -> list[dict[str, Any]]:
    """Return what stands in the pipeline of *channel*, head to tail. On its loop."""
    pipeline = channel.pipeline()
    at_work = pipeline.handlers_at_work()
    return [_shown(pipeline.context(name), at_work) for name in pipeline.names()]


def _shown(ctx: ChannelHandlerContext, at_work: list[str]) -> dict[str, Any]:
    kind = type(ctx.handler)
    return {
        "name": ctx.name,
        "type": f"{kind.__module__}.{kind.__qualname__}",
        "sharable": bool(getattr(kind, "sharable", False)),
        "events": [name for name, bit in BITS.items() if ctx.overrides & bit],
        "waiting": sum(mailbox.waiting for mailbox in ctx.mailboxes()),
        "atWork": ctx.name in at_work,
    }


def _text(address: Any) -> str | None:
    return None if address is None else address_text(address)


def _since(channel: Channel) -> datetime | None:
    since = float(channel.active_since)
    return datetime.fromtimestamp(time.time() - (channel.loop.time() - since), UTC) if since else None
