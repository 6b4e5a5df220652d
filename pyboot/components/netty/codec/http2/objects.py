"""Http2StreamFrameToHttpObjectCodec: a stream's frames as the messages of HTTP, for the handlers that know those. Source: Netty's class.

::

    Http2HeadersFrame(GET /users)        -->   FullHttpRequest("GET", "/users", version=HTTP/2)
    Http2HeadersFrame(200)               <--   FullHttpResponse(200, b"hello")
    Http2DataFrame(b"hello", end)

What belongs to a connection of HTTP/1 is left out of what is sent (`wire.http.hop_by_hop`). The authority of a request stands in ``Host``
too, where handlers look for it.
"""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any, Final

from mypy_extensions import i64, mypyc_attr

from pyboot.components.netty.buffer.file_region import FileRegion
from pyboot.components.netty.buffer.message import release, take_bytes
from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.components.netty.channel.promise import DONE, ChannelPromise, is_refused, raise_if_refused
from pyboot.components.netty.wire.http.errors import HttpEncoderError
from pyboot.components.netty.wire.http.headers import HttpHeaders
from pyboot.components.netty.wire.http.hop_by_hop import end_to_end
from pyboot.components.netty.wire.http.message import (
    DefaultHttpContent,
    DefaultLastHttpContent,
    FullHttpRequest,
    FullHttpResponse,
    HttpContent,
    HttpObject,
    HttpRequest,
    HttpResponse,
    LastHttpContent,
)
from pyboot.components.netty.wire.http.start_line import HttpVersion
from pyboot.components.netty.wire.http1.writer import length_said
from pyboot.components.netty.wire.http2.errors import Http2ErrorCode
from pyboot.components.netty.wire.http2.frame import Http2DataFrame, Http2Headers, Http2HeadersFrame, Http2ResetFrame

if TYPE_CHECKING:
    from pyboot.components.netty.channel.context import ChannelHandlerContext

__all__ = ["Http2StreamFrameToHttpObjectCodec"]

_HTTP_2: Final = HttpVersion.HTTP_2


