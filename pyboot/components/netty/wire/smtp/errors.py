"""The error of SMTP: bytes of a peer that break the protocol."""

from __future__ import annotations

from pyboot.components.netty.errors import CorruptedFrameError

__all__ = ["CorruptedSmtpError"]


class CorruptedSmtpError(CorruptedFrameError):
    """The peer breaks the protocol: *seen* is what was seen, *code* the reply that says so, *is_fatal* whether nothing can follow it."""

    def __init__(self, code: int, seen: str, *, is_fatal: bool = False) -> None:
        super().__init__(code, seen)
        self.code = code
        self.seen = seen
        self.is_fatal = is_fatal

    def __str__(self) -> str:
        return f"the peer sent {self.seen} (reply {self.code})"
