"""Hosts in SOCKS: a name, or an address in numbers; what would be a second line, a second field or a C string's end is neither."""

from __future__ import annotations

import ipaddress
import re
from typing import Any, Final

from pyboot.components.netty.errors import CorruptedFrameError, EncoderError

__all__ = ["LONGEST_NAME", "address_bytes", "address_text", "name_bytes", "name_text", "port_bytes"]

LONGEST_NAME: Final = 255
# Letters, digits, dots, hyphens and the underscores of real names; colons and brackets of addresses in numbers, which come as names too.
_NAME: Final = re.compile(rb"[A-Za-z0-9._:\[\]-]+")
_SHOWN_BYTES: Final = 64


def name_text(raw: bytes) -> str:
    """The host that *raw* names; raises `CorruptedFrameError` for NUL, spaces, control characters, what is no ASCII, and no name at all."""
    if len(raw) > LONGEST_NAME or _NAME.fullmatch(raw) is None:
        raise CorruptedFrameError(f"SOCKS: {raw[:_SHOWN_BYTES]!r} is no name of a host")
    return raw.decode("ascii")


def name_bytes(host: Any) -> bytes:  # Any: what a caller has given
    """The name *host* as bytes, one of other letters as it is looked up (IDNA); raises `EncoderError` for what is no name."""
    try:
        raw = host.encode("ascii") if host.isascii() else host.encode("idna")
    except (AttributeError, UnicodeError) as error:
        raise EncoderError(f"SOCKS: {host!r} is no name of a host") from error
    if len(raw) > LONGEST_NAME or _NAME.fullmatch(raw) is None:
        raise EncoderError(f"SOCKS: {host!r} is no name of a host, of 1 to {LONGEST_NAME} letters, digits, dots and hyphens")
    return bytes(raw)


def address_bytes(host: Any) -> bytes:  # Any: as above
    """The 4 or 16 bytes of *host*, an address in numbers; empty for a name."""
    try:
        return ipaddress.ip_address(host).packed if "%" not in host else b""
    except (ValueError, TypeError):
        return b""


def address_text(raw: bytes) -> str:
    """The address that 4 or 16 bytes are."""
    return f"{raw[0]}.{raw[1]}.{raw[2]}.{raw[3]}" if len(raw) == 4 else ipaddress.IPv6Address(raw).compressed


def port_bytes(port: Any) -> bytes:  # Any: as above
    """The two bytes of *port*; raises `EncoderError` for what is none."""
    if not isinstance(port, int) or not 0 <= port <= 0xFFFF:
        raise EncoderError(f"SOCKS: port {port!r}, allowed is 0 to 65535")
    return port.to_bytes(2, "big")
