"""HttpContentDecompressor: content as it was before it was compressed, of requests and responses. Source: Netty's class of that name.

A few bytes can hold gigabytes. What comes out is bounded in all and as a multiple of what came in, for every coding alike, and leaves piece
by piece as it is made (`wire.inflate`; CVE-2025-58057, CVE-2026-42587).
"""

from __future__ import annotations

import zlib
from collections.abc import Awaitable, Callable, Iterator
from typing import TYPE_CHECKING, Any, Final, final

from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.components.netty.channel.listener import CLOSE
from pyboot.components.netty.errors import CorruptedFrameError, TooLongFrameError
from pyboot.components.netty.wire.http.errors import HttpDecoderError
from pyboot.components.netty.wire.http.headers import HttpHeaders
from pyboot.components.netty.wire.http.message import (
    EMPTY_LAST_CONTENT,
    DefaultHttpContent,
    DefaultLastHttpContent,
    FullHttpRequest,
    FullHttpResponse,
    HttpContent,
    HttpMessage,
    HttpRequest,
    HttpResponse,
    LastHttpContent,
)
from pyboot.components.netty.wire.http.start_line import HttpVersion
from pyboot.components.netty.wire.inflate import BrotliEngine, Engine, InflateReader, ZlibEngine, ZstdEngine

if TYPE_CHECKING:
    from pyboot.components.netty.channel.context import ChannelHandlerContext

__all__ = ["HttpContentDecompressor", "inflater_for"]

_MIB: Final = 1024 * 1024


@final
class _DeflateEngine:
    """The coding ``deflate``: a zlib stream (RFC 9110 8.4.1.2), or a bare one, which some senders take it for."""

    def __init__(self) -> None:
        self._first = b""
        self._engine: ZlibEngine | None = None
        self.is_finished = False

    def step(self, data: bytes, limit: int) -> tuple[bytes, bytes]:
        if self._engine is None:
            self._first += data
            if len(self._first) < 2:
                return b"", b""
            # RFC 1950 2.2: method 8, and both bytes together a multiple of 31.
            is_zlib = self._first[0] & 0x0F == 8 and int.from_bytes(self._first[:2]) % 31 == 0
            self._engine = ZlibEngine(zlib.MAX_WBITS if is_zlib else -zlib.MAX_WBITS)
            data = self._first
        out, rest = self._engine.step(data, limit)
        self.is_finished = self._engine.is_finished
        return out, rest


_ENGINES: Final[dict[str, Callable[[], Engine]]] = {
    "gzip": lambda: ZlibEngine(16 + zlib.MAX_WBITS),
    "x-gzip": lambda: ZlibEngine(16 + zlib.MAX_WBITS),
    "deflate": _DeflateEngine,
    "br": BrotliEngine,
    "zstd": ZstdEngine,
}


