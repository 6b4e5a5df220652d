"""Addresses as the PROXY protocol writes them: numbers in text of version 1, bytes of version 2; no names, which nobody looks up."""

from __future__ import annotations

import ipaddress
from typing import Any, Final

from pyboot.components.netty.errors import CorruptedFrameError, EncoderError

__all__ = [
    "UNIX_BYTES",
    "check_port",
    "ipv4_text",
    "ipv6_text",
    "packed",
    "packed_path",
    "parse_ipv4",
    "parse_ipv6",
    "parse_port",
    "unix_path",
]

UNIX_BYTES: Final = 108
_MOST_DIGITS: Final = 5
_LAST_PORT: Final = 65_535


def parse_ipv4(text: str) -> str:
    """*text*, four numbers without leading zeros; raises `CorruptedFrameError` for anything else."""
    numbers = text.split(".")
    if len(numbers) == 4 and all(_is_number(each, 3, 255) for each in numbers):
        return text
    raise CorruptedFrameError(f"PROXY header: {text!r} is no address of TCP4")


def parse_ipv6(text: str) -> str:
    """*text* in its shortest form, without a scope; raises `CorruptedFrameError` for anything else."""
    try:
        if "%" in text:
            raise ValueError("a scope means something on one machine alone")
        return ipaddress.IPv6Address(text).compressed
    except ValueError as error:
        raise CorruptedFrameError(f"PROXY header: {text!r} is no address of TCP6: {error}") from error


def parse_port(text: str) -> int:
    """The port that *text* is, decimal and without leading zeros; raises `CorruptedFrameError`."""
    if not _is_number(text, _MOST_DIGITS, _LAST_PORT):
        raise CorruptedFrameError(f"PROXY header: {text!r} is no port: allowed is 0 to 65535")
    return int(text)


def _is_number(text: str, digits: int, largest: int) -> bool:
    return 0 < len(text) <= digits and text.isascii() and text.isdigit() and (text[0] != "0" or text == "0") and int(text) <= largest


def ipv4_text(data: bytes, at: int) -> str:
    """The address that the four bytes at *at* are."""
    return f"{data[at]}.{data[at + 1]}.{data[at + 2]}.{data[at + 3]}"


def ipv6_text(data: bytes, at: int) -> str:
    """The address that the sixteen bytes at *at* are, in its shortest form."""
    return ipaddress.IPv6Address(data[at : at + 16]).compressed


def unix_path(data: bytes, at: int) -> str:
    """The path in the 108 bytes at *at*, which NUL ends.

    Raises `CorruptedFrameError` for control characters, which would begin lines of their own in a log.
    """
    raw = data[at : at + UNIX_BYTES]
    end = raw.find(b"\0", 1)  # a name that begins with NUL is abstract, and has no file
    path = (raw if end < 0 else raw[:end]).decode("utf-8", "surrogateescape")
    if path == "\0":
        return ""
    if any(ord(each) < 0x20 or ord(each) == 0x7F for each in path.removeprefix("\0")):
        raise CorruptedFrameError(f"PROXY header: the path {path!r} of a Unix socket has control characters")
    return path


def check_port(address: Any) -> int:  # Any: of whatever family
    """The port of *address*; raises `EncoderError` for one that is none."""
    port = address[1]
    if not isinstance(port, int) or not 0 <= port <= _LAST_PORT:
        raise EncoderError(f"port {port!r}: allowed is 0 to 65535")
    return port


def packed(host: Any, version: int) -> bytes:  # Any: what a caller has given
    """The bytes of *host*, an address in numbers of that *version* of IP; raises `EncoderError`."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError as error:
        raise EncoderError(f"{host!r} is no address in numbers: a PROXY header has no names") from error
    if address.version != version or "%" in str(host):
        raise EncoderError(f"{host!r} is no address of IPv{version}, which this PROXY header tells of, without a scope")
    return address.packed


def packed_path(path: Any) -> bytes:  # Any: as above
    """The 108 bytes of the *path* of a Unix socket; raises `EncoderError` for one that is longer, or has control characters."""
    if not isinstance(path, str):
        raise EncoderError(f"{path!r} is no path of a Unix socket")
    raw = path.encode("utf-8", "surrogateescape")
    if len(raw) > UNIX_BYTES or any(byte < 0x20 or byte == 0x7F for byte in raw.removeprefix(b"\0")):
        raise EncoderError(f"the path {path!r}: allowed are {UNIX_BYTES} bytes, and no control characters")
    return raw.ljust(UNIX_BYTES, b"\0")
