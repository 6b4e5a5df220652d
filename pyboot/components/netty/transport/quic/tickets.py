"""SessionTickets: what a server remembers of sessions that may be resumed, where early data is allowed."""

from __future__ import annotations

from typing import Final, final

from aioquic.tls import SessionTicket

__all__ = ["SessionTickets"]

_KEPT: Final = 4096


@final
class SessionTickets:
    """The tickets of one server, in memory, each for one use: early data that is played back finds no session (RFC 8446 8.1).

    Past a number of them the oldest goes; its client makes a full handshake, which is no loss but of time.
    """

    def __init__(self) -> None:
        self._tickets: dict[bytes, SessionTicket] = {}

    def keep(self, ticket: SessionTicket) -> None:
        """Remember *ticket*, which a client has been given."""
        self._tickets[ticket.ticket] = ticket
        if len(self._tickets) > _KEPT:
            del self._tickets[next(iter(self._tickets))]

    def take(self, label: bytes) -> SessionTicket | None:
        """Return the ticket that a client shows, and forget it."""
        return self._tickets.pop(label, None)
