"""Holding: what a fresh connection brings before its channel wants to read.

uvloop reads once a connection is made, whatever was said to its transport while it was being made. A channel without
`auto_read` must get nothing that it did not ask for, so this stands in its place until it asks.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, final

if TYPE_CHECKING:
    from .tcp import SocketChannel

__all__ = ["Held"]


@final
class Held(asyncio.Protocol):
    """The protocol of *transport* in place of *channel*, until `release`."""

    def __init__(self, channel: SocketChannel, transport: Any) -> None:
        self._channel: Any = channel  # Any: called as a protocol
        self._transport = transport  # Any: asyncio's or uvloop's, whose types have no common base
        self._data = b""
        self._has_ended = False
        transport.set_protocol(self)
        transport.pause_reading()

    def release(self) -> None:
        """The channel wants its first read: it gets what came meanwhile, or goes on by itself."""
        self._transport.set_protocol(self._channel)
        if self._data or self._has_ended:
            self._channel.loop.call_soon(self._deliver)
        else:
            self._transport.resume_reading()

    def _deliver(self) -> None:
        if not self._channel.is_active:
            return
        if not self._channel.is_reading:  # it has thought better of it
            self._channel.held = self
            self._transport.set_protocol(self)
            return
        if self._data:
            self._channel.data_received(self._data)
        if self._has_ended:
            self._channel.eof_received()
        elif self._channel.is_reading:
            self._transport.resume_reading()

    def data_received(self, data: bytes) -> None:
        self._data += data
        self._transport.pause_reading()

    def eof_received(self) -> bool:
        self._has_ended = True
        return True

    def pause_writing(self) -> None:
        self._channel.pause_writing()

    def resume_writing(self) -> None:
        self._channel.resume_writing()

    def connection_lost(self, error: Exception | None) -> None:
        self._channel.connection_lost(error)
