"""The codecs of an HTTP server: requests in, responses out.

Theory of operation. Requests are read as fast as they come and answered in their order. `Exchange` counts those that wait: where they are
too many, or where the response to one may change the protocol, the decoder holds what came and stops reading the channel, until the
encoder has ended a response and tells it (`Exchange.when_ended`). Decoder and encoder share the exchange of their channel, whether
they are one handler or two.

The flush of a response waits while the next request is there: requests that came in one read, pipelined, are answered with one write to
the network, whoever answers them and however often that flushes. Law of the held flush: it is held only inside of the loop that hands
requests on, which lets it go when it ends, so neither a handler that waits nor a request that is not whole holds up a response; and only
where no request waits for its response, or the rest of it, so that of a response that comes in parts each leaves when it is told to.

A request that is wrong is answered by the codec itself, once all requests before it were answered, and the channel closed; no handler
behind it sees any of it, but for the head and the content that came before the wrong byte. Source: Netty's ``HttpServerCodec``.

A handler that raises owes a response, and its request gets one (`channel.farewell`). Law of the farewell: it is the response of the oldest
request that waits, if nothing of that has left; where the error came while a read was handed on, and others wait before the request that
was handled, nobody knows whose it would be, and the connection ends without. It passes all handlers on its way, so that it is logged,
and a page of another site may read it. A response that only the end of the connection would end must not look whole: it is cut off.
A response that the encoder refuses leaves its request without one, and the next would be read as its own: from then on no request is read
before all others have their response, so whoever was refused has its turn to write another, or the farewell does.

A connection that is about to end (`ChannelDraining`) says so with the response to the newest request, ``Connection: close``, and ends
behind it: its client asks elsewhere from then on, and finds nothing closed under a request. Law of draining: that response answers the
last request of which anything has come, so of requests that were pipelined none is lost.
"""

from __future__ import annotations

from collections.abc import Awaitable
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Final

from mypy_extensions import mypyc_attr

from pyboot.components.netty.channel.attribute import AttributeKey
from pyboot.components.netty.channel.event import DRAINING
from pyboot.components.netty.channel.farewell import Blame
from pyboot.components.netty.channel.fault import tell_peer
from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.components.netty.channel.promise import ChannelPromise
from pyboot.components.netty.codec.frames import FrameDecoder
from pyboot.components.netty.errors import DecoderError
from pyboot.components.netty.wire.http.errors import HttpDecoderError, HttpEncoderError
from pyboot.components.netty.wire.http.message import FullHttpResponse
from pyboot.components.netty.wire.http1.config import HttpDecoderConfig
from pyboot.components.netty.wire.http1.exchange import Exchange
from pyboot.components.netty.wire.http1.requests import HttpRequestReader
from pyboot.components.netty.wire.http1.response_writer import HttpResponseWriter
from pyboot.components.netty.wire.http1.state import CLOSED, HELD, UNTIL_CLOSE

from .encoding import close_when_written, write_http
from .rejected import HttpRequestRejected

if TYPE_CHECKING:
    from pyboot.components.netty.channel.context import ChannelHandlerContext

__all__ = ["HttpRequestDecoder", "HttpResponseEncoder", "HttpServerCodec"]

_EXCHANGE: AttributeKey[Exchange] = AttributeKey("http.server.exchange")

_FAREWELLS: Final = {
    Blame.OURS: (500, b"500: the server has failed\n"),
    Blame.WRONG: (400, b"400: the request is wrong\n"),
    Blame.TOO_LONG: (413, b"413: the request is too long\n"),
}
# For how long a peer that still sends is listened to behind a farewell: a reset would take it away.
_LINGER_SECONDS: Final = 1.0


