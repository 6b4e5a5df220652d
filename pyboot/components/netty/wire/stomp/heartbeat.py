"""StompHeartbeat: how often each side promises to say something. Source: STOMP 1.2, "Heart-beating".

::

    CONNECT   heart-beat:10000,20000      I can send every 10 s, I want to hear every 20 s
    CONNECTED heart-beat:15000,0          the server can every 15 s, and wants nothing
                                          -->  the server sends every 20 s, the client need not
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from .errors import CorruptedStompFrameError

__all__ = ["StompHeartbeat"]

_HEADER: Final = re.compile(r"([0-9]{1,9}),([0-9]{1,9})")


class StompHeartbeat(NamedTuple):
    """The promise and the wish of one side, as its first frame says them, in milliseconds; 0 for not at all."""

    can_send: int = 0
    wants: int = 0

    @classmethod
    def parsed(cls, header: str | None) -> StompHeartbeat:
        """The heart-beats that a peer spoke of, none where it said nothing; raises `CorruptedStompFrameError` for what is none."""
        if header is None:
            return cls()
        found = _HEADER.fullmatch(header)
        if found is None or not header.isascii():
            raise CorruptedStompFrameError(f"heart-beat {header[:40]!r}, where two numbers of milliseconds stand")
        return cls(int(found[1]), int(found[2]))

    def __str__(self) -> str:
        return f"{self.can_send},{self.wants}"

    def agreed(self, peer: StompHeartbeat) -> tuple[int, int]:
        """The milliseconds after which this side sends, and within which it hears of *peer*; 0 for not at all."""
        return _agreed(self.can_send, peer.wants), _agreed(peer.can_send, self.wants)


def _agreed(can_send: int, wanted: int) -> int:
    return max(can_send, wanted) if can_send and wanted else 0
