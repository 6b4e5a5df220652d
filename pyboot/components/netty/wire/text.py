"""Text whose characters may be cut anywhere: bytes in, pieces of text out.

::

    BEFORE (utf-8)                    AFTER
    +----------+-------------+        +-----+  +-------+  error  +-----+
    | "a" C3   | A4 "b" FF 63|  --->  | "a" |  | "äb"  |  (FF)   | "c" |
    +----------+-------------+        +-----+  +-------+         +-----+

Law: bytes that are not text end nothing. The text in front of them and behind them is given all the same, wherever the stream is cut.
So a chunk that cannot be decoded as a whole is decoded byte by byte up to the wrong one: decoders differ in what they forget when they
raise (those of ISO 2022 all that the chunk began with), but one that is given bytes one by one has given all text that came before.
"""

from __future__ import annotations

import codecs
from typing import Final, final

from mypy_extensions import i64

from pyboot.components.netty.errors import DecoderError

from .reader import FrameReader

__all__ = ["TextReader", "no_text"]

# Behind an error so much is decoded at once: a chunk with an error at each byte costs as many pieces, not as many chunks.
_CAREFULLY: Final = 256


@final
class TextReader(FrameReader):
    """Decodes a stream of chunks in the encoding *charset*; with *strip* each piece loses the white space around it."""

    def __init__(self, charset: str, strip: bool = False) -> None:
        super().__init__()
        self._charset = charset
        self._strip = strip
        self._decoder = codecs.getincrementaldecoder(charset)()
        self._at_once: i64 = 0  # bytes of this chunk that may be decoded together

    def feed(self, data: bytes) -> None:
        super().feed(data)
        self._at_once = len(data)

    def next_frame(self) -> str | None:
        """The next piece of text, or None if more bytes are needed; raises `DecoderError` for bytes that are not text, once for each."""
        while self._position < len(self._data):
            state = self._decoder.getstate()
            piece = self._data[self._position : self._position + self._at_once]
            try:
                text: str = self._decoder.decode(piece)
                self._position += len(piece)
            except UnicodeError:
                self._decoder.setstate(state)
                self._at_once = _CAREFULLY
                text = self._up_to_error(len(piece))
            if text:
                return text.strip() if self._strip else text
        return None

    def _up_to_error(self, size: int) -> str:
        """The text in front of the first wrong byte of the next *size*; where there is none, goes behind that byte and raises."""
        text = ""
        for at in range(int(self._position), int(self._position) + size):
            state = self._decoder.getstate()
            try:
                text += self._decoder.decode(self._data[at : at + 1])
                self._position = at + 1
            except UnicodeError as error:
                self._decoder.setstate(state)
                if text:
                    break
                raise self._skip(error, at, state) from error
        return text

    def _skip(self, error: UnicodeError, at: int, state: tuple[bytes, int]) -> DecoderError:
        """Go behind the bytes that *error* is about; the last of those that were decoded stands *at*."""
        rest = error.object[error.end :] if isinstance(error, UnicodeDecodeError) else b""
        # What a decoder remembers besides bytes, an escape sequence or a byte order, holds behind what was wrong as well.
        self._decoder.setstate((rest[:-1], state[1]))
        if not rest:
            self._position = at + 1
        return no_text(self._charset, error)

    def unread(self) -> bytes:
        rest: bytes = self._decoder.getstate()[0] + self._data[self._position :]
        self._decoder.reset()
        self._position = len(self._data)
        return rest

    def is_between_frames(self) -> bool:
        return self._position >= len(self._data) and not self._decoder.getstate()[0]


def no_text(charset: str, error: UnicodeError) -> DecoderError:
    """The error to report for bytes that are no text."""
    where = f"{error.reason} at {error.start}" if isinstance(error, UnicodeDecodeError) else str(error)
    return DecoderError(f"bytes that are not {charset}: {where}")