@mypyc_attr(allow_interpreted_subclasses=True)
class HttpRequestDecoder(FrameDecoder):
    """Turns bytes into requests; *config* holds its limits. A wrong one goes to exception_caught as `HttpDecoderError`, and is the last.

    It wants an `HttpResponseEncoder` beside it, or to be an `HttpServerCodec`, which answers a wrong request too.
    """

    makes_frames: ClassVar[bool | None] = None

    def __init__(self, config: HttpDecoderConfig | None = None) -> None:
        self._requests = HttpRequestReader(config)
        super().__init__(self._requests)
        self._is_held = False

    @property
    def reader(self) -> HttpRequestReader:
        """The machine that reads the requests, for whoever asks how far it is."""
        return self._requests

    def handler_added(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        self._requests.exchange = exchange_of(ctx)
        return None

    def _has_read(self, ctx: ChannelHandlerContext, is_barren: bool) -> None:
        if self._requests.is_held and not ctx.is_removed and not self._is_paused:
            self._hold(ctx)
        else:
            super()._has_read(ctx, is_barren)

    def _hold(self, ctx: ChannelHandlerContext) -> None:
        """Read nothing more until a response has ended."""
        if not self._is_held:
            self._is_held = True
            self._requests.exchange.when_ended = partial(self._response_ended, ctx)
            ctx.channel.pause_reading()
            self._response_ended(ctx)  # it may have, while the request was handled

    def _response_ended(self, ctx: ChannelHandlerContext) -> None:
        """A response has ended, maybe: go on, in a later turn, with what was held, where nothing is in its way any more."""
        requests = self._requests
        if requests.state == HELD:
            if requests.exchange.is_switched:
                requests.switch()
            elif requests.exchange.waiting == 0:
                requests.resume()
        if self._is_held and not requests.is_held:
            if not self._is_paused and not ctx.is_removed:
                self._is_paused = True
                ctx.channel.pause_read(partial(self._go_on, ctx, False))
            self._let_go(ctx)

    def _let_go(self, ctx: ChannelHandlerContext) -> None:
        if self._is_held:
            self._is_held = False
            self._requests.exchange.when_ended = None
            ctx.channel.resume_reading()

    def user_event_triggered(self, ctx: ChannelHandlerContext, event: object, /) -> Awaitable[None] | None:
        if event is DRAINING:
            self._requests.exchange.is_newest_last = self._has_nothing_begun
        return super().user_event_triggered(ctx, event)

    def _has_nothing_begun(self) -> bool:
        """Tell whether the newest request has come whole, and nothing behind it."""
        requests = self._requests
        return not (requests.is_in_content or requests.is_in_head or requests.has_unread or self._waiting or self._is_paused)

    def handler_removed(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        removed = super().handler_removed(ctx)
        self._let_go(ctx)
        return removed


@mypyc_attr(allow_interpreted_subclasses=True)
class HttpResponseEncoder(ChannelHandler[Any]):
    """Turns responses into bytes, each for the request that waits longest; closes the channel behind one that is the last.

    A response without ``Content-Length`` gets one if it is full, and goes in chunks if it is not. ``Connection`` is added where the request
    or the version asks for it.
    """

    def __init__(self) -> None:
        self._responses = HttpResponseWriter()

    def handler_added(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        self._responses.exchange = exchange_of(ctx)
        return None

    def write(self, ctx: ChannelHandlerContext, msg: Any, promise: ChannelPromise | None, /) -> Awaitable[None] | None:
        # hot path: once for each message that leaves.
        return write_response(ctx, self._responses, msg, promise)


@mypyc_attr(allow_interpreted_subclasses=True)
class HttpServerCodec(HttpRequestDecoder):
    """Turns bytes into requests and responses into bytes: `HttpRequestDecoder` and `HttpResponseEncoder` in one.

    A wrong request is answered with the status that fits (400, 413, 414, 431, 501, 505) when those before it were, and the channel is
    closed; the pipeline hears of it as `HttpRequestRejected`, the log once for each reason in ten seconds, and then a count. A request
    whose handler raises is answered with 500 (400 and 413 where what it raises is a `DecoderError`), and the channel closed as well.

    Args:
        config: limits and leniencies.
    """

    def __init__(self, config: HttpDecoderConfig | None = None) -> None:
        super().__init__(config)
        self._responses = HttpResponseWriter(self._requests.exchange)
        self._refusal: FullHttpResponse | None = None
        self._is_cutting = False
        self._is_flush_held = False

    def handler_added(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        super().handler_added(ctx)
        self._responses.exchange = self._requests.exchange
        return None

    def write(self, ctx: ChannelHandlerContext, msg: Any, promise: ChannelPromise | None, /) -> Awaitable[None] | None:
        # hot path: once for each message that leaves.
        try:
            written = write_response(ctx, self._responses, msg, promise)
        except HttpEncoderError as error:
            if self._responses.state == CLOSED:
                raise ctx.channel.closed_error() from error
            self._requests.hold()
            raise
        if self._refusal is not None:
            self._refuse_in_turn(ctx)
        return written

    def flush(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        # hot path: once for each read, or for each response.
        if self._is_cutting:
            requests = self._requests
            exchange = requests.exchange
            if exchange.begun == exchange.ended and requests.has_unread and ctx.channel.is_writable:
                self._is_flush_held = True
                return None
        self._is_flush_held = False
        return ctx.flush()

    def close(self, ctx: ChannelHandlerContext, promise: ChannelPromise, /) -> Awaitable[None] | None:
        """Close behind what was flushed."""
        self._let_flush_go(ctx)
        return ctx.close(promise)

    def _cut(self, ctx: ChannelHandlerContext, to_the_end: bool) -> bool:
        self._is_cutting = True
        try:
            return super()._cut(ctx, to_the_end)
        finally:
            self._is_cutting = False  # first: who hears that a write has gone out may flush again
            self._let_flush_go(ctx)

    def _let_flush_go(self, ctx: ChannelHandlerContext) -> None:
        if self._is_flush_held:
            self._is_flush_held = False
            ctx.flush()

    def frame_failed(self, ctx: ChannelHandlerContext, error: DecoderError, /) -> None:
        """Answer a wrong request, in its turn."""
        if not isinstance(error, HttpDecoderError):
            super().frame_failed(ctx, error)
            return
        tell_peer(ctx.channel, f"http {error.reason}", f"request refused with {error.status}: {error}")
        self._refusal = FullHttpResponse(error.status, f"{error.status}: {error}\n", {"content-type": "text/plain", "connection": "close"})
        ctx.fire_user_event_triggered(HttpRequestRejected(error))
        self._refuse_in_turn(ctx)

    def say_farewell(self, ctx: ChannelHandlerContext, blame: Blame, /) -> None:
        """Answer the request whose handler has failed: the law of the farewell."""
        exchange = self._requests.exchange
        if self._responses.state == UNTIL_CLOSE:
            ctx.channel.abort()
        elif self._responses.is_idle and not exchange.is_over and exchange.waiting > 0 and (exchange.waiting == 1 or not self._is_cutting):
            status, text = _FAREWELLS[blame]
            ctx.channel.linger(_LINGER_SECONDS)
            ctx.channel.write_and_flush(FullHttpResponse(status, text, {"content-type": "text/plain", "connection": "close"}))

    def _refuse_in_turn(self, ctx: ChannelHandlerContext) -> None:
        """Send the refusal if nothing stands before it; close at once if the response to that very request has begun."""
        refusal, waiting = self._refusal, self._requests.exchange.waiting
        is_in_content = self._requests.is_broken_in_content
        if refusal is None or waiting > (1 if is_in_content else 0):
            return
        self._refusal = None
        if self._responses.is_idle and waiting == (1 if is_in_content else 0):
            write_response(ctx, self._responses, refusal, None)
        close_when_written(ctx)


def write_response(
    ctx: ChannelHandlerContext, responses: HttpResponseWriter, msg: object, promise: ChannelPromise | None
) -> Awaitable[None]:
    """Write a response, or a part of one; what waited for its end goes on, and behind the last one the channel closes."""
    # hot path: once for each message that leaves.
    written = write_http(ctx, responses, msg, promise)
    if responses.must_close and responses.state == CLOSED:
        responses.must_close = False
        close_when_written(ctx)
    when_ended = responses.exchange.when_ended
    if when_ended is not None:
        when_ended()
    return written


def exchange_of(ctx: ChannelHandlerContext) -> Exchange:
    """The exchange of a channel, which its decoder and its encoder share."""
    attribute = ctx.attr(_EXCHANGE)
    exchange = attribute.get()
    if exchange is None:
        exchange = Exchange()
        attribute.set(exchange)
    return exchange
