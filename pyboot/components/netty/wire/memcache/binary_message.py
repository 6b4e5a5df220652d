"""Messages of memcache's binary protocol, a request and a response of one form.

::

     0        1        2        3
    +--------+--------+--------+--------+
    | magic  | opcode | key length      |   magic: 80 of a request, 81 of a response
    | extras | type   | status          |   extras: their length; status: of a response, else reserved
    | length of extras, key and value   |
    | opaque: comes back as it was      |
    | cas, 8 bytes                      |
    +--------+--------+--------+--------+
    | extras | key | value              |

Messages are values: nothing in them changes, and nothing is given back. Source: memcached's binary protocol; the names are Netty's.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

__all__ = ["BinaryMemcacheMessage", "BinaryMemcacheOpcode", "BinaryMemcacheRequest", "BinaryMemcacheResponse", "BinaryMemcacheStatus"]


class BinaryMemcacheOpcode(IntEnum):
    """The operations; those with a Q at their end are answered only where that says something."""

    GET = 0x00
    SET = 0x01
    ADD = 0x02
    REPLACE = 0x03
    DELETE = 0x04
    INCREMENT = 0x05
    DECREMENT = 0x06
    QUIT = 0x07
    FLUSH = 0x08
    GETQ = 0x09
    NOOP = 0x0A
    VERSION = 0x0B
    GETK = 0x0C
    GETKQ = 0x0D
    APPEND = 0x0E
    PREPEND = 0x0F
    STAT = 0x10
    SETQ = 0x11
    ADDQ = 0x12
    REPLACEQ = 0x13
    DELETEQ = 0x14
    INCREMENTQ = 0x15
    DECREMENTQ = 0x16
    QUITQ = 0x17
    FLUSHQ = 0x18
    APPENDQ = 0x19
    PREPENDQ = 0x1A
    TOUCH = 0x1C
    GAT = 0x1D
    GATQ = 0x1E
    SASL_LIST_MECHS = 0x20
    SASL_AUTH = 0x21
    SASL_STEP = 0x22
    GATK = 0x23
    GATKQ = 0x24


class BinaryMemcacheStatus(IntEnum):
    """The outcomes that a response tells."""

    SUCCESS = 0x00
    KEY_ENOENT = 0x01
    KEY_EEXISTS = 0x02
    E2BIG = 0x03
    EINVAL = 0x04
    NOT_STORED = 0x05
    DELTA_BADVAL = 0x06
    AUTH_ERROR = 0x20
    AUTH_CONTINUE = 0x21
    UNKNOWN_COMMAND = 0x81
    ENOMEM = 0x82


@dataclass(frozen=True, slots=True)
class BinaryMemcacheMessage:
    """The part that both have: *opcode*, *key*, *value* and *extras*; *opaque*, which a response repeats; *cas*, the version of a value."""

    opcode: int
    key: bytes = b""
    value: bytes = b""
    extras: bytes = b""
    opaque: int = 0
    cas: int = 0


@dataclass(frozen=True, slots=True)
class BinaryMemcacheRequest(BinaryMemcacheMessage):
    """A message of a client."""


@dataclass(frozen=True, slots=True)
class BinaryMemcacheResponse(BinaryMemcacheMessage):
    """A message of a server, and how it went: *status*, 0 for well."""

    status: int = 0
