"""JSON documents one behind the other, without delimiters: bytes in, the bytes of one object or array out.

::

    BEFORE (three reads)                       AFTER
    +---------+-----------+-----------+        +----------------+  +-------+
    | {"a": [ | 1, 2]} [3 | , 4]      |  --->  | {"a": [1, 2]}  |  | [3,4] |
    +---------+-----------+-----------+        +----------------+  +-------+

Brackets are counted outside of strings; whether the document is good JSON is for its parser to say. Each byte is looked at
once, however the stream is cut, and the bytes of a string only as fast as a quotation mark can be searched for. Source: Netty's
``JsonObjectDecoder``.
"""

from __future__ import annotations

import re
from typing import Final, final

from mypy_extensions import i64

from pyboot.components.netty.buffer.byte_buffer import ByteBuffer
from pyboot.components.netty.errors import CorruptedFrameError, TooLongFrameError

from .reader import FrameReader

__all__ = ["JsonObjectReader"]

_NO_SPACE: Final = re.compile(rb"[^ \t\r\n]")
_TOKEN: Final = re.compile(rb'["{}\[\]]')
_TOKEN_OR_COMMA: Final = re.compile(rb'["{}\[\],]')

_NEAR: Final = 16  # bytes that are looked at, when compiled, before a search pays

_QUOTE: Final = 0x22
_COMMA: Final = 0x2C
_BACKSLASH: Final = 0x5C
_OPENING: Final = 0x7B  # { and, but for the bit 0x20, [
_CLOSING: Final = 0x7D


