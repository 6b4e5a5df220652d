"""First bytes: which protocol a connection speaks, told by what its client says first.

::

    TLS         | 14 to 18 | 03 | 00 to 04 | length, at most 4180 |               a record (RFC 8446, 5.1)
    PROXY       | PROXY SP TCP4 SP |      | 0D 0A 0D 0A 00 0D 0A 51 55 49 54 0A | both versions
    HTTP/2      | PRI * HTTP/2.0 CR LF CR LF SM CR LF CR LF |                     its preface, of prior knowledge (RFC 9113, 3.4)
    WebSocket   | GET SP … CR LF … Upgrade: websocket … CR LF CR LF |             a head of HTTP/1.1 that asks for one (RFC 6455, 4.1)
    HTTP/1      | a method that is known | SP |                                   (RFC 9112, 3)
    SOCKS 4     | 04 | 01 or 02 |          SOCKS 5     | 05 | 01 to FF |

Each function says True, False, or None while there are too few bytes to say; True and False never change when more come.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import StrEnum
from typing import Final

from .haproxy.reader import begins_proxy_header
from .tls_record import begins_tls_record

__all__ = ["FirstBytes", "Matcher", "begins_with", "matcher_of"]

type Matcher = Callable[[bytes], bool | None]

_PREFACE: Final = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
_METHODS: Final = tuple(
    f"{method} ".encode()
    for method in ("GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH", "QUERY", "PROPFIND", "REPORT")
)
_ASKS_FOR_WEBSOCKET: Final = re.compile(rb"\r\nupgrade:[ \t]*(?:[^\r\n]*,[ \t]*)?websocket[ \t]*(?:,|\r\n)", re.IGNORECASE)


class FirstBytes(StrEnum):
    """The protocols that are told apart by name."""

    TLS = "tls"
    PROXY = "proxy"
    HTTP2 = "http2"
    WEBSOCKET = "websocket"
    HTTP1 = "http1"
    SOCKS = "socks"


def begins_with(*beginnings: bytes) -> Matcher:
    """The matcher of a protocol whose connections begin with one of *beginnings*.

    Raises ValueError for none, or an empty one, with which everything begins.
    """
    if not beginnings or not all(beginnings):
        raise ValueError("a protocol begins with at least one byte")

    def matches(head: bytes) -> bool | None:
        if head.startswith(beginnings):
            return True
        return None if any(each.startswith(head) for each in beginnings) else False

    return matches


def _begins_websocket(head: bytes) -> bool | None:
    if not head.startswith(b"GET "):
        return None if b"GET ".startswith(head) else False
    end = head.find(b"\r\n\r\n")
    if end < 0:
        return None
    return _ASKS_FOR_WEBSOCKET.search(head, 0, end + 2) is not None


def _begins_socks(head: bytes) -> bool | None:
    if not head:
        return None
    if head[0] not in (4, 5):
        return False
    if len(head) < 2:
        return None
    return head[1] in (1, 2) if head[0] == 4 else head[1] > 0


_MATCHERS: Final[dict[FirstBytes, Matcher]] = {
    FirstBytes.TLS: begins_tls_record,
    FirstBytes.PROXY: begins_proxy_header,
    FirstBytes.HTTP2: begins_with(_PREFACE),
    FirstBytes.WEBSOCKET: _begins_websocket,
    FirstBytes.HTTP1: begins_with(*_METHODS),
    FirstBytes.SOCKS: _begins_socks,
}


def matcher_of(protocol: FirstBytes) -> Matcher:
    """The matcher of *protocol*."""
    return _MATCHERS[protocol]
