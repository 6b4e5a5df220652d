"""The messages of HTTP, as handlers see them, whatever version of HTTP carried them.

::

    HttpObject
     ├─ HttpMessage                         a head: version and header fields
     │   ├─ HttpRequest                      method and target; its content follows
     │   │   └─ FullHttpRequest               ... with all of its content: also the last content
     │   └─ HttpResponse                     status; its content follows
     │       └─ FullHttpResponse              ... with all of its content: also the last content
     ├─ DefaultHttpContent                  a piece of content
     └─ DefaultLastHttpContent              the last piece, maybe empty, and what was told behind it

    HttpContent                             what holds content: the last two, and the full ones
     └─ LastHttpContent                      ... and ends its message: the last one, and the full ones

A message is a head, any number of pieces of content, and a last one; or all of that in one full message. So a handler that reads a
stream asks two questions of each object, and needs not know which of both it got::

    if isinstance(msg, HttpRequest): ...        # one begins
    if isinstance(msg, HttpContent): ...        # msg.content: more of it
    if isinstance(msg, LastHttpContent): ...    # that was all

A request that has no content always comes as a `FullHttpRequest`: nothing follows it. One that has content comes as its head and pieces,
however short it is, unless an `HttpObjectAggregator` joins them.

Content is ``bytes``, in and out: a piece of the very bytes that were read, no view that somebody has to give back. Messages hold no
references, so they are never released. Nothing is checked here but header fields: what leaves is checked where it leaves, by the writer.
Source: Netty's ``io.netty.handler.codec.http``.
"""

from __future__ import annotations

from typing import Final

from mypy_extensions import mypyc_attr, trait

from pyboot.components.netty.buffer.message import take_bytes

from .headers import HeaderFields, HttpHeaders
from .start_line import HttpVersion, reason_phrase

__all__ = [
    "EMPTY_LAST_CONTENT",
    "DefaultHttpContent",
    "DefaultLastHttpContent",
    "FullHttpRequest",
    "FullHttpResponse",
    "HttpContent",
    "HttpMessage",
    "HttpObject",
    "HttpRequest",
    "HttpResponse",
    "LastHttpContent",
]

_HTTP_1_0: Final = HttpVersion.HTTP_1_0
_HTTP_1_1: Final = HttpVersion.HTTP_1_1


@mypyc_attr(allow_interpreted_subclasses=True)
class HttpObject:
    """A message, or a part of one."""


@mypyc_attr(allow_interpreted_subclasses=True)
class HttpMessage(HttpObject):
    """The head of a request or response: its *version* and *headers*."""

    def __init__(self, headers: HeaderFields, version: HttpVersion) -> None:
        self.headers: HttpHeaders = headers if isinstance(headers, HttpHeaders) else HttpHeaders(headers)
        self.version = version

    def is_keep_alive(self) -> bool:
        """True if the connection may serve another message behind this one (RFC 9112 9.3)."""
        # hot path: once for each message, and most have no such field.
        for field in self.headers.fields:
            if field[0] == b"connection":
                members = self.headers.list_of(b"connection")
                return b"close" not in members and (self.version is not _HTTP_1_0 or b"keep-alive" in members)
        return self.version is not _HTTP_1_0

    def set_keep_alive(self, keep_alive: bool) -> None:  # Netty's signature
        """Say with the header field ``Connection`` what the version does not say by itself; members that say else stay."""
        said = self.headers.list_of(b"connection")
        members = [each.decode("latin-1") for each in said if each not in (b"close", b"keep-alive")]
        if keep_alive is (self.version is _HTTP_1_0):
            members.append("keep-alive" if keep_alive else "close")
        if members:
            self.headers.set("connection", ", ".join(members))
        elif said:
            self.headers.remove("connection")

    def is_transfer_encoding_chunked(self) -> bool:
        """True if the content comes, or goes, in chunks."""
        return b"chunked" in self.headers.list_of(b"transfer-encoding")

    def content_length(self) -> int | None:
        """The value of ``Content-Length``; None where there is none, or no number."""
        value = self.headers.get_bytes(b"content-length")
        return int(value) if value is not None and value.isdigit() else None


