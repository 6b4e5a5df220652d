"""SessionTickets: each is taken once, and there are no more than so many."""

from types import SimpleNamespace
from typing import Any

from pyboot.components.netty.transport.quic.tickets import SessionTickets


def ticket(label: bytes) -> Any:
    """A ticket."""
    return SimpleNamespace(ticket=label)


def test_a_ticket_is_taken_once() -> None:
    """Who has heard it and plays it back finds none."""
    tickets = SessionTickets()
    tickets.keep(ticket(b"a"))

    assert b"a" == getattr(tickets.take(b"a"), "ticket", None)
    assert tickets.take(b"a") is None


def test_the_oldest_goes() -> None:
    """A server's memory has an end."""
    tickets = SessionTickets()
    for number in range(4097):
        tickets.keep(ticket(b"%d" % number))

    assert tickets.take(b"0") is None
    assert tickets.take(b"1") is not None
