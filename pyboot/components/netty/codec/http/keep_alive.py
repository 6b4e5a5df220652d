"""HttpServerKeepAliveHandler: says whether a connection goes on, and ends it when it does not. Source: Netty's class of that name."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any

from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.components.netty.channel.promise import ChannelPromise
from pyboot.components.netty.wire.http.message import FullHttpResponse, HttpRequest, HttpResponse, LastHttpContent

if TYPE_CHECKING:
    from pyboot.components.netty.channel.context import ChannelHandlerContext

__all__ = ["HttpServerKeepAliveHandler"]


class HttpServerKeepAliveHandler(ChannelHandler[Any]):
    """Adds ``Connection`` to responses where the request asks for it, and closes the channel behind the last one.

    `HttpServerCodec` does this by itself, as do `HttpRequestDecoder` and `HttpResponseEncoder`; so it is needed, as in Netty, where
    another codec makes and takes the messages of HTTP. It stands behind that, and in front of whoever answers.
    """

    def __init__(self) -> None:
        self._keeps = True
        self._waiting = 0

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any, /) -> Awaitable[None] | None:
        if isinstance(msg, HttpRequest) and self._keeps:
            self._waiting += 1
            self._keeps = msg.is_keep_alive()
        return ctx.fire_channel_read(msg)

    def write(self, ctx: ChannelHandlerContext, msg: Any, promise: ChannelPromise | None, /) -> Awaitable[None] | None:
        if isinstance(msg, HttpResponse) and not msg.is_informational:
            self._waiting -= 1
            if not msg.is_keep_alive() or not _ends_by_itself(msg):
                self._keeps = False
                self._waiting = 0
            if not self._keeps and self._waiting <= 0:
                msg.set_keep_alive(False)
        written = ctx.write(msg, promise)
        if isinstance(msg, LastHttpContent) and not self._keeps and self._waiting <= 0 and not _is_informational(msg):
            ctx.flush()
            ctx.close()
        return written


def _is_informational(msg: object) -> bool:
    return isinstance(msg, HttpResponse) and msg.is_informational


def _ends_by_itself(response: HttpResponse) -> bool:
    """Tell whether a peer knows where the content of *response* ends without the end of the connection."""
    if isinstance(response, FullHttpResponse) or response.status in (204, 205, 304):
        return True
    return "content-length" in response.headers or response.is_transfer_encoding_chunked()
