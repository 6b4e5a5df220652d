"""The life of a channel: its states, its laws, and the table of legal moves.

Law 1: a channel moves only along the table; everything else raises. Law 2: all moves go through `move`.
Law 3: nothing leaves CLOSED.
"""

from __future__ import annotations

from typing import Final

from pyboot.components.netty.errors import ChannelStateError

__all__ = ["ACTIVE", "CLOSED", "CLOSING", "NEW", "REGISTERED", "STATE_NAMES", "check_move"]

NEW: Final = 0
REGISTERED: Final = 1
ACTIVE: Final = 2
CLOSING: Final = 3
CLOSED: Final = 4

STATE_NAMES: Final = ("new", "registered", "active", "closing", "closed")

_MOVES: Final = {
    NEW: (REGISTERED, CLOSED),
    REGISTERED: (ACTIVE, CLOSING, CLOSED),
    ACTIVE: (CLOSING, CLOSED),
    CLOSING: (CLOSED,),
    CLOSED: (),
}


def check_move(old: int, new: int) -> None:
    """Raise `ChannelStateError` unless the table allows to go from *old* to *new*."""
    if new not in _MOVES[old]:
        allowed = ", ".join(STATE_NAMES[state] for state in _MOVES[old]) or "nothing"
        raise ChannelStateError(f"a channel cannot go from {STATE_NAMES[old]} to {STATE_NAMES[new]}, only to {allowed}")