@mypyc_attr(allow_interpreted_subclasses=True)
@trait
class HttpContent:
    """A holder of *content*, a piece of a message or all of it; made as `DefaultHttpContent`, or by the full messages."""

    content: bytes


@mypyc_attr(allow_interpreted_subclasses=True)
@trait
class LastHttpContent(HttpContent):
    """Content that ends its message, with the fields that may follow it; made as `DefaultLastHttpContent`, or by the full messages."""

    _trailers: HttpHeaders | None

    @property
    def trailing_headers(self) -> HttpHeaders:
        """Fields that were told behind the content; they are never part of ``headers``."""
        trailers = self._trailers
        if trailers is None:
            trailers = HttpHeaders()
            if self is not EMPTY_LAST_CONTENT:  # which belongs to everybody
                self._trailers = trailers
        return trailers

    @property
    def has_trailers(self) -> bool:
        """True if there are any."""
        return self._trailers is not None and len(self._trailers) > 0


@mypyc_attr(allow_interpreted_subclasses=True)
class DefaultHttpContent(HttpObject, HttpContent):
    """A piece of content, which others follow. A buffer that is given is taken: its bytes are copied and its reference given back."""

    def __init__(self, content: object) -> None:
        self.content = content if isinstance(content, bytes) else _bytes_of(content)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, DefaultHttpContent) and self.content == other.content

    def __hash__(self) -> int:
        return hash(self.content)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({_shown(self.content)})"


@mypyc_attr(allow_interpreted_subclasses=True)
class DefaultLastHttpContent(HttpObject, LastHttpContent):
    """The end of a message: its last content, which may be empty, and trailing fields."""

    def __init__(self, content: object = b"", trailing_headers: HeaderFields = None) -> None:
        self.content = content if isinstance(content, bytes) else _bytes_of(content)
        self._trailers = _headers_or_none(trailing_headers)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, DefaultLastHttpContent) and self.content == other.content and _same_trailers(self, other)

    def __hash__(self) -> int:
        return hash(self.content)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({_shown(self.content)}{_shown_trailers(self)})"


@mypyc_attr(allow_interpreted_subclasses=True)
class HttpRequest(HttpMessage):
    """The head of a request; its content follows, the last piece of it included.

    Args:
        method: its name, in upper case if it is one of `HttpMethod`; text, or a member of that.
        uri: the target as it was sent: a path with its query (``/users?page=2``), ``*``, an absolute URI or, for CONNECT, ``host:port``.
        headers: `HttpHeaders`, or what they are made of.
        version: as the peer wrote it.
    """

    def __init__(self, method: str, uri: str, headers: HeaderFields = None, version: HttpVersion = _HTTP_1_1) -> None:
        self.headers = headers if isinstance(headers, HttpHeaders) else HttpHeaders(headers)
        self.version = version
        self.method = method
        self.uri = uri

    def __eq__(self, other: object) -> bool:
        return isinstance(other, HttpRequest) and type(self) is type(other) and _same_request(self, other)

    def __hash__(self) -> int:
        return hash((self.method, self.uri))

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.method} {self.uri} {self.version} {self.headers.items()!r}>"


@mypyc_attr(allow_interpreted_subclasses=True)
class FullHttpRequest(HttpRequest, LastHttpContent):
    """A request with all of its content, maybe none: its head and its last content in one object."""

    def __init__(
        self,
        method: str,
        uri: str,
        content: object = b"",
        headers: HeaderFields = None,
        version: HttpVersion = _HTTP_1_1,
        trailing_headers: HeaderFields = None,
    ) -> None:
        self.headers = headers if isinstance(headers, HttpHeaders) else HttpHeaders(headers)
        self.version = version
        self.method = method
        self.uri = uri
        self.content = content if isinstance(content, bytes) else _bytes_of(content)
        self._trailers = None if trailing_headers is None else _headers_or_none(trailing_headers)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, FullHttpRequest) or type(self) is not type(other):
            return False
        return _same_request(self, other) and self.content == other.content and _same_trailers(self, other)

    def __hash__(self) -> int:
        return hash((self.method, self.uri))

    def __repr__(self) -> str:
        head = f"{self.method} {self.uri} {self.version} {self.headers.items()!r}"
        return f"<{type(self).__name__} {head} {_shown(self.content)}{_shown_trailers(self)}>"


