"""HTTP/3 of a server: requests in, responses out, each stream one of them. Source: Netty's ``Http3ServerConnectionHandler``."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, Final

from pyboot.components.netty.channel.event import INPUT_SHUTDOWN
from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.components.netty.wire.http.errors import HttpDecoderError, HttpEncoderError
from pyboot.components.netty.wire.http.message import FullHttpRequest, FullHttpResponse, HttpMessage, HttpObject, HttpRequest, HttpResponse
from pyboot.components.netty.wire.http.start_line import HttpVersion

from .config import Http3Config
from .connection import CANCELLED, Http3ConnectionHandler
from .heads import Fields, request_parts, response_fields
from .stream import Http3Stream

if TYPE_CHECKING:
    from pyboot.components.netty.channel.channel import Channel
    from pyboot.components.netty.channel.context import ChannelHandlerContext

__all__ = ["Http3ServerConnectionHandler", "Http3ServerStream"]

_WITHOUT_CONTENT: Final = (204, 304)


class Http3ServerStream(Http3Stream):
    """Turns one stream into one request, and a response into what is sent on it; a wrong request is answered with its status."""

    def __init__(self) -> None:
        super().__init__()
        self._method = ""

    def message(self, fields: Fields, *, is_last: bool) -> HttpObject:
        self._method, target, headers = request_parts(fields)
        self.has_head = True
        stream: Any = self.channel
        stream.ends_itself = True
        if is_last:
            return FullHttpRequest(self._method, target, b"", headers, HttpVersion.HTTP_3)
        return HttpRequest(self._method, target, headers, HttpVersion.HTTP_3)

    def failed(self, ctx: ChannelHandlerContext, error: HttpDecoderError, /) -> None:
        text = f"{error.status}: {error}\n"
        ctx.pipeline.write_and_flush(FullHttpResponse(error.status, text, {"content-type": "text/plain"}))

    def fields_of(self, head: HttpMessage) -> tuple[Fields, bool]:
        if not isinstance(head, HttpResponse):
            raise HttpEncoderError(f"a server writes responses, not {type(head).__name__}")
        fields, status = response_fields(head), head.status
        if status < 200:
            return fields, True
        self.has_no_content = status in _WITHOUT_CONTENT or self._method == "HEAD"
        if isinstance(head, FullHttpResponse) and status not in _WITHOUT_CONTENT and head.headers.get_bytes(b"content-length") is None:
            fields.append((b"content-length", str(len(head.content)).encode()))
        return fields, False

    def written(self, ctx: ChannelHandlerContext, /) -> None:
        """A request that has not ended is of no use any more: its sender is told to stop (RFC 9114 4.1)."""
        if not self.has_ended:
            ctx.channel.loop.call_soon(ctx.close)

    def give_up(self) -> None:
        """Wait no longer for the rest of the request: 408 where no response was begun, and the end of the stream."""
        self._is_broken = True
        ctx = self._ctx
        assert ctx is not None
        stream: Any = ctx.channel
        if self.sent_head or not stream.is_open:
            stream.reset(CANCELLED)
        else:
            self.write(ctx, FullHttpResponse(408, b"408: the request has not come in time\n", {"content-type": "text/plain"}), None)
            self.flush(ctx)

    def user_event_triggered(self, ctx: ChannelHandlerContext, event: Any, /) -> Awaitable[None] | None:
        fired = super().user_event_triggered(ctx, event)
        if event is INPUT_SHUTDOWN and not self.has_head and not self._is_broken:
            self.is_malformed("a stream that ends without a request")
        return fired


class Http3ServerConnectionHandler(Http3ConnectionHandler):
    """Serves HTTP/3 on a QUIC connection, whose ALPN is ``h3``; one for each connection, in its pipeline.

    Args:
        request_handler: what fills the pipeline of each stream behind its codec: an initializer, a sharable handler or a function of
            the channel. Requests come there as `HttpRequest` and content, as from an `HttpServerCodec`.
        config: limits.
    """

    def __init__(self, request_handler: ChannelHandler[Any] | Callable[[Any], object], config: Http3Config | None = None) -> None:
        super().__init__(config, self._begin)
        self._request_handler = request_handler

    def _begin(self, stream: Channel) -> None:
        stream.pipeline().add_last(Http3ServerStream(), name="http3")
        if isinstance(self._request_handler, ChannelHandler):
            stream.pipeline().add_last(self._request_handler)
        else:
            self._request_handler(stream)
