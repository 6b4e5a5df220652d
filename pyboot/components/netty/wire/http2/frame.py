"""Frames: what handlers of HTTP/2 read and write. Source: RFC 9113 4.1 and 6; the classes are Netty's.

::

    +-----------------------------------------------+
    |                 Length (24)                   |
    +---------------+---------------+---------------+
    |   Type (8)    |   Flags (8)   |
    +-+-------------+---------------+-------------------------------+
    |R|                 Stream Identifier (31)                      |
    +=+=============================================================+
    |                   Frame Payload (0...)                      ...
    +---------------------------------------------------------------+

Frames are values. `stream_id` is 0 for those of the connection; a stream channel needs none to write, whichever stream it is. Heads are
whole: `Http2HeadersFrame` stands for HEADERS with all its CONTINUATION frames. Padding is gone, priorities are not told.
"""

from __future__ import annotations

from typing import Final, final

from mypy_extensions import i64, mypyc_attr

from pyboot.components.netty.wire.http.headers import HeaderFields, HttpHeaders

from .errors import Http2ErrorCode, name_of
from .settings import Http2Settings

__all__ = [
    "Http2DataFrame",
    "Http2Frame",
    "Http2GoAwayFrame",
    "Http2Headers",
    "Http2HeadersFrame",
    "Http2PingFrame",
    "Http2ResetFrame",
    "Http2SettingsAckFrame",
    "Http2SettingsFrame",
    "Http2StreamFrame",
    "Http2UnknownFrame",
    "Http2WindowUpdateFrame",
]

DATA: Final = 0x0
HEADERS: Final = 0x1
PRIORITY: Final = 0x2
RST_STREAM: Final = 0x3
SETTINGS: Final = 0x4
PUSH_PROMISE: Final = 0x5
PING: Final = 0x6
GOAWAY: Final = 0x7
WINDOW_UPDATE: Final = 0x8
CONTINUATION: Final = 0x9

FRAME_NAMES: Final = (
    "DATA",
    "HEADERS",
    "PRIORITY",
    "RST_STREAM",
    "SETTINGS",
    "PUSH_PROMISE",
    "PING",
    "GOAWAY",
    "WINDOW_UPDATE",
    "CONTINUATION",
)

END_STREAM: Final = 0x1
ACK: Final = 0x1
END_HEADERS: Final = 0x4
PADDED: Final = 0x8
PRIORITIZED: Final = 0x20

HEAD_BYTES: Final = 9
PREFACE: Final = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"


@final
class Http2Headers:
    """The head of a request (*method*, *scheme*, *authority*, *path*), of a response (*status*), or trailers, with its *headers*.

    Args:
        headers: the fields that are no pseudo-header fields; `HttpHeaders`, or what they are made of.
        method: of a request; *path* and *scheme* belong to it.
        status: of a response.
    """

    def __init__(
        self,
        headers: HeaderFields = None,
        *,
        method: str | None = None,
        scheme: str | None = None,
        authority: str | None = None,
        path: str | None = None,
        status: int = 0,
    ) -> None:
        self.headers: HttpHeaders = headers if isinstance(headers, HttpHeaders) else HttpHeaders(headers)
        self.method = method
        self.scheme = scheme
        self.authority = authority
        self.path = path
        self.status: i64 = status

    def pseudo(self) -> list[tuple[str, str]]:
        """The pseudo-header fields, with their colon."""
        found = [(":method", self.method), (":scheme", self.scheme), (":authority", self.authority), (":path", self.path)]
        told = [(name, value) for name, value in found if value is not None]
        return [*told, (":status", str(self.status))] if self.status else told

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Http2Headers) and self.pseudo() == other.pseudo() and self.headers == other.headers

    def __hash__(self) -> int:
        return hash(tuple(self.pseudo()))

    def __repr__(self) -> str:
        return f"Http2Headers({[*self.pseudo(), *self.headers.items()]!r})"


