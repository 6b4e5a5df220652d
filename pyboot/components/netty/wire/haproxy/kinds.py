"""The numbers of the PROXY protocol by their names. Source: ``proxy-protocol.txt``, 2.2; Netty's enums of these names."""

from __future__ import annotations

from enum import IntEnum, StrEnum

__all__ = ["HAProxyCommand", "HAProxyProtocolVersion", "HAProxyProxiedProtocol", "HAProxyTLVType"]


class HAProxyProtocolVersion(IntEnum):
    """The two forms of the header: a line of text, or bytes."""

    V1 = 1
    V2 = 2


class HAProxyCommand(IntEnum):
    """LOCAL: the proxy speaks for itself, as its health checks do; PROXY: for a client."""

    LOCAL = 0
    PROXY = 1


class HAProxyProxiedProtocol(IntEnum):
    """The protocol that the client spoke with the proxy; its number is that of version 2, family above type."""

    UNKNOWN = 0x00
    TCP4 = 0x11
    UDP4 = 0x12
    TCP6 = 0x21
    UDP6 = 0x22
    UNIX_STREAM = 0x31
    UNIX_DGRAM = 0x32


class HAProxyTLVType(StrEnum):
    """The fields behind the addresses that have a name; `OTHER` is any other number. Source: ``proxy-protocol.txt``, 2.2.1 to 2.2.8."""

    ALPN = "alpn"
    AUTHORITY = "authority"
    CRC32C = "crc32c"
    NOOP = "noop"
    UNIQUE_ID = "unique-id"
    SSL = "ssl"
    SSL_VERSION = "ssl-version"
    SSL_CN = "ssl-cn"
    SSL_CIPHER = "ssl-cipher"
    SSL_SIG_ALG = "ssl-sig-alg"
    SSL_KEY_ALG = "ssl-key-alg"
    NETNS = "netns"
    OTHER = "other"
