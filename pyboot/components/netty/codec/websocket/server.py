"""WebSocketServerProtocolHandler: opens the WebSockets of a port that speaks HTTP too. Source: Netty's class of that name.

Theory of operation. A request for the path that asks for a WebSocket is answered here; all others pass. Responses leave in the order of
their requests, so one that comes while earlier requests wait is kept until theirs have left. Then, in this order: the answer, 101, is
written; this handler gives its place to a `WebSocketProtocolHandler`; `HandshakeComplete` is told; the HTTP codec gives its place to the
codec of frames, which begins with the bytes that came behind the request. So no frame comes before the event, and none is read as HTTP.
"""

from __future__ import annotations

from collections.abc import Awaitable, Collection, Sequence
from typing import TYPE_CHECKING, Any, final

from pyboot.components.netty.channel.close_reason import CloseReason
from pyboot.components.netty.channel.fault import cut_off
from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.components.netty.channel.life.deadline import Deadline
from pyboot.components.netty.channel.promise import ChannelPromise
from pyboot.components.netty.codec.http.server import HttpRequestDecoder, HttpResponseEncoder, exchange_of
from pyboot.components.netty.wire.http.message import FullHttpRequest, FullHttpResponse, HttpContent, HttpRequest
from pyboot.components.netty.wire.websocket.errors import WebSocketHandshakeError, WebSocketHandshakeTimeoutError
from pyboot.components.netty.wire.websocket.handshake import Accepted, accept, asks_for_websocket

from .config import WebSocketConfig
from .events import HandshakeComplete
from .opening import open_websocket

if TYPE_CHECKING:
    from pyboot.components.netty.channel.context import ChannelHandlerContext

__all__ = ["WebSocketServerProtocolHandler"]


@final
class WebSocketServerProtocolHandler(ChannelHandler[Any]):
    """Answers requests for a WebSocket at *path*, and makes one of the connection; plain requests pass, so both share a port.

    ::

        pipeline.add_last(HttpServerCodec(), WebSocketServerProtocolHandler("/chat"), ChatHandler())

    Handlers behind it are told `HandshakeComplete`, then get `TextWebSocketFrame` and `BinaryWebSocketFrame`, write those, and are told
    `WebSocketClosed`. A request that cannot be accepted is answered with the status that says why.

    Args:
        path: of requests that are answered here, without a query.
        subprotocols: those spoken here, the preferred one first; the first that a client asks for too is taken.
        origins: those of pages that may connect, as ``https://example.com``; ``*`` allows all. None, the default, allows all but pages
            of other hosts whose requests bring cookies or authorization.
        config: limits and times.
        starts_with: whether paths below *path* are answered here too.
        aggregate: whether messages that come in fragments are joined.

    Raises:
        ValueError: for a path that does not begin with a slash.
    """

    def __init__(
        self,
        path: str = "/",
        *,
        subprotocols: Sequence[str] = (),
        origins: Collection[str] | None = None,
        config: WebSocketConfig | None = None,
        starts_with: bool = False,
        aggregate: bool = True,
    ) -> None:
        if not path.startswith("/") or "?" in path:
            raise ValueError(f"path {path!r}: it begins with a slash and has no query")
        self._path = path
        self._below = path.rstrip("/") + "/" if starts_with else None
        self._subprotocols = tuple(subprotocols)
        self._origins = None if origins is None else tuple(origins)
        self.config = WebSocketConfig() if config is None else config
        self._aggregate = aggregate
        self._request: HttpRequest | None = None  # that waits for the responses to those before it
        self._is_refused = False  # a request with content, whose rest is dropped

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any, /) -> Awaitable[None] | None:
        if not isinstance(msg, HttpRequest):
            return None if self._is_refused and isinstance(msg, HttpContent) else ctx.fire_channel_read(msg)
        if not self._is_ours(msg.uri) or not asks_for_websocket(msg.headers.items()):
            return ctx.fire_channel_read(msg)
        self._request = msg
        self._answer_in_turn(ctx)
        return None

    def write(self, ctx: ChannelHandlerContext, msg: Any, promise: ChannelPromise | None, /) -> Awaitable[None] | None:
        written = ctx.write(msg, promise)
        if self._request is not None:
            self._answer_in_turn(ctx)
        return written

    def _is_ours(self, uri: str) -> bool:
        path = uri.partition("?")[0]
        return path == self._path or (self._below is not None and path.startswith(self._below))

    def _answer_in_turn(self, ctx: ChannelHandlerContext) -> None:
        """Answer the request if it is the one whose response is next."""
        request = self._request
        if request is None or exchange_of(ctx).waiting > 1:
            return
        self._request = None
        try:
            accepted = self._judge(request)
        except WebSocketHandshakeError as error:
            self._refuse(ctx, request, error)
        else:
            self._open(ctx, request, accepted)

    def _judge(self, request: HttpRequest) -> Accepted:
        if not isinstance(request, FullHttpRequest) or request.content:
            raise WebSocketHandshakeError("a request with content", 400)
        return accept(
            str(request.method),
            str(request.version),
            request.headers.items(),
            subprotocols=self._subprotocols,
            origins=self._origins,
            deflate=self.config.deflate,
        )

    def _refuse(self, ctx: ChannelHandlerContext, request: HttpRequest, error: WebSocketHandshakeError) -> None:
        self._is_refused = not isinstance(request, FullHttpRequest)
        response = FullHttpResponse(error.status, f"{error}\n", [("Content-Type", "text/plain; charset=utf-8"), *error.headers])
        if self._is_refused:
            response.set_keep_alive(False)
        ctx.write(response)
        ctx.flush()

    def _open(self, ctx: ChannelHandlerContext, request: HttpRequest, accepted: Accepted) -> None:
        promise = ctx.new_promise()
        seconds = self.config.handshake_timeout_seconds
        deadline = Deadline(ctx.channel.loop, seconds, _give_up, ctx, seconds)
        promise.add_listener(lambda _: deadline.cancel())
        ctx.write(FullHttpResponse(101, b"", accepted.headers), promise)
        ctx.flush()
        event = HandshakeComplete(request.uri, request.headers, accepted.subprotocol, accepted.deflate is not None)
        open_websocket(
            ctx,
            self,
            (HttpRequestDecoder, HttpResponseEncoder),
            accepted.deflate,
            self.config,
            event,
            is_server=True,
            aggregate=self._aggregate,
        )


def _give_up(ctx: ChannelHandlerContext, seconds: float) -> None:
    """The peer has not taken the answer in time."""
    error = WebSocketHandshakeTimeoutError(seconds)
    cut_off(ctx.channel, CloseReason.HANDSHAKE_TIMEOUT, error)
    ctx.fire_exception_caught(error)
    ctx.channel.abort()