@mypyc_attr(allow_interpreted_subclasses=True)
class Http2Frame:
    """One frame, of a stream or of the connection."""

    def __init__(self, stream_id: int = 0) -> None:
        self.stream_id: i64 = stream_id

    def _facts(self) -> tuple[object, ...]:
        return ()

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Http2Frame)
            and type(self) is type(other)
            and self.stream_id == other.stream_id
            and self._facts() == other._facts()
        )

    def __hash__(self) -> int:
        return hash((type(self).__name__, int(self.stream_id)))

    def __repr__(self) -> str:
        stream = f", stream_id={self.stream_id}" if self.stream_id else ""
        return f"{type(self).__name__}({', '.join(map(repr, self._facts()))}{stream})"


@mypyc_attr(allow_interpreted_subclasses=True)
class Http2StreamFrame(Http2Frame):
    """A frame that belongs to a stream."""


@final
class Http2HeadersFrame(Http2StreamFrame):
    """A head, or with *end_stream* behind content, trailers."""

    def __init__(self, headers: Http2Headers, end_stream: bool = False, stream_id: int = 0) -> None:
        self.stream_id = stream_id
        self.headers = headers
        self.end_stream = end_stream

    def _facts(self) -> tuple[object, ...]:
        return self.headers, self.end_stream


@final
class Http2DataFrame(Http2StreamFrame):
    """A piece of content. To write, *content* may also be a buffer, or a region; *flow_size*: its bytes of the window, with padding."""

    def __init__(self, content: object = b"", end_stream: bool = False, stream_id: int = 0, flow_size: int = 0) -> None:
        self.stream_id = stream_id
        self.content = content
        self.end_stream = end_stream
        self.flow_size: i64 = flow_size

    def _facts(self) -> tuple[object, ...]:
        return self.content, self.end_stream


@final
class Http2ResetFrame(Http2StreamFrame):
    """The end of a stream for the reason *code*; what was sent of it counts for nothing."""

    def __init__(self, code: int = Http2ErrorCode.CANCEL, stream_id: int = 0) -> None:
        self.stream_id = stream_id
        self.code = int(code)

    def _facts(self) -> tuple[object, ...]:
        return (name_of(self.code),)


@final
class Http2WindowUpdateFrame(Http2StreamFrame):
    """Room for *increment* more bytes of content, on a stream or on the connection."""

    def __init__(self, increment: int, stream_id: int = 0) -> None:
        self.stream_id = stream_id
        self.increment = increment

    def _facts(self) -> tuple[object, ...]:
        return (self.increment,)


@final
class Http2SettingsFrame(Http2Frame):
    """The settings that the peer tells us to keep to; they have been answered."""

    def __init__(self, settings: Http2Settings) -> None:
        self.stream_id = 0
        self.settings = settings

    def _facts(self) -> tuple[object, ...]:
        return (self.settings,)


@final
class Http2SettingsAckFrame(Http2Frame):
    """The peer keeps to our settings from here on."""


@final
class Http2PingFrame(Http2Frame):
    """Eight bytes that the other side sends back, with *ack*; one without has been answered."""

    def __init__(self, content: bytes, ack: bool = False) -> None:
        self.stream_id = 0
        self.content = content
        self.ack = ack

    def _facts(self) -> tuple[object, ...]:
        return self.content, self.ack


@final
class Http2GoAwayFrame(Http2Frame):
    """The end of the connection: streams up to *last_stream_id* go on, none begins."""

    def __init__(self, code: int = Http2ErrorCode.NO_ERROR, debug: bytes = b"", last_stream_id: int = 0) -> None:
        self.stream_id = 0
        self.code = int(code)
        self.debug = debug
        self.last_stream_id = last_stream_id

    def _facts(self) -> tuple[object, ...]:
        return name_of(self.code), self.debug, self.last_stream_id


@final
class Http2UnknownFrame(Http2StreamFrame):
    """A frame of a kind that nobody here knows, for extensions to read; it counts as ignored."""

    def __init__(self, kind: int, flags: int, content: bytes, stream_id: int = 0) -> None:
        self.stream_id = stream_id
        self.kind = kind
        self.flags = flags
        self.content = content

    def _facts(self) -> tuple[object, ...]:
        return self.kind, self.flags, self.content
