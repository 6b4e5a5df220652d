"""IncomingContent: the content of one response between the connection that brings it and whoever takes it.

A slow taker stops the peer: from *high water* bytes on nothing is read from the network, until half of them are taken. What is kept is
never more than that and one read. The end resumes reading, for then nothing that could come is this response's.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import final

from pyboot.components.netty.channel.channel import Channel
from pyboot.components.netty.wire.http.headers import HttpHeaders

__all__ = ["IncomingContent"]


@final
class IncomingContent:
    """A queue of pieces with an end, which may be an error; one takes, on the channel's loop."""

    __slots__ = ("_channel", "_error", "_is_paused", "_news", "_pieces", "_size", "_water", "is_over", "trailers")

    def __init__(self, channel: Channel, high_water_bytes: int) -> None:
        self.is_over = False
        self.trailers: HttpHeaders | None = None
        self._channel = channel
        self._water = high_water_bytes
        self._pieces: deque[bytes] = deque()
        self._size = 0
        self._is_paused = False
        self._error: Exception | None = None
        self._news: asyncio.Future[None] | None = None

    # The connection.

    def put(self, piece: bytes) -> None:
        """One more piece has come."""
        if not piece or self.is_over:
            return
        self._pieces.append(piece)
        self._size += len(piece)
        if self._size >= self._water and not self._is_paused:
            self._is_paused = True
            self._channel.pause_reading()
        self._wake()

    def end(self, trailers: HttpHeaders | None = None, error: Exception | None = None) -> None:
        """Nothing more comes; *error* is raised behind what came."""
        if self.is_over:
            return
        self.is_over = True
        self.trailers = trailers
        self._error = error
        self._resume()
        self._wake()

    # The taker.

    def take_nowait(self) -> bytes | None:
        """The next piece; None where there is none now."""
        if not self._pieces:
            return None
        piece = self._pieces.popleft()
        self._size -= len(piece)
        if self._size <= self._water // 2:
            self._resume()
        return piece

    def take_all(self) -> bytes:
        """All pieces that are here."""
        joined = self._pieces[0] if len(self._pieces) == 1 else b"".join(self._pieces)
        self._pieces.clear()
        self._size = 0
        self._resume()
        return joined

    def check(self) -> None:
        """Raise the error that the content ended with, if it did, behind its last piece."""
        if self._error is not None and not self._pieces:
            raise self._error

    async def wait(self) -> None:
        """Wait for a piece or the end. If cancelled, nothing is lost."""
        if self._pieces or self.is_over:
            return
        self._news = asyncio.get_running_loop().create_future()
        try:
            await self._news
        finally:
            self._news = None

    def _wake(self) -> None:
        if self._news is not None and not self._news.done():
            self._news.set_result(None)

    def _resume(self) -> None:
        if self._is_paused:
            self._is_paused = False
            self._channel.resume_reading()
