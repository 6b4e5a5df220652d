"""TunnelHandler: asks a proxy for a tunnel, by CONNECT. Source: RFC 9110 9.3.6; Netty's ``HttpProxyHandler``."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any, final

from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.components.netty.wire.http.message import FullHttpRequest, HttpResponse

from .errors import HttpConnectError, HttpProxyError
from .url import Origin

if TYPE_CHECKING:
    from pyboot.components.netty.channel.context import ChannelHandlerContext

__all__ = ["TunnelHandler"]


@final
class TunnelHandler(ChannelHandler[Any]):
    """Stands behind an `HttpClientCodec`; *opened* is done when bytes are the target's, from here on.

    It fails with `HttpProxyError` for an answer that is not 2xx, with `HttpConnectError` for anything else. The *authorization* is for
    the proxy alone.
    """

    def __init__(self, proxy: Origin, target: Origin, authorization: str | None) -> None:
        self.opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._proxy = proxy
        self._target = target
        headers = {"host": target.target} | ({} if authorization is None else {"proxy-authorization": authorization})
        self._request = FullHttpRequest("CONNECT", target.target, b"", headers)

    def handler_added(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        if ctx.channel.is_active:
            ctx.write_and_flush(self._request)
        return None

    def channel_active(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        ctx.write_and_flush(self._request)
        return ctx.fire_channel_active()

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any, /) -> Awaitable[None] | None:
        if self.opened.done() or not isinstance(msg, HttpResponse):
            return None  # the content of a refusal; behind 2xx the peer is not to speak first, and TLS would refuse what it says
        if 200 <= msg.status < 300:
            self.opened.set_result(None)
        elif msg.status >= 300 or msg.status == 101:
            self._fail(HttpProxyError(str(self._proxy), self._target.target, msg.status, msg.reason))
        return None

    def exception_caught(self, ctx: ChannelHandlerContext, error: Exception, /) -> Awaitable[None] | None:
        failure = HttpConnectError(f"no tunnel to {self._target.target} through the proxy {self._proxy}: {error}")
        failure.__cause__ = error
        self._fail(failure)
        return None

    def channel_inactive(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        self._fail(HttpConnectError(f"the proxy {self._proxy} closed the connection instead of opening a tunnel to {self._target.target}"))
        return ctx.fire_channel_inactive()

    def _fail(self, error: HttpConnectError) -> None:
        if not self.opened.done():
            self.opened.set_exception(error)
            self.opened.exception()  # whoever waits gets it
