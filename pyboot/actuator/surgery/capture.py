"""Capture: what passes a place in pipelines, kept for one reader, who may be slow; the peers never wait for it.

The law of a capture. It keeps at most `ROOM` pieces that were not read yet. What comes while it is full is left out and counted, and the
reader is told how much that was, so no gap is silent. It ends behind *limit* pieces, or when it is closed; what is kept is read to the end.
"""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable
from datetime import UTC, datetime
from threading import Lock
from typing import Any, Final, final

from pyboot.components.netty import ChannelHandler, ChannelHandlerContext
from pyboot.components.netty.buffer.message import bytes_of
from pyboot.components.netty.channel.promise import ChannelPromise

ROOM: Final = 1000
SHOWN: Final = 1000
"""So many characters of a message are shown at most."""


@final
class Capture[T]:
    """Pieces from the loops of channels for one reader on the loop it was made on."""

    def __init__(self, limit: int) -> None:
        """Begin with none; it ends behind *limit* pieces."""
        self._loop = asyncio.get_running_loop()
        self._news = asyncio.Event()
        self._lock = Lock()
        self._kept = deque[T]()
        self._left = limit
        self._is_open = True
        self.dropped = 0

    def put(self, piece: T) -> None:
        """Keep *piece*, or count it. In any thread."""
        with self._lock:
            if not self._is_open:
                return
            if len(self._kept) >= ROOM:
                self.dropped += 1
                return
            self._kept.append(piece)
            self._left -= 1
            if self._left <= 0:
                self._is_open = False
            if len(self._kept) > 1 and self._is_open:
                return  # the reader knows
        self._tell()

    def close(self) -> None:
        """End it. In any thread."""
        with self._lock:
            self._is_open = False
        self._tell()

    def _tell(self) -> None:
        try:
            self._loop.call_soon_threadsafe(self._news.set)
        except RuntimeError:  # the application has ended, and its reader with it
            return

    async def read(self, beat: float | None = None) -> AsyncIterator[T | None]:
        """Iterate over the pieces as they come, until the end; None where none has come for *beat* seconds."""
        while True:
            self._news.clear()
            with self._lock:
                kept, self._kept = self._kept, deque[T]()
                is_open = self._is_open
            for piece in kept:
                yield piece
            if not kept:
                if not is_open:
                    return
                try:
                    async with asyncio.timeout(beat):
                        await self._news.wait()
                except TimeoutError:
                    yield None


@final
class CapturingHandler(ChannelHandler[Any]):
    """Shows what passes it to a capture, and changes nothing."""

    def __init__(self, capture: Capture[dict[str, Any]], server: str) -> None:
        """Take the *capture*, and the name of the *server* whose connection this is."""
        self._capture = capture
        self._server = server

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any, /) -> Awaitable[None] | None:
        """A message comes in."""
        self._show(ctx, "in", "channel_read", msg)
        return ctx.fire_channel_read(msg)

    def write(self, ctx: ChannelHandlerContext, msg: Any, promise: ChannelPromise | None, /) -> Awaitable[None] | None:
        """A message goes out."""
        self._show(ctx, "out", "write", msg)
        return ctx.write(msg, promise)

    def user_event_triggered(self, ctx: ChannelHandlerContext, event: object, /) -> Awaitable[None] | None:
        """An event."""
        self._show(ctx, "in", "user_event_triggered", event)
        return ctx.fire_user_event_triggered(event)

    def exception_caught(self, ctx: ChannelHandlerContext, error: Exception, /) -> Awaitable[None] | None:
        """An error."""
        self._show(ctx, "in", "exception_caught", error)
        return ctx.fire_exception_caught(error)

    def channel_inactive(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        """The end."""
        self._show(ctx, "in", "channel_inactive", None)
        return ctx.fire_channel_inactive()

    def _show(self, ctx: ChannelHandlerContext, direction: str, event: str, what: object) -> None:
        data = bytes_of(what)
        text = "" if what is None else (repr(what) if data is None else repr(bytes(data[:SHOWN])))
        self._capture.put(
            {
                "time": datetime.fromtimestamp(time.time(), UTC),
                "channel": ctx.channel.id,
                "server": self._server,
                "direction": direction,
                "event": event,
                "size": None if data is None else len(data),
                "text": text if len(text) <= SHOWN else f"{text[:SHOWN]}…",
            }
        )


@final
class Sink:
    """A binary file for capture files that keeps nothing: each block is a piece of a capture."""

    def __init__(self, capture: Capture[bytes]) -> None:
        """Take the *capture*."""
        self._capture = capture

    def write(self, data: bytes) -> int:
        """Pass a block on."""
        self._capture.put(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Nothing waits here."""
