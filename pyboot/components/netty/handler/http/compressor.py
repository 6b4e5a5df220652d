"""HttpContentCompressor: responses in the coding that their client wants most. Source: Netty's class of that name.

What is compressed is decided when the head of a response leaves: its client has asked for it, its type gains by it, and nothing says
that it is not to be touched. Full responses are compressed whole and keep a length, others go on piece by piece, and what was written is
readable for the client with each flush.
"""

from __future__ import annotations

import importlib.util
import zlib
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol, final

from pyboot.components.netty.buffer.file_region import FileRegion
from pyboot.components.netty.buffer.message import take_bytes
from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.components.netty.handler.chunked import write_in_chunks
from pyboot.components.netty.wire.http.accept import choose_coding
from pyboot.components.netty.wire.http.message import (
    DefaultHttpContent,
    DefaultLastHttpContent,
    FullHttpResponse,
    HttpContent,
    HttpRequest,
    HttpResponse,
    LastHttpContent,
)
from pyboot.components.netty.wire.http.start_line import HttpVersion
from pyboot.components.netty.wire.inflate import optional_library

from .requests import RequestQueue

if TYPE_CHECKING:
    from pyboot.components.netty.channel.context import ChannelHandlerContext
    from pyboot.components.netty.channel.promise import ChannelPromise

__all__ = ["COMPRESSIBLE_TYPES", "HttpContentCompressor"]

# Types whose content is text in one way or another; pictures, films and archives are compressed already.
COMPRESSIBLE_TYPES: Final = (
    "text/",
    "application/json",
    "application/javascript",
    "application/xml",
    "application/wasm",
    "application/manifest+json",
    "application/problem+json",
    "application/ld+json",
    "application/xhtml+xml",
    "application/rss+xml",
    "application/atom+xml",
    "application/x-ndjson",
    "image/svg+xml",
    "image/bmp",
    "font/ttf",
    "font/otf",
)
_MIN_BYTES: Final = 1024
_LIBRARIES: Final = {"br": "brotli", "zstd": "zstandard"}


class _Stream(Protocol):
    def compress(self, data: bytes) -> bytes: ...

    def flush(self) -> bytes:
        """All that was taken in, readable by the other side; the stream goes on."""
        ...

    def end(self) -> bytes: ...


class _Wanted(NamedTuple):
    coding: str | None
    method: str
    is_old: bool  # HTTP/1.0, whose clients know of no chunks


