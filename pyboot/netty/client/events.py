"""The events of clients: connected, lost, waiting, given up; any ``@EventListener`` method may hear them.

The events of one client come in their order, each when the listeners of the one before have ended. A listener that fails is logged.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyboot.components.netty import Channel

    from .client import NettyClient


@dataclass(frozen=True, slots=True)
class ClientEvent:
    """Something happened to *client*."""

    client: "NettyClient"


@dataclass(frozen=True, slots=True)
class ClientConnected(ClientEvent):
    """The client has a connection, *channel*, after so many failed *attempts*."""

    channel: "Channel"
    attempts: int


@dataclass(frozen=True, slots=True)
class ClientDisconnected(ClientEvent):
    """The connection *channel* is gone because of *cause*; None: it was closed here."""

    channel: "Channel"
    cause: Exception | None


@dataclass(frozen=True, slots=True)
class ClientWaiting(ClientEvent):
    """The attempt that failed, or the loss, was number *attempts* in a row, because of *cause*; the next attempt is in *seconds*."""

    attempts: int
    cause: Exception
    seconds: float


@dataclass(frozen=True, slots=True)
class ClientGaveUp(ClientEvent):
    """There is no further attempt after *attempts* failures in a row, the last because of *cause*; ``client.start()`` begins anew."""

    attempts: int
    cause: Exception
