"""User events of TLS, under Netty's names: each is fired once, after the promise of the same end was told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

__all__ = ["SniCompletionEvent", "SslCloseCompletionEvent", "SslCompletionEvent", "SslHandshakeCompletionEvent"]


@dataclass(frozen=True, slots=True)
class SslCompletionEvent:
    """Something of TLS is over; *error* says why it failed, None that it did not."""

    error: Exception | None = None

    @property
    def is_success(self) -> bool:
        """True if it ended well."""
        return self.error is None


@final
@dataclass(frozen=True, slots=True)
class SslHandshakeCompletionEvent(SslCompletionEvent):
    """The handshake is over; fired before anything that the peer sent after it."""


@final
@dataclass(frozen=True, slots=True)
class SslCloseCompletionEvent(SslCompletionEvent):
    """The peer has said that this is all (close_notify); or, with an error, has left without it."""


@final
@dataclass(frozen=True, slots=True)
class SniCompletionEvent(SslCompletionEvent):
    """It is known which host the client asks for: *hostname*, None if it names none."""

    hostname: str | None = None
