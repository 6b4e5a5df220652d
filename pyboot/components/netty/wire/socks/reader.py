"""SocksReader: the messages of SOCKS out of bytes, one part of the conversation at a time.

Theory of operation. Which message comes next is no matter of the bytes: a password is asked for, or not, by the proxy's answer before. So
whoever holds the conversation says what is next (`expect`), and the reader reads that and nothing else. Messages are at most 520 bytes
long, and read when they are whole; each byte that must be something else is refused where it stands.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Any, Final, final

from pyboot.components.netty.errors import CorruptedFrameError, TooLongFrameError
from pyboot.components.netty.wire.reader import FrameReader

from .version4 import read_request4, read_response4
from .version5 import (
    read_initial_request,
    read_initial_response,
    read_password_request,
    read_password_response,
    read_request5,
    read_response5,
)

__all__ = ["SocksPart", "SocksReader"]


class SocksPart(Enum):
    """A part of the conversation, which is read next; `BEGINNING` is a client's first message, whose first byte tells the version."""

    BEGINNING = "beginning"
    REQUEST4 = "request of version 4"
    INITIAL_REQUEST = "methods"
    PASSWORD_REQUEST = "password"  # noqa: S105  # the name of a message
    REQUEST5 = "request of version 5"
    RESPONSE4 = "answer of version 4"
    INITIAL_RESPONSE = "method"
    PASSWORD_RESPONSE = "answer to a password"  # noqa: S105  # as above
    RESPONSE5 = "answer of version 5"


def _read_beginning(data: bytes) -> Any:  # Any: as below
    if data[0] == 4:
        return read_request4(data)
    if data[0] == 5:
        return read_initial_request(data)
    raise CorruptedFrameError(f"SOCKS version {data[0]}, allowed is 4 and 5")


# Any: a message or None, and where it ends
_READERS: Final[dict[SocksPart, Callable[[bytes], Any]]] = {
    SocksPart.BEGINNING: _read_beginning,
    SocksPart.REQUEST4: read_request4,
    SocksPart.INITIAL_REQUEST: read_initial_request,
    SocksPart.PASSWORD_REQUEST: read_password_request,
    SocksPart.REQUEST5: read_request5,
    SocksPart.RESPONSE4: read_response4,
    SocksPart.INITIAL_RESPONSE: read_initial_response,
    SocksPart.PASSWORD_RESPONSE: read_password_response,
    SocksPart.RESPONSE5: read_response5,
}


@final
class SocksReader(FrameReader):
    """Reads what is *expected*, again and again, until something else is; with *once*, one message for each `expect`, so that what stands
    behind an answer is nobody's yet. An error ends the stream.
    """

    def __init__(self, expected: SocksPart | None = SocksPart.BEGINNING, *, once: bool = False) -> None:
        super().__init__()
        self._kept = b""
        self._read = None if expected is None else _READERS[expected]
        self._once = once
        self._is_lost = False

    def expect(self, part: SocksPart) -> None:
        """Read *part* next."""
        self._read = _READERS[part]

    def feed(self, data: bytes) -> None:
        # Messages are short and few: joining costs little.
        if not self._is_lost:
            self._kept = self._kept + data if self._kept else data

    def next_frame(self) -> Any:  # Any: as in the base
        """The next message, or None if more bytes are needed; raises `CorruptedFrameError` or `TooLongFrameError`."""
        read = self._read
        if not self._kept or read is None:
            return None
        try:
            message, end = read(self._kept)
        except (CorruptedFrameError, TooLongFrameError):
            self._kept, self._is_lost = b"", True
            raise
        if message is not None:
            self._kept = self._kept[end:]
            if self._once:
                self._read = None
        return message

    def unread(self) -> bytes:
        rest, self._kept = self._kept, b""
        return rest

    def is_between_frames(self) -> bool:
        return not self._kept

    def held_bytes(self) -> int:
        return len(self._kept)
