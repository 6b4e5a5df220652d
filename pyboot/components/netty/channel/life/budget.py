"""Budget: what may be done between two turns of the loop, stated once for all who could go on without waiting.

Law: **a loop always turns.** Nobody whom a peer, a reader or a neighbour can keep busy for ever makes more than `TURN_CALLS` calls or
hands on more than `TURN_BYTES` bytes before the loop has its turn, in which everybody else is served. It holds for

- everything of a channel that is awaited and is over at once, writes, reads, events, promises (`writability`, `promise`): each counts as a
  call, and what the network took meanwhile as bytes; with the budget spent, awaiting one waits in the row;
- messages that decoders make of one read: with the budget spent, or the mailbox of a coroutine handler full, the rest waits for a
  later turn, before anything more is read (`pausing`);
- events that waited in a mailbox (`mailbox`): with the budget spent, the next ones wait in the row;
- what handlers write because something was written: water marks, promises, `channel_write_complete` (`writing`);
- connections that are accepted, datagrams that are read, chunks that are written, channels that a pool lends.

A channel counts for itself (`turn_calls`, `turn_bytes`) and begins anew whenever the loop calls it. Those that have more to do than that
stand in one row for each loop (`Turns`), and one budget a turn is spent on all of them: the loud wait for each other, and a quiet one
waits for one budget however many they are, channels, handlers, or tasks that write to one channel. The number: small calls cost about a
microsecond, so the quiet wait well under a millisecond of ours; a turn of the loop costs about as much as five small calls, so a stream
pays two per cent for it.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Final, final

__all__ = ["TURN_BYTES", "TURN_CALLS", "Turns"]

# Between two turns of the loop.
TURN_CALLS: Final = 256
TURN_BYTES: Final = 256 * 1024


@final
class Turns:
    """Those of one loop who have spent their turn and go on in a later one, in the order they came."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._row: deque[Callable[[], int]] = deque()
        self._is_due = False

    def later(self, go_on: Callable[[], int]) -> None:
        """Call *go_on* in a later turn of the loop; it tells how many calls it made."""
        self._row.append(go_on)
        self._make_due()

    def place(self) -> asyncio.Future[None]:
        """A place in the row for a task that is to spend a budget of its own: wait for this future, once."""
        turn = self._loop.create_future()

        def come() -> int:
            if turn.done():
                return 0  # cancelled: it wants no turn any more
            turn.set_result(None)
            return TURN_CALLS  # it runs when this turn is over; what it will spend is not known yet

        self.later(come)
        return turn

    def _make_due(self) -> None:
        if self._row and not self._is_due:
            self._is_due = True
            self._loop.call_soon(self._turn)

    def _turn(self) -> None:
        spent = 0
        try:
            for _ in range(len(self._row)):  # who comes back is for the next turn
                spent += 1 + self._row.popleft()()  # one for the call itself, or a row of those with nothing to do would be free
                if spent >= TURN_CALLS:
                    break
        finally:
            # Also when one raises: the others are in the row still, and nobody else would ask for a turn.
            self._is_due = False
            self._make_due()
