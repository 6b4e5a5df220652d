"""PausedProtocol: what a fresh connection brings before its channel wants to read.

uvloop reads once a connection is made, whatever was said to its transport while it was being made. A channel without
`auto_read` must get nothing that it did not ask for, so this stands in its place until it asks.

Law: what is held was received, so it comes before anything that is told of the peer: its end waits until it has been read, its reset
too, though not longer than the close timeout (see `watching`, which asks here before it believes the kernel). The same where a write of
ours has met the error, and the transport is gone: what was written has failed and what is written fails, and what is held can be read.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, final

from .half_close import output_lost

if TYPE_CHECKING:
    from .tcp import SocketChannel

__all__ = ["PausedProtocol"]


@final
class PausedProtocol(asyncio.Protocol):
    """The protocol of *transport* in place of *channel*, until `release`."""

    def __init__(self, channel: SocketChannel, transport: Any) -> None:
        self._channel: Any = channel  # Any: called as a protocol
        self._transport = transport  # Any: asyncio's or uvloop's, whose types have no common base
        self._data = b""
        self._has_ended = False
        self._is_due = False
        self._reset: Exception | None = None
        self.is_lost = False  # the transport is gone, and the channel does not know
        self._timer: asyncio.TimerHandle | None = None
        transport.set_protocol(self)
        transport.pause_reading()

    @property
    def is_empty(self) -> bool:
        """True if no bytes wait here to be read."""
        return not self._data

    def peer_was_reset(self, error: Exception) -> None:
        """The channel fails with *error* when it has read what is held, or has not wanted to for too long."""
        if self._reset is None:
            self._reset = error
            self._timer = self._channel.loop.call_later(self._channel.config.close_timeout, self._channel.fail, error)

    def release(self) -> None:
        """The channel wants its first read: it gets what came meanwhile in the next turn of the loop, or goes on by itself."""
        if self._data or self._has_ended:
            # In the next turn: who asks for a read is in the middle of something, and expects the read after it.
            if not self._is_due:
                self._is_due = True
                self._channel.loop.call_soon(self._deliver)
        else:
            self._give_place()
            self._transport.resume_reading()

    def _deliver(self) -> None:
        self._is_due = False
        if not self._channel.is_active or not self._channel.is_reading:
            return  # it is gone, or has thought better of it
        self._give_place()
        if self._data:
            self._channel.data_received(self._data)
        if self.is_lost:
            self._channel.connection_lost(self._reset)
        elif self._reset is not None:
            self._channel.fail(self._reset)
        elif self._has_ended:
            self._channel.eof_received()
        elif self._channel.is_reading:
            self._transport.resume_reading()

    def _give_place(self) -> None:
        self._channel.paused_protocol = None
        self._cancel_timer()
        self._transport.set_protocol(self._channel)

    def data_received(self, data: bytes) -> None:
        # Again: a transport that is told so in `connection_made`, before it has begun, begins all the same (uvloop).
        self._data += data
        self._transport.pause_reading()

    def eof_received(self) -> bool:
        if not self._data:
            return bool(self._channel.eof_received())  # nothing comes before it
        self._has_ended = True
        return True

    def pause_writing(self) -> None:
        self._channel.pause_writing()

    def resume_writing(self) -> None:
        self._channel.resume_writing()

    def _cancel_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def connection_lost(self, error: Exception | None) -> None:
        self._cancel_timer()
        if self._data and self._channel.is_active:
            self.is_lost = True
            self._reset = error if self._reset is None else self._reset
            self._timer = self._channel.loop.call_later(self._channel.config.close_timeout, self.give_up)
            self._channel.let_go()
            self._channel.run_in_context(output_lost, self._channel, error)
        else:
            self._channel.connection_lost(error)

    def give_up(self) -> None:
        """Nobody reads what is held: the channel, whose transport is gone, is told so."""
        self._give_place()
        self._channel.connection_lost(self._reset)
