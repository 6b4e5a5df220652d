"""WebSocketExchange: one WebSocket as an ASGI application sees it: ``receive`` and ``send``.

Theory of operation. The request waits, as any does, until the application has said what becomes of it: a response of HTTP, or a WebSocket.
Then the pipeline is made anew by `codec.websocket`, the handler lets go of the request, and frames come where requests came. Messages wait
for the application up to `READ_AHEAD` bytes, then the handler waits, and with it the network.

::

    state        what the application may send next
    CONNECTING   websocket.accept, websocket.close (403), websocket.http.response.start
    REFUSING     websocket.http.response.body, until one without more
    OPEN         websocket.send, websocket.close
    CLOSED       nothing

Law 1. The close of the peer comes behind what it sent before. Law 2. Whatever the application does, the peer gets a close frame, or a
response: 1000 if it returns, 1011 if it raises, 500 where it has not accepted.
"""

import logging
from collections import deque
from enum import Enum
from typing import Any, Final, final

from pyboot.components.netty import ChannelHandler, ChannelHandlerContext
from pyboot.components.netty.codec.http.server import HttpRequestDecoder, HttpResponseEncoder
from pyboot.components.netty.codec.websocket.config import WebSocketConfig
from pyboot.components.netty.codec.websocket.events import HandshakeComplete
from pyboot.components.netty.codec.websocket.opening import open_websocket
from pyboot.components.netty.wire.http.headers import HttpHeaders
from pyboot.components.netty.wire.http.message import (
    EMPTY_LAST_CONTENT,
    DefaultHttpContent,
    DefaultLastHttpContent,
    FullHttpResponse,
    HttpRequest,
)
from pyboot.components.netty.wire.websocket.errors import WebSocketHandshakeError
from pyboot.components.netty.wire.websocket.frame import BinaryWebSocketFrame, CloseWebSocketFrame, TextWebSocketFrame
from pyboot.components.netty.wire.websocket.handshake import accept

from .exchange import READ_AHEAD, ClientDisconnectedError, Exchange, fields_of, head_of, octets
from .protocol import Message

_log = logging.getLogger("pyboot.web")

MESSAGE_COST: Final = 256
"""Bytes that a message counts besides its content, for a peer that sends nothing but empty ones fills memory as well."""

_ABNORMAL: Final = 1006
_ANY_ORIGIN: Final = ("*",)  # the application judges: it sees the header


class SocketState(Enum):
    """How far the WebSocket is; see the table above."""

    CONNECTING = "websocket.accept, .close or .http.response.start"
    REFUSING = "websocket.http.response.body"
    OPEN = "websocket.send or .close"
    CLOSED = "nothing"


