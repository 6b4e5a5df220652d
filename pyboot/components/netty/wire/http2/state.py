"""The states of one HTTP/2 stream: laws and table (RFC 9113 5.1). No bytes here, no windows, and no role.

Law 1. What is not in the table cannot happen: what we would send is a mistake of ours and raises, what the peer sent ends the stream or the
connection. Law 2. A stream is open for as long as either side may send content; a number is never used again. Law 3. Frames that a
peer sends before it knows that a stream is reset are no fault of its: a stream that we reset is remembered, and they are dropped. Law 4.
Nothing is pushed, in either direction, so nothing is ever reserved.

::

    state                what is sent                          what comes
    IDLE                 HEADERS: OPEN, HALF_CLOSED_LOCAL       HEADERS: OPEN, HALF_CLOSED_REMOTE
    OPEN                 END: HALF_CLOSED_LOCAL                 END: HALF_CLOSED_REMOTE
    HALF_CLOSED_LOCAL    -                                      END: CLOSED
    HALF_CLOSED_REMOTE   END: CLOSED                            -
    CLOSED               -                                      -

Of every state but IDLE and CLOSED, RST_STREAM of either side makes CLOSED. Source: the form is h11's, the table h2's and RFC 9113's.
"""

from __future__ import annotations

from typing import Final

__all__ = [
    "CLOSED",
    "EVENTS",
    "HALF_CLOSED_LOCAL",
    "HALF_CLOSED_REMOTE",
    "IDLE",
    "MOVES",
    "OPEN",
    "RECV_END",
    "RECV_HEADERS",
    "RECV_RESET",
    "SEND_END",
    "SEND_HEADERS",
    "SEND_RESET",
    "STATES",
]

IDLE: Final = 0
OPEN: Final = 1
HALF_CLOSED_LOCAL: Final = 2
HALF_CLOSED_REMOTE: Final = 3
CLOSED: Final = 4
STATES: Final = ("IDLE", "OPEN", "HALF_CLOSED_LOCAL", "HALF_CLOSED_REMOTE", "CLOSED")

SEND_HEADERS: Final = 0
SEND_END: Final = 1
SEND_RESET: Final = 2
RECV_HEADERS: Final = 3
RECV_END: Final = 4
RECV_RESET: Final = 5
EVENTS: Final = ("SEND_HEADERS", "SEND_END", "SEND_RESET", "RECV_HEADERS", "RECV_END", "RECV_RESET")

# By state, then by event; -1: cannot happen. Content is sent, and comes, where an END may.
MOVES: Final[tuple[tuple[int, ...], ...]] = (
    (OPEN, -1, -1, OPEN, -1, -1),
    (OPEN, HALF_CLOSED_LOCAL, CLOSED, OPEN, HALF_CLOSED_REMOTE, CLOSED),
    (-1, -1, CLOSED, HALF_CLOSED_LOCAL, CLOSED, CLOSED),
    (HALF_CLOSED_REMOTE, CLOSED, CLOSED, -1, -1, CLOSED),
    (-1, -1, -1, -1, -1, -1),
)
