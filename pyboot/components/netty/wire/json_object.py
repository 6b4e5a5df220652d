"""JSON documents one behind the other, without delimiters: bytes in, the bytes of one object or array out.

::

    BEFORE (three reads)                       AFTER
    +---------+-----------+-----------+        +----------------+  +-------+
    | {"a": [ | 1, 2]} [3 | , 4]      |  --->  | {"a": [1, 2]}  |  | [3,4] |
    +---------+-----------+-----------+        +----------------+  +-------+

Brackets are counted outside of strings; whether the document is good JSON is for its parser to say. Each byte is looked at
once, however the stream is cut. Source: Netty's ``JsonObjectDecoder``.
"""

from __future__ import annotations

import re
from typing import Final, final

from pyboot.components.netty.buffer.byte_buffer import ByteBuffer
from pyboot.components.netty.errors import CorruptedFrameError, TooLongFrameError

from .reader import FrameReader

__all__ = ["JsonObjectReader"]

_NO_SPACE: Final = re.compile(rb"[^ \t\r\n]")
_STRING_TOKEN: Final = re.compile(rb'["\\]')

# All that says nothing, whole strings included, then what does: a bracket, a comma where elements are wanted, or the beginning of
# a string whose end has not come. Possessive throughout (`*+`), so that nothing is looked at twice.
_STRING: Final = rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"'
_BRACKET: Final = re.compile(rb'(?:[^"{}\[\]]++|' + _STRING + rb')*+(["{}\[\]])', re.DOTALL)
_BRACKET_OR_COMMA: Final = re.compile(rb'(?:[^"{}\[\],]++|' + _STRING + rb')*+(["{}\[\],])', re.DOTALL)


@final
class JsonObjectReader(FrameReader):
    """Cuts a stream of chunks into JSON documents.

    What is no JSON, or too long, ends the stream: there is no telling where the next document begins.

    Args:
        max_frame_bytes: longest document, or element, accepted.
        stream_array_elements: give the elements of an array at the top one by one, without the white space around them.
    """

    def __init__(self, max_frame_bytes: int, stream_array_elements: bool = False) -> None:
        super().__init__()
        if max_frame_bytes < 1:
            raise ValueError(f"max_frame_bytes {max_frame_bytes}, must be at least 1")
        self._max = max_frame_bytes
        self._streams = stream_array_elements
        self._token = _BRACKET_OR_COMMA if stream_array_elements else _BRACKET
        self._scanned = 0  # of the chunk
        self._depth = 0
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
        while not self._is_lost:
            if self._depth == 0 and not self._begin():
                return None
            end = self._scan()
            if end < 0:
                self._hold_document()
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
        found = _NO_SPACE.search(data, self._position)
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

    def _scan(self) -> int:
        """Where the token stands that ends the document or element, or -1 if it has not come."""
        data = self._data
        if self._is_escaped and self._scanned < len(data):
            self._is_escaped = False
            self._scanned += 1
        while True:
            found = _STRING_TOKEN.search(data, self._scanned) if self._in_string else self._token.match(data, self._scanned)
            if found is None:
                break
            end = self._scanned = found.end()
            token = data[end - 1]
            if token == 0x5C:  # a backslash
                self._is_escaped = end == len(data)
                self._scanned += not self._is_escaped
            elif token == 0x22:  # a quotation mark
                self._in_string = not self._in_string
            elif token in b"{[":
                self._depth += 1
            elif token in b"}]":
                self._depth -= 1
                if self._depth == 0:
                    return end - 1
            elif self._in_array and self._depth == 1:
                return end - 1
        self._scanned = len(data)
        return -1

    def _cut(self, end: int) -> ByteBuffer | None:
        """The document or element in front of the token at *end*; None for what is no element, as in an empty array."""
        behind = end + 1
        size = behind - self._position
        if self._held + size > self._max + self._in_array:
            raise self._lose(TooLongFrameError(int(self._held + size), self._max))
        whole = self._take_held(size)
        if not self._in_array:
            return ByteBuffer(whole)
        return self._element(whole)

    def _element(self, whole: bytes) -> ByteBuffer | None:
        is_last = whole.endswith(b"]")
        element = whole[:-1].strip(b" \t\r\n")
        if not element and not (is_last and self._element_count == 0):
            raise self._lose(CorruptedFrameError("an element of a JSON array is missing"))
        self._element_count += 1
        if is_last:
            self._in_array = False
        return ByteBuffer(element) if element else None

    def _hold_document(self) -> None:
        self._hold_rest()
        if self._held > self._max:
            raise self._lose(TooLongFrameError(int(self._held), self._max, at_least=True))

    def _lose(self, error: Exception) -> Exception:
        """The stream cannot be followed any more."""
        self._is_lost = True
        self._parts = []
        self._held = 0
        self._position = len(self._data)
        return error
