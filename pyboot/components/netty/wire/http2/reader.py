"""Http2FrameReader: bytes to frames of any kind, each whole, judged by nothing but itself (RFC 9113 4.1, 4.2)."""

from __future__ import annotations

from typing import Final

from mypy_extensions import i64, mypyc_attr

from pyboot.components.netty.wire.reader import FrameReader

from .errors import Http2ConnectionError, Http2ErrorCode
from .frame import FRAME_NAMES, HEAD_BYTES, PREFACE

__all__ = ["Http2FrameReader", "name_of_kind", "number_at", "wrong"]

# How requests of HTTP/1 begin, for whoever sends them here by mistake.
_HTTP_1: Final = (b"GET ", b"POST", b"PUT ", b"HEAD", b"OPTI", b"DELE", b"PATC", b"CONN", b"TRAC", b"HTTP")


@mypyc_attr(allow_interpreted_subclasses=True)
class Http2FrameReader(FrameReader):
    """Reads frames of up to *max_frame* bytes, behind the preface of a client where *has_preface*."""

    def __init__(self, max_frame: int, has_preface: bool) -> None:
        super().__init__()
        self._max_frame: i64 = max_frame
        self._preface_left: i64 = len(PREFACE) if has_preface else 0
        self._whole: i64 = 0  # bytes of the frame under way, with its head; 0 while that is not whole
        self.kind: i64 = 0
        self.flags: i64 = 0
        self.stream_id: i64 = 0
        self.payload = b""

    def _next_raw(self) -> bool:
        """Read the next whole frame into `kind`, `flags`, `stream_id` and `payload`; False if more bytes are needed."""
        # hot path: once for each frame.
        if self._preface_left > 0 and not self._read_preface():
            return False
        data = self._data
        at = self._position
        available: i64 = len(data) - at
        if self._cumulated > 0:
            return self._next_of_parts(available)
        if available < HEAD_BYTES:
            self._cumulate_rest()
            return False
        size = self._read_head(data, at)
        if available < HEAD_BYTES + size:
            self._whole = HEAD_BYTES + size
            self._cumulate_rest()
            return False
        self.payload = data[at + HEAD_BYTES : at + HEAD_BYTES + size]
        self._position = at + HEAD_BYTES + size
        return True

    def _next_of_parts(self, available: i64) -> bool:
        """Go on with a frame that began in an earlier chunk."""
        if self._whole == 0:
            missing = HEAD_BYTES - self._cumulated
            if available < missing:
                self._cumulate_rest()
                return False
            head = self._take_cumulated(missing)
            self._whole = HEAD_BYTES + self._read_head(head, 0)
            self._parts.append(head)
            self._cumulated = HEAD_BYTES
            available -= missing
        missing = self._whole - self._cumulated
        if available < missing:
            self._cumulate_rest()
            return False
        frame = self._take_cumulated(missing)
        self._whole = 0
        self._read_head(frame, 0)
        self.payload = frame[HEAD_BYTES:]
        return True

    def _read_head(self, data: bytes, at: i64) -> i64:
        """Read the nine bytes at *at*; gives the length of the payload."""
        upper: i64 = data[at]
        middle: i64 = data[at + 1]
        lower: i64 = data[at + 2]
        size = (upper << 16) | (middle << 8) | lower
        self.kind = data[at + 3]
        self.flags = data[at + 4]
        first: i64 = data[at + 5]
        second: i64 = data[at + 6]
        third: i64 = data[at + 7]
        fourth: i64 = data[at + 8]
        self.stream_id = ((first & 0x7F) << 24) | (second << 16) | (third << 8) | fourth
        if size > self._max_frame:
            text = f"a frame of {size} bytes, allowed are {self._max_frame}"
            raise Http2ConnectionError(Http2ErrorCode.FRAME_SIZE_ERROR, text)
        return size

    def _read_preface(self) -> bool:
        """Compare what has come of the preface, byte by byte as it comes; False if it is not whole."""
        left = self._preface_left
        piece = self._data[self._position : self._position + left]
        begin = len(PREFACE) - left
        if piece != PREFACE[begin : begin + len(piece)]:
            is_http_1 = begin == 0 and piece[:4] in _HTTP_1
            seen = "a message of HTTP/1 where HTTP/2 was to begin" if is_http_1 else f"{piece[:24]!r} where HTTP/2 was to begin"
            raise Http2ConnectionError(Http2ErrorCode.PROTOCOL_ERROR, seen)
        self._position += len(piece)
        self._preface_left = left - len(piece)
        return self._preface_left == 0

    # What is wrong with a frame by itself.

    def _needs_stream(self) -> None:
        if self.stream_id == 0:
            raise wrong(f"{name_of_kind(self.kind)} of stream 0")

    def _needs_connection(self) -> None:
        if self.stream_id != 0:
            raise wrong(f"{name_of_kind(self.kind)} of stream {self.stream_id}, it belongs to the connection")

    def _needs_size(self, size: i64) -> None:
        if len(self.payload) != size:
            raise Http2ConnectionError(
                Http2ErrorCode.FRAME_SIZE_ERROR, f"{name_of_kind(self.kind)} of {len(self.payload)} bytes, it has {size}"
            )

    def _unpadded(self, payload: bytes) -> bytes:
        if len(payload) == 0:
            raise Http2ConnectionError(Http2ErrorCode.FRAME_SIZE_ERROR, f"{name_of_kind(self.kind)} without the length of its padding")
        padding: i64 = payload[0]
        if padding >= len(payload):
            raise wrong(f"padding of {padding} bytes in {len(payload)}")
        return payload[1 : len(payload) - padding]


def number_at(data: bytes, at: i64) -> i64:
    """The four bytes at *at* as a number."""
    first: i64 = data[at]
    second: i64 = data[at + 1]
    third: i64 = data[at + 2]
    fourth: i64 = data[at + 3]
    return (first << 24) | (second << 16) | (third << 8) | fourth


def name_of_kind(kind: i64) -> str:
    """The name of a kind of frame."""
    return FRAME_NAMES[kind] if kind < len(FRAME_NAMES) else f"a frame of kind {kind:#x}"


def wrong(text: str) -> Http2ConnectionError:
    """Return the error for a peer that breaks the protocol."""
    return Http2ConnectionError(Http2ErrorCode.PROTOCOL_ERROR, text)
