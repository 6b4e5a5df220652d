"""The codecs of an HTTP client: responses in, requests out. Source: Netty's ``HttpClientCodec``."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any, ClassVar

from mypy_extensions import mypyc_attr

from pyboot.components.netty.channel.attribute import AttributeKey
from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.components.netty.channel.promise import ChannelPromise
from pyboot.components.netty.codec.frames import FrameDecoder
from pyboot.components.netty.wire.http1.config import HttpDecoderConfig
from pyboot.components.netty.wire.http1.exchange import Exchange
from pyboot.components.netty.wire.http1.request_writer import HttpRequestWriter
from pyboot.components.netty.wire.http1.responses import HttpResponseReader

from .encoding import write_http

if TYPE_CHECKING:
    from pyboot.components.netty.channel.context import ChannelHandlerContext

__all__ = ["HttpClientCodec", "HttpRequestEncoder", "HttpResponseDecoder"]

_EXCHANGE: AttributeKey[Exchange] = AttributeKey("http.client.exchange")


@mypyc_attr(allow_interpreted_subclasses=True)
class HttpResponseDecoder(FrameDecoder):
    """Turns bytes into responses to the requests that were written; *config* holds its limits.

    A wrong response goes to exception_caught as `HttpDecoderError`, and is the last. A peer that leaves before all requests have
    their response is told as `PrematureCloseError`. Behind 101, or a response of 2xx to CONNECT, bytes pass as `ByteBuffer`.
    """

    makes_frames: ClassVar[bool | None] = None

    def __init__(self, config: HttpDecoderConfig | None = None) -> None:
        self._responses = HttpResponseReader(config)
        super().__init__(self._responses)

    def handler_added(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        self._responses.exchange = exchange_of(ctx)
        return None

    @property
    def is_between_responses(self) -> bool:
        """True if every request has its response, and not a byte of another has come."""
        return self._responses.is_between_frames()

    def premature_close(self) -> str:
        waiting = self._responses.exchange.waiting
        return "the peer left in the middle of a response" if waiting == 0 else f"the peer left while {waiting} requests wait for responses"


@mypyc_attr(allow_interpreted_subclasses=True)
class HttpRequestEncoder(ChannelHandler[Any]):
    """Turns requests into bytes. A request needs ``Host``; a full one with content gets ``Content-Length`` where it has none."""

    def __init__(self) -> None:
        self._requests = HttpRequestWriter()

    def handler_added(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        self._requests.exchange = exchange_of(ctx)
        return None

    def write(self, ctx: ChannelHandlerContext, msg: Any, promise: ChannelPromise | None, /) -> Awaitable[None] | None:
        return write_http(ctx, self._requests, msg, promise)


@mypyc_attr(allow_interpreted_subclasses=True)
class HttpClientCodec(HttpResponseDecoder):
    """Turns requests into bytes and bytes into responses: `HttpRequestEncoder` and `HttpResponseDecoder` in one.

    It knows which request each response belongs to: one to HEAD has no content, and 100 and its like come before the response.

    Args:
        config: limits and leniencies.
    """

    def __init__(self, config: HttpDecoderConfig | None = None) -> None:
        super().__init__(config)
        self._requests = HttpRequestWriter(self._responses.exchange)

    def handler_added(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        super().handler_added(ctx)
        self._requests.exchange = self._responses.exchange
        return None

    def write(self, ctx: ChannelHandlerContext, msg: Any, promise: ChannelPromise | None, /) -> Awaitable[None] | None:
        return write_http(ctx, self._requests, msg, promise)


def exchange_of(ctx: ChannelHandlerContext) -> Exchange:
    """The exchange of a channel, which its decoder and its encoder share; a new one in a tunnel that the last one has opened."""
    attribute = ctx.attr(_EXCHANGE)
    exchange = attribute.get()
    if exchange is None or exchange.is_switched:
        exchange = Exchange()
        attribute.set(exchange)
    return exchange
