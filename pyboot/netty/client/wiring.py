"""Wiring: the parts that a client is made of, on the loop that it lives on. No I/O here."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, NamedTuple

from pyboot.components.netty import Channel
from pyboot.components.netty.limited_log import LimitedLog
from pyboot.components.netty.transport.backoff import Backoff

from .outage import OutageQueue

if TYPE_CHECKING:
    from .client import NettyClient


class Wiring(NamedTuple):
    """The parts of a client: how it connects, how long it waits, what it keeps during an outage, who hears of it, and on which loop.

    *attempt* and *publish* are called on *loop*, *close_connections* is awaited there.
    """

    name: str
    where: str
    attempt: Callable[["NettyClient"], Awaitable[Channel]]
    close_connections: Callable[[], Awaitable[None]]
    backoff: Backoff | None
    queue: OutageQueue | None
    publish: Callable[[object], None]
    log: LimitedLog
    loop: asyncio.AbstractEventLoop | None = None


def unwired(name: str) -> Wiring:
    """Return the wiring of a client *name* of which nothing is decided yet: it connects nowhere, and has no loop."""
    return Wiring(name, "an address that is not known yet", _nowhere, _nothing, None, None, lambda _: None, LimitedLog("of clients"))


async def _nothing() -> None:
    """There is nothing to close."""


async def _nowhere(client: "NettyClient") -> Channel:
    raise ConnectionError(f"{client!r} cannot connect before the application has started its clients")
