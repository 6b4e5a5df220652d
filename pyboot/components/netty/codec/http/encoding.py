"""Writing HTTP: the way of a message through any of the encoders."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TYPE_CHECKING

from pyboot.components.netty.buffer.message import take_bytes
from pyboot.components.netty.channel.promise import ChannelPromise
from pyboot.components.netty.wire.http.errors import HttpEncoderError
from pyboot.components.netty.wire.http.message import HttpObject
from pyboot.components.netty.wire.http1.state import BROKEN, IDLE
from pyboot.components.netty.wire.http1.writer import HttpWriter

if TYPE_CHECKING:
    from pyboot.components.netty.channel.context import ChannelHandlerContext

__all__ = ["write_http"]


def write_http(ctx: ChannelHandlerContext, writer: HttpWriter, msg: object, promise: ChannelPromise | None) -> Awaitable[None]:
    """Write *msg* as *writer* encodes it. Bytes and buffers are content of the message whose head was written.

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
                return ctx.write(msg, promise)
            pieces = [b""] if len(data) == 0 and writer.state == IDLE else writer.encode_content(data, None)
    except HttpEncoderError:
        if writer.state == BROKEN:
            ctx.close()
        raise
    if len(pieces) > 1:
        for piece in pieces[:-1]:
            ctx.write(piece)
    return ctx.write(pieces[-1], promise)
