"""QuicEndpoint: one UDP socket, read and written for the connections that share it.

Theory of operation. Datagrams are read some at a time for each turn of the loop, handed on one by one, and when the turn is over the owner
is told, so that a connection answers all of them at once. What the system has no room for waits in a row and leaves when there is; the row
is short, for a packet that is lost is sent again by QUIC, and one that waits for long is of no use. An error of the network belongs to an
earlier datagram: it is told to the owner, and reading goes on.
"""

from __future__ import annotations

import asyncio
import errno
import socket
from collections import deque
from collections.abc import Callable
from typing import Any, Final, final

__all__ = ["QuicEndpoint"]

_READS_PER_TURN: Final = 32
_LARGEST: Final = 65_535
_WAITING: Final = 256
_PAUSE_SECONDS: Final = 0.1


@final
class QuicEndpoint:
    """The socket *sock*, not blocking, on *loop*.

    *received* is called with each datagram and its sender, *turn_over* behind those of one turn, *failed* with an error of the network.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        sock: socket.socket,
        received: Callable[[QuicEndpoint, bytes, Any], object],
        turn_over: Callable[[], object],
        failed: Callable[[OSError], object],
    ) -> None:
        self.socket = sock
        self._loop = loop
        self._received = received
        self._turn_over = turn_over
        self._failed = failed
        self._is_connected = _has_peer(sock)
        self._waiting: deque[tuple[bytes, Any]] = deque()
        loop.add_reader(sock.fileno(), self._read)

    @property
    def local_address(self) -> Any:
        """The own end, as the socket has it."""
        return self.socket.getsockname()

    def _read(self) -> None:
        # hot path: once for each turn in which datagrams have come.
        receive, sock = self.socket.recvfrom, self.socket
        failure: OSError | None = None
        try:
            for _ in range(_READS_PER_TURN):
                data, sender = receive(_LARGEST)
                self._received(self, data, sender)
                if sock.fileno() < 0:  # closed by what has come
                    return
        except (BlockingIOError, InterruptedError):
            pass
        except OSError as error:  # an earlier datagram found nobody: ICMP
            failure = error
        self._turn_over()
        if failure is not None:
            self._rest()
            self._failed(failure)

    def _rest(self) -> None:
        """Leave the socket alone for a moment: whatever it is, it shall not keep the loop busy."""
        if self.socket.fileno() >= 0:
            self._loop.remove_reader(self.socket.fileno())
            self._loop.call_later(_PAUSE_SECONDS, self._go_on)

    def _go_on(self) -> None:
        if self.socket.fileno() >= 0:
            self._loop.add_reader(self.socket.fileno(), self._read)

    def send(self, data: bytes, address: Any) -> None:
        """Send *data* to *address*, now or when there is room; past a short row of those that wait it is lost, as on any way."""
        # hot path: once for each packet.
        if self._waiting:
            if len(self._waiting) < _WAITING:
                self._waiting.append((data, address))
            return
        if not self._try(data, address):
            self._waiting.append((data, address))
            self._loop.add_writer(self.socket.fileno(), self._send_waiting)

    def _try(self, data: bytes, address: Any) -> bool:
        """Send; False if there is no room at the moment."""
        try:
            if self._is_connected:
                self.socket.send(data)
            else:
                self.socket.sendto(data, address)
        except (BlockingIOError, InterruptedError):
            return False
        except OSError as error:
            if error.errno == errno.ENOBUFS:
                return False
            if self.socket.fileno() >= 0:
                self._loop.call_soon(self._failed, error)  # never from inside of who sends
        return True

    def _send_waiting(self) -> None:
        while self._waiting:
            if not self._try(*self._waiting[0]):
                return
            self._waiting.popleft()
        self._loop.remove_writer(self.socket.fileno())

    def hand_over(self, received: Callable[[int], object]) -> None:
        """Tell nobody of anything from here on but *received* of the size of each datagram, until it is closed, or its loop is."""
        if self.socket.fileno() >= 0:
            self.socket = _Leftover(self.socket.family, self.socket.type, self.socket.proto, self.socket.detach())
        self._received = lambda endpoint, data, sender: received(len(data))
        self._turn_over = _nothing
        self._failed = _nothing

    def close(self) -> None:
        """Close the socket; what waits is lost. Harmless again."""
        descriptor = self.socket.fileno()
        if descriptor >= 0:
            self._loop.remove_reader(descriptor)
            self._loop.remove_writer(descriptor)
            self.socket.close()
        self._waiting.clear()


class _Leftover(socket.socket):
    """A socket that nobody waits for: where the loop is closed before its timer rings, it goes without Python's warning."""

    def __del__(self) -> None:
        self.close()


def _nothing(_error: OSError | None = None) -> None:
    """Tell nobody."""


def _has_peer(sock: socket.socket) -> bool:
    try:
        sock.getpeername()
    except OSError:
        return False
    return True
