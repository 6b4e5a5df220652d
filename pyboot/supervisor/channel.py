"""Channel: JSON messages between the supervisor and one worker, each with the descriptors that it tells of.

A socket of ``SOCK_SEQPACKET`` keeps the bounds of messages, carries descriptors, and ends with ``b""`` as soon as the process at the
other end is gone, whatever ended it: both sides notice by that and need no pid to ask about. Law: neither side ever waits for the other
to read; what does not fit is an error of `send`. Only the request of a worker for a socket waits, for the answer.
"""

import json
import os
import socket
from collections.abc import Sequence
from typing import Any, Final, NamedTuple, Self, final

__all__ = ["PROTOCOL", "Channel", "Message", "encoded"]

PROTOCOL: Final = 1
"""The version of the messages: supervisor and workers are of one installation, but for an upgrade in place."""

_LARGEST: Final = 200_000  # bytes of a message; about what the system takes in one piece by default
_MOST_DESCRIPTORS: Final = 16


@final
class Message(NamedTuple):
    """One message: its *kind*, its fields, and the descriptors that came with it, which its receiver has to close."""

    kind: str
    fields: dict[str, Any]  # Any: whatever JSON can say
    descriptors: tuple[int, ...] = ()


def encoded(kind: str, fields: dict[str, Any] | None = None) -> bytes:
    """Return the bytes of a message."""
    return json.dumps([kind, fields or {}], separators=(",", ":")).encode()


@final
class Channel:
    """One end of the channel."""

    __slots__ = ("_socket",)

    def __init__(self, sock: socket.socket) -> None:
        """Take over *sock*."""
        self._socket = sock

    @classmethod
    def pair(cls) -> tuple[Self, socket.socket]:
        """Return the supervisor's end, which does not block, and the socket that a worker inherits."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.setblocking(False)
        return cls(ours), theirs

    @classmethod
    def inherited(cls, descriptor: int) -> Self:
        """Return the end that this process was given as *descriptor*; no child of this process gets it."""
        sock = socket.socket(fileno=descriptor)
        sock.set_inheritable(False)
        return cls(sock)

    def fileno(self) -> int:
        """Return the descriptor, for selectors."""
        return self._socket.fileno()

    def set_blocking(self, blocking: bool) -> None:
        """Let `receive` wait for a message, or not."""
        self._socket.setblocking(blocking)

    def send(self, kind: str, fields: dict[str, Any] | None = None, descriptors: Sequence[int] = ()) -> None:
        """Send a message, whole or not at all.

        Raises:
            BlockingIOError: the other side has not read for so long that there is no room.
            OSError: it is gone.
        """
        self.send_data(encoded(kind, fields), descriptors)

    def send_data(self, data: bytes, descriptors: Sequence[int] = ()) -> None:
        """Send what `encoded` has made, as `send` does."""
        socket.send_fds(self._socket, [data], list(descriptors), socket.MSG_NOSIGNAL | socket.MSG_DONTWAIT)

    def receive(self) -> Message | None:
        """Receive a message; ``None`` once the other side is gone.

        Raises:
            BlockingIOError: there is none, where the channel does not block.
        """
        received = self.receive_data()
        if received is None:
            return None
        kind, fields = json.loads(received[0])
        return Message(kind, fields, received[1])

    def receive_data(self) -> tuple[bytes, tuple[int, ...]] | None:
        """Receive a message as it came, with its descriptors, for who passes it on as it is; as `receive` does."""
        try:
            data, descriptors, _, _ = socket.recv_fds(self._socket, _LARGEST, _MOST_DESCRIPTORS)
        except ConnectionError:
            return None
        if not data:
            return None
        for descriptor in descriptors:  # unlike what Python opens itself, these would be inherited
            os.set_inheritable(descriptor, False)
        return data, tuple(descriptors)

    def close(self) -> None:
        """Close this end, so that the other one sees the end."""
        self._socket.close()
