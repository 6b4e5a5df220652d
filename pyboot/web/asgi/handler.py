"""AsgiHandler: stands last in a pipeline of HTTP, and lets an ASGI application answer.

Theory of operation. The callbacks are coroutines, so the pipeline's own laws do what a server needs. While one waits for the end of an
exchange, later requests of the peer wait in the mailbox in their order (pipelining); a full mailbox stops the reading (back-pressure); a
graceful end waits for who is busy, within the close timeout. What must not wait in that row, the end of the peer, is heard by a plain
handler in front (`_EndOfPeer`). An application that works on behind its response does not hold up the row; the handler is removed when
that is done, so that the beans of the connection, and what the lifespan has made, are there until then.
"""

import asyncio
from typing import TYPE_CHECKING, Any, final

from pyboot.boot import ScopeStore
from pyboot.components.netty import ChannelHandler, ChannelHandlerContext, ChannelOption
from pyboot.components.netty.channel.carrier import is_secure
from pyboot.components.netty.channel.event import INPUT_SHUTDOWN
from pyboot.components.netty.channel.promise import ChannelPromise
from pyboot.components.netty.codec.websocket.events import WebSocketClosed
from pyboot.components.netty.wire.http.message import FullHttpResponse, HttpContent, HttpRequest, LastHttpContent

from .exchange import Exchange, HttpExchange
from .lifespan import Lifespan
from .protocol import AsgiApplication, Scope
from .scope import Peer, Site, peer_of, scope_of, websocket_scope_of

if TYPE_CHECKING:
    from .websocket import WebSocketExchange


