"""Hop-by-hop fields: what speaks of one connection of HTTP/1, and no message of HTTP/2 or HTTP/3 has (RFC 9113 8.2.2, RFC 9114 4.2).

The one place that says which those are, for what comes and for what leaves. Whatever ``Connection`` names is of its connection too
(RFC 9110 7.6.1). ``TE`` may come and leave, to say ``trailers`` and nothing else.
"""

from __future__ import annotations

from typing import Final

from .headers import HttpHeaders

__all__ = ["HOP_BY_HOP", "end_to_end", "is_hop_by_hop"]

HOP_BY_HOP: Final = frozenset(
    (b"connection", b"http2-settings", b"keep-alive", b"proxy-connection", b"transfer-encoding", b"upgrade"),
)
_TE: Final = b"te"
_TRAILERS: Final = b"trailers"


def is_hop_by_hop(name: bytes, value: bytes) -> bool:
    """True if a message of HTTP/2 or HTTP/3 may not have the field; *name* is in lower case."""
    return name in HOP_BY_HOP or (name == _TE and value.lower() != _TRAILERS)


def end_to_end(headers: HttpHeaders) -> HttpHeaders:
    """Return *headers*, or trailers, as they may leave: without hop-by-hop fields, and those that ``Connection`` names."""
    # hot path: once for each message that leaves.
    found = False
    for field in headers.fields:
        if field[0] in HOP_BY_HOP or field[0] == _TE:
            found = True
            break
    if not found:
        return headers
    gone = {*HOP_BY_HOP, _TE, *headers.list_of(b"connection")}
    kept = HttpHeaders()
    kept.fields = [field for field in headers.fields if field[0] not in gone]
    if _TRAILERS in headers.list_of(_TE):
        kept.fields.append((_TE, _TE, _TRAILERS))
    return kept
