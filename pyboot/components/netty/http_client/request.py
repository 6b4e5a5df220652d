"""ClientRequest: one request as it is to be sent, and what may become of it: sent again, or elsewhere. No I/O here."""

from __future__ import annotations

import json
from collections.abc import AsyncIterable
from typing import Any, Final, final

from pyboot.components.netty.buffer.message import take_bytes
from pyboot.components.netty.wire.http.headers import HeaderFields, HttpHeaders
from pyboot.components.netty.wire.http.message import FullHttpRequest, HttpRequest

from .errors import HttpContentError
from .proxy import basic
from .url import HttpUrl

__all__ = ["WHOLE_BYTES", "ClientRequest", "RequestContent", "content_of", "headers_of"]

# bytes, bytearray, memoryview, a ByteBuffer, text as UTF-8, or pieces of any of them as they come.
type RequestContent = object | AsyncIterable[object] | None

# Content up to here leaves with its head, in one message; what is longer goes piece by piece, as the peer takes it.
WHOLE_BYTES: Final = 64 * 1024

# RFC 9110 9.2.2: what is done twice is done once.
_IDEMPOTENT: Final = frozenset({"GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"})


@final
class ClientRequest:
    """A request: *method*, *url*, *headers* without ``Host`` unless the user gave one, and *content*, all of it or its pieces."""

    __slots__ = ("content", "headers", "method", "url")

    def __init__(self, method: str, url: HttpUrl, headers: HttpHeaders, content: bytes | AsyncIterable[object] | None) -> None:
        self.method = method
        self.url = url
        self.headers = headers
        self.content = content

    @property
    def is_replayable(self) -> bool:
        """True if the content can be sent a second time; pieces that came from an iterator are gone."""
        return self.content is None or isinstance(self.content, bytes)

    @property
    def may_be_repeated(self) -> bool:
        """True if nothing else happens when it is sent twice, and it can be."""
        return self.method in _IDEMPOTENT and self.is_replayable

    @property
    def expects_continue(self) -> bool:
        """True if the content waits for the peer's word (RFC 9110 10.1.1)."""
        return self.content is not None and b"100-continue" in self.headers.list_of(b"expect")

    def message(self, forwarded: str | None) -> HttpRequest:
        """The head as it is sent, short content included; *forwarded*: credentials for the proxy, "" for none, None without a proxy."""
        url, headers = self.url, HttpHeaders()
        if "host" not in self.headers:
            headers.add("host", url.origin.authority)
        headers.extend(self.headers)
        if url.user is not None:
            headers.set_default("authorization", basic(url.user, url.password or ""))
        if forwarded:
            headers.set("proxy-authorization", forwarded)
        target = url.target if forwarded is None else f"{url.origin}{url.target}"
        content = self.content
        if content is None or (isinstance(content, bytes) and len(content) <= WHOLE_BYTES and not self.expects_continue):
            return FullHttpRequest(self.method, target, content or b"", headers)
        if isinstance(content, bytes):
            headers.set("content-length", len(content))
        elif "content-length" not in headers:
            headers.set("transfer-encoding", "chunked")
        return HttpRequest(self.method, target, headers)

    def __repr__(self) -> str:
        return f"<ClientRequest {self.method} {self.url}>"


def content_of(
    content: RequestContent, value: Any, headers: HttpHeaders
) -> bytes | AsyncIterable[object] | None:  # Any: whatever json takes
    """The content to send: *content*, or *value* as JSON, with its ``Content-Type`` put into *headers*.

    Raises `HttpContentError` for both, and for a type that is no content.
    """
    if value is not None:
        if content is not None:
            raise HttpContentError("content= and json= are both given: pass one of them")
        headers.set_default("content-type", "application/json")
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
    if content is None or isinstance(content, AsyncIterable):
        return content
    if isinstance(content, str):
        headers.set_default("content-type", "text/plain; charset=utf-8")
        return content.encode()
    data = take_bytes(content)
    if data is None:
        raise HttpContentError(f"{type(content).__qualname__} is no content: bytes, a buffer, text, or an async iterator of them is")
    return data


def headers_of(fields: HeaderFields, defaults: HttpHeaders) -> HttpHeaders:
    """The fields of a request: *fields*, and those of *defaults* that they do not name."""
    headers = HttpHeaders(fields)
    for name, value in defaults.items():
        headers.set_default(name, value)
    return headers
