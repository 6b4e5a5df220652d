"""User events that the framework itself fires."""

from __future__ import annotations

from enum import Enum
from typing import Any, Final, final

__all__ = ["DRAINING", "INPUT_SHUTDOWN", "ChannelDraining", "ChannelEvent", "ChannelInputShutdown", "tells_end"]


class ChannelEvent(Enum):
    """The events that `channel_event` is told, under the names of the published package.

    CONNECTED, DISCONNECTED, READ_DO (a read came in) and WRITE_DO (a flush went out) are fired where a handler overrides
    `channel_event`; the idle events by the idle handler, UDF_EVENT by whoever likes.
    """

    CONNECTED = "CONNECTED"
    DISCONNECTED = "DISCONNECTED"
    EXCEPTION_CAUGHT = "EXCEPTION_CAUGHT"
    READ_IDLE = "READ_IDLE"
    WRITE_IDLE = "WRITE_IDLE"
    READ_DO = "READ_DO"
    WRITE_DO = "WRITE_DO"
    UDF_EVENT = "UDF_EVENT"


@final
class ChannelInputShutdown:
    """The peer will send nothing more; it may still read. Fired where half-closure is allowed."""

    def __repr__(self) -> str:
        return "ChannelInputShutdown"


INPUT_SHUTDOWN: Final = ChannelInputShutdown()


@final
class ChannelDraining:
    """This side is about to end the connection in order: its server, its loop, or its worker is being stopped or replaced.

    It comes once, before the close, which waits for a coroutine callback that hears of it, up to the deadline of the stop. Write a
    farewell, begin nothing new. It does not come where a handler closes, where the peer does, or after an error.
    """

    def __repr__(self) -> str:
        return "ChannelDraining"


DRAINING: Final = ChannelDraining()


def tells_end(name: str, arguments: tuple[Any, ...]) -> bool:
    """True if the inbound event *name* with *arguments* says that nothing more will come."""
    if name == "user_event_triggered":
        return arguments[0] is INPUT_SHUTDOWN
    return name in ("channel_inactive", "channel_unregistered")
