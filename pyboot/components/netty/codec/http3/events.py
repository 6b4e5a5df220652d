"""User events of HTTP/3, in the pipeline of the connection."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

__all__ = ["Http3GoAway"]


@final
@dataclass(frozen=True, slots=True)
class Http3GoAway:
    """The server leaves: requests on *stream_id* and behind it are not answered, and none can be made any more (RFC 9114 5.2).

    It may come twice, the second time with a smaller number. Open another connection for what comes next, and close this one when its
    last stream is over. Source: Netty's ``Http3GoAwayFrame``.
    """

    stream_id: int
