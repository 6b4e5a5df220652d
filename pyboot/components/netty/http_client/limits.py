"""HttpLimits: how much a client uses of its own machine and of its peers, and how much it takes from them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

__all__ = ["HttpLimits"]

_MIB = 1024 * 1024


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class HttpLimits:
    """Numbers of connections, and sizes of what comes.

    Args:
        max_connections: to all hosts together, idle ones included.
        max_connections_per_host: to one host and port, of one scheme and through one proxy.
        idle_seconds: that a connection is kept without a request. Shorter than the peer's own, or it closes them in the moment of use.
        max_content_bytes: of a response that is kept in memory, after decompression; `stream` has no such limit.
        max_ratio: how many times larger than what came decompressed content may be, once it has 1 MiB.
        max_informational: responses of 1xx before the real one.
        max_redirects: that one request may be sent on by.
        max_retries: of a request that a connection lost before a byte of the response came, see `HttpClient`.
        high_water_bytes: of content that nobody has taken yet, at which reading from the network stops.

    Raises:
        ValueError: for a number below 1; only *idle_seconds*, *max_redirects* and *max_retries* may be 0.
    """

    max_connections: int = 100
    max_connections_per_host: int = 20
    idle_seconds: float = 10.0
    max_content_bytes: int = 64 * _MIB
    max_ratio: float = 100.0
    max_informational: int = 16
    max_redirects: int = 10
    max_retries: int = 2
    high_water_bytes: int = 64 * 1024

    def __post_init__(self) -> None:
        for name in self.__slots__:
            least = 0 if name in ("idle_seconds", "max_redirects", "max_retries") else 1
            if not getattr(self, name) >= least:
                raise ValueError(f"{name} {getattr(self, name)}, must be at least {least}")
