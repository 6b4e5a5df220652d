"""UTF-8 across pieces: text that arrives in parts is refused at its first bad byte, not when it is whole. Source: RFC 6455, 8.1."""

from __future__ import annotations

from codecs import utf_8_decode
from typing import final

__all__ = ["Utf8Validator"]


@final
class Utf8Validator:
    """Says of each piece of a text whether what has come so far can still be UTF-8.

    At most three bytes are kept, those of a character that a piece has cut.
    """

    def __init__(self) -> None:
        self._cut = b""

    def is_valid(self, piece: bytes, is_last: bool) -> bool:
        """True if *piece* goes on as UTF-8 may, and ends with a whole character if it *is_last*."""
        if self._cut:
            piece = self._cut + piece
        elif piece.isascii():
            return True
        try:
            used = utf_8_decode(piece, "strict", is_last)[1]
        except UnicodeDecodeError:
            return False
        cut = self._cut = piece[used:]
        # Python waits for the third byte of a surrogate, which another error handler of its could want; no character begins like that.
        return not (len(cut) == 2 and cut[0] == 0xED and cut[1] >= 0xA0)