@final
class JsonObjectReader(FrameReader):
    """Cuts a stream of chunks into JSON documents.

    Bytes that are not JSON, or a document that is too long, end the stream: there is no telling where the next one begins.

    Args:
        max_frame_bytes: longest document, or element, accepted.
        stream_array_elements: give the elements of an array at the top one by one, without the white space around them.

    Raises:
        ValueError: for a limit below one byte.
    """

    def __init__(self, max_frame_bytes: int, stream_array_elements: bool = False) -> None:
        super().__init__()
        if max_frame_bytes < 1:
            raise ValueError(f"max_frame_bytes {max_frame_bytes}, must be at least 1")
        self._max: i64 = max_frame_bytes
        self._streams = stream_array_elements
        self._token = _TOKEN_OR_COMMA if stream_array_elements else _TOKEN
        self._scanned: i64 = 0  # of the chunk
        self._depth: i64 = 0
        self._in_array = False  # whose elements are given one by one
        self._element_count = 0
        self._in_string = False
        self._is_escaped = False  # the next byte belongs to the backslash before it
        self._is_lost = False

    def feed(self, data: bytes) -> None:
        super().feed(data)
        self._scanned = 0

    def next_frame(self) -> ByteBuffer | None:
        """The next document or element, or None if more bytes are needed; raises what is wrong with it."""
        # hot path: the loop runs once for each document (tests/bench/test_decoders.py).
        while not self._is_lost:
            if self._depth == 0 and not self._begin():
                return None
            end = self._scan()
            if end < 0:
                self._cumulate_rest()
                if self._cumulated > self._max:
                    raise self._lose(TooLongFrameError(int(self._cumulated), int(self._max), at_least=True))
                return None
            frame = self._cut(end)
            if frame is not None:
                return frame
        self._position = len(self._data)
        return None

    def is_between_frames(self) -> bool:
        return self._is_lost or (self._depth == 0 and super().is_between_frames())

    def _begin(self) -> bool:
        """Go to the beginning of the next document; False if only white space is left."""
        data = self._data
        start = self._position
        if start < len(data) and data[start] | 0x20 == _OPENING and not self._streams:
            self._scanned = start
            return True
        found = _NO_SPACE.search(data, start)
        self._position = self._scanned = len(data) if found is None else found.start()
        if found is None:
            return False
        if found[0] not in b"{[":
            raise self._lose(CorruptedFrameError(f"a JSON document begins with {{ or [, not with byte 0x{found[0].hex()}"))
        if self._streams and found[0] == b"[":
            self._position = self._scanned = found.end()
            self._depth = 1
            self._in_array = True
            self._element_count = 0
        return True

    def _scan(self) -> i64:
        """The index of the token that ends the document or element; -1 if it has not come."""
        data = self._data
        at = self._scanned
        if self._is_escaped and at < len(data):
            self._is_escaped = False
            at += 1
        while True:
            if self._in_string:
                at = self._leave_string(at)
                if at < 0:
                    break
                self._in_string = False
            at = self._next_token(at)
            if at < 0:
                break
            token: i64 = data[at]
            at += 1
            if token == _QUOTE:
                self._in_string = True
            elif token | 0x20 == _OPENING:
                self._depth += 1
            elif token == _COMMA:
                if self._in_array and self._depth == 1:
                    self._scanned = at
                    return at - 1
            else:
                self._depth -= 1
                if self._depth == 0:
                    self._scanned = at
                    return at - 1
        self._scanned = len(data)
        return -1

    def _next_token(self, at: i64) -> i64:
        """The index of the next byte that is syntax, outside of strings; -1 if none is left."""
        data = self._data
        if not _IS_COMPILED:
            found = self._token.search(data, at)
            return -1 if found is None else found.start()
        size: i64 = len(data)
        while at < size:
            byte: i64 = data[at]
            if byte == _QUOTE or byte | 0x20 == _OPENING or byte | 0x20 == _CLOSING or (byte == _COMMA and self._streams):
                return at
            at += 1
        return -1

    def _leave_string(self, at: i64) -> i64:
        """Behind the end of the string in which *at* is; -1 if that has not come."""
        data = self._data
        if _IS_COMPILED:
            size: i64 = len(data)
            near = min(at + _NEAR, size)
            while at < near:
                byte: i64 = data[at]
                if byte == _QUOTE:
                    return at + 1
                if byte == _BACKSLASH:
                    break
                at += 1
            if at == size:
                return -1
        while True:
            quote: i64 = data.find(b'"', at)
            end: i64 = quote if quote >= 0 else len(data)
            is_escaped = end > at and data[end - 1] == _BACKSLASH and self._backslashes(at, end) % 2 == 1
            if quote < 0:
                self._is_escaped = is_escaped
                return -1
            at = quote + 1
            if not is_escaped:
                return at

    def _backslashes(self, start: i64, end: i64) -> i64:
        """The number of backslashes directly before *end*, of those from *start* on."""
        at = end
        while at > start and self._data[at - 1] == _BACKSLASH:
            at -= 1
        return end - at

    def _cut(self, end: i64) -> ByteBuffer | None:
        """The document or element in front of the token at *end*; None where an empty array has no element."""
        start = self._position
        size = end + 1 - start
        if self._cumulated + size > self._max + (1 if self._in_array else 0):
            raise self._lose(TooLongFrameError(int(self._cumulated + size), int(self._max)))
        if self._in_array:
            return self._element(self._take_cumulated(size))
        if self._cumulated > 0:
            return ByteBuffer(self._take_cumulated(size))
        self._position = end + 1
        return ByteBuffer(self._data, start, end + 1)

    def _element(self, whole: bytes) -> ByteBuffer | None:
        is_last = whole.endswith(b"]")
        element = whole[:-1].strip(b" \t\r\n")
        if not element and not (is_last and self._element_count == 0):
            raise self._lose(CorruptedFrameError("an element of a JSON array is missing"))
        self._element_count += 1
        if is_last:
            self._in_array = False
        return ByteBuffer(element) if element else None

    def _lose(self, error: Exception) -> Exception:
        """End the stream, which cannot be followed any more; return *error* to raise."""
        self._is_lost = True
        self._parts = []
        self._cumulated = 0
        self._position = len(self._data)
        return error


# Whether this file runs as an extension module: methods of one have no code object.
_IS_COMPILED: Final = not hasattr(JsonObjectReader.next_frame, "__code__")
