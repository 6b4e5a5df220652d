"""InlineCommand: a command as a person types it, words between spaces. Source: Redis's ``sdssplitargs``.

::

    SET greeting "hello\\r\\n\\x00" 'it''s'
"""

from __future__ import annotations

import re
from typing import Final

from .errors import CorruptedRedisMessageError

__all__ = ["split_inline"]

# A word is bare, or in quotes, behind which a space or the end must come.
_WORD: Final = re.compile(rb"""[ \t]*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|([^ \t"']+))(?=[ \t]|$)""", re.DOTALL)
_ESCAPE: Final = re.compile(rb"\\x([0-9a-fA-F]{2})|\\(.)", re.DOTALL)
_SHORT: Final = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"a": b"\a", b"b": b"\b"}


def split_inline(line: bytes) -> list[bytes]:
    """The words of *line*, which has no line end; raises `CorruptedRedisMessageError` for quotes that do not close."""
    words: list[bytes] = []
    line = line.strip(b" \t")
    at = 0
    while at < len(line):
        found = _WORD.match(line, at)
        if found is None:
            raise CorruptedRedisMessageError("an inline command whose quotes do not close")
        double, single, bare = found.groups()
        if double is not None:
            words.append(_ESCAPE.sub(_meant, double))
        elif single is not None:
            words.append(single.replace(b"\\'", b"'"))
        else:
            words.append(bare)
        at = found.end()
    return words


def _meant(found: re.Match[bytes]) -> bytes:
    digits, letter = found.groups()
    return bytes([int(digits, 16)]) if digits is not None else _SHORT.get(letter, letter)