@final
class WebSocketExchange(Exchange):
    """One WebSocket, and the application's task."""

    def __init__(self, ctx: ChannelHandlerContext, request: HttpRequest, config: WebSocketConfig) -> None:
        """Begin with a request that waits."""
        super().__init__(ctx, request)
        self.state = SocketState.CONNECTING
        self._config = config
        self._messages: deque[Message] = deque([{"type": "websocket.connect"}])
        self._held = MESSAGE_COST
        self._closed: Message | None = None  # the last event
        self._was_accepted = False

    # The application's side.

    async def _receive(self) -> Message:
        while not self._messages and self._closed is None and not self.is_disconnected:
            await self._wait()
        if self._messages:
            message = self._messages.popleft()
            self._held -= _size(message)
            self._tell()
            return message
        return self._closed or {"type": "websocket.disconnect", "code": _ABNORMAL, "reason": ""}

    async def _send(self, message: Message) -> None:
        # hot path: once for each message.
        kind, state = message["type"], self.state
        if self.is_disconnected or (self._closed is not None and kind == "websocket.send"):
            raise ClientDisconnectedError("the peer is gone")
        if kind == "websocket.send" and state is SocketState.OPEN:
            text = message.get("text")
            frame = TextWebSocketFrame(text) if text is not None else BinaryWebSocketFrame(octets(message["bytes"]))
            await self._send_on(frame)
        elif kind == "websocket.accept" and state is SocketState.CONNECTING:
            self._accept(message)
        elif kind == "websocket.close" and state is SocketState.CONNECTING:
            self._refuse(403, b"")
        elif kind == "websocket.close" and state is SocketState.OPEN:
            self._close(message.get("code") or 1000, message.get("reason") or "")
        elif kind == "websocket.http.response.start" and state is SocketState.CONNECTING:
            self._refuse_unless_sent(self._ctx.write(head_of(message)))
            self.state = SocketState.REFUSING
        elif kind == "websocket.http.response.body" and state is SocketState.REFUSING:
            await self._send_body(octets(message.get("body", b"")), has_more=bool(message.get("more_body", False)))
        elif kind not in _KINDS:
            raise RuntimeError(f"an ASGI application sends no {kind!r} for a WebSocket")
        elif state is not SocketState.CLOSED or kind != "websocket.close":
            raise RuntimeError(f"the application sent {kind!r}, where {state.value} is due")

    async def _send_on(self, msg: object) -> None:
        written = self._write(msg)
        if not self._ctx.channel.is_writable:
            await self._written(written)

    def _accept(self, message: Message) -> None:
        request = self._request
        chosen = message.get("subprotocol")
        try:
            accepted = accept(
                str(request.method),
                str(request.version),
                request.headers.items(),
                subprotocols=() if chosen is None else (chosen,),
                origins=_ANY_ORIGIN,
                deflate=self._config.deflate,
            )
        except WebSocketHandshakeError as error:
            self._refuse(error.status, f"{error}\n".encode(), HttpHeaders(error.headers))
            return
        given = fields_of(message.get("headers", ()))
        for name in _OF_HANDSHAKE:
            if given.get_bytes(name) is not None:
                raise ValueError(f"{name.decode()} of websocket.accept: the handshake says it, the application by 'subprotocol' alone")
        headers = HttpHeaders(accepted.headers).extend(given)
        self.state = SocketState.OPEN
        self._was_accepted = True
        place = _Place()
        self._ctx.pipeline.add_before(self._ctx.name, place)
        ctx = self._ctx.pipeline.context(place)
        ctx.write_and_flush(FullHttpResponse(101, b"", headers))
        event = HandshakeComplete(request.uri, request.headers, accepted.subprotocol, accepted.deflate is not None)
        http = (HttpRequestDecoder, HttpResponseEncoder)
        open_websocket(ctx, place, http, accepted.deflate, self._config, event, is_server=True, aggregate=True)
        self._finish()

    def _refuse(self, status: int, content: bytes, headers: HttpHeaders | None = None) -> None:
        self.state = SocketState.CLOSED
        self._closed = {"type": "websocket.disconnect", "code": _ABNORMAL, "reason": ""}
        self._ctx.write_and_flush(FullHttpResponse(status, content, headers))
        self._finish()

    async def _send_body(self, body: bytes, *, has_more: bool) -> None:
        if has_more:
            await self._send_on(DefaultHttpContent(body))
            return
        self._write(DefaultLastHttpContent(body) if body else EMPTY_LAST_CONTENT)
        self.state = SocketState.CLOSED
        self._finish()

    def _close(self, code: int, reason: str) -> None:
        frame = CloseWebSocketFrame(code, reason)  # raises for what may not be said, and the WebSocket is open still: law 2
        self.state = SocketState.CLOSED
        if self._closed is None:
            self._ctx.write_and_flush(frame)

    def _application_is_over(self, *, failed: bool) -> None:
        """See to it that the peer hears of it: law 2."""
        if self.is_disconnected or self.state is SocketState.CLOSED:
            self._finish()
        elif self.state is SocketState.OPEN:
            self._close(1011 if failed else 1000, "")
        elif self.state is SocketState.CONNECTING:
            self._refuse(500, b"Internal Server Error")
        else:
            self._ctx.channel.abort()

    # The handler's side.

    @property
    def is_open(self) -> bool:
        """Tell whether the connection has become a WebSocket."""
        return self._was_accepted

    async def feed(self, frame: TextWebSocketFrame | BinaryWebSocketFrame) -> None:
        """Take a message of the peer; wait while too much of them waits for the application."""
        message: Message = {"type": "websocket.receive"}
        if isinstance(frame, TextWebSocketFrame):
            message["text"] = frame.text
        else:
            message["bytes"] = frame.content
        self._messages.append(message)
        self._held += _size(message)
        self._tell()
        while self._held >= READ_AHEAD and not self.is_disconnected and not self._is_left():
            await self._wait()

    def _is_left(self) -> bool:
        return self._task is None or self._task.done()

    def closed(self, code: int, reason: str) -> None:
        """Take note that the peer has closed."""
        self._closed = {"type": "websocket.disconnect", "code": code, "reason": reason}
        self._tell()


_OF_HANDSHAKE: Final = (b"connection", b"upgrade", b"sec-websocket-accept", b"sec-websocket-extensions", b"sec-websocket-protocol")
_KINDS: Final = frozenset(
    {"websocket.accept", "websocket.send", "websocket.close", "websocket.http.response.start", "websocket.http.response.body"}
)


def _size(message: Message) -> int:
    """Return what *message* costs while it waits: one without content is not free."""
    return MESSAGE_COST + len(message.get("text") or message.get("bytes") or b"")


class _Place(ChannelHandler[Any]):
    """Keeps the place where what keeps the WebSocket will stand."""