@final
class AsgiHandler(ChannelHandler[Any]):
    """Answers the requests of one connection by *application*.

    Args:
        application: any ASGI 3 application.
        lifespan: what it has laid into its state at start.
        site: what all requests of the server have in common.
        store: the beans that live as long as the connection.
    """

    def __init__(self, application: AsgiApplication, lifespan: Lifespan, site: Site, store: ScopeStore) -> None:
        self._application = application
        self._lifespan = lifespan
        self._site = site
        self._store = store
        self._peer: Peer | None = None
        self._exchange: Exchange | None = None  # the running one: its request or its response is not complete
        self._socket: WebSocketExchange | None = None  # the WebSocket that the connection has become
        self._works: set[asyncio.Task[None]] | None = None  # of the application, behind its responses too; made when there is one
        self._is_last = False  # the peer sends no other request
        self._is_closing = False  # the connection ends behind the running exchange

    def handler_added(self, ctx: ChannelHandlerContext) -> None:
        """Let the peer's last word be one: a client that sends no more may still want its answer."""
        if not ctx.channel.is_stream():  # which ends with its request and its response, and else with a reset
            ctx.channel.set_option(ChannelOption.ALLOW_HALF_CLOSURE, True)
        ctx.pipeline.add_before(ctx.name, _EndOfPeer(self))

    async def channel_read(self, ctx: ChannelHandlerContext, msg: Any, /) -> None:
        # hot path: once for each request without content.
        if self._socket is not None:
            await self._socket.feed(msg)
        elif isinstance(msg, HttpRequest):
            if self._is_closing:
                return  # the response in front says that it is the last: this one is not begun, and may be asked again elsewhere
            upgrade = msg.headers.get_bytes(b"upgrade")
            if upgrade is not None and isinstance(msg, LastHttpContent) and _asks_for_websocket(msg):
                await self._open(ctx, msg)
                return
            if not msg.uri.startswith("/") and str(msg.method) == "CONNECT":
                _refuse_connect(ctx)
                return
            self._exchange = exchange = HttpExchange(ctx, msg)
            if isinstance(msg, LastHttpContent):
                exchange.complete(msg.content)
            self._begin(exchange, scope_of(msg, self._site, self._peer or self._met(ctx), self._lifespan.shared))
            if isinstance(msg, LastHttpContent):
                if exchange.is_over and not self._is_last:
                    self._exchange = None  # as `_end` does, without another coroutine
                else:
                    await self._end(ctx, exchange)
        elif isinstance(msg, HttpContent) and isinstance(self._exchange, HttpExchange):
            exchange, is_last = self._exchange, isinstance(msg, LastHttpContent)
            await exchange.feed(msg.content, is_last=is_last)
            if is_last:
                await self._end(ctx, exchange)
        else:
            ctx.fire_channel_read(msg)

    async def handler_removed(self, ctx: ChannelHandlerContext) -> None:
        """Wait for the application, which may work on behind the end of the connection. A cancel cancels it."""
        if self._works:
            await asyncio.gather(*self._works, return_exceptions=True)

    def _begin(self, exchange: Exchange, scope: Scope) -> None:
        """Let the application begin with *exchange*, and hold its task until it is done."""
        task = exchange.run(self._application, scope)
        if not task.done():
            if self._works is None:
                self._works = set()
            self._works.add(task)
            task.add_done_callback(self._works.discard)

    async def _open(self, ctx: ChannelHandlerContext, request: HttpRequest) -> None:
        """Let the application say what becomes of a request for a WebSocket; from then on frames may come."""
        from .websocket import WebSocketExchange  # only connections that ask for one pay for it

        exchange = WebSocketExchange(ctx, request, self._site.websocket)
        self._exchange = exchange
        scope = websocket_scope_of(request, self._site, self._peer or self._met(ctx), self._lifespan.shared)
        self._begin(exchange, scope)
        await self._end(ctx, exchange)
        if exchange.is_open:
            self._socket = exchange
            ctx.channel.set_option(ChannelOption.ALLOW_HALF_CLOSURE, False)  # who ends without a close frame is gone

    def user_event_triggered(self, ctx: ChannelHandlerContext, event: Any, /) -> None:
        """Hear, behind all that came before it, that the peer has closed a WebSocket."""
        if self._socket is not None and isinstance(event, WebSocketClosed):
            self._socket.closed(event.code, event.reason)
        ctx.fire_user_event_triggered(event)

    def _met(self, ctx: ChannelHandlerContext) -> Peer:
        self._peer = peer_of(ctx.channel, self._site, self._store, is_secure=is_secure(ctx.channel))
        return self._peer

    async def _end(self, ctx: ChannelHandlerContext, exchange: Exchange) -> None:
        """Wait for the end of *exchange*, whose request is there as a whole."""
        if not exchange.is_over:
            await exchange.until_over()
        self._exchange = None
        if self._is_last:
            ctx.close()

    async def close(self, ctx: ChannelHandlerContext, promise: ChannelPromise | None, /) -> None:
        """Close when the running exchange is over, within the close timeout of the channel; its response says so."""
        self._is_closing = True
        exchange = self._exchange
        if isinstance(exchange, HttpExchange) and not exchange.is_over:
            exchange.closes = True
            await exchange.until_over()
        ctx.close(promise)

    def peer_ended(self, ctx: ChannelHandlerContext) -> None:
        """Take note that the peer sends nothing more: close once it has its answer."""
        self._is_last = True
        if self._exchange is None:
            ctx.close()
        else:
            self._exchange.input_ended()

    def peer_is_gone(self) -> None:
        """Take note that the connection is lost."""
        for exchange in (self._exchange, self._socket):
            if exchange is not None:
                exchange.disconnect()


def _refuse_connect(ctx: ChannelHandlerContext) -> None:
    """Answer who takes this for a proxy: no answer of an application may turn the connection into a tunnel that nobody reads."""
    ctx.write_and_flush(FullHttpResponse(501, b"501: this is no proxy\n", {"content-type": "text/plain", "connection": "close"}))


def _asks_for_websocket(request: HttpRequest) -> bool:
    """Tell whether *request* means its ``Upgrade``: a GET whose ``Connection`` says so, for another is to be ignored (RFC 9110 7.8)."""
    headers = request.headers
    return (
        str(request.method) == "GET" and headers.contains_value("upgrade", "websocket") and headers.contains_value("connection", "upgrade")
    )


@final
class _EndOfPeer(ChannelHandler[Any]):
    """Tells the handler behind it of the end of the peer, without waiting for what that is busy with."""

    def __init__(self, handler: AsgiHandler) -> None:
        self._handler = handler

    def user_event_triggered(self, ctx: ChannelHandlerContext, event: Any, /) -> None:
        """Hear that the peer sends nothing more; a stream says so of each request, and its client waits for the answer."""
        if event is INPUT_SHUTDOWN and not ctx.channel.is_stream():
            self._handler.peer_ended(ctx)
        ctx.fire_user_event_triggered(event)

    def channel_inactive(self, ctx: ChannelHandlerContext, /) -> None:
        """Hear that the connection is lost."""
        self._handler.peer_is_gone()
        ctx.fire_channel_inactive()
