"""TLS records: whether bytes begin one, and what they look like if they do not.

::

    | content type | version | length  | fragment          |
    | 20 to 24     | 3, 0-4  | 2 bytes | at most 16640     |

Only the head is looked at here; what is inside is OpenSSL's business. Source: RFC 8446, 5.1 and 5.2.
"""

from __future__ import annotations

from typing import Final

__all__ = ["HEADER_BYTES", "begins_tls_record", "likely_protocol"]

HEADER_BYTES: Final = 5

_CONTENT_TYPES: Final = range(20, 25)  # change_cipher_spec, alert, handshake, application_data, heartbeat
_MAJOR_VERSION: Final = 3
_MAX_FRAGMENT: Final = 16384 + 256

_BEGINNINGS: Final = (
    (b"SSH-", "a greeting of SSH"),
    (b"PROXY ", "a header of the PROXY protocol: take it off before TLS"),
    (b"\r\n\r\n\x00\r\nQUIT\n", "a header of the PROXY protocol: take it off before TLS"),
    (b"PRI * HTTP/2", "HTTP/2 without TLS"),
    (b"HTTP/", "an answer of HTTP"),
    (b"220 ", "a greeting of SMTP or FTP: TLS there begins with STARTTLS"),
)
_METHODS: Final = (b"GET ", b"POST ", b"PUT ", b"HEAD ", b"DELETE ", b"OPTIONS ", b"PATCH ", b"CONNECT ", b"TRACE ")


def begins_tls_record(head: bytes) -> bool | None:
    """True if *head*, the first bytes that came, begin a record; None while there are too few of them to say."""
    if not head:
        return None
    if head[0] not in _CONTENT_TYPES:
        return False
    if len(head) > 1 and head[1] != _MAJOR_VERSION:
        return False
    if len(head) < HEADER_BYTES:
        return None
    return 0 < int.from_bytes(head[3:5]) <= _MAX_FRAGMENT


def likely_protocol(head: bytes) -> str | None:
    """Name the protocol that bytes other than TLS look like, for the reader of the log; None for an unknown one."""
    if head.startswith(_METHODS):
        return "a request of HTTP: the client should use https"
    if len(head) > 2 and head[0] & 0x80 and head[2] == 1:
        return "a hello of SSL 2, which is unsafe and refused"
    return next((name for beginning, name in _BEGINNINGS if head.startswith(beginning)), None)
