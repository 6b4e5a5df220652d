"""Linger: how a connection is closed whose peer may still be sending.

A socket that is closed while bytes wait to be read, or whose peer goes on sending, answers with a reset; and a reset takes
with it what the peer has not read yet, our last answers among it. So the own side is ended first, and what comes is read
and thrown away until the peer ends too, or stops, or the time is up. Source: nginx's ``lingering_close``, which is
what ``SO_LINGER`` promises and, on a socket that does not block, does not do.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Final, final

from pyboot.components.netty.channel.life.deadline import Deadline

from .half_close import send_end

__all__ = ["Linger"]


# A peer that has sent nothing for this long is taken to have stopped: about a round trip around the world.
_QUIET_SECONDS: Final = 0.25


@final
class Linger(asyncio.Protocol):
    """Takes the place of a channel at its transport and throws away what comes.

    It closes when the peer ends, when nothing came for a quarter of a second, and at the latest after *seconds*.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, transport: Any, seconds: float, lost: Callable[[Exception | None], None]) -> None:
        self._loop = loop
        self._transport = transport  # Any: asyncio's or uvloop's, whose types have no common base
        self._lost = lost
        self._deadline = loop.time() + seconds
        self._is_quiet = False
        self._timer: asyncio.Handle | Deadline = loop.call_soon(self._look)
        # First the protocol, then the end: the answer to it is to come here, and no more to the channel.
        transport.set_protocol(self)
        if send_end(transport) is None:
            transport.resume_reading()
        else:
            transport.abort()

    def _look(self) -> None:
        left = self._deadline - self._loop.time()
        if self._is_quiet or left <= 0:
            self._transport.close()
        else:
            self._is_quiet = True
            self._timer = Deadline(self._loop, min(left, _QUIET_SECONDS), self._look)

    def data_received(self, data: bytes) -> None:
        """Throw *data* away, since no handler wants it any more."""
        self._is_quiet = False

    def eof_received(self) -> bool:
        self._transport.close()
        return False

    def connection_lost(self, error: Exception | None) -> None:
        self._timer.cancel()
        self._lost(None)  # a peer that resets now has all it wanted
