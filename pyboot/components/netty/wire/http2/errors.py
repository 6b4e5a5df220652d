"""The errors of HTTP/2: their codes, and whether they end a stream or the connection (RFC 9113 5.4, 7)."""

from __future__ import annotations

from enum import IntEnum

from pyboot.components.netty.errors import ChannelError, DecoderError

__all__ = [
    "Http2ConnectionError",
    "Http2Error",
    "Http2ErrorCode",
    "Http2GoAwayError",
    "Http2NoMoreStreamIdsError",
    "Http2StreamError",
    "Http2StreamResetError",
]


class Http2ErrorCode(IntEnum):
    """The reasons that RST_STREAM and GOAWAY give (RFC 9113 7)."""

    NO_ERROR = 0x0
    PROTOCOL_ERROR = 0x1
    INTERNAL_ERROR = 0x2
    FLOW_CONTROL_ERROR = 0x3
    SETTINGS_TIMEOUT = 0x4
    STREAM_CLOSED = 0x5
    FRAME_SIZE_ERROR = 0x6
    REFUSED_STREAM = 0x7
    CANCEL = 0x8
    COMPRESSION_ERROR = 0x9
    CONNECT_ERROR = 0xA
    ENHANCE_YOUR_CALM = 0xB
    INADEQUATE_SECURITY = 0xC
    HTTP_1_1_REQUIRED = 0xD


def name_of(code: int) -> str:
    """Return the name of *code*; an unknown one is a number."""
    return Http2ErrorCode(code).name if 0 <= code <= 0xD else f"{code:#x}"


class Http2Error(DecoderError):
    """A peer breaks HTTP/2, or a limit of ours; *code* is an `Http2ErrorCode`, *text* says what was seen and what is allowed."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(code, text)
        self.code = code
        self.text = text

    def __str__(self) -> str:
        return f"{self.text} ({name_of(self.code)})"


class Http2ConnectionError(Http2Error):
    """An error that ends the whole connection: it is told with GOAWAY, then closed."""


class Http2StreamError(Http2Error):
    """An error that ends one stream, which is reset; the connection goes on. *stream_id* is its number."""

    def __init__(self, stream_id: int, code: int, text: str) -> None:
        super().__init__(code, text)
        self.args = (stream_id, code, text)
        self.stream_id = stream_id


class Http2StreamResetError(ChannelError, ConnectionResetError):
    """The peer has reset a stream, for the reason *code*."""

    def __init__(self, stream_id: int, code: int) -> None:
        super().__init__(stream_id, code)
        self.stream_id = stream_id
        self.code = code

    def __str__(self) -> str:
        return f"the peer has reset stream {self.stream_id} ({name_of(self.code)})"


class Http2GoAwayError(ChannelError, ConnectionError):
    """The peer takes no more streams of this connection, and did not look at this one: it may be tried again on another connection."""

    def __init__(self, code: int, last_stream_id: int) -> None:
        super().__init__(code, last_stream_id)
        self.code = code
        self.last_stream_id = last_stream_id
        self.close_reason = "going-away" if code == Http2ErrorCode.NO_ERROR else "peer-error"  # a `CloseReason`

    def __str__(self) -> str:
        return f"the peer takes no more streams after {self.last_stream_id} ({name_of(self.code)})"


class Http2NoMoreStreamIdsError(ChannelError, ConnectionError):
    """All 2**30 numbers for streams of ours are used on this connection: open another one (RFC 9113 5.1.1).

    Those that are open go on. Source: Netty's ``Http2NoMoreStreamIdsException``.
    """

    close_reason = "going-away"  # a `CloseReason`

    def __str__(self) -> str:
        return "the connection has no numbers for streams left, all up to 2**31-1 are used: open another connection"
