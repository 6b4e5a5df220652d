"""The errors of HTTP/3 that are neither a message's nor QUIC's."""

from __future__ import annotations

from pyboot.components.netty.errors import ChannelError

__all__ = ["Http3GoAwayError"]


class Http3GoAwayError(ChannelError, ConnectionError):
    """The peer takes no more requests of this connection, and has not looked at this one: it may be tried again on another connection.

    *stream_id* is the first stream that it does not look at (RFC 9114 5.2).
    """

    close_reason = "going-away"  # a `CloseReason`

    def __init__(self, stream_id: int) -> None:
        super().__init__(stream_id)
        self.stream_id = stream_id

    def __str__(self) -> str:
        return f"the peer takes no more requests from stream {self.stream_id} on: open another connection"
