"""XML documents one behind the other: bytes in, whole documents out. Nothing is parsed that does not tell where a document ends.

::

    <?xml version="1.0"?> <a> <b c=">"/> <![CDATA[</a>]]> </a>    <d/>
    |---------------------- a frame -------------------------|    |----|      blanks between them are skipped

Laws. (1) A document begins with ``<`` and ends where its first element does; comments, CDATA, processing instructions and quoted values may
hold anything. (2) There is no DOCTYPE: without one there are no entities but XML's own five, so what a parser makes of a frame is no larger
than the frame, and leads nowhere (CVE-2026-56817; "billion laughs", external entities). (3) Depth and attributes are bounded before any
parser sees them. (4) An error ends the stream: where the next document begins cannot be known. Names of tags are not compared: the parser
behind it does that. Source: Netty's ``XmlFrameDecoder``, which takes a ``>`` within quotes for the end of a tag.
"""

from __future__ import annotations

import re
from typing import Final, final

from pyboot.components.netty.buffer.byte_buffer import ByteBuffer
from pyboot.components.netty.errors import CorruptedFrameError, DecoderError, TooLongFrameError

from .reader import FrameReader

__all__ = ["XmlDocumentReader"]

_CONTENT: Final = 0  # between tags
_MARKUP: Final = 1  # behind a < of which it is not known what it begins
_TAG: Final = 2
_SECTION: Final = 3  # comment, CDATA, processing instruction: up to its end
_ENDED: Final = 4

_BLANKS: Final = re.compile(rb"[ \t\r\n]*")
_IN_TAG: Final = re.compile(rb"[<>\"']")
_NAME_BEGINS: Final = re.compile(rb"[A-Za-z_:\x80-\xff]")
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
# What may follow a <, with what ends it.
_SECTIONS: Final = ((b"<!--", b"-->"), (b"<![CDATA[", b"]]>"), (b"<?", b"?>"))


