"""User events of QUIC: those of a connection go through its pipeline, those of a stream through the stream's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, final

__all__ = ["QuicConnectionClosed", "QuicHandshakeCompleted", "QuicPathMigrated", "QuicSessionTicket", "QuicStreamStopped"]


@final
@dataclass(frozen=True, slots=True)
class QuicHandshakeCompleted:
    """The connection is there: the protocol both agreed on, and whether a session was resumed and its early data taken (0-RTT)."""

    alpn: str | None
    is_resumed: bool
    is_early_data_accepted: bool


@final
@dataclass(frozen=True, slots=True)
class QuicPathMigrated:
    """The peer goes on from another address; it is validated before more than a few packets go there (RFC 9000 9)."""

    old: Any  # Any: the shape of an address depends on its family
    new: Any


@final
@dataclass(frozen=True, slots=True)
class QuicConnectionClosed:
    """The connection has ended: *code* and *reason* are the application's, or the transport's (RFC 9000 20.1)."""

    code: int
    reason: str
    is_application: bool
    is_local: bool  # whether this side has ended it


@final
@dataclass(frozen=True, slots=True)
class QuicSessionTicket:
    """A server lets this client come back faster: *ticket* goes into `QuicClientConfig.session_ticket` of a later connection."""

    ticket: Any  # Any: aioquic's


@final
@dataclass(frozen=True, slots=True)
class QuicStreamStopped:
    """The peer reads no more of this stream, for the reason *code* of its application; what was to be sent is lost, reading goes on."""

    code: int
