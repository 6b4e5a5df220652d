"""Headers of the PROXY protocol as bytes; what the version has no form for is refused, and no text of a caller becomes part of a line.

Source: haproxy's ``doc/proxy-protocol.txt``; the flaw of CVE-2026-59919 (CR LF in an address) cannot be had, as addresses are numbers.
"""

from __future__ import annotations

from typing import Any

from pyboot.components.netty.errors import EncoderError

from .addresses import check_port, ipv4_text, ipv6_text, packed, packed_path
from .crc32c import crc32c
from .kinds import HAProxyCommand, HAProxyProtocolVersion
from .message import HAProxyMessage
from .reader import SIGNATURE
from .tlv import CRC32C, CRC32C_BYTES, write_tlvs

__all__ = ["encode_haproxy"]

_LONGEST = 0xFFFF


def encode_haproxy(message: HAProxyMessage, *, checksum: bool = False) -> bytes:
    """The bytes of *message*; with *checksum* a CRC32C behind its fields, of version 2.

    Raises `EncoderError` for what the version has no form for.
    """
    if message.version == HAProxyProtocolVersion.V1:
        return _line(message)
    kind = int(message.protocol)
    if message.command == HAProxyCommand.LOCAL:
        kind, addresses = 0, b""
    else:
        addresses = _addresses(message, kind)
    content = addresses + write_tlvs([tlv for tlv in message.tlvs if tlv.number != CRC32C])
    if checksum:
        content += bytes((CRC32C, 0, CRC32C_BYTES)) + bytes(CRC32C_BYTES)
    if len(content) > _LONGEST:
        raise EncoderError(f"a PROXY header of {len(content)} bytes: allowed are {_LONGEST}")
    header = SIGNATURE + bytes((0x20 | int(message.command), kind)) + len(content).to_bytes(2, "big") + content
    return header[:-CRC32C_BYTES] + crc32c(header).to_bytes(4, "big") if checksum else header


def _line(message: HAProxyMessage) -> bytes:
    family = int(message.protocol)
    if message.command == HAProxyCommand.LOCAL or family == 0:
        return b"PROXY UNKNOWN\r\n"
    if family not in (0x11, 0x21) or message.tlvs:
        raise EncoderError(f"{message!r}: version 1 tells of TCP over IPv4 and IPv6 alone, and has no further fields; use version 2")
    version, show = (4, ipv4_text) if family == 0x11 else (6, ipv6_text)
    source, destination = _ends(message)
    hosts = (show(packed(source[0], version), 0), show(packed(destination[0], version), 0))
    return f"PROXY TCP{version} {hosts[0]} {hosts[1]} {check_port(source)} {check_port(destination)}\r\n".encode("ascii")


def _addresses(message: HAProxyMessage, kind: int) -> bytes:
    family = kind >> 4
    if family == 0:
        return b""
    if family == 3:
        return packed_path(message.source) + packed_path(message.destination)
    version = 4 if family == 1 else 6
    source, destination = _ends(message)
    ports = check_port(source).to_bytes(2, "big") + check_port(destination).to_bytes(2, "big")
    return packed(source[0], version) + packed(destination[0], version) + ports


def _ends(message: HAProxyMessage) -> tuple[Any, Any]:  # Any: the shape of an address depends on its family
    for end in (message.source, message.destination):
        if not isinstance(end, tuple) or len(end) < 2:
            raise EncoderError(f"{message!r}: {end!r} is no host with a port")
    return message.source, message.destination
