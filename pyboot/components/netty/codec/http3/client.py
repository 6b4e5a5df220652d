"""HTTP/3 of a client: requests out, responses in. Source: Netty's ``Http3ClientConnectionHandler`` and ``Http3.newRequestStream``."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.components.netty.errors import NotYetConnectedError
from pyboot.components.netty.wire.http.errors import HttpDecoderError, HttpEncoderError
from pyboot.components.netty.wire.http.message import FullHttpRequest, FullHttpResponse, HttpMessage, HttpObject, HttpRequest, HttpResponse
from pyboot.components.netty.wire.http.start_line import HttpVersion

from .config import Http3Config
from .connection import CONNECTION, MESSAGE_ERROR, Http3ConnectionHandler
from .errors import Http3GoAwayError
from .heads import Fields, headers_of, request_fields, status_of
from .stream import Http3Stream

if TYPE_CHECKING:
    from pyboot.components.netty.channel.channel import Channel
    from pyboot.components.netty.channel.context import ChannelHandlerContext

__all__ = ["Http3ClientConnectionHandler", "Http3ClientStream", "new_request_stream"]


class Http3ClientStream(Http3Stream):
    """Turns one request into what is sent on a stream, and what comes there into its response; a wrong one goes to exception_caught."""

    def message(self, fields: Fields, *, is_last: bool) -> HttpObject:
        status, headers = status_of(fields), headers_of(fields)
        if status < 200:
            return FullHttpResponse(status, b"", headers, HttpVersion.HTTP_3)
        self.has_head = True
        if is_last:
            return FullHttpResponse(status, b"", headers, HttpVersion.HTTP_3)
        return HttpResponse(status, headers, HttpVersion.HTTP_3)

    def failed(self, ctx: ChannelHandlerContext, error: HttpDecoderError, /) -> None:
        stream: Any = ctx.channel
        ctx.fire_exception_caught(error)
        stream.reset(MESSAGE_ERROR)

    def fields_of(self, head: HttpMessage) -> tuple[Fields, bool]:
        if not isinstance(head, HttpRequest):
            raise HttpEncoderError(f"a client writes requests, not {type(head).__name__}")
        fields = request_fields(head, "https")
        if str(head.method) == "HEAD" and self._connection is not None:
            self._connection.machine.without_content.add(self._stream_id)
        if isinstance(head, FullHttpRequest) and head.content and head.headers.get_bytes(b"content-length") is None:
            fields.append((b"content-length", str(len(head.content)).encode()))
        return fields, False


class Http3ClientConnectionHandler(Http3ConnectionHandler):
    """Speaks HTTP/3 on a QUIC connection of a client, whose ALPN is ``h3``; in its pipeline, with the limits of *config*."""

    def __init__(self, config: Http3Config | None = None) -> None:
        super().__init__(config, None)


def new_request_stream(channel: Channel, handler: ChannelHandler[Any] | Callable[[Any], object]) -> Any:  # Any: a QuicStreamChannel
    """Open a stream for one request on *channel*, and return it: write the request there, its response goes to *handler*.

    *handler* is an initializer, a handler or a function of the stream. Raises `NotYetConnectedError` without an
    `Http3ClientConnectionHandler`, `ClosedChannelError`, and `Http3GoAwayError` once the server has said that it leaves. On the
    channel's loop.
    """
    connection: Any = channel
    http3 = channel.attr(CONNECTION).get()
    if http3 is not None and http3.goaway_received is not None and channel.is_open:
        raise Http3GoAwayError(http3.goaway_received)
    if http3 is None and channel.is_open:
        raise NotYetConnectedError(f"{channel!r} speaks no HTTP/3: put an Http3ClientConnectionHandler into its pipeline")

    def fill(stream: Any) -> None:
        stream.pipeline().add_last(Http3ClientStream(), name="http3")
        if isinstance(handler, ChannelHandler):
            stream.pipeline().add_last(handler)
        else:
            handler(stream)

    return connection.create_stream(fill)