@final
class XmlDocumentReader(FrameReader):
    """Cuts a stream of chunks into documents: `feed` a chunk, then `next_frame` until it gives None.

    Args:
        max_frame_bytes: longest document accepted, what stands in front of its first element included.
        max_depth: most elements within each other.
        max_attributes: most attributes of one element.

    Raises:
        ValueError: for a limit below 1.
    """

    def __init__(self, max_frame_bytes: int = 1024 * 1024, max_depth: int = 128, max_attributes: int = 256) -> None:
        super().__init__()
        if min(max_frame_bytes, max_depth, max_attributes) < 1:
            raise ValueError(
                f"max_frame_bytes {max_frame_bytes}, max_depth {max_depth}, max_attributes {max_attributes}: each must be at least 1"
            )
        self._max = max_frame_bytes
        self._max_depth = max_depth
        self._max_attributes = max_attributes
        self._kept = bytearray()
        self._at = 0  # what stands in front of it has been looked at
        self._state = _CONTENT
        self._depth = 0
        self._markup = 0  # where the tag or section under way begins
        self._quote = b""  # that of the value under way
        self._attributes = 0
        self._end = b""  # of the section under way
        self._is_whole = False  # the element that ended was the first one

    def feed(self, data: bytes) -> None:
        if self._state != _ENDED:
            self._kept += data

    def next_frame(self) -> ByteBuffer | None:
        """The next whole document, or None if more bytes are needed; raises `TooLongFrameError` and `CorruptedFrameError`."""
        while self._step():
            if self._depth == 0 and self._state == _CONTENT and self._is_whole:
                return self._take()
        if self._at > self._max or len(self._kept) > self._max:
            raise self._ended(TooLongFrameError(len(self._kept), self._max, at_least=True))
        return None

    def unread(self) -> bytes:
        rest = bytes(self._kept)
        self._forget()
        return rest

    def is_between_frames(self) -> bool:
        return not self._kept

    def begun(self) -> object:
        return self if self._kept else None

    def held_bytes(self) -> int:
        return len(self._kept)

    def _step(self) -> bool:
        """Go on by one piece of the document; False if more bytes are needed for it."""
        if self._state == _CONTENT:
            return self._content()
        if self._state == _MARKUP:
            return self._begin_markup()
        if self._state == _TAG:
            return self._tag()
        return self._section() if self._state == _SECTION else False

    def _content(self) -> bool:
        kept = self._kept
        if self._depth == 0:
            if self._at == 0:
                del kept[: _blanks(kept, 0)]
                if kept.startswith(_BYTE_ORDER_MARK):
                    self._at = len(_BYTE_ORDER_MARK)
                elif _BYTE_ORDER_MARK.startswith(bytes(kept)):
                    return False
            else:
                self._at = _blanks(kept, self._at)
            if self._at >= len(kept):
                return False
            if kept[self._at] != 0x3C:
                raise self._corrupted(f"{bytes(kept[self._at : self._at + 8])!r} where a document begins")
        else:
            found = kept.find(b"<", self._at)
            if found < 0:
                self._at = len(kept)
                return False
            self._at = found
        self._markup = self._at
        self._state = _MARKUP
        return True

    def _begin_markup(self) -> bool:
        seen = bytes(self._kept[self._markup : self._markup + 9])
        for begin, end in _SECTIONS:
            if seen.startswith(begin):
                if begin == b"<![CDATA[" and self._depth == 0:
                    raise self._corrupted("CDATA outside of an element")
                self._end = end
                self._at = self._markup + len(begin)
                self._state = _SECTION
                return True
        if any(begin.startswith(seen) for begin, _ in _SECTIONS):
            return False
        if seen.startswith(b"<!"):
            if b"<!DOCTYPE".startswith(seen) and len(seen) < 9:
                return False
            raise self._corrupted(f"{seen!r}: there is no DOCTYPE, and so no entities of its own" if seen == b"<!DOCTYPE" else repr(seen))
        if not _NAME_BEGINS.match(seen[2:] if seen.startswith(b"</") else seen[1:]):
            if len(seen) < 3 and seen in (b"<", b"</"):
                return False
            raise self._corrupted(f"{seen!r}, which begins no tag")
        self._quote, self._attributes = b"", 0
        self._at = self._markup + 1
        self._state = _TAG
        return True

    def _tag(self) -> bool:
        kept = self._kept
        while True:
            if self._quote:
                found = kept.find(self._quote, self._at)
                if found < 0:
                    self._at = len(kept)
                    return False
                self._at = found + 1
                self._quote = b""
            mark = _IN_TAG.search(kept, self._at)
            if mark is None:
                self._at = len(kept)
                return False
            self._at = mark.end()
            if mark[0] == b">":
                self._tag_ended()
                return True
            if mark[0] == b"<":
                raise self._corrupted("a < within a tag")
            self._quote = bytes(mark[0])
            self._attributes += 1
            if self._attributes > self._max_attributes:
                raise self._corrupted(f"an element of more than {self._max_attributes} attributes")

    def _tag_ended(self) -> None:
        kept = self._kept
        self._state = _CONTENT
        self._is_whole = False
        if kept[self._markup + 1] == 0x2F:  # </
            if self._depth == 0:
                raise self._corrupted("an end of an element that has not begun")
            self._depth -= 1
        elif kept[self._at - 2] != 0x2F:  # />
            if self._depth >= self._max_depth:
                raise self._corrupted(f"more than {self._max_depth} elements within each other")
            self._depth += 1
        self._is_whole = self._depth == 0

    def _section(self) -> bool:
        found = self._kept.find(self._end, self._at)
        if found < 0:
            self._at = max(self._at, len(self._kept) - len(self._end) + 1)
            return False
        self._at = found + len(self._end)
        self._state = _CONTENT
        self._is_whole = False
        return True

    def _take(self) -> ByteBuffer:
        size = self._at
        if size > self._max:
            raise self._ended(TooLongFrameError(size, self._max))
        frame = bytes(self._kept[:size])
        del self._kept[:size]
        self._at = 0
        self._is_whole = False
        return ByteBuffer(frame)

    def _forget(self) -> None:
        self._kept = bytearray()
        self._at = self._depth = 0
        self._state = _CONTENT

    def _corrupted(self, seen: str) -> DecoderError:
        return self._ended(CorruptedFrameError(f"no XML: {seen}"))

    def _ended(self, error: DecoderError) -> DecoderError:
        self._forget()
        self._state = _ENDED
        return error


def _blanks(data: bytearray, start: int) -> int:
    """The place where the blanks at *start* end."""
    found = _BLANKS.match(data, start)
    assert found is not None  # none at all match too
    return found.end()
