"""Lingering: how a connection is closed whose peer may still be sending.

A socket that is closed while bytes wait to be read, or whose peer goes on sending, answers with a reset; and a reset takes
with it what the peer has not read yet, our last answers among it. So the own side is ended first, and what comes is read
and thrown away until the peer ends too, or the time is up. Source: nginx's ``lingering_close``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, final

__all__ = ["Discard"]


@final
class Discard(asyncio.Protocol):
    """Takes the place of a channel at its transport: throws away what comes, and closes at the peer's end or in *seconds*."""

    def __init__(self, loop: asyncio.AbstractEventLoop, transport: Any, seconds: float, lost: Callable[[Exception | None], None]) -> None:
        self._transport = transport  # Any: asyncio's or uvloop's, whose types have no common base
        self._lost = lost
        self._timer = loop.call_later(seconds, transport.close)
        transport.set_protocol(self)
        transport.write_eof()
        transport.resume_reading()

    def data_received(self, data: bytes) -> None:
        """Nobody wants it any more."""

    def eof_received(self) -> bool:
        self._transport.close()
        return False

    def connection_lost(self, error: Exception | None) -> None:
        self._timer.cancel()
        self._lost(None)  # a peer that resets now has all it wanted
