"""Escapes of headers: ``\\r``, ``\\n``, ``\\c`` for a colon, and ``\\\\``; no others (STOMP 1.2, "Value Encoding")."""

from __future__ import annotations

import re
from typing import Final

from .errors import CorruptedStompFrameError

__all__ = ["escape", "unescape"]

_TO_ESCAPE: Final = re.compile(r"[\\\r\n:]")
_ESCAPES: Final = {"\\": "\\\\", "\r": "\\r", "\n": "\\n", ":": "\\c"}
_MEANINGS: Final = {escaped[1]: meant for meant, escaped in _ESCAPES.items()}
_ESCAPED: Final = re.compile(r"\\(.?)", re.DOTALL)


def escape(text: str) -> str:
    """*text* as it stands in a header."""
    return _TO_ESCAPE.sub(_escaped, text)


def unescape(text: str) -> str:
    """The meaning of *text*, as it stands in a header; raises `CorruptedStompFrameError` for an escape that there is not."""
    return _ESCAPED.sub(_meant, text) if "\\" in text else text


def _escaped(found: re.Match[str]) -> str:
    return _ESCAPES[found[0]]


def _meant(found: re.Match[str]) -> str:
    meant = _MEANINGS.get(found[1])
    if meant is None:
        raise CorruptedStompFrameError(f"the escape {found[0]!r} in a header, where \\r, \\n, \\c and \\\\ are known")
    return meant
