"""StompFrame: a command, headers and a body.

::

    SEND\\n
    destination:/queue/a\\n
    content-length:5\\n
    \\n
    hello\\0                    StompFrame('SEND', {'destination': '/queue/a', 'content-length': '5'}, b'hello')

Source: STOMP 1.2; the commands are Netty's ``StompCommand``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

__all__ = ["StompCommand", "StompFrame"]


class StompCommand(StrEnum):
    """Every command of STOMP 1.2: those of clients, then those of servers."""

    CONNECT = "CONNECT"
    STOMP = "STOMP"
    SEND = "SEND"
    SUBSCRIBE = "SUBSCRIBE"
    UNSUBSCRIBE = "UNSUBSCRIBE"
    BEGIN = "BEGIN"
    COMMIT = "COMMIT"
    ABORT = "ABORT"
    ACK = "ACK"
    NACK = "NACK"
    DISCONNECT = "DISCONNECT"
    CONNECTED = "CONNECTED"
    MESSAGE = "MESSAGE"
    RECEIPT = "RECEIPT"
    ERROR = "ERROR"


# "Only the SEND, MESSAGE, and ERROR frames MAY have a body."
WITH_BODY: Final = frozenset((StompCommand.SEND, StompCommand.MESSAGE, StompCommand.ERROR))
# "except the CONNECT and CONNECTED frames": what STOMP 1.0 knows is left as it was there.
UNESCAPED: Final = frozenset((StompCommand.CONNECT, StompCommand.CONNECTED))


@dataclass(frozen=True, slots=True)
class StompFrame:
    """One frame. Of a header that a peer repeats only the first counts (STOMP 1.2, "Repeated Header Entries").

    Frames are values: nothing in them changes, and nothing is given back.
    """

    command: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def text(self) -> str:
        """The body as UTF-8; raises UnicodeDecodeError for any other."""
        return self.body.decode()