class HttpContentDecompressor(ChannelHandler[Any]):
    """Decompresses what comes in; put it behind the codec, of a server or a client.

    A message whose content is decompressed loses ``Content-Encoding``, and its length, which nobody knows any more. One in a coding that
    is not known, whose library is missing, or in several, goes through as it is, ``Content-Encoding`` included.

    Args:
        max_output_bytes: that the content of a message may have decompressed, 64 MiB by default.
        max_ratio: how many times larger it may be than what came, once it has 1 MiB; 100 by default.

    A message past a limit is an `HttpDecoderError` of the status 413, a broken stream one of 400: the rest of the message is dropped, a
    request is answered so, and the channel is closed. Raises ValueError for a limit below 1.
    """

    def __init__(self, max_output_bytes: int = 64 * _MIB, max_ratio: float = 100.0) -> None:
        if max_output_bytes < 1 or max_ratio < 1:
            raise ValueError(f"max_output_bytes {max_output_bytes}, max_ratio {max_ratio}: both must be at least 1")
        self.max_output_bytes: Final = max_output_bytes
        self.max_ratio: Final = max_ratio
        self._reader: InflateReader | None = None
        self._is_request = False
        self._is_lost = False  # a message was refused: nothing more of this connection is of use

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any, /) -> Awaitable[None] | None:
        if self._is_lost:
            return None
        if isinstance(msg, HttpMessage):
            self._reader = inflater_for(msg, self.max_output_bytes, self.max_ratio)
            if self._reader is not None:
                self._is_request = isinstance(msg, HttpRequest)
                return self._whole(ctx, msg) if isinstance(msg, HttpContent) else ctx.fire_channel_read(_head(msg))
        if self._reader is None or not isinstance(msg, HttpContent):
            return ctx.fire_channel_read(msg)
        try:
            for piece in _pieces(self._reader, msg):
                ctx.fire_channel_read(DefaultHttpContent(piece))
        except HttpDecoderError as error:
            return self._refuse(ctx, error)
        if not isinstance(msg, LastHttpContent):
            return None
        self._reader = None
        return ctx.fire_channel_read(DefaultLastHttpContent(b"", msg.trailing_headers) if msg.has_trailers else EMPTY_LAST_CONTENT)

    def _whole(self, ctx: ChannelHandlerContext, msg: HttpMessage) -> Awaitable[None] | None:
        assert self._reader is not None
        assert isinstance(msg, HttpContent)
        try:
            content = b"".join(_pieces(self._reader, msg))
        except HttpDecoderError as error:
            return self._refuse(ctx, error)
        self._reader = None
        headers = _plain(msg.headers)
        if "content-length" in headers:
            headers.set("content-length", len(content))
        return ctx.fire_channel_read(_made(msg, headers, content))

    def _refuse(self, ctx: ChannelHandlerContext, error: HttpDecoderError) -> Awaitable[None] | None:
        """Answer a request with what is wrong, tell the handlers, and end the connection: its next bytes are of no use."""
        self._is_lost, self._reader = True, None
        if self._is_request:
            answer = FullHttpResponse(error.status, f"{error}\n", {"content-type": "text/plain", "connection": "close"})
            ctx.write_and_flush(answer, ctx.new_promise().add_listener(CLOSE))
        else:
            ctx.close()
        ctx.fire_exception_caught(error)
        return None


def inflater_for(message: HttpMessage, max_output_bytes: int, max_ratio: float) -> InflateReader | None:
    """The reader for the content of *message*; None where it is not compressed, by several codings, or by one that is not known here."""
    codings = [each.decode("latin-1") for each in message.headers.list_of(b"content-encoding") if each != b"identity"]
    if len(codings) != 1 or (make := _ENGINES.get(codings[0])) is None:
        return None
    if isinstance(message, HttpResponse) and (message.status < 200 or message.status in (204, 304)):
        return None
    try:
        make()
    except ImportError:
        return None
    return InflateReader(make, max_output_bytes, max_ratio, concatenated="gzip" in codings[0])


def _pieces(reader: InflateReader, content: HttpContent) -> Iterator[bytes]:
    """Give the pieces that *content* decompresses to, as they are made; raises `HttpDecoderError`."""
    try:
        reader.feed(content.content)
        while (piece := reader.next_frame()) is not None:
            yield piece.take_bytes()
        if isinstance(content, LastHttpContent) and not reader.is_between_frames():
            raise HttpDecoderError("truncated content", "the content ends before its compressed stream does")
    except TooLongFrameError as error:
        raise HttpDecoderError("decompressed content too large", f"decompressed content: {error}", 413) from error
    except CorruptedFrameError as error:
        raise HttpDecoderError("corrupted content", str(error)) from error


def _head(message: HttpMessage) -> HttpMessage:
    headers = _plain(message.headers)
    headers.remove("content-length")
    if message.version is HttpVersion.HTTP_1_1:  # HTTP/1.0 has no chunks, and later versions say otherwise where content ends
        headers.set("transfer-encoding", "chunked")
    return _made(message, headers, None)


def _plain(fields: HttpHeaders) -> HttpHeaders:
    headers = fields.copy()
    headers.remove("content-encoding")
    return headers


def _made(message: HttpMessage, headers: HttpHeaders, content: bytes | None) -> HttpMessage:
    """The same message with other header fields, and with all of its content, or as a head."""
    if isinstance(message, HttpRequest):
        if content is None:
            return HttpRequest(message.method, message.uri, headers, message.version)
        trailers = message.trailing_headers if isinstance(message, LastHttpContent) and message.has_trailers else None
        return FullHttpRequest(message.method, message.uri, content, headers, message.version, trailers)
    assert isinstance(message, HttpResponse)
    if content is None:
        return HttpResponse(message.status, headers, message.version, message.reason)
    trailers = message.trailing_headers if isinstance(message, LastHttpContent) and message.has_trailers else None
    return FullHttpResponse(message.status, content, headers, message.version, message.reason, trailers)
