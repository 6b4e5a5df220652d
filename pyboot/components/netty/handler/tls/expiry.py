"""Expiry: until when a certificate is good, and a word in the log before it is too late.

``ssl`` tells that of a peer's certificate only, so the few fields on the way to it are gone through here (RFC 5280, 4.1)::

    Certificate ::= SEQUENCE { tbsCertificate SEQUENCE { [0] version, serial, algorithm, issuer, validity SEQUENCE { from, until }, …
"""

from __future__ import annotations

import base64
import binascii
import logging
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

__all__ = ["EXPIRY_WARNING_DAYS", "expires_at", "warn_if_expiring"]

_log = logging.getLogger(__name__)

EXPIRY_WARNING_DAYS: Final = 14.0

_SECONDS_OF_DAY: Final = 86_400.0
_VERSION: Final = 0xA0
_UTC_TIME: Final = 0x17


def warn_if_expiring(path: Path, text: str, days: float, clock: Callable[[], float] = time.time) -> None:
    """Log that the first certificate in *text*, the PEM form in *path*, ends within *days*, or has ended; 0 says nothing."""
    until = expires_at(text) if days > 0 else None
    if until is None:
        return
    left = (until.timestamp() - clock()) / _SECONDS_OF_DAY
    if left < 0:
        _log.error("the certificate in %s expired on %s: no peer accepts it any more, renew it", path, f"{until:%Y-%m-%d %H:%M} UTC")
    elif left < days:
        _log.warning("the certificate in %s expires on %s, in %d days: renew it", path, f"{until:%Y-%m-%d %H:%M} UTC", left)


def expires_at(text: str) -> datetime | None:
    """Until when the first certificate in *text* is good; None for one that cannot be read, which OpenSSL has an opinion on."""
    body = text.partition("CERTIFICATE-----")[2].partition("-----END")[0]
    try:
        certificate = next(_fields(base64.b64decode(body)))[1]
        fields = _fields(next(_fields(certificate))[1])
        has_version = (first := next(fields))[0] == _VERSION
        validity = [*((first,) if not has_version else ()), *fields][3]
        _, (tag, value) = _fields(validity[1])
        return _time(tag, value.decode("ascii"))
    except (binascii.Error, ValueError, IndexError, StopIteration):
        return None


def _fields(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The tags and contents of what stands one behind the other in *data* (X.690, 8.1)."""
    at = 0
    while at < len(data):
        tag, length = data[at], data[at + 1]
        at += 2
        if length > 0x7F:
            size = length & 0x7F
            length = int.from_bytes(data[at : at + size])
            at += size
        yield tag, data[at : at + length]
        at += length


def _time(tag: int, text: str) -> datetime:
    """UTCTime has two digits for the year, those below 50 are of this century (RFC 5280, 4.1.2.5.1)."""
    if tag == _UTC_TIME:
        text = ("20" if text < "50" else "19") + text
    return datetime.strptime(text, "%Y%m%d%H%M%SZ").replace(tzinfo=UTC)
