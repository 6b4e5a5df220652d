"""The closing handshake as a machine: which side has said the last thing it says. Source: RFC 6455, 7.1.

::

                 we send a close                 the peer's close comes
      OPEN  ------------------------>  CLOSE_SENT  ------------------>  CLOSED
        |                                                                 ^
        |  the peer's close comes                        we send a close  |
        +---------------------------->  CLOSE_RECEIVED  ------------------+

Laws. (1) Whoever has sent a close sends no more frames (5.5.1); what is written then fails. (2) Who has received one answers it with the
same code, once. (3) The server ends the connection, the client waits for that (7.1.1). (4) An end of the connection in any other state
than CLOSED is an abnormal closure, 1006, which both sides may see differently.
"""

from __future__ import annotations

from enum import Enum, auto
from typing import Final, final

__all__ = ["Closing", "ClosingState"]


class ClosingState(Enum):
    """The stages of the closing handshake."""

    OPEN = auto()
    CLOSE_SENT = auto()
    CLOSE_RECEIVED = auto()
    CLOSED = auto()


_SENT: Final = {ClosingState.OPEN: ClosingState.CLOSE_SENT, ClosingState.CLOSE_RECEIVED: ClosingState.CLOSED}
_RECEIVED: Final = {ClosingState.OPEN: ClosingState.CLOSE_RECEIVED, ClosingState.CLOSE_SENT: ClosingState.CLOSED}


@final
class Closing:
    """The closing handshake of one connection."""

    def __init__(self) -> None:
        self.state = ClosingState.OPEN

    def send(self) -> bool:
        """Note that a close leaves; False if one has left before, and this one must not."""
        if self.state not in _SENT:
            return False
        self.state = _SENT[self.state]
        return True

    def receive(self) -> bool:
        """Note that the peer's close has come; False if one had come before."""
        if self.state not in _RECEIVED:
            return False
        self.state = _RECEIVED[self.state]
        return True
