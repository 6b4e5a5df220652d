"""Media types: what endpoints answer with, and the choice of what a client accepts most. Source: RFC 9110 12.5.1."""

from collections.abc import Sequence
from typing import Final

from pyboot.components.netty.wire.http.accept import qualities

V3_JSON: Final = "application/vnd.spring-boot.actuator.v3+json"
V2_JSON: Final = "application/vnd.spring-boot.actuator.v2+json"
JSON: Final = "application/json"
PRODUCED: Final = (V3_JSON, V2_JSON, JSON)
"""What an operation answers with that does not say it, the best first."""

_CONSUMED: Final = frozenset(PRODUCED)


def choose_type(field: str | None, offered: Sequence[str]) -> str | None:
    """Return the media type of *offered*, best first, that a client accepts most; None if it accepts none of them.

    A range that says more counts before one that says less: ``text/*;q=0.1, text/plain`` wants ``text/plain``.
    """
    if field is None or not field.strip():
        return offered[0] if offered else None
    wanted = qualities(field)
    best, best_quality = None, 0.0
    for media_type in offered:
        quality = _quality(_bare(media_type), wanted)
        if quality > best_quality:
            best, best_quality = media_type, quality
    return best


def is_json(media_type: str) -> bool:
    """Tell whether content of the type *media_type* is what writes are told in."""
    return _bare(media_type) in _CONSUMED


def _quality(media_type: str, wanted: dict[str, float]) -> float:
    for spelling in (media_type, f"{media_type.partition('/')[0]}/*", "*/*"):
        if spelling in wanted:
            return wanted[spelling]
    return 0.0


def _bare(media_type: str) -> str:
    return media_type.partition(";")[0].strip().lower()
