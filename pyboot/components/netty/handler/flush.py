"""FlushConsolidationHandler: one flush to the network for many that handlers ask for. Source: Netty's class of that name.

A flush is a system call. One that is held back costs its messages nothing as long as something is sure to come that lets it go: the end of
the read, or, outside of reads, the next turn of the loop. Law: nothing is held back past a moment at which that might not come any
more, an error, a close or a removal, nor while somebody waits for room that only a flush can make.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any

from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.components.netty.channel.promise import DONE, ChannelPromise

if TYPE_CHECKING:
    from pyboot.components.netty.channel.context import ChannelHandlerContext

__all__ = ["FlushConsolidationHandler"]


class FlushConsolidationHandler(ChannelHandler[Any]):
    """Holds flushes back while a read is under way, and does one at its end; put it first in the pipeline.

    Args:
        explicit_flush_after_flushes: how many flushes are held back at most, 256 by default; raises ValueError for less than 1.
        consolidate_when_no_read_in_progress: hold flushes back outside of reads too, until the loop has done what is due.

    Nothing is held back across an error, a close, a removal, or the channel turning unwritable.
    """

    def __init__(self, explicit_flush_after_flushes: int = 256, consolidate_when_no_read_in_progress: bool = False) -> None:
        if explicit_flush_after_flushes < 1:
            raise ValueError(f"explicit_flush_after_flushes {explicit_flush_after_flushes}, must be at least 1")
        self._limit = explicit_flush_after_flushes
        self._outside_reads = consolidate_when_no_read_in_progress
        self._pending_flushes = 0
        self._is_reading = False
        self._scheduled: asyncio.Handle | None = None

    def flush(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        if not self._is_reading and not self._outside_reads:
            return self._flush_now(ctx)
        self._pending_flushes += 1
        if self._pending_flushes >= self._limit:
            return self._flush_now(ctx)
        if not self._is_reading and self._scheduled is None:
            self._scheduled = ctx.channel.loop.call_soon(self._flush_if_needed, ctx)
        return None

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any, /) -> Awaitable[None] | None:
        self._is_reading = True
        return ctx.fire_channel_read(msg)

    def channel_read_complete(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        # The next handlers first: what they flush at the end of a read belongs to it.
        fired = ctx.fire_channel_read_complete()
        self._end_read(ctx)
        return fired

    def exception_caught(self, ctx: ChannelHandlerContext, error: Exception, /) -> Awaitable[None] | None:
        self._end_read(ctx)
        return ctx.fire_exception_caught(error)

    def channel_writability_changed(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        # Whoever writes waits for room now, and what was held back here has it.
        if not ctx.channel.is_writable:
            self._flush_if_needed(ctx)
        return ctx.fire_channel_writability_changed()

    def close(self, ctx: ChannelHandlerContext, promise: ChannelPromise, /) -> Awaitable[None] | None:
        self._end_read(ctx)
        return ctx.close(promise)

    def disconnect(self, ctx: ChannelHandlerContext, promise: ChannelPromise, /) -> Awaitable[None] | None:
        self._end_read(ctx)
        return ctx.disconnect(promise)

    def handler_removed(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        self._flush_if_needed(ctx)
        return None

    def _end_read(self, ctx: ChannelHandlerContext) -> None:
        self._is_reading = False
        self._flush_if_needed(ctx)

    def _flush_if_needed(self, ctx: ChannelHandlerContext) -> None:
        if self._pending_flushes > 0:
            self._flush_now(ctx)

    def _flush_now(self, ctx: ChannelHandlerContext) -> Awaitable[None]:
        self._pending_flushes = 0
        if self._scheduled is not None:
            self._scheduled.cancel()
            self._scheduled = None
        return ctx.flush() if ctx.channel.is_open else DONE
