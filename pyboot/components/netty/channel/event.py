"""User events that the framework itself fires."""

from __future__ import annotations

from typing import Final, final

__all__ = ["INPUT_SHUTDOWN", "ChannelInputShutdown"]


@final
class ChannelInputShutdown:
    """The peer will send nothing more; it may still read. Fired where half-closure is allowed."""

    def __repr__(self) -> str:
        return "ChannelInputShutdown"


INPUT_SHUTDOWN: Final = ChannelInputShutdown()
