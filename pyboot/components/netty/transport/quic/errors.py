"""The errors of QUIC connections and their streams; roots are those of the network tower."""

from __future__ import annotations

from pyboot.components.netty.errors import ChannelError, ClosedChannelError

__all__ = ["QuicClosedError", "QuicDatagramError", "QuicStreamResetError", "QuicStreamStoppedError"]


class QuicClosedError(ClosedChannelError):
    """The connection has ended with the error *code* and its *reason*: an application's own number, or one of RFC 9000 20.1.

    *no_error* is the number by which the application says that nothing is wrong (`QuicCodes`).
    """

    def __init__(self, code: int, reason: str, *, is_application: bool, no_error: int = 0) -> None:
        super().__init__(code, reason)
        self.code = code
        self.reason = reason
        self.is_application = is_application
        self.no_error = no_error

    @property
    def is_error(self) -> bool:
        """True unless the code says that nothing is wrong."""
        return self.code not in ((0, self.no_error) if self.is_application else (0,))

    @property
    def close_reason(self) -> str:
        """The `CloseReason` of a connection that its peer has ended like this; the empty string where nothing was wrong."""
        return "peer-error" if self.is_error else ""

    def __str__(self) -> str:
        kind = "application" if self.is_application else "transport"
        return f"the QUIC connection was closed with {kind} error {self.code:#x}{f': {self.reason}' if self.reason else ''}"


class QuicStreamResetError(ChannelError, ConnectionResetError):
    """The peer has broken its stream off, with the error *code* of its application (RESET_STREAM, RFC 9000 3.2)."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code

    def __str__(self) -> str:
        return f"the peer has reset the stream with error {self.code:#x}"


class QuicStreamStoppedError(ChannelError, ConnectionResetError):
    """The peer reads no more of the stream, because of the error *code* of its application (STOP_SENDING, RFC 9000 3.5)."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code

    def __str__(self) -> str:
        return f"the peer reads the stream no more, error {self.code:#x}"


class QuicDatagramError(ChannelError, ValueError):
    """A datagram of *size* bytes cannot be sent: one packet takes *limit*, 0 where the peer takes no datagrams (RFC 9221 3)."""

    def __init__(self, size: int, limit: int) -> None:
        super().__init__(size, limit)
        self.size = size
        self.limit = limit

    def __str__(self) -> str:
        if not self.limit:
            return "the peer takes no datagrams: it has to set max_datagram_frame_bytes"
        return f"datagram of {self.size} bytes, limit {self.limit}: it has to fit into one packet, divide it or use a stream"
