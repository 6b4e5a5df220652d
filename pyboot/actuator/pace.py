"""Pace: work in pieces, between which everybody else on the loop has a turn once the pieces have held it for long enough."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterable
from typing import Final, final

HELD_SECONDS: Final = 0.0005
"""So long work holds the loop until others have a turn; a piece that is begun is finished. Several who work so add up in one turn."""


@final
class Pace:
    """Knows how long one piece of work after the other has held the loop; made where the work begins."""

    def __init__(self) -> None:
        """Begin now."""
        self._since = time.perf_counter()

    @property
    def is_due(self) -> bool:
        """Whether others have waited for long enough."""
        return time.perf_counter() - self._since >= HELD_SECONDS

    async def turn(self) -> None:
        """Let all others that are ready have their turn, if it is due. If cancelled, the work ends between two pieces."""
        if self.is_due:
            await asyncio.sleep(0)
            self._since = time.perf_counter()


async def paced[T](pieces: Iterable[T]) -> AsyncIterator[T]:
    """Iterate over *pieces*, each of which is work to make, with a turn of the loop wherever one is due."""
    pace = Pace()
    for piece in pieces:
        yield piece
        await pace.turn()
