"""What clients are told while nobody serves."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from pyboot.supervisor.loop import Loop
from pyboot.supervisor.refusal import Refusal


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """A socket that listens, beside one of datagrams and one that only is bound, which are left alone."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        yield listening


@contextmanager
def refusing(*sockets: socket.socket) -> Iterator[Refusal]:
    """Refuse, on a loop in a thread."""
    over = False
    with Loop() as loop:
        refusal = Refusal(loop)
        refusal.begin(sockets, "app.py:1 is wrong")

        def turn() -> None:
            if not over:
                loop.later(0.01, turn)

        turn()

        def run() -> None:
            while not over:
                loop.turn(lambda: None)

        thread = threading.Thread(target=run)
        thread.start()
        yield refusal
        over = True
        thread.join()
        refusal.close()


def told(listener: socket.socket, said: bytes) -> bytes:
    """Connect, say something, and return what comes until the end."""
    with socket.create_connection(listener.getsockname(), timeout=10) as client:
        if said:
            client.sendall(said)
        return b"".join(iter(lambda: client.recv(4096), b""))


def test_a_request_of_http_is_answered_with_the_reason(listener: socket.socket) -> None:
    """As plain text, and the connection is closed."""
    body = b"503 Service Unavailable: the application does not run.\n\napp.py:1 is wrong\n"
    with refusing(listener):
        head, _, rest = told(listener, b"POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc").partition(b"\r\n\r\n")
        without = told(listener, b"HEAD / HTTP/1.1\r\nHost: a\r\n\r\n")

    assert body == rest
    assert (
        b"HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain; charset=utf-8\r\n"
        b"Content-Length: 74\r\nCache-Control: no-store\r\nConnection: close"
    ) == head
    assert head + b"\r\n\r\n" == without


@pytest.mark.parametrize("said", [b"", b"hello\n", b"\x16\x03\x01", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"G"])
def test_anybody_else_is_closed_at_once_who_says_nothing_after_a_moment(listener: socket.socket, said: bytes) -> None:
    """The end says it: what is spoken is not known."""
    with refusing(listener):
        assert b"" == told(listener, said)


def test_sockets_that_do_not_listen_are_left_alone() -> None:
    """One that is only bound would wake the loop for ever, and datagrams have nobody to tell."""
    with socket.socket() as bound, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams, Loop() as loop:
        bound.bind(("127.0.0.1", 0))
        datagrams.bind(("127.0.0.1", 0))
        refusal = Refusal(loop)
        refusal.begin([bound, datagrams], "")
        turns: list[int] = []
        loop.later(0.0, lambda: turns.append(1))
        loop.turn(lambda: None)
        refusal.close()

    assert [1] == turns


def test_who_comes_after_the_end_waits_for_the_next_worker(listener: socket.socket) -> None:
    """In the queue of the socket, which stays open."""
    with Loop() as loop:
        refusal = Refusal(loop)
        refusal.begin([listener], "")
        refusal.end()
        with socket.create_connection(listener.getsockname(), timeout=10) as client:
            loop.later(0.0, lambda: None)
            loop.turn(lambda: None)
            served, _ = listener.accept()
            with served:
                served.sendall(b"hello")
            assert b"hello" == client.recv(5)
