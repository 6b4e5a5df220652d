"""The choice of what a peer wants most of what there is: ``Accept-Encoding: br;q=0.8, gzip, *;q=0``. Source: RFC 9110 12.4.2 and 12.5.3."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

__all__ = ["choose_coding", "qualities"]

# RFC 9110 12.4.2: 0 to 1 with three digits at most; anything else is taken for 0, since nobody knows what it wants.
_QUALITY: Final = re.compile(r"(?:0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)\Z")
_MOST: Final = 64  # members that are looked at


def qualities(field: str) -> dict[str, float]:
    """Return how much each member of *field* is wanted, in lower case: 0 not at all, 1 most."""
    found: dict[str, float] = {}
    for member in field.lower().split(",")[:_MOST]:
        name, *parameters = [part.strip(" \t") for part in member.split(";")]
        if name:
            quality = next((part[2:] for part in parameters if part.startswith("q=")), "1")
            found[name] = float(quality) if _QUALITY.match(quality) else 0.0
    return found


def choose_coding(field: str | None, offered: Sequence[str]) -> str | None:
    """Return the coding of *offered*, best first, that a peer wants most; None where it wants content as it is, and without *field*."""
    if field is None:
        return None
    wanted = qualities(field)
    if "x-gzip" in wanted:
        wanted.setdefault("gzip", wanted["x-gzip"])
    anything = wanted.get("*", 0.0)
    best, best_quality = None, 0.0
    for coding in offered:
        quality = wanted.get(coding, anything)
        if quality > best_quality:
            best, best_quality = coding, quality
    return best if best_quality >= wanted.get("identity", 0.0) else None
