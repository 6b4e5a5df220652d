"""HttpConnection: the handler of one connection of the client: one exchange at a time, and whether another may follow.

A stream of HTTP/2 is a connection for one exchange (`session`).

::

    state   a request is     leaves to
    NEW     not yet possible IDLE when the connection is made, its tunnel and TLS included; GONE
    IDLE    possible         BUSY with a request; GONE with any byte, for nobody has asked for one, or with the end
    BUSY    under way        ENDED with the last byte of the response; GONE with an error, the end, or a caller that leaves
    ENDED   over             IDLE at the end of the read that brought its last byte, if nothing came behind it; GONE
    GONE    over for good    -

Law 1. A connection is used again only if both messages were whole, both sides keep it, and nothing came behind the response: bytes that
nobody asked for would be the answer to the next request, which is how responses are smuggled. So it is judged at the end of the read, not
at the last byte. Law 2. Whoever leaves an exchange before its end, by a cancel, a timeout or an error, ends the connection: nobody else
ever sees the rest of that response. Law 3. The pool is told by the connection itself: that it is idle, after each exchange, and once that
it is gone.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable
from enum import Enum
from typing import TYPE_CHECKING, Any, Final, final

from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.components.netty.codec.http.client import HttpClientCodec
from pyboot.components.netty.errors import DecoderError, NettyError, PrematureCloseError, SslError
from pyboot.components.netty.transport.tcp import SocketChannel
from pyboot.components.netty.wire.http.errors import HttpEncoderError
from pyboot.components.netty.wire.http.message import (
    EMPTY_LAST_CONTENT,
    DefaultHttpContent,
    HttpContent,
    HttpRequest,
    HttpResponse,
    LastHttpContent,
)
from pyboot.components.netty.wire.http2.errors import Http2ErrorCode, Http2GoAwayError, Http2StreamResetError

from .content import IncomingContent
from .errors import ClosedHttpClientError, HttpClientError, HttpConnectionLostError, HttpContentError, HttpPhase, HttpProtocolError
from .limits import HttpLimits
from .request import WHOLE_BYTES, ClientRequest
from .timeouts import Deadlines

if TYPE_CHECKING:
    from pyboot.components.netty.channel.context import ChannelHandlerContext
    from pyboot.components.netty.channel.promise import ChannelPromise

__all__ = ["ClientExchange", "ConnectionState", "HttpConnection"]

_log = logging.getLogger(__name__)

# RFC 9110 10.1.1: a client does not wait for ever for a word that some peers never say.
_CONTINUE_SECONDS: Final = 1.0


class ConnectionState(Enum):
    """The state of a connection; the table is above."""

    NEW = "new"
    IDLE = "idle"
    BUSY = "busy"
    ENDED = "ended"
    GONE = "gone"


_MOVES: Final = {
    ConnectionState.NEW: {ConnectionState.IDLE, ConnectionState.GONE},
    ConnectionState.IDLE: {ConnectionState.BUSY, ConnectionState.GONE},
    ConnectionState.BUSY: {ConnectionState.ENDED, ConnectionState.GONE},
    ConnectionState.ENDED: {ConnectionState.IDLE, ConnectionState.GONE},
    ConnectionState.GONE: set(),
}


@final
class ClientExchange:
    """One request and its response on a connection: *head* of the response, its *content*, and how far the request is."""

    __slots__ = ("content", "continued", "head", "informational", "is_sent", "keeps", "uploading", "was_heard")

    def __init__(self, content: IncomingContent, loop: asyncio.AbstractEventLoop) -> None:
        self.head: asyncio.Future[HttpResponse] = loop.create_future()
        self.content = content
        self.continued: asyncio.Future[None] | None = None
        self.uploading: asyncio.Task[None] | None = None
        self.informational = 0
        self.is_sent = False
        self.keeps = False
        self.was_heard = False

    def fail(self, error: Exception) -> None:
        """End with *error* whatever has not ended."""
        if not self.head.done():
            self.head.set_exception(error)
            self.head.exception()  # whoever waits gets it; nobody may
        self.content.end(error=error)


class HttpConnection(ChannelHandler[Any]):
    """The last handler of a connection; *codec* is put in front of it when the connection is made."""

    def __init__(self, limits: HttpLimits, *, is_stream: bool = False, has_rested: bool = False) -> None:
        self.is_stream = is_stream
        self._has_rested = has_rested
        self.state = ConnectionState.NEW
        self.exchanges = 0  # that were begun
        self.is_secure = False
        self.when_idle: Callable[[], object] = _nobody
        self.when_gone: Callable[[], object] = _nobody
        self.failure: Exception | None = None  # of one that was never made
        self._limits = limits
        self._codec: HttpClientCodec | None = None
        self._exchange: ClientExchange | None = None
        self._ctx: ChannelHandlerContext | None = None

    @property
    def channel(self) -> SocketChannel:
        """The channel of the connection."""
        assert self._ctx is not None
        channel = self._ctx.channel
        assert isinstance(channel, SocketChannel)
        return channel

    @property
    def is_idle(self) -> bool:
        """True if a request may begin."""
        return self.state is ConnectionState.IDLE and self._ctx is not None and self._ctx.channel.is_active

    @property
    def has_rested(self) -> bool:
        """True if it has served a request before, or what carries it has: the peer may give it up in the moment of use."""
        return self.exchanges > 1 or self._has_rested

    def opened(self, codec: HttpClientCodec | None, *, is_secure: bool) -> None:
        """The connection is made: its tunnel, its TLS and *codec* stand."""
        self._codec = codec
        self.is_secure = is_secure
        self._move(ConnectionState.IDLE)

    def end(self) -> None:
        """Close in order; what is under way fails."""
        is_busy = self._exchange is not None
        self._leave(ClosedHttpClientError("the client was closed while the request was under way"))
        if self._ctx is not None:
            self._ctx.channel.abort() if is_busy else self._ctx.close()

    # An exchange.

    async def exchange(self, request: ClientRequest, message: HttpRequest, deadlines: Deadlines) -> ClientExchange:
        """Send *message*, the head of *request*, with its content, and return when the head of the response is here.

        Raises `HttpConnectionLostError`, `HttpTimeoutError`, `HttpProtocolError`, `HttpContentError`, or what the iterator of the
        content raises. If cancelled, or where it raises, the connection is over.
        """
        exchange = self._begin(request, message)
        try:
            if exchange.uploading is not None:
                async with deadlines.scope(HttpPhase.TOTAL):
                    await asyncio.wait((exchange.uploading, exchange.head), return_when=asyncio.FIRST_COMPLETED)
            async with deadlines.scope(HttpPhase.RESPONSE):
                await asyncio.wait((exchange.head,)) if exchange.uploading is not None else await exchange.head
            exchange.head.result()
        except BaseException:
            self.abandon(exchange)
            raise
        return exchange

    def _begin(self, request: ClientRequest, message: HttpRequest) -> ClientExchange:
        ctx = self._ctx
        assert ctx is not None
        loop = ctx.channel.loop
        self._move(ConnectionState.BUSY)
        self.exchanges += 1
        exchange = self._exchange = ClientExchange(IncomingContent(ctx.channel, self._limits.high_water_bytes), loop)
        exchange.keeps = message.is_keep_alive() and not self.is_stream
        written = ctx.new_promise().add_listener(lambda promise: self._has_written(exchange, promise))
        if isinstance(message, HttpContent):
            exchange.is_sent = True
            ctx.write_and_flush(message, written)
            return exchange
        if request.expects_continue:
            exchange.continued = loop.create_future()
        ctx.write_and_flush(message, written)
        exchange.uploading = loop.create_task(self._upload(ctx, exchange, request.content))
        return exchange

    def _has_written(self, exchange: ClientExchange, written: ChannelPromise) -> None:
        if isinstance(written.error, HttpEncoderError):
            self._fail(exchange, _caused(HttpContentError(f"the request cannot be sent: {written.error}"), written.error))

    async def _upload(self, ctx: ChannelHandlerContext, exchange: ClientExchange, content: bytes | AsyncIterable[object] | None) -> None:
        """Send the content as the peer takes it, and wait for its word first where that was asked for."""
        if exchange.continued is not None:
            await asyncio.wait((exchange.continued, exchange.head), timeout=_CONTINUE_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            if exchange.head.done():
                return  # the answer is there, and the content is not wanted
        try:
            async for piece in _pieces(content):
                await ctx.write_and_flush(DefaultHttpContent(piece))
            taken = ctx.write_and_flush(EMPTY_LAST_CONTENT)
            exchange.is_sent = True
            await taken
        except HttpEncoderError as error:
            self._fail(exchange, _caused(HttpContentError(f"the content is not what its head said: {error}"), error))
        except NettyError:
            # The peer takes no more of it. It may have answered all the same; if not, the end of the connection tells.
            _log.debug("%r: the content was not taken", ctx.channel, exc_info=True)
        except Exception as error:  # noqa: BLE001  # of the user's iterator: it is his who waits for the response
            self._fail(exchange, error)

    def abandon(self, exchange: ClientExchange) -> None:
        """Nobody wants the rest of *exchange*: if there is any, the connection ends (law 2)."""
        if self._exchange is exchange:
            self._fail(exchange, HttpConnectionLostError("the response was left before its end", was_heard=exchange.was_heard))

    # Events.

    def handler_added(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        self._ctx = ctx
        return None

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any, /) -> Awaitable[None] | None:
        # hot path: once for each head and each piece of content.
        exchange = self._exchange
        if exchange is None:
            self._unasked(ctx)
            return None
        exchange.was_heard = True
        if isinstance(msg, HttpResponse):
            if msg.status < 200:
                self._informational(exchange, msg)
                return None
            exchange.keeps = exchange.keeps and msg.is_keep_alive()
            if not exchange.head.done():
                exchange.head.set_result(msg)
        if isinstance(msg, HttpContent):
            exchange.content.put(msg.content)
            if isinstance(msg, LastHttpContent):
                self._exchange = None
                self._move(ConnectionState.ENDED)
                exchange.content.end(msg.trailing_headers if msg.has_trailers else None)
                if exchange.uploading is not None and not exchange.is_sent:
                    exchange.uploading.cancel()
                if not (exchange.keeps and exchange.is_sent):
                    self._gone()
                    ctx.close() if exchange.is_sent else ctx.channel.abort()
        return None

    def channel_read_complete(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        if self.state is ConnectionState.BUSY:
            if self._exchange is not None:
                self._exchange.was_heard = True
        elif self.state is ConnectionState.ENDED:
            if self._has_nothing_left() and ctx.channel.is_active:
                self._move(ConnectionState.IDLE)
                self.when_idle()
            else:
                self._unasked(ctx)
        elif self.state is ConnectionState.IDLE and not (self.is_secure and self._has_nothing_left()):
            self._unasked(ctx)  # of TLS there are reads that bring no byte of HTTP: tickets, keys
        return None

    def exception_caught(self, ctx: ChannelHandlerContext, error: Exception, /) -> Awaitable[None] | None:
        exchange = self._exchange
        if exchange is not None:
            self._fail(exchange, _told(error, exchange))
        elif self.state is ConnectionState.NEW:
            self.failure = self.failure or error
        else:
            _log.debug("%r: %r", ctx.channel, error)
            self._gone()
            ctx.close()
        return None

    def channel_inactive(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        cause = ctx.channel.close_cause
        exchange = self._exchange
        if exchange is not None:
            lost = HttpConnectionLostError("the connection was closed before the response was over", was_heard=exchange.was_heard)
            self._leave(_caused(lost, cause))
        self._gone()
        self.when_gone()
        return None

    # Steps.

    def _informational(self, exchange: ClientExchange, response: HttpResponse) -> None:
        exchange.informational += 1
        if response.status == 101:
            self._fail(exchange, HttpProtocolError("the peer changes the protocol (101), of which this client speaks no other"))
        elif exchange.informational > self._limits.max_informational:
            text = f"{exchange.informational} responses of 1xx before the real one, allowed are {self._limits.max_informational}"
            self._fail(exchange, HttpProtocolError(text))
        elif response.status == 100 and exchange.continued is not None and not exchange.continued.done():
            exchange.continued.set_result(None)

    def _has_nothing_left(self) -> bool:
        return self._codec is not None and self._codec.is_between_responses

    def _unasked(self, ctx: ChannelHandlerContext) -> None:
        _log.debug("%r: bytes that nobody has asked for; the connection is closed", ctx.channel)
        self._gone()
        ctx.channel.abort()

    def _fail(self, exchange: ClientExchange, error: Exception) -> None:
        """End *exchange* with *error*, and the connection with it."""
        if self._exchange is exchange:
            self._leave(error)
            if self._ctx is not None:
                self._ctx.channel.abort()
        else:
            exchange.fail(error)

    def _leave(self, error: Exception) -> None:
        exchange, self._exchange = self._exchange, None
        self._gone()
        if exchange is not None:
            exchange.fail(error)
            if exchange.uploading is not None:
                exchange.uploading.cancel()

    def _gone(self) -> None:
        if self.state is not ConnectionState.GONE:
            self._move(ConnectionState.GONE)

    def _move(self, state: ConnectionState) -> None:
        if state not in _MOVES[self.state]:
            raise RuntimeError(f"a connection that is {self.state.value} cannot become {state.value}")
        self.state = state

    def __repr__(self) -> str:
        return f"<HttpConnection {self.state.value}, {self.exchanges} exchanges>"


async def _pieces(content: bytes | AsyncIterable[object] | None) -> AsyncIterator[object]:
    """The content in pieces; empty ones are left out."""
    if isinstance(content, bytes):
        for start in range(0, len(content), WHOLE_BYTES):
            yield content[start : start + WHOLE_BYTES]
    elif content is not None:
        async for piece in content:
            if piece:
                yield piece


def _told(error: Exception, exchange: ClientExchange) -> Exception:
    """The error that a caller gets for *error* of the pipeline."""
    if isinstance(error, HttpClientError):
        return error
    if isinstance(error, Http2GoAwayError) or (isinstance(error, Http2StreamResetError) and error.code == Http2ErrorCode.REFUSED_STREAM):
        return _caused(HttpConnectionLostError(str(error), was_heard=exchange.was_heard, is_untouched=not exchange.was_heard), error)
    if isinstance(error, DecoderError) and not isinstance(error, PrematureCloseError | SslError):
        return _caused(HttpProtocolError(f"the response is none: {error}"), error)
    if isinstance(error, PrematureCloseError):
        text = "the peer closed the connection " + ("in the middle of the response" if exchange.was_heard else "without a response")
    else:
        text = f"the connection was lost before the response was over: {error}"
    return _caused(HttpConnectionLostError(text, was_heard=exchange.was_heard), error)


def _caused(error: HttpClientError, cause: BaseException | None) -> HttpClientError:
    error.__cause__ = cause
    return error


def _nobody() -> None:
    """There is no pool yet."""
