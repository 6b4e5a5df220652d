"""Http3Config: the limits of HTTP/3, of both sides."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

__all__ = ["Http3Config"]


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Http3Config:
    """The limits; all are on.

    Args:
        max_headers: all header fields of a message, each with 32 bytes more (RFC 9114 4.2.2); a longer request is answered 431.
        max_header_fields: their number; more are answered 431.
        qpack_table_bytes: memory in which the peer may keep fields to name them in short. 0, the default, keeps none: a head of a
            few bytes cannot grow in our memory then, and no stream waits for another (RFC 9204 7).
    """

    max_headers: int = 16 * 1024
    max_header_fields: int = 100
    qpack_table_bytes: int = 0

    def __post_init__(self) -> None:
        """Refuse what nobody could keep; raises ValueError."""
        for name, least in (("max_headers", 256), ("max_header_fields", 1), ("qpack_table_bytes", 0)):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int) or value < least:
                raise ValueError(f"{name}={value!r}: allowed is a whole number of at least {least}")
