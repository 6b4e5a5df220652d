"""WebSocketConfig: the limits and times of a connection, the same for both roles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from pyboot.components.netty.wire.websocket.deflate import DeflateOptions

__all__ = ["WebSocketConfig"]


@final
@dataclass(frozen=True, slots=True)
class WebSocketConfig:
    """The limits and times of a connection.

    Attributes:
        max_frame_bytes: longest payload of one frame that comes in, 1 MiB by default.
        max_message_bytes: most bytes of a message, inflated ones of a compressed message, 1 MiB by default.
        max_fragments: most frames of a message.
        deflate: what is wanted of permessage-deflate; None, the default, for no compression.
        handshake_timeout_seconds: for the opening handshake, from the request on.
        close_timeout_seconds: for the peer's answer to a close of ours, and for the end of the connection behind its own.
        ping_interval_seconds: of silence, after which a ping asks whether the peer lives; 0 for never.
        ping_timeout_seconds: for anything at all to come after that.

    Raises:
        ValueError: for a limit below 1, a timeout that is not above 0, or an interval below 0.
    """

    max_frame_bytes: int = 1024 * 1024
    max_message_bytes: int = 1024 * 1024
    max_fragments: int = 1024
    deflate: DeflateOptions | None = None
    handshake_timeout_seconds: float = 10.0
    close_timeout_seconds: float = 3.0
    ping_interval_seconds: float = 30.0
    ping_timeout_seconds: float = 10.0

    def __post_init__(self) -> None:
        for name in ("max_frame_bytes", "max_message_bytes", "max_fragments"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} {getattr(self, name)}, must be at least 1")
        for name in ("handshake_timeout_seconds", "close_timeout_seconds", "ping_timeout_seconds"):
            if getattr(self, name) <= 0:
                raise ValueError(f"{name} {getattr(self, name)}, must be above 0")
        if self.ping_interval_seconds < 0:
            raise ValueError(f"ping_interval_seconds {self.ping_interval_seconds}: allowed is 0, for never, or more")
