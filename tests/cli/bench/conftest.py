"""Servers that answer rightly or wrongly, for the load generators to judge."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest

Handle = Callable[[socket.socket], None]


class Misbehaving:
    """A server on a free port of the loopback; *handle* serves each connection in a thread and is closed for it."""

    def __init__(self, handle: Handle) -> None:
        self.handle = handle
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.listening.getsockname()[1]
        self.open: list[socket.socket] = []
        self.threads = [threading.Thread(target=self._accept)]
        self.threads[0].start()

    def stop(self) -> None:
        """Close everything and wait for the threads."""
        self.listening.shutdown(socket.SHUT_RDWR)
        self.threads[0].join()
        self.listening.close()
        for one in self.open:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        for thread in self.threads:
            thread.join()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                one, _ = self.listening.accept()
                self.open.append(one)
                self.threads.append(threading.Thread(target=self._serve, args=(one,)))
                self.threads[-1].start()

    def _serve(self, one: socket.socket) -> None:
        with one, suppress(OSError):
            self.handle(one)


@pytest.fixture
def serve() -> Iterator[Callable[[Handle], int]]:
    """Start a server that treats each connection with a function; the port is returned."""
    started: list[Misbehaving] = []

    def start(handle: Handle) -> int:
        started.append(Misbehaving(handle))
        return started[-1].port

    yield start
    for server in started:
        server.stop()


def changed(change: Callable[[bytes], bytes]) -> Handle:
    """An echo that passes all it says through *change*."""

    def handle(one: socket.socket) -> None:
        while data := one.recv(65536):
            one.sendall(change(data))

    return handle


def echo(one: socket.socket) -> None:
    """An honest echo."""
    changed(bytes)(one)


def one_wrong_byte(one: socket.socket) -> None:
    """An echo whose sixth byte is off by one bit."""
    data = one.recv(65536)
    one.sendall(data[:5] + bytes([data[5] ^ 1]) + data[6:])
    echo(one)


def a_byte_lost(one: socket.socket) -> None:
    """An echo that swallows its sixth byte."""
    data = one.recv(65536)
    one.sendall(data[:5] + data[6:])
    echo(one)


def a_byte_doubled(one: socket.socket) -> None:
    """An echo that says its sixth byte twice."""
    data = one.recv(65536)
    one.sendall(data[:6] + data[5:])
    echo(one)


def early_close(one: socket.socket) -> None:
    """An echo that closes after its first answer."""
    one.sendall(one.recv(65536))
    one.shutdown(socket.SHUT_RDWR)


def short_answer(one: socket.socket) -> None:
    """An echo that keeps one byte for itself."""
    one.sendall(one.recv(65536)[:-1])
    while one.recv(65536):
        pass


def last_word(one: socket.socket) -> None:
    """An echo that says one byte more when the other side has finished."""
    echo(one)
    one.sendall(b"!")


def silence(one: socket.socket) -> None:
    """Reads and never answers."""
    while one.recv(65536):
        pass


def farewell(one: socket.socket) -> None:
    """Answers the first byte and closes."""
    one.sendall(one.recv(1))
    one.shutdown(socket.SHUT_WR)


def wrong_farewell(one: socket.socket) -> None:
    """Answers another byte and closes."""
    one.sendall(bytes([one.recv(1)[0] ^ 255]))


def wordless_farewell(one: socket.socket) -> None:
    """Closes without the answer."""
    one.recv(1)
    one.shutdown(socket.SHUT_RDWR)


def chatter(one: socket.socket) -> None:
    """Answers the first byte, then says more that nobody asked for."""
    one.sendall(one.recv(1) + b"?")
    echo(one)


FAULTS = [
    ("prefix4", one_wrong_byte, r"connection 0: byte 5 is 0x[0-9a-f]{2}, 0x[0-9a-f]{2} was sent"),
    ("stream", one_wrong_byte, r"connection 0: byte 5 is 0x[0-9a-f]{2}, 0x[0-9a-f]{2} was sent"),
    ("stream", a_byte_lost, r"connection 0: byte 5 is 0x"),
    ("stream", a_byte_doubled, r"connection 0: (65 bytes came back, only 64 were sent|byte 6 is 0x)"),
    ("prefix4", early_close, r"connection 0: (closed early, \d+ of \d+ bytes came back|(read|write) after \d+ bytes: )"),
    ("prefix4", short_answer, r"connections never got all of their answers"),
    ("stream", last_word, r"connection 0: 1 bytes too many came after the last answer"),
    ("stream", silence, r"connections never got all of their answers"),
    ("connect", wrong_farewell, r"connection 0: 0x[0-9a-f]{2} came back, 0x[0-9a-f]{2} was sent"),
    ("connect", wordless_farewell, r"connection 0: (closed before its byte came back|read)"),
    ("connect", chatter, r"connection 0: 2 bytes came back, 1 was sent"),
    ("connect", echo, r"connections were never answered and closed"),
]
