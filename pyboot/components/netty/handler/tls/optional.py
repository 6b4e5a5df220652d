"""OptionalSslHandler: TLS and plain peers at one address. Source: Netty's class of that name.

The first five bytes tell: those of a TLS record are its type, its version and its length (RFC 8446, 5.1), and the types, 20 to 24, are
control characters, with which no text protocol begins. A peer that leaves before it can be told is a plain one.
"""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any

from pyboot.components.netty.buffer.byte_buffer import ByteBuffer
from pyboot.components.netty.buffer.message import take_bytes
from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.components.netty.wire.tls_record import begins_tls_record

from .first_bytes import FirstBytesHandler
from .ssl_handler import SslHandler

if TYPE_CHECKING:
    import ssl

    from pyboot.components.netty.channel.context import ChannelHandlerContext

__all__ = ["OptionalSslHandler"]


class OptionalSslHandler(FirstBytesHandler):
    """Lets the first bytes of the client decide: an `SslHandler` takes its place, or nothing does.

    For protocols in which the client speaks first; what the server writes before waits. Whoever needs secrecy must not offer
    the choice: who can change bytes on the way takes it away.

    Args:
        context: of the server.
        options: further arguments of `SslHandler`.
    """

    def __init__(self, context: ssl.SSLContext, **options: Any) -> None:
        super().__init__()
        self._context = context
        self._options = options
        self._head = b""
        self.new_ssl_handler()  # what it refuses is told now, not by the first peer

    def new_ssl_handler(self) -> SslHandler:
        """The handler for a peer that speaks TLS."""
        return SslHandler(self._context, server_side=True, **self._options)

    def new_plain_handler(self) -> ChannelHandler[Any] | None:
        """The handler for a peer that does not; by default none is needed."""
        return None

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any, /) -> Awaitable[None] | None:
        data = take_bytes(msg)
        if data is None:
            return ctx.fire_channel_read(msg)
        self._head += data
        is_tls = begins_tls_record(self._head)
        if is_tls is None:
            if not ctx.channel.auto_read:
                ctx.read()
            return None
        head, self._head = self._head, b""
        self.give_way(ctx, self.new_ssl_handler() if is_tls else self.new_plain_handler(), head)
        return None

    def channel_inactive(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        if self._head:
            ctx.fire_channel_read(ByteBuffer(self._head))  # too little to tell, and so no TLS
            ctx.fire_channel_read_complete()
        return ctx.fire_channel_inactive()
