"""ByteCountingHandler: how much a channel, or many, has read and written.

Counts are plain numbers and no lock guards them, so one object counts for the channels of one loop.
"""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from pyboot.components.netty.buffer.message import size_of
from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.components.netty.channel.promise import ChannelPromise

if TYPE_CHECKING:
    from pyboot.components.netty.channel.context import ChannelHandlerContext

__all__ = ["ByteCountingHandler", "TrafficStatistics"]


class TrafficStatistics(NamedTuple):
    """The traffic since the handler was made: reads and writes are messages where the handler stands."""

    channels: int
    bytes_read: int
    bytes_written: int
    reads: int
    writes: int
    errors: int


class ByteCountingHandler(ChannelHandler[Any]):
    """Counts bytes and messages; one object may count for all channels of a loop. Put it first, where messages are bytes."""

    sharable: ClassVar[bool] = True

    def __init__(self) -> None:
        self._channels = self._bytes_read = self._bytes_written = self._reads = self._writes = self._errors = 0

    def statistics(self) -> TrafficStatistics:
        """The counts so far; ``channels`` are those open now."""
        return TrafficStatistics(self._channels, self._bytes_read, self._bytes_written, self._reads, self._writes, self._errors)

    def channel_active(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        self._channels += 1
        return ctx.fire_channel_active()

    def channel_inactive(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        self._channels -= 1
        return ctx.fire_channel_inactive()

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any, /) -> Awaitable[None] | None:
        self._reads += 1
        self._bytes_read += size_of(msg)
        return ctx.fire_channel_read(msg)

    def exception_caught(self, ctx: ChannelHandlerContext, error: Exception, /) -> Awaitable[None] | None:
        self._errors += 1
        return ctx.fire_exception_caught(error)

    def write(self, ctx: ChannelHandlerContext, msg: Any, promise: ChannelPromise | None, /) -> Awaitable[None] | None:
        self._writes += 1
        self._bytes_written += size_of(msg)
        return ctx.write(msg, promise)
