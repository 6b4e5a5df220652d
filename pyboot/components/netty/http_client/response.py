"""HttpClientResponse: the response to a request, as a program reads it: its head at once, its content whole or piece by piece.

Content is decompressed as it is taken, piece by piece: what nobody takes is not made, and a few bytes that hold gigabytes cost a piece.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from email.message import Message
from typing import Any, Self, final

from pyboot.components.netty.channel.life.deadline import DeadlineScope
from pyboot.components.netty.errors import DecoderError
from pyboot.components.netty.handler.http.decompressor import inflater_for
from pyboot.components.netty.wire.http.headers import HttpHeaders
from pyboot.components.netty.wire.http.message import HttpResponse
from pyboot.components.netty.wire.inflate import InflateReader

from .connection import ClientExchange, HttpConnection
from .errors import HttpClientError, HttpContentTooLargeError, HttpPhase, HttpProtocolError, HttpStatusError
from .limits import HttpLimits
from .timeouts import Deadlines

__all__ = ["HttpClientResponse"]

_NO_LIMIT = 1 << 62
_DRAIN_SECONDS = 1.0


@final
class HttpClientResponse:
    """A response: *status*, *reason*, *headers*, the *method* and *url* that it answers, and *history*, the redirects before it.

    Its content is read once: by `read`, `text` and `json`, which keep it, or by ``async for chunk in response``. A response that is left
    before the end of its content costs its connection, and nothing else.
    """

    __slots__ = (
        "_connection",
        "_content",
        "_deadlines",
        "_exchange",
        "_inflater",
        "_is_taken",
        "_limits",
        "headers",
        "history",
        "method",
        "reason",
        "status",
        "url",
    )

    def __init__(
        self,
        head: HttpResponse,
        method: str,
        url: str,
        exchange: ClientExchange,
        connection: HttpConnection,
        deadlines: Deadlines,
        limits: HttpLimits,
        *,
        decompress: bool,
    ) -> None:
        self.status: int = head.status
        self.reason: str = head.reason
        self.headers: HttpHeaders = head.headers
        self.method = method
        self.url = url
        self.history: tuple[HttpClientResponse, ...] = ()
        self._exchange = exchange
        self._connection = connection
        self._deadlines = deadlines
        self._limits = limits
        self._content: bytes | None = None
        self._is_taken = False
        self._inflater: InflateReader | None = inflater_for(head, _NO_LIMIT, limits.max_ratio) if decompress and method != "HEAD" else None

    @property
    def is_success(self) -> bool:
        """True for a status of 2xx."""
        return 200 <= self.status < 300

    @property
    def trailers(self) -> HttpHeaders:
        """The fields that came behind the content, none before its end."""
        return self._exchange.content.trailers or HttpHeaders()

    def raise_for_status(self) -> Self:
        """This response, unless its status is 4xx or 5xx: `HttpStatusError` is raised then."""
        if self.status >= 400:
            raise HttpStatusError(self.status, self.reason).of(self.method, self.url)
        return self

    async def read(self) -> bytes:
        """All of the content, kept for the next call.

        Raises `HttpContentTooLargeError` past the limit, `HttpTimeoutError`, `HttpConnectionLostError` for one that ends early, and
        `HttpProtocolError`. If cancelled, or where it raises, the rest is lost.
        """
        if self._content is None:
            limit = self._limits.max_content_bytes
            self._check_length(limit)
            pieces: list[bytes] = []
            size = 0
            async for piece in self._iterate():
                size += len(piece)
                if size > limit:
                    self._leave()
                    raise HttpContentTooLargeError(size, limit).of(self.method, self.url)
                pieces.append(piece)
            self._content = pieces[0] if len(pieces) == 1 else b"".join(pieces)
        return self._content

    async def text(self, encoding: str | None = None) -> str:
        """The content as text, in *encoding*, or that of ``Content-Type``, or UTF-8; bytes that are none become U+FFFD.

        Raises as `read`, and LookupError for an *encoding* that Python does not know.
        """
        content = await self.read()
        if encoding is not None:
            return content.decode(encoding, "replace")
        try:
            return content.decode(_charset(self.headers.get("content-type")), "replace")
        except LookupError:
            return content.decode("utf-8", "replace")

    async def json(self) -> Any:  # Any: whatever the peer sent
        """The content as JSON (RFC 8259). Raises as `read`, and ValueError for what is none."""
        return json.loads(await self.read())

    def __aiter__(self) -> AsyncIterator[bytes]:
        """The content in pieces, as they come. Raises as `read`, and RuntimeError where it was taken already."""
        return self._iterate() if self._content is None else _once(self._content)

    async def close(self) -> None:
        """Let go of the rest of the content; the connection is closed if there is any."""
        self._leave()

    async def drain(self, limit_bytes: int) -> None:
        """Throw the rest of the content away, to keep the connection.

        Of more than *limit_bytes*, of one that is broken, or not here within a second, the connection is given up.
        """
        content, size = self._exchange.content, 0
        try:
            async with DeadlineScope(_DRAIN_SECONDS):
                while not content.is_over and size <= limit_bytes:
                    await content.wait()
                    size += len(content.take_all())
        except TimeoutError:
            pass  # a new connection is there sooner
        self._leave()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: object) -> None:
        self._leave()

    async def _iterate(self) -> AsyncIterator[bytes]:
        if self._is_taken:
            raise RuntimeError(f"the content of the response to {self.method} {self.url} was taken already: read() keeps it")
        self._is_taken = True
        content, inflater = self._exchange.content, self._inflater
        is_empty = True
        try:
            while True:
                while (piece := content.take_nowait()) is not None:
                    is_empty = False
                    if inflater is None:
                        yield piece
                    else:
                        for part in _inflated(inflater, piece):
                            yield part
                if content.is_over:
                    break
                async with self._deadlines.scope(HttpPhase.READ):
                    await content.wait()
            content.check()
            if inflater is not None and not is_empty and not inflater.is_between_frames():
                raise HttpProtocolError("the content ends before its compressed stream does")
        except HttpClientError as error:
            error.of(self.method, self.url)
            raise
        finally:
            self._leave()

    def _check_length(self, limit: int) -> None:
        said = self.headers.get_bytes(b"content-length")
        if said is not None and self.method != "HEAD" and said.isdigit() and int(said) > limit:
            self._leave()
            raise HttpContentTooLargeError(int(said), limit).of(self.method, self.url)

    def _leave(self) -> None:
        self._connection.abandon(self._exchange)

    def __repr__(self) -> str:
        return f"<HttpClientResponse {self.status} {self.reason} to {self.method} {self.url}>"


def _inflated(inflater: InflateReader, piece: bytes) -> Iterator[bytes]:
    try:
        inflater.feed(piece)
        while (part := inflater.next_frame()) is not None:
            yield part.take_bytes()
    except DecoderError as error:
        raise HttpProtocolError(f"the content is not compressed as it says: {error}") from error


def _charset(content_type: str | None) -> str:
    message = Message()
    message["content-type"] = content_type or ""
    return message.get_content_charset() or "utf-8"


async def _once(content: bytes) -> AsyncIterator[bytes]:
    if content:
        yield content