@mypyc_attr(allow_interpreted_subclasses=True)
class Http2StreamFrameToHttpObjectCodec(ChannelHandler[Any]):
    """Stands first in a stream's pipeline: of a server requests come and responses go, of a client the other way round.

    Args:
        is_server: the side.
        scheme: of the requests that are sent.

    A message that is out of turn, or that HTTP/2 does not have, fails with `HttpEncoderError`.
    """

    def __init__(self, *, is_server: bool, scheme: str = "https") -> None:
        self._is_server = is_server
        self._scheme = scheme
        self._is_head = False  # what came asks for no content
        self._has_no_content = False  # what is written has none, whatever it says
        self._left: i64 = -1  # of the content, as its head said
        self.has_begun = False  # the final head was written
        self._has_ended = False

    # In.

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any, /) -> Awaitable[None] | None:
        # hot path: once for each frame.
        if isinstance(msg, Http2HeadersFrame):
            headers = msg.headers
            if headers.method is not None:
                return ctx.fire_channel_read(self._request(headers, msg.end_stream))
            if headers.status != 0:
                return ctx.fire_channel_read(_response(headers, msg.end_stream))
            return ctx.fire_channel_read(DefaultLastHttpContent(b"", headers.headers))
        if isinstance(msg, Http2DataFrame):
            if msg.end_stream:
                return ctx.fire_channel_read(DefaultLastHttpContent(msg.content))
            return ctx.fire_channel_read(DefaultHttpContent(msg.content)) if msg.content else None
        return ctx.fire_channel_read(msg)

    def _request(self, head: Http2Headers, ends: bool) -> HttpRequest:
        method = head.method or ""
        self._is_head = method == "HEAD"
        headers = head.headers
        if head.authority is not None and headers.get_bytes(b"host") is None:
            with_host = HttpHeaders()
            with_host.fields = [(b"host", b"host", head.authority.encode("latin-1")), *headers.fields]
            headers = with_host
        target = head.path if head.path is not None else head.authority or ""
        return FullHttpRequest(method, target, b"", headers, _HTTP_2) if ends else HttpRequest(method, target, headers, _HTTP_2)

    # Out.

    def write(self, ctx: ChannelHandlerContext, msg: Any, promise: ChannelPromise | None, /) -> Awaitable[None] | None:
        # hot path: once for each message that leaves.
        if isinstance(msg, FullHttpResponse) and self._is_server and msg._trailers is None:
            return self._write_whole(ctx, msg, promise)
        if isinstance(msg, HttpResponse if self._is_server else HttpRequest):
            return self._write_head(ctx, msg, promise)
        if isinstance(msg, HttpContent):
            return self._write_content(ctx, msg, promise)
        if isinstance(msg, HttpObject):
            raise HttpEncoderError(f"{type(msg).__qualname__} goes the other way")
        if isinstance(msg, FileRegion):
            return self._write_piece(ctx, msg, promise)
        data = take_bytes(msg)
        return ctx.write(msg, promise) if data is None else self._write_piece(ctx, data, promise)

    def _write_whole(self, ctx: ChannelHandlerContext, response: FullHttpResponse, promise: ChannelPromise | None) -> Awaitable[None]:
        status = response.status
        self._check_turn()
        headers = end_to_end(response.headers)
        length = length_said(headers)
        if status < 200 or status == 204:
            headers = without_length(headers, length)
        if status < 200:
            return ctx.write(Http2HeadersFrame(Http2Headers(headers, status=status)), promise)
        has_none = self._is_head or status == 204 or status == 304
        content = response.content
        if length < 0 and status != 204 and status != 304:
            headers = headers.copy() if headers is response.headers else headers
            headers.add(b"content-length", str(len(content)))
        elif length >= 0 and not has_none and length != len(content):
            raise HttpEncoderError(f"Content-Length says {length}, the content has {len(content)} bytes")
        head = Http2Headers(headers, status=status)
        if not content or has_none:
            return self._begin(ctx, Http2HeadersFrame(head, True), promise)
        raise_if_refused(self._begin(ctx, Http2HeadersFrame(head), None))
        self._has_ended = True
        return ctx.write(Http2DataFrame(content, True), promise)

    def _begin(self, ctx: ChannelHandlerContext, head: Http2HeadersFrame, promise: ChannelPromise | None) -> Awaitable[None]:
        """Write the final head; one that is refused leaves room for another message, such as the 500 of whoever serves."""
        written = ctx.write(head, promise)
        if not is_refused(written):
            self.has_begun = True
            self._has_ended = head.end_stream
        return written

    def _write_head(self, ctx: ChannelHandlerContext, msg: Any, promise: ChannelPromise | None) -> Awaitable[None]:
        self._check_turn()
        headers = end_to_end(msg.headers)
        length = length_said(headers)
        is_whole = isinstance(msg, LastHttpContent)
        content: bytes = msg.content if is_whole else b""
        if isinstance(msg, HttpRequest):
            head = self._request_head(msg, headers)
        else:
            if msg.status < 200 or msg.status == 204:
                headers = without_length(headers, length)
            head = Http2Headers(headers, status=msg.status)
            if msg.status < 200:
                return ctx.write(Http2HeadersFrame(head), promise)
            self._has_no_content = self._is_head or msg.status in (204, 304)
        if is_whole and 0 <= length != len(content) and not self._has_no_content:
            raise HttpEncoderError(f"Content-Length says {length}, the content has {len(content)} bytes")
        self._left = -1 if self._has_no_content else length
        if not is_whole:
            return self._begin(ctx, Http2HeadersFrame(head), promise)
        if not content and not msg.has_trailers:
            return self._begin(ctx, Http2HeadersFrame(head, True), promise)
        if isinstance(msg, HttpRequest) and length < 0:
            head.headers = head.headers.copy()
            head.headers.add(b"content-length", str(len(content)))
        raise_if_refused(self._begin(ctx, Http2HeadersFrame(head), None))
        return self._write_content(ctx, msg, promise)

    def _request_head(self, request: HttpRequest, headers: HttpHeaders) -> Http2Headers:
        host = headers.get("host")
        if host is not None:
            headers = headers.copy()
            headers.remove("host")
        if str(request.method) == "CONNECT":
            return Http2Headers(headers, method="CONNECT", authority=request.uri)
        return Http2Headers(headers, method=str(request.method), scheme=self._scheme, authority=host, path=request.uri)

    def _write_content(self, ctx: ChannelHandlerContext, msg: Any, promise: ChannelPromise | None) -> Awaitable[None]:
        if not isinstance(msg, LastHttpContent):
            return self._write_piece(ctx, msg.content, promise)
        if not self.has_begun or self._has_ended:
            raise HttpEncoderError("the end of a message that has not begun, or has ended")
        self._has_ended = True
        if self._has_no_content:
            return ctx.write(Http2DataFrame(b"", True), promise)
        self._count_down(ctx, len(msg.content), True)
        if not msg.has_trailers:
            return ctx.write(Http2DataFrame(msg.content, True), promise)
        if msg.content:
            ctx.write(Http2DataFrame(msg.content))
        return ctx.write(Http2HeadersFrame(Http2Headers(end_to_end(msg.trailing_headers)), True), promise)

    def _write_piece(self, ctx: ChannelHandlerContext, content: Any, promise: ChannelPromise | None) -> Awaitable[None]:
        is_nothing = isinstance(content, bytes) and not content
        if self._has_no_content or is_nothing:
            release(content)
            return DONE if promise is None else ctx.write(Http2DataFrame(), promise)  # which waits for what is in front of it
        if not self.has_begun or self._has_ended:
            release(content)
            raise HttpEncoderError("content of a message that has not begun, or has ended")
        if self._left >= 0:
            try:
                self._count_down(ctx, content.count if isinstance(content, FileRegion) else len(content), False)
            except HttpEncoderError:
                release(content)
                raise
        return ctx.write(Http2DataFrame(content), promise)

    def _count_down(self, ctx: ChannelHandlerContext, size: int, is_last: bool) -> None:
        """Hold the content against what Content-Length said: a stream where they differ is reset, for it has no whole message."""
        if self._left < 0:
            return
        left = int(self._left) - size
        if left < 0 or (is_last and left > 0):
            self._has_ended = True
            ctx.write(Http2ResetFrame(Http2ErrorCode.INTERNAL_ERROR))
            much = f"{-left} bytes more" if left < 0 else f"{left} bytes less"
            raise HttpEncoderError(f"content of {much} than Content-Length said")
        self._left = left

    def _check_turn(self) -> None:
        if self.has_begun:
            raise HttpEncoderError("a second message on one stream")


def _response(head: Http2Headers, ends: bool) -> HttpResponse:
    status = int(head.status)
    if ends or status < 200:
        return FullHttpResponse(status, b"", head.headers, _HTTP_2)
    return HttpResponse(status, head.headers, _HTTP_2)


def without_length(headers: HttpHeaders, length: int) -> HttpHeaders:
    """Return *headers*, which say *length*, without it: 1xx and 204 speak of none (RFC 9110 8.6)."""
    if length < 0:
        return headers
    kept = HttpHeaders()
    kept.fields = [field for field in headers.fields if field[0] != b"content-length"]
    return kept
