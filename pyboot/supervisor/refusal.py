"""Refusal: tells clients that nobody serves them, while code is broken: a connection that waits in a queue for a mend looks like a hang.

The supervisor does not know what is spoken on its sockets, so it looks at what a client says first. Who speaks HTTP gets the answer 503
with the reason; anybody else is closed, who says nothing after a moment. Nobody is refused while a worker is on its way.
"""

import re
import socket
from collections.abc import Iterable
from typing import Final, final

from .loop import Loop
from .timers import Timer

__all__ = ["Refusal"]

_SILENCE_SECONDS: Final = 0.25  # who speaks first does so at once; who waits for a greeting is told by the end of the connection
_LINGER_SECONDS: Final = 1.0  # for the answer to arrive: an end with unread bytes would be a reset, which throws it away
_ACCEPTS_PER_TURN: Final = 16
_MOST_BYTES: Final = 65536
_REQUEST: Final = re.compile(rb"[A-Z]{1,32} [^ \r\n]+ HTTP/1\.[01]\r?\n")


@final
class Refusal:
    """Accepts and closes, between `begin` and `end`."""

    def __init__(self, loop: Loop) -> None:
        """Refuse nobody for the time being."""
        self._loop = loop
        self._sockets: list[socket.socket] = []
        self._clients: dict[socket.socket, Timer] = {}
        self._reason = ""

    def begin(self, sockets: Iterable[socket.socket], reason: str) -> None:
        """Refuse who comes to those of *sockets* that listen, for a *reason* of one line."""
        self.end()
        self._reason = reason
        for sock in sockets:
            if sock.type == socket.SOCK_STREAM and sock.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
                sock.setblocking(False)  # shared with nobody at the moment, and so wants any loop that gets it
                self._sockets.append(sock)
                self._loop.hear(sock, lambda sock=sock: self._accept(sock))  # type: ignore[misc]  # the default of a lambda has no type

    def end(self) -> None:
        """Accept nobody from here on; who was accepted is still told."""
        for sock in self._sockets:
            self._loop.forget(sock)
        self._sockets.clear()

    def close(self) -> None:
        """End with everybody at once."""
        self.end()
        for client in list(self._clients):
            self._close(client)

    def _accept(self, sock: socket.socket) -> None:
        for _ in range(_ACCEPTS_PER_TURN):
            try:
                client, _ = sock.accept()
            except OSError:  # nobody is left, or who came is gone
                return
            client.setblocking(False)
            self._clients[client] = self._loop.later(_SILENCE_SECONDS, lambda client=client: self._close(client))  # type: ignore[misc]
            self._loop.hear(client, lambda client=client: self._listen(client))  # type: ignore[misc]

    def _listen(self, client: socket.socket) -> None:
        """Read what a client says first, and answer it if that is a request over HTTP."""
        try:
            data = client.recv(_MOST_BYTES)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not _REQUEST.match(data):
            self._close(client)
            return
        self._loop.forget(client)
        self._loop.hear(client, lambda: self._drain(client))
        self._clients[client].cancel()
        self._clients[client] = self._loop.later(_LINGER_SECONDS, lambda: self._close(client))
        try:
            client.send(_response(self._reason, is_head=data.startswith(b"HEAD ")))
            client.shutdown(socket.SHUT_WR)
        except OSError:
            self._close(client)

    def _drain(self, client: socket.socket) -> None:
        """Throw away what else it says, until it has closed as well."""
        try:
            if client.recv(_MOST_BYTES):
                return
        except BlockingIOError:
            return
        except OSError:
            pass
        self._close(client)

    def _close(self, client: socket.socket) -> None:
        self._clients.pop(client).cancel()
        self._loop.forget(client)
        client.close()


def _response(reason: str, *, is_head: bool) -> bytes:
    """Return a whole response of HTTP/1.1 (RFC 9110 15.6.4)."""
    body = f"503 Service Unavailable: the application does not run.\n\n{reason}\n".encode()
    head = (
        "HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain; charset=utf-8\r\n"
        f"Content-Length: {len(body)}\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + (b"" if is_head else body)
