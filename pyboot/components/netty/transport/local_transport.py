"""The two ends of a connection inside a process, each a transport of its loop, which may run in another thread than the other's.

Theory of operation. An end talks to the other one by calls that it leaves with the other's loop, and so do answers come back: the calls
of one thread are made in their order, so nothing overtakes and nothing is locked. Bytes that were sent and are not handed on yet have
`_ROOM`; what is more waits with the sender, whose protocol is told as by any transport. What is handed on is told back, and makes
room. So a reader that pauses stops the writer, and a turn of the loop hands on no more than the room is.

What a peer that is gone means is as over a socket, but found at once, reading or not: its orderly end comes behind the bytes, and at
once where none are left; its reset drops them unless they are being read, and so does writing to an end that has closed.
"""

from __future__ import annotations

import asyncio
import errno
import os
from collections import deque
from collections.abc import Callable
from enum import IntEnum
from typing import Any, Final, final

__all__ = ["LocalTransport"]

_ROOM: Final = 64 * 1024


class _Side(IntEnum):
    """The state of one direction of an end."""

    OPEN = 0
    ENDING = 1  # its end stands behind bytes that wait
    ENDED = 2


class _Life(IntEnum):
    OPEN = 0
    CLOSING = 1  # what waits to be sent is still sent
    OVER = 2


@final
class LocalTransport(asyncio.Transport):
    """One end on *loop*, with its own address and the other's; `join` gives it the other end, `begin` its protocol."""

    def __init__(self, loop: asyncio.AbstractEventLoop, local: object, remote: object) -> None:
        super().__init__({"sockname": local, "peername": remote})
        self._loop = loop
        self._other: LocalTransport = self
        self._protocol: Any = None  # Any: one by its methods
        self._life = _Life.OPEN
        self._room = _ROOM
        self._waiting: deque[bytes] = deque()
        self._output = _Side.OPEN
        self._inbox: list[bytes] = []
        self._input = _Side.OPEN
        self._is_reading = True
        self._is_due = False

    def join(self, other: LocalTransport) -> None:
        """Set *other* as the other end of this one."""
        self._other = other

    def begin(self, protocol: Any) -> None:
        """Carry *protocol*. On its loop."""
        self._protocol = protocol
        protocol.connection_made(self)

    # What the protocol asks for.

    def get_protocol(self) -> Any:
        return self._protocol

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        self._protocol = protocol

    def is_closing(self) -> bool:
        return self._life is not _Life.OPEN

    def is_reading(self) -> bool:
        return self._is_reading

    def pause_reading(self) -> None:
        self._is_reading = False

    def resume_reading(self) -> None:
        self._is_reading = True
        self._deliver_soon()

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """Do nothing: the protocol is told of everything that has to wait."""

    def get_write_buffer_size(self) -> int:
        return sum(map(len, self._waiting))

    def write(self, data: bytes | bytearray | memoryview[Any]) -> None:
        if self._life is not _Life.OPEN or self._output is not _Side.OPEN or not data:
            return
        had_room = not self._waiting
        self._waiting.append(bytes(data))  # its own: it is read in another thread, perhaps, and later
        if had_room:
            self._send()
            if self._waiting:
                self._protocol.pause_writing()

    def can_write_eof(self) -> bool:
        return True

    def write_eof(self) -> None:
        if self._output is _Side.OPEN:
            self._output = _Side.ENDING
            self._send()

    def close(self) -> None:
        if self._life is _Life.OPEN:
            self._life = _Life.CLOSING
            self.write_eof()
            self._send()

    def abort(self) -> None:
        if self._life is not _Life.OVER:
            self._tell(self._other.peer_reset)
            self._end(None)

    # Sending.

    def _send(self) -> None:
        """Send what waits as far as there is room, then our end where it is wanted."""
        waiting = self._waiting
        while waiting and self._room:
            piece = waiting.popleft()
            if len(piece) > self._room:
                waiting.appendleft(piece[self._room :])
                piece = piece[: self._room]
            self._room -= len(piece)
            self._tell(self._other.take, piece)
        if waiting:
            return
        if self._output is _Side.ENDING:
            self._output = _Side.ENDED
            self._tell(self._other.peer_ended)
        if self._life is _Life.CLOSING:
            self._end(None)

    def taken(self, size: int) -> None:
        """Note that the other end has handed on so many bytes."""
        self._room += size
        if not self._waiting or self._life is _Life.OVER:
            return
        self._send()
        if not self._waiting and self._life is _Life.OPEN:
            self._protocol.resume_writing()

    def _tell(self, call: Callable[..., object], *arguments: object) -> None:
        loop = self._other._loop
        try:
            (loop.call_soon if loop is self._loop else loop.call_soon_threadsafe)(call, *arguments)
        except RuntimeError:  # it is closed, and the peer with it
            self.peer_reset()

    # Receiving.

    def take(self, data: bytes) -> None:
        """Take *data*, which the other end has sent."""
        if self._life is _Life.OVER:
            self._tell(self._other.peer_reset, errno.EPIPE)
        elif self._life is _Life.CLOSING:
            self._tell(self._other.taken, len(data))  # nobody reads it any more
        else:
            self._inbox.append(data)
            self._deliver_soon()

    def peer_ended(self) -> None:
        """Note that the other end sends nothing more."""
        if self._input is _Side.OPEN:
            self._input = _Side.ENDING
            self._deliver_soon()

    def peer_reset(self, number: int = errno.ECONNRESET) -> None:
        """Note that the other end is gone without an orderly end, or was when we wrote to it."""
        if self._life is _Life.OPEN and self._is_reading:
            self._hand_on()
        self._end(
            ConnectionResetError(number, os.strerror(number))
            if number == errno.ECONNRESET
            else BrokenPipeError(number, os.strerror(number))
        )

    def _deliver_soon(self) -> None:
        has_news = self._is_reading if self._inbox else self._input is _Side.ENDING
        if has_news and not self._is_due and self._life is _Life.OPEN:
            self._is_due = True
            self._loop.call_soon(self._deliver)

    def _deliver(self) -> None:
        self._is_due = False
        if self._life is _Life.OPEN and self._is_reading:
            self._hand_on()
        if self._life is _Life.OPEN and self._input is _Side.ENDING and not self._inbox:
            self._input = _Side.ENDED
            if not self._protocol.eof_received():
                self.close()

    def _hand_on(self) -> None:
        if self._inbox:
            data = b"".join(self._inbox)
            self._inbox.clear()
            self._tell(self._other.taken, len(data))
            self._protocol.data_received(data)

    # The end.

    def _end(self, error: Exception | None) -> None:
        if self._life is not _Life.OVER:
            self._life = _Life.OVER
            self._waiting.clear()
            self._inbox.clear()
            self._loop.call_soon(self._lose, error)  # never from inside a call of the protocol: asyncio's rule for transports

    def _lose(self, error: Exception | None) -> None:
        self._protocol.connection_lost(error)