class HttpContentCompressor(ChannelHandler[Any]):
    """Compresses what leaves; put it behind the server's codec.

    Args:
        codings: those that are offered, the one that is taken first where a client does not mind: ``br``, ``zstd``, ``gzip``,
            ``deflate``; by default all whose library is installed (extra ``compression``).
        min_bytes: a response that is known to be shorter goes as it is, 1 KiB by default.
        content_types: beginnings of the types that are compressed.
        level: how hard it is tried, 1 to 9.

    A response goes as it is without content or of a part of one (1xx, 204, 304, 206, to HEAD, and 2xx to CONNECT), if it has a
    ``Content-Encoding``, ``Content-Range`` or ``no-transform``, and to HTTP/1.0. ``Vary`` gets ``Accept-Encoding`` wherever
    another client would get something else, and a strong ``ETag`` becomes a weak one. Raises ValueError for a coding nobody knows and a
    level out of range, ImportError for one whose library is missing.
    """

    def __init__(
        self,
        codings: Sequence[str] | None = None,
        *,
        min_bytes: int = _MIN_BYTES,
        content_types: Sequence[str] = COMPRESSIBLE_TYPES,
        level: int = 5,
    ) -> None:
        self.codings: Final = _installed() if codings is None else tuple(codings)
        if not 1 <= level <= 9 or min_bytes < 0:
            raise ValueError(f"level {level}, min_bytes {min_bytes}: allowed is 1 to 9, and 0 or more")
        for coding in self.codings:
            _stream(coding, level)  # what is wrong is told here, not with the first response
        self.min_bytes: Final = min_bytes
        self.content_types: Final = tuple(content_types)
        self.level: Final = level
        self._requests: RequestQueue[_Wanted] = RequestQueue()
        self._stream: _Stream | None = None  # of the response whose head has left
        self._has_more = False  # something was compressed and not made readable yet

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any, /) -> Awaitable[None] | None:
        if isinstance(msg, HttpRequest):
            accepted = ", ".join(msg.headers.get_all("accept-encoding")) if "accept-encoding" in msg.headers else None
            self._requests.add(_Wanted(choose_coding(accepted, self.codings), msg.method, msg.version is HttpVersion.HTTP_1_0))
        return ctx.fire_channel_read(msg)

    def write(self, ctx: ChannelHandlerContext, msg: Any, promise: ChannelPromise | None, /) -> Awaitable[None] | None:
        if isinstance(msg, HttpResponse):
            msg = self._begin(msg)
        elif self._stream is not None:
            if isinstance(msg, FileRegion):  # which nobody can compress unread
                return write_in_chunks(ctx, msg, promise)
            msg = self._compressed(msg)
        written = ctx.write(msg, promise)
        self._requests.written(ctx, msg)
        return written

    def flush(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        if self._stream is not None and self._has_more:
            self._has_more = False
            ctx.write(DefaultHttpContent(self._stream.flush()))
        return ctx.flush()

    def _begin(self, response: HttpResponse) -> HttpResponse:
        """The response as it goes: full ones compressed, of others the head."""
        wanted = self._requests.of(response)
        if wanted is None or not self._is_compressible(response, wanted):
            return response
        headers = response.headers.copy()
        if not headers.contains_value("vary", "accept-encoding") and not headers.contains_value("vary", "*"):
            headers.add("vary", "Accept-Encoding")
        coding = wanted.coding
        if coding is None:
            return _with_headers(response, headers)
        headers.set("content-encoding", coding)
        if (tag := headers.get("etag")) is not None and not tag.startswith("W/"):
            headers.set("etag", f"W/{tag}")
        stream = _stream(coding, self.level)
        if isinstance(response, FullHttpResponse):
            content = stream.compress(response.content) + stream.end()
            headers.set("content-length", len(content))
            trailers = response.trailing_headers if response.has_trailers else None
            return FullHttpResponse(response.status, content, headers, response.version, response.reason, trailers)
        headers.remove("content-length")
        self._stream = stream
        return HttpResponse(response.status, headers, response.version, response.reason)

    def _is_compressible(self, response: HttpResponse, wanted: _Wanted) -> bool:
        status, headers = response.status, response.headers
        if status in (101, 204, 206, 304) or wanted.method == "HEAD" or wanted.is_old or (wanted.method == "CONNECT" and status < 300):
            return False
        if "content-encoding" in headers or "content-range" in headers or headers.contains_value("cache-control", "no-transform"):
            return False
        if not (headers.get("content-type") or "").lower().startswith(self.content_types):
            return False
        length = len(response.content) if isinstance(response, FullHttpResponse) else response.content_length()
        return length is None or length >= self.min_bytes

    def _compressed(self, msg: Any) -> Any:
        stream = self._stream
        assert stream is not None
        data = msg.content if isinstance(msg, HttpContent) else take_bytes(msg)
        if data is None:
            return msg
        if isinstance(msg, LastHttpContent):
            self._stream, self._has_more = None, False
            return DefaultLastHttpContent(stream.compress(data) + stream.end(), msg.trailing_headers if msg.has_trailers else None)
        self._has_more = self._has_more or len(data) > 0
        return DefaultHttpContent(stream.compress(data))


def _with_headers(response: HttpResponse, headers: Any) -> HttpResponse:
    if isinstance(response, FullHttpResponse):
        trailers = response.trailing_headers if response.has_trailers else None
        return FullHttpResponse(response.status, response.content, headers, response.version, response.reason, trailers)
    return HttpResponse(response.status, headers, response.version, response.reason)


def _installed() -> tuple[str, ...]:
    found = [coding for coding, library in _LIBRARIES.items() if importlib.util.find_spec(library) is not None]
    return (*found, "gzip", "deflate")


def _stream(coding: str, level: int) -> _Stream:
    match coding:
        case "gzip":
            return _Deflate(zlib.compressobj(level, zlib.DEFLATED, 16 + zlib.MAX_WBITS))
        case "deflate":
            return _Deflate(zlib.compressobj(level))
        case "br":
            return _Brotli(optional_library("brotli", "the content coding br").Compressor(quality=level))
        case "zstd":
            library = optional_library("zstandard", "the content coding zstd")
            return _Zstd(library.ZstdCompressor(level=level).compressobj(), library)
        case _:
            raise ValueError(f"content coding {coding!r}, allowed is br, zstd, gzip or deflate")


@final
class _Deflate:
    def __init__(self, stream: Any) -> None:
        self.compress: Callable[[bytes], bytes] = stream.compress
        self._flush = stream.flush

    def flush(self) -> bytes:
        flushed: bytes = self._flush(zlib.Z_SYNC_FLUSH)
        return flushed

    def end(self) -> bytes:
        ended: bytes = self._flush()
        return ended


@final
class _Brotli:
    def __init__(self, stream: Any) -> None:
        self.compress: Callable[[bytes], bytes] = stream.process
        self.flush: Callable[[], bytes] = stream.flush
        self.end: Callable[[], bytes] = stream.finish


@final
class _Zstd:
    def __init__(self, stream: Any, library: Any) -> None:
        self.compress: Callable[[bytes], bytes] = stream.compress
        self._stream = stream
        self._library = library

    def flush(self) -> bytes:
        flushed: bytes = self._stream.flush(self._library.COMPRESSOBJ_FLUSH_BLOCK)
        return flushed

    def end(self) -> bytes:
        ended: bytes = self._stream.flush(self._library.COMPRESSOBJ_FLUSH_FINISH)
        return ended
