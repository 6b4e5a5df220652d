"""The error of DNS: bytes of a peer that are no message."""

from __future__ import annotations

from pyboot.components.netty.errors import CorruptedFrameError

__all__ = ["CorruptedDnsMessageError"]


class CorruptedDnsMessageError(CorruptedFrameError):
    """A message of DNS contradicts itself: *seen* is what was seen, and where.

    *message_id* and *is_response* are those of its header; None where there is no whole header. A server answers `FORMERR` to a query
    that has one (RFC 1035, 4.1.1). *sender* is who sent the datagram, where it was one.
    """

    def __init__(self, seen: str, message_id: int | None = None, is_response: bool | None = None) -> None:
        super().__init__(seen, message_id, is_response)
        self.seen = seen
        self.message_id = message_id
        self.is_response = is_response
        self.sender: object = None

    def __str__(self) -> str:
        return f"no message of DNS: {self.seen}"
