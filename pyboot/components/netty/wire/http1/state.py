"""The states of one direction of an HTTP/1 connection: laws and table. No bytes here, and no role.

Law 1. A message is a head, any number of pieces of content, and an end; the head says how the end is found. Law 2. What is not in the
table cannot happen: the reader raises `HttpDecoderError`, the writer `HttpEncoderError`. Law 3. This file does not know who is client and
who is server, so neither can be treated by other rules. Law 4. Behind BROKEN nothing is read or written any more: whoever cannot tell where
a message ends does not guess where the next one begins. Law 5. CLOSED is the last message's word: bytes behind it are nobody's.

::

    state         between what                            HEAD_…                  CONTENT       END           HOLD  SWITCH    CLOSE   BREAK
    IDLE          two messages                            FIXED … UNTIL_CLOSE     -             -             HELD  SWITCHED  CLOSED  BROKEN
    FIXED         a head and an end that a number says    -                       FIXED         IDLE          -     -         -       BROKEN
    CHUNKED       a head and an end that a chunk of       -                       CHUNKED       IDLE          -     -         -       BROKEN
                  size 0 says
    UNTIL_CLOSE   a head and the end of the connection    -                       UNTIL_CLOSE   CLOSED        -     -         -       BROKEN
    EMPTY         a head and an end without content,      -                       EMPTY         IDLE          -     -         -       BROKEN
                  as of a response to HEAD
    HELD          a request that may change the protocol  (RESUME: IDLE)          -             -             -     SWITCHED  CLOSED  BROKEN
                  and its response
    SWITCHED      another protocol has the bytes          -                       -             -             -     -         -       -
    CLOSED        the last message is over                -                       -             -             -     -         CLOSED  -
    BROKEN        what came, or was to go, was no HTTP    -                       -             -             -     -         -       BROKEN

A message that is whole in its head, as a request without content, moves nothing: IDLE stays IDLE, which is what most messages are.
Source: RFC 9112; the form is h11's.
"""

from __future__ import annotations

from typing import Final

__all__ = [
    "BREAK",
    "BROKEN",
    "CHUNKED",
    "CLOSE",
    "CLOSED",
    "CONTENT",
    "EMPTY",
    "END",
    "EVENTS",
    "FIXED",
    "HEAD_CHUNKED",
    "HEAD_EMPTY",
    "HEAD_FIXED",
    "HEAD_UNTIL_CLOSE",
    "HELD",
    "HOLD",
    "IDLE",
    "MOVES",
    "RESUME",
    "STATES",
    "SWITCH",
    "SWITCHED",
    "UNTIL_CLOSE",
]

IDLE: Final = 0
FIXED: Final = 1
CHUNKED: Final = 2
UNTIL_CLOSE: Final = 3
EMPTY: Final = 4
HELD: Final = 5
SWITCHED: Final = 6
CLOSED: Final = 7
BROKEN: Final = 8
STATES: Final = ("IDLE", "FIXED", "CHUNKED", "UNTIL_CLOSE", "EMPTY", "HELD", "SWITCHED", "CLOSED", "BROKEN")

HEAD_FIXED: Final = 0
HEAD_CHUNKED: Final = 1
HEAD_UNTIL_CLOSE: Final = 2
HEAD_EMPTY: Final = 3
CONTENT: Final = 4
END: Final = 5
HOLD: Final = 6
RESUME: Final = 7
SWITCH: Final = 8
CLOSE: Final = 9
BREAK: Final = 10
EVENTS: Final = (
    "HEAD_FIXED",
    "HEAD_CHUNKED",
    "HEAD_UNTIL_CLOSE",
    "HEAD_EMPTY",
    "CONTENT",
    "END",
    "HOLD",
    "RESUME",
    "SWITCH",
    "CLOSE",
    "BREAK",
)

# By state, then by event; -1: cannot happen.
MOVES: Final[tuple[tuple[int, ...], ...]] = (
    (FIXED, CHUNKED, UNTIL_CLOSE, EMPTY, -1, -1, HELD, -1, SWITCHED, CLOSED, BROKEN),
    (-1, -1, -1, -1, FIXED, IDLE, -1, -1, -1, -1, BROKEN),
    (-1, -1, -1, -1, CHUNKED, IDLE, -1, -1, -1, -1, BROKEN),
    (-1, -1, -1, -1, UNTIL_CLOSE, CLOSED, -1, -1, -1, -1, BROKEN),
    (-1, -1, -1, -1, EMPTY, IDLE, -1, -1, -1, -1, BROKEN),
    (-1, -1, -1, -1, -1, -1, -1, IDLE, SWITCHED, CLOSED, BROKEN),
    (-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1),
    (-1, -1, -1, -1, -1, -1, -1, -1, -1, CLOSED, -1),
    (-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, BROKEN),
)