@mypyc_attr(allow_interpreted_subclasses=True)
class HttpResponse(HttpMessage):
    """The head of a response; its content follows, the last piece of it included.

    Args:
        status: its number, or a member of `HttpResponseStatus`.
        headers: `HttpHeaders`, or what they are made of. Without ``Content-Length`` the content goes in chunks, or to a
            peer of HTTP/1.0 until the connection is closed.
        version: of one that came in, as the peer wrote it; what leaves is HTTP/1.1 (RFC 9110 2.5).
        reason: the text beside the number; by default the registered one.
    """

    def __init__(self, status: int, headers: HeaderFields = None, version: HttpVersion = _HTTP_1_1, reason: str | None = None) -> None:
        self.headers = headers if isinstance(headers, HttpHeaders) else HttpHeaders(headers)
        self.version = version
        self.status = int(status)
        self._reason = reason

    @property
    def reason(self) -> str:
        """The text beside the status."""
        return reason_phrase(self.status) if self._reason is None else self._reason

    @reason.setter
    def reason(self, reason: str | None) -> None:
        self._reason = reason

    @property
    def is_informational(self) -> bool:
        """True for a response before the response, 1xx: another one follows, but for 101."""
        return self.status < 200

    def __eq__(self, other: object) -> bool:
        return isinstance(other, HttpResponse) and type(self) is type(other) and _same_response(self, other)

    def __hash__(self) -> int:
        return hash(self.status)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.version} {self.status} {self.reason} {self.headers.items()!r}>"


@mypyc_attr(allow_interpreted_subclasses=True)
class FullHttpResponse(HttpResponse, LastHttpContent):
    """A response with all of its content, maybe none; ``Content-Length`` is added where it is written, if it is not there.

    A buffer that is given as *content* is taken: its bytes are copied and its reference given back.
    """

    def __init__(
        self,
        status: int,
        content: object = b"",
        headers: HeaderFields = None,
        version: HttpVersion = _HTTP_1_1,
        reason: str | None = None,
        trailing_headers: HeaderFields = None,
    ) -> None:
        self.headers = headers if isinstance(headers, HttpHeaders) else HttpHeaders(headers)
        self.version = version
        self.status = int(status)
        self._reason = reason
        self.content = content if isinstance(content, bytes) else _bytes_of(content)
        self._trailers = None if trailing_headers is None else _headers_or_none(trailing_headers)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, FullHttpResponse) or type(self) is not type(other):
            return False
        return _same_response(self, other) and self.content == other.content and _same_trailers(self, other)

    def __hash__(self) -> int:
        return hash(self.status)

    def __repr__(self) -> str:
        head = f"{self.version} {self.status} {self.reason} {self.headers.items()!r}"
        return f"<{type(self).__name__} {head} {_shown(self.content)}{_shown_trailers(self)}>"


def _bytes_of(content: object) -> bytes:
    data = content.encode() if isinstance(content, str) else take_bytes(content)
    if data is None:
        raise TypeError(f"{type(content).__qualname__} is no content: bytes, a buffer or text (UTF-8) is")
    return data


def _headers_or_none(fields: HeaderFields) -> HttpHeaders | None:
    return fields if fields is None or isinstance(fields, HttpHeaders) else HttpHeaders(fields)


def _same_request(one: HttpRequest, other: HttpRequest) -> bool:
    return one.method == other.method and one.uri == other.uri and one.version == other.version and one.headers == other.headers


def _same_response(one: HttpResponse, other: HttpResponse) -> bool:
    return one.status == other.status and one.version == other.version and one.headers == other.headers


def _same_trailers(one: LastHttpContent, other: LastHttpContent) -> bool:
    return (one._trailers or HttpHeaders()) == (other._trailers or HttpHeaders())


def _shown(content: bytes) -> str:
    """Return content as text for people: a beginning, for it may be long."""
    return f"{content!r}" if len(content) <= 64 else f"{content[:64]!r}... {len(content)} bytes"


def _shown_trailers(last: LastHttpContent) -> str:
    return f" {last.trailing_headers.items()!r}" if last.has_trailers else ""


# The end of a message behind whose content nothing is told: one object for all.
EMPTY_LAST_CONTENT: Final = DefaultLastHttpContent()
