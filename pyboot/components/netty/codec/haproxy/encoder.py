"""HAProxyMessageEncoder: an `HAProxyMessage` that is written becomes the header. Source: Netty's class of that name."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any, final

from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.components.netty.channel.promise import ChannelPromise
from pyboot.components.netty.wire.haproxy.message import HAProxyMessage
from pyboot.components.netty.wire.haproxy.writer import encode_haproxy

if TYPE_CHECKING:
    from pyboot.components.netty.channel.context import ChannelHandlerContext

__all__ = ["HAProxyMessageEncoder"]


@final
class HAProxyMessageEncoder(ChannelHandler[Any]):
    """Writes the header that an `HAProxyMessage` says; any other message passes. With *checksum* version 2 gets a CRC32C.

    The write fails with `EncoderError` for what the version has no form for.
    """

    def __init__(self, *, checksum: bool = False) -> None:
        self._checksum = checksum

    def write(self, ctx: ChannelHandlerContext, msg: Any, promise: ChannelPromise | None, /) -> Awaitable[None] | None:
        if isinstance(msg, HAProxyMessage):
            msg = encode_haproxy(msg, checksum=self._checksum)
        return ctx.write(msg, promise)
