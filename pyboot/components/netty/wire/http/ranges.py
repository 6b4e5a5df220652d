"""``Range: bytes=0-99,200-``: which parts of a representation a client wants. Source: RFC 9110 14.

A server may always answer with the whole. So what is no range, or is more than anybody needs (CVE-2011-3192, CVE-2025-62727), is
answered so.
"""

from __future__ import annotations

import re
from typing import Final

__all__ = ["byte_ranges"]

_SPEC: Final = re.compile(r"([0-9]{1,18})-([0-9]{0,18})|-([0-9]{1,18})", re.ASCII)
_MOST: Final = 8


def byte_ranges(field: str, size: int, max_ranges: int = _MOST) -> list[tuple[int, int]] | None:
    """Return the first byte and the number of bytes of each range of *field* within *size* bytes.

    None where the whole is to be sent: *field* is no range of bytes, has more than *max_ranges*, or asks for more bytes than there are. An
    empty list where none of the ranges can be satisfied (416).
    """
    unit, _, specs = field.partition("=")
    if unit.strip(" \t").lower() != "bytes" or specs.count(",") >= max_ranges:
        return None
    ranges: list[tuple[int, int]] = []
    for spec in specs.split(","):
        found = _SPEC.fullmatch(spec.strip(" \t"))
        if found is None:
            return None
        first, last, suffix = found.groups()
        if suffix is not None:
            length = min(int(suffix), size)
            if length:
                ranges.append((size - length, length))
        elif last and int(last) < int(first):
            return None
        elif int(first) < size:
            end = min(int(last), size - 1) if last else size - 1
            ranges.append((int(first), end - int(first) + 1))
    # Ranges that overlap would make a small file a large answer.
    return None if len(ranges) > 1 and sum(length for _, length in ranges) > size else ranges
