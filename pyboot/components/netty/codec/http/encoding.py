"""Writing HTTP: the way of a message through any of the encoders."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TYPE_CHECKING

from pyboot.components.netty.buffer.file_region import FileRegion
from pyboot.components.netty.buffer.message import release, take_bytes
from pyboot.components.netty.channel.promise import ChannelPromise
from pyboot.components.netty.wire.http.errors import HttpEncoderError
from pyboot.components.netty.wire.http.message import HttpObject
from pyboot.components.netty.wire.http1.state import BROKEN, IDLE
from pyboot.components.netty.wire.http1.writer import HttpWriter

if TYPE_CHECKING:
    from pyboot.components.netty.channel.context import ChannelHandlerContext

__all__ = ["close_when_written", "write_http"]


def write_http(ctx: ChannelHandlerContext, writer: HttpWriter, msg: object, promise: ChannelPromise | None) -> Awaitable[None]:
    """Write *msg* as *writer* encodes it. Bytes, buffers and file regions are content of the message whose head was written.

    What is neither passes, and everything once the protocol is another. Content that does not fit what its head said closes the
    channel, for the peer would read the difference as the next message.
    """
    # hot path: once for each message that leaves.
    if writer.exchange.is_switched and not isinstance(msg, HttpObject):
        return ctx.write(msg, promise)
    try:
        if isinstance(msg, HttpObject):
            pieces = writer.encode(msg)
        else:
            data = take_bytes(msg)
            if data is None:
                return _write_region(ctx, writer, msg, promise) if isinstance(msg, FileRegion) else ctx.write(msg, promise)
            pieces = [b""] if len(data) == 0 and writer.state == IDLE else writer.encode_content(data, None)
    except HttpEncoderError:
        if writer.state == BROKEN:
            ctx.close()
        raise
    if len(pieces) > 1:
        for piece in pieces[:-1]:
            ctx.write(piece)
    return ctx.write(pieces[-1], promise)


def close_when_written(ctx: ChannelHandlerContext) -> None:
    """Close the channel once all that was written has been delivered.

    A close by itself gives what was flushed the close timeout, which is no time for a film on its way to a slow client, and knows nothing
    of what a handler nearer the network still holds. A client that takes nothing at all is a write stall, as in front of any response.
    """
    ctx.write_and_flush(b"", ctx.new_promise().add_listener(lambda _: ctx.close()))


def _write_region(ctx: ChannelHandlerContext, writer: HttpWriter, region: FileRegion, promise: ChannelPromise | None) -> Awaitable[None]:
    """Write a file as content: the network sends its bytes, so nobody here sees them."""
    try:
        around = writer.encode_around(region.count)
    except HttpEncoderError:
        release(region)
        raise
    if around is None:  # the request was HEAD
        release(region)
        return ctx.write(b"", promise)
    before, behind = around
    if before:
        ctx.write(before)
    written = ctx.write(region, promise)
    return ctx.write(behind) if behind else written
