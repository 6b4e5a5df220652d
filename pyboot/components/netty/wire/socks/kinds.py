"""The numbers of SOCKS by their names. Source: SOCKS4; RFC 1928, 3, 4 and 6; Netty's enums."""

from __future__ import annotations

from enum import IntEnum

__all__ = ["Socks4CommandStatus", "Socks5AuthMethod", "Socks5CommandStatus", "SocksCommand"]


class SocksCommand(IntEnum):
    """A thing that a client asks for; version 4 has the first two."""

    CONNECT = 1
    BIND = 2
    UDP_ASSOCIATE = 3


class Socks4CommandStatus(IntEnum):
    """The answers of version 4."""

    SUCCESS = 90
    REJECTED_OR_FAILED = 91
    IDENTD_UNREACHABLE = 92
    IDENTD_AUTH_FAILURE = 93


class Socks5AuthMethod(IntEnum):
    """A way in which a client shows who it is."""

    NO_AUTH = 0x00
    GSSAPI = 0x01
    PASSWORD = 0x02
    UNACCEPTED = 0xFF


class Socks5CommandStatus(IntEnum):
    """The answers of version 5."""

    SUCCESS = 0
    FAILURE = 1
    FORBIDDEN = 2
    NETWORK_UNREACHABLE = 3
    HOST_UNREACHABLE = 4
    CONNECTION_REFUSED = 5
    TTL_EXPIRED = 6
    COMMAND_UNSUPPORTED = 7
    ADDRESS_UNSUPPORTED = 8
