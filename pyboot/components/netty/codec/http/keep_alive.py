"""HttpServerKeepAliveHandler: says whether a connection goes on, and ends it when it does not. Source: Netty's class of that name."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any

from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.components.netty.channel.listener import CLOSE, FIRE_EXCEPTION_ON_FAILURE
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
        if not isinstance(msg, LastHttpContent) or self._keeps or self._waiting > 0 or _is_informational(msg):
            return ctx.write(msg, promise)
        # When it was delivered, as in `close_when_written`: a slow client is not to be cut off by the close timeout.
        if promise is None:
            promise = ctx.new_promise().add_listener(FIRE_EXCEPTION_ON_FAILURE)  # nobody else would hear of it
        return ctx.write_and_flush(msg, promise.add_listener(CLOSE))


def _is_informational(msg: object) -> bool:
    return isinstance(msg, HttpResponse) and msg.is_informational


def _ends_by_itself(response: HttpResponse) -> bool:
    """Tell whether a peer knows where the content of *response* ends without the end of the connection."""
    if isinstance(response, FullHttpResponse) or response.status in (204, 205, 304):
        return True
    return "content-length" in response.headers or response.is_transfer_encoding_chunked()
