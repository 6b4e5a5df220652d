"""Hex dumps: bytes as a table that a person can read, sixteen a line. Source: Netty's ``ByteBufUtil.prettyHexDump``."""

from __future__ import annotations

from typing import Final

__all__ = ["hex_dump"]

_RULE: Final = "+--------+-------------------------------------------------+----------------+"
_HEAD: Final = f"""\
         {_RULE[9:60]}
         |  0  1  2  3  4  5  6  7  8  9  a  b  c  d  e  f |
{_RULE}"""


def hex_dump(data: bytes) -> str:
    """*data* as lines of an offset, sixteen bytes in hexadecimal, and the same as text, a dot for each byte that is not printable."""
    if not data:
        return ""
    lines = [_line(at, data[at : at + 16]) for at in range(0, len(data), 16)]
    return "\n".join([_HEAD, *lines, _RULE])


def _line(at: int, part: bytes) -> str:
    text = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in part)
    return f"|{at:08x}| {part.hex(' '):<47} |{text:<16}|"
