"""The tables of HPACK (RFC 7541 2.3): sixty-one fields that everybody knows, and those that one direction of a connection has seen.

::

    index   1 … 61          62 … 61 + n
            static table    dynamic table, the newest first

A field is what `HttpHeaders` keeps: the name it is found by, the name as it is written, its value; of HTTP/2 both names are the same.
"""

from __future__ import annotations

from typing import Final, final

from mypy_extensions import i64

__all__ = ["ENTRY_OVERHEAD", "STATIC_FIELDS", "STATIC_SIZE", "DynamicTable", "Field"]

type Field = tuple[bytes, bytes, bytes]

ENTRY_OVERHEAD: Final = 32  # RFC 7541 4.1
STATIC_SIZE: Final = 61

# RFC 7541, appendix A.
_STATIC: Final = """\
:authority
:method GET
:method POST
:path /
:path /index.html
:scheme http
:scheme https
:status 200
:status 204
:status 206
:status 304
:status 400
:status 404
:status 500
accept-charset
accept-encoding gzip, deflate
accept-language
accept-ranges
accept
access-control-allow-origin
age
allow
authorization
cache-control
content-disposition
content-encoding
content-language
content-length
content-location
content-range
content-type
cookie
date
etag
expect
expires
from
host
if-match
if-modified-since
if-none-match
if-range
if-unmodified-since
last-modified
link
location
max-forwards
proxy-authenticate
proxy-authorization
range
referer
refresh
retry-after
server
set-cookie
strict-transport-security
transfer-encoding
user-agent
vary
via
www-authenticate
"""


def _static_fields() -> list[Field]:
    fields: list[Field] = []
    for line in _STATIC.encode().splitlines():
        name, _, value = line.partition(b" ")
        fields.append((name, name, value))
    return fields


STATIC_FIELDS: Final[list[Field]] = _static_fields()


@final
class DynamicTable:
    """The fields of one direction, oldest first in memory; those that have no room any more leave."""

    def __init__(self, max_size: int) -> None:
        self.fields: list[Field] = []
        self.size: i64 = 0
        self.max_size: i64 = max_size
        self.inserted: i64 = 0  # fields that ever came in: whoever remembers one by its number knows whether it is here still

    def at(self, index: i64) -> Field | None:
        """The field of *index*, which counts from 0, the newest; None if there is none."""
        # hot path: once for each field of a head.
        count: i64 = len(self.fields)
        return self.fields[count - 1 - index] if index < count else None

    def add(self, field: Field) -> None:
        """Let *field* in; one that is larger than the table empties it (RFC 7541 4.4)."""
        needed: i64 = len(field[0]) + len(field[2]) + ENTRY_OVERHEAD
        self._evict(self.max_size - needed)
        if needed <= self.max_size:
            self.fields.append(field)
            self.size += needed
        self.inserted += 1

    def resize(self, max_size: int) -> None:
        """Have at most *max_size* bytes from here on."""
        self.max_size = max_size
        self._evict(self.max_size)

    def _evict(self, room: i64) -> None:
        count: i64 = 0
        fields = self.fields
        while self.size > room and count < len(fields):
            field = fields[count]
            self.size -= len(field[0]) + len(field[2]) + ENTRY_OVERHEAD
            count += 1
        if count:
            del fields[:count]
