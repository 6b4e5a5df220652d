"""CloseReason: why a connection has ended, in one word of a short list; and `RefusalReason`, why a client did not become one.

The log, the counters of a server and its metrics name the same reasons, so a graph that rises leads to a line of the log, and that to the
setting: a reason that is a limit is called as its setting is. Everything that ends a connection falls under exactly one of them:

- this side gives it up for what the peer did, or did not do: `cut_off` of `fault` says which reason it is, keeps, tells and counts it;
- anything else follows from the cause that the channel keeps (`Channel.close_cause`) and from who wanted the end (`Channel.closed_here`);
  an error of a protocol whose peers say why they leave names the reason itself, as its attribute `close_reason`.

The lists are closed, because each reason is a counter for as long as a server lives: what peers send is never part of one.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

from pyboot.components.netty.errors import (
    ClosedChannelError,
    CloseTimeoutError,
    DecoderError,
    OutboundOverflowError,
    ReadTimeoutError,
    SslError,
    SslHandshakeTimeoutError,
    TooLongFrameError,
    WriteStallError,
    WriteTimeoutError,
)

from .fault import is_fault_of_peer, reason_given

if TYPE_CHECKING:
    from .channel import Channel

__all__ = ["WAITS", "CloseReason", "RefusalReason", "close_reason_of"]


class CloseReason(StrEnum):
    """The reason for which a connection has ended."""

    # By this side, and by the peer or the network.
    CLOSED = "closed"
    ABORTED = "aborted"
    HANDLER_ERROR = "handler-error"
    CONNECT_FAILED = "connect-failed"
    PEER_CLOSED = "peer-closed"
    PEER_RESET = "peer-reset"
    PEER_LOST = "peer-lost"
    # The same, in a protocol that has words for it: the peer named an error, or took no more streams (GOAWAY) before it looked at this one.
    PEER_ERROR = "peer-error"
    GOING_AWAY = "going-away"
    # By this side, for what the peer sent or is.
    PROTOCOL_ERROR = "protocol-error"
    FRAME_TOO_LONG = "frame-too-long"
    TLS_ERROR = "tls-error"
    ADDRESS_FILTER = "address-filter"
    PROXY_PROTOCOL = "proxy-protocol"
    UNTRUSTED_PROXY = "untrusted-proxy"
    # By this side, for what the peer did not do in time, or did too much of: each is the name of a setting, or of a handler's parameter.
    HANDSHAKE_TIMEOUT = "handshake-timeout"
    PROXY_PROTOCOL_TIMEOUT = "proxy-protocol-timeout"
    FIRST_BYTE_TIMEOUT = "first-byte-timeout"
    FRAME_TIMEOUT = "frame-timeout"
    MIN_RATE = "min-rate"
    MAX_UNREAD = "max-unread"
    HEAD_TIMEOUT = "head-timeout"
    CONTENT_TIMEOUT = "content-timeout"
    CONTENT_RATE = "content-rate"
    KEEP_ALIVE_TIMEOUT = "keep-alive-timeout"
    PING_TIMEOUT = "ping-timeout"
    READ_TIMEOUT = "read-timeout"
    IDLE = "idle"
    IDLE_TIMEOUT = "idle-timeout"
    ENHANCE_YOUR_CALM = "enhance-your-calm"  # a limit of `Http2Config`; the line of the log says which
    MAX_RESETS = "max-resets"
    WRITE_STALL_TIMEOUT = "write-stall-timeout"
    WRITE_TIMEOUT = "write-timeout"
    WRITE_BUFFER_LIMIT = "write-buffer-limit"
    HALF_CLOSE_TIMEOUT = "half-close-timeout"
    CLOSE_TIMEOUT = "close-timeout"
    CLOSE_NOTIFY_TIMEOUT = "close-notify-timeout"


class RefusalReason(StrEnum):
    """The reason for which a client was turned away; or, the last two, has to wait in the queue of the operating system."""

    MAX_CONNECTIONS_PER_ADDRESS = "max-connections-per-address"
    NO_DESCRIPTORS = "no-descriptors"
    NO_LOOP = "no-loop"
    PEER_LEFT = "peer-left"
    FAULT = "fault"
    MAX_CONNECTIONS = "max-connections"
    ACCEPT_RATE = "accept-rate"


# Of those reasons the ones by which a client is not closed but waits.
WAITS: Final = frozenset({RefusalReason.MAX_CONNECTIONS, RefusalReason.ACCEPT_RATE})

# Of the causes that nobody gave a reason with; the first that fits.
_BY_CAUSE: Final[tuple[tuple[type[BaseException], CloseReason], ...]] = (
    (WriteStallError, CloseReason.WRITE_STALL_TIMEOUT),
    (WriteTimeoutError, CloseReason.WRITE_TIMEOUT),
    (CloseTimeoutError, CloseReason.CLOSE_TIMEOUT),
    (ReadTimeoutError, CloseReason.READ_TIMEOUT),
    (OutboundOverflowError, CloseReason.WRITE_BUFFER_LIMIT),
    (SslHandshakeTimeoutError, CloseReason.HANDSHAKE_TIMEOUT),
    (SslError, CloseReason.TLS_ERROR),
    (TooLongFrameError, CloseReason.FRAME_TOO_LONG),
    (DecoderError, CloseReason.PROTOCOL_ERROR),
    (ClosedChannelError, CloseReason.PEER_CLOSED),
    (ConnectionError, CloseReason.PEER_RESET),
    (OSError, CloseReason.PEER_LOST),  # unanswered probes, no route: the system has given it up
)


def close_reason_of(channel: Channel) -> CloseReason:
    """Return why *channel* has ended, or is about to; of one that is open, what it would be if it were closed now."""
    cause = channel.close_cause
    if cause is None:
        return CloseReason.CLOSED
    given = reason_given(cause)
    if given is not None:
        return given
    named: str = getattr(cause, "close_reason", "")
    if named:
        return CloseReason(named)
    if channel.closed_here and type(cause) is ClosedChannelError:
        return CloseReason.ABORTED
    if is_fault_of_peer(cause, channel):
        return next((reason for kind, reason in _BY_CAUSE if isinstance(cause, kind)), CloseReason.HANDLER_ERROR)
    return CloseReason.HANDLER_ERROR if channel.closing.was_active or channel.parent is not None else CloseReason.CONNECT_FAILED
