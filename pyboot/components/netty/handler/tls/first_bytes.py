"""FirstBytesHandler: stands where an `SslHandler` will, until the first bytes of the peer tell which one, or that there will be none.

What handlers write meanwhile is kept: it must not leave in clear, nor before it is known how it is to leave. When the place is
taken, the writes and then the bytes that came flow into what has taken it.
"""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any

from pyboot.components.netty.buffer.byte_buffer import ByteBuffer
from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.components.netty.channel.promise import ChannelPromise
from pyboot.components.netty.errors import ClosedChannelError

from .pending import PendingWrites

if TYPE_CHECKING:
    from pyboot.components.netty.channel.context import ChannelHandlerContext

__all__ = ["FirstBytesHandler"]


class FirstBytesHandler(ChannelHandler[Any]):
    """Keeps writes; a subclass looks at what comes in, and calls `give_way` once."""

    def __init__(self) -> None:
        self._writes = PendingWrites()
        self._is_over = False

    def write(self, ctx: ChannelHandlerContext, msg: Any, promise: ChannelPromise | None, /) -> Awaitable[None] | None:
        if self._is_over:
            return ctx.write(msg, promise)
        return self._writes.add(ctx, msg, promise)

    def flush(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        self._writes.mark_flushed()
        return ctx.flush()

    def close(self, ctx: ChannelHandlerContext, promise: ChannelPromise, /) -> Awaitable[None] | None:
        self._writes.fail(ctx.channel, ClosedChannelError(f"{ctx.channel!r} was closed before TLS began"))
        return ctx.close(promise)

    def handler_removed(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        self._writes.fail(ctx.channel, ClosedChannelError(f"{type(self).__name__} was removed before TLS began"))
        return None

    def give_way(self, ctx: ChannelHandlerContext, successor: ChannelHandler[Any] | None, received: bytes, /) -> None:
        """Let *successor* take the place, or nobody; what was written and *received* goes on to it."""
        # Everything is taken out before the place is given away: `handler_removed` fails what it still finds.
        self._is_over = True
        is_flushed = self._writes.has_flushed()
        writes = self._writes.take_all(ctx.channel)
        if successor is None:
            ctx.pipeline.remove(self)
        else:
            ctx.pipeline.replace(self, successor)
        # From this context, which has left: what it still forwards goes to whoever stands there now (law 3 of `channel.chain`).
        for piece, promise in writes:
            ctx.write(piece, promise)
        if is_flushed:
            ctx.flush()
        if received:
            ctx.fire_channel_read(ByteBuffer(received))
            ctx.fire_channel_read_complete()
