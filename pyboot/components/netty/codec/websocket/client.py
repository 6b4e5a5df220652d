"""WebSocketClientProtocolHandler: opens a WebSocket on a connection of ours. Source: Netty's class of that name."""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from typing import TYPE_CHECKING, Any, final

from pyboot.components.netty.channel.close_reason import CloseReason
from pyboot.components.netty.channel.fault import cut_off
from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.components.netty.channel.life.deadline import Deadline
from pyboot.components.netty.codec.http.client import HttpRequestEncoder, HttpResponseDecoder
from pyboot.components.netty.errors import PrematureCloseError
from pyboot.components.netty.wire.http.headers import HeaderFields, HttpHeaders
from pyboot.components.netty.wire.http.message import FullHttpRequest, HttpObject, HttpResponse
from pyboot.components.netty.wire.websocket.errors import WebSocketHandshakeError, WebSocketHandshakeTimeoutError
from pyboot.components.netty.wire.websocket.handshake import ClientHandshake

from .config import WebSocketConfig
from .events import HandshakeComplete
from .opening import open_websocket

if TYPE_CHECKING:
    from pyboot.components.netty.channel.context import ChannelHandlerContext

__all__ = ["WebSocketClientProtocolHandler"]


@final
class WebSocketClientProtocolHandler(ChannelHandler[Any]):
    """Asks the server for a WebSocket as soon as the channel is active, and makes one of the connection.

    ::

        pipeline.add_last(HttpClientCodec(), WebSocketClientProtocolHandler("ws://example.com/chat"), ChatHandler())

    Handlers behind it are told `HandshakeComplete`, then as those of a server. A server that says no, says something else or nothing in
    time is told as `WebSocketHandshakeError`, and the channel is closed. What is written before the event raises that it is too early.

    Args:
        url: as ``ws://example.com/chat``; ``wss`` says how the port is named, TLS is an `SslHandler` in front.
        subprotocols: those spoken here, the preferred one first.
        headers: more header fields of the request, cookies or authorization for instance.
        origin: that of the page on whose behalf this connects, if there is one.
        config: limits and times.
        aggregate: whether messages that come in fragments are joined.

    Raises:
        ValueError: for a url that is none of a WebSocket, or a subprotocol that is no token.
        HttpEncoderError: for a header field that is none.
    """

    def __init__(
        self,
        url: str,
        *,
        subprotocols: Sequence[str] = (),
        headers: HeaderFields = None,
        origin: str | None = None,
        config: WebSocketConfig | None = None,
        aggregate: bool = True,
    ) -> None:
        self.config = WebSocketConfig() if config is None else config
        self._handshake = ClientHandshake(url, subprotocols=subprotocols, origin=origin, deflate=self.config.deflate)
        self._headers = HttpHeaders(self._handshake.headers())
        if headers is not None:
            self._headers.extend(headers)
        self._aggregate = aggregate
        self._was_asked = False
        self._deadline: Deadline | None = None

    def handler_added(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        if ctx.channel.is_active:
            self._ask(ctx)
        return None

    def channel_active(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        self._ask(ctx)
        return ctx.fire_channel_active()

    def channel_inactive(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        if self._deadline is not None:
            self._stop()
            if not ctx.channel.closed_here:
                ctx.fire_exception_caught(PrematureCloseError("the server left before it answered the handshake"))
        return ctx.fire_channel_inactive()

    def handler_removed(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        self._stop()
        return None

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any, /) -> Awaitable[None] | None:
        if isinstance(msg, HttpResponse):
            if msg.status != 101 and msg.is_informational:
                return None
            self._stop()
            try:
                accepted = self._handshake.check(msg.status, msg.headers.items())
            except WebSocketHandshakeError as error:
                self._fail(ctx, error)
                return None
            event = HandshakeComplete(self._handshake.target, msg.headers, accepted.subprotocol, accepted.deflate is not None)
            open_websocket(
                ctx,
                self,
                (HttpResponseDecoder, HttpRequestEncoder),
                accepted.deflate,
                self.config,
                event,
                is_server=False,
                aggregate=self._aggregate,
            )
            return None
        return None if isinstance(msg, HttpObject) else ctx.fire_channel_read(msg)

    def _ask(self, ctx: ChannelHandlerContext) -> None:
        if self._was_asked:
            return
        self._was_asked = True
        seconds = self.config.handshake_timeout_seconds
        self._deadline = Deadline(ctx.channel.loop, seconds, self._timed_out, ctx, seconds, restores=True)
        ctx.write(FullHttpRequest("GET", self._handshake.target, b"", self._headers))
        ctx.flush()

    def _stop(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _timed_out(self, ctx: ChannelHandlerContext, seconds: float) -> None:
        error = WebSocketHandshakeTimeoutError(seconds)
        cut_off(ctx.channel, CloseReason.HANDSHAKE_TIMEOUT, error)
        self._fail(ctx, error)

    def _fail(self, ctx: ChannelHandlerContext, error: WebSocketHandshakeError) -> None:
        self._stop()
        ctx.channel.close_cause = error
        ctx.fire_exception_caught(error)
        ctx.close()
