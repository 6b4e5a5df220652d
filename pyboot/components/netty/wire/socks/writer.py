"""Messages of SOCKS as bytes; what has no form in its version is refused."""

from __future__ import annotations

from typing import Final

from pyboot.components.netty.errors import EncoderError

from .host import address_bytes, name_bytes, port_bytes
from .message import (
    Socks4CommandRequest,
    Socks4CommandResponse,
    Socks5CommandRequest,
    Socks5CommandResponse,
    Socks5InitialRequest,
    Socks5InitialResponse,
    Socks5PasswordAuthRequest,
    Socks5PasswordAuthResponse,
    SocksMessage,
)
from .version4 import LONGEST_TEXT

__all__ = ["encode_socks"]

_OF_A_NAME: Final = b"\0\0\0\1"


def encode_socks(message: SocksMessage) -> bytes:
    """The bytes of *message*; raises `EncoderError` for hosts, ports and texts that its version has no form for."""
    if isinstance(message, Socks5CommandRequest):
        return bytes((5, message.command, 0)) + _place(message.host, message.port)
    if isinstance(message, Socks5CommandResponse):
        return bytes((5, _byte(message.status), 0)) + _place(message.host, message.port)
    if isinstance(message, Socks5InitialRequest):
        if not 1 <= len(message.methods) <= 255:
            raise EncoderError(f"SOCKS 5: {len(message.methods)} methods, allowed are 1 to 255")
        return bytes((5, len(message.methods), *map(_byte, message.methods)))
    if isinstance(message, Socks5InitialResponse):
        return bytes((5, _byte(message.method)))
    if isinstance(message, Socks5PasswordAuthRequest):
        return b"\1" + _counted(message.username, "user") + _counted(message.password, "password")
    if isinstance(message, Socks5PasswordAuthResponse):
        return bytes((1, _byte(message.status)))
    if isinstance(message, Socks4CommandRequest):
        return _request4(message)
    return bytes((0, message.status)) + port_bytes(message.port) + _ipv4(message)


def _ipv4(message: Socks4CommandResponse) -> bytes:
    raw = address_bytes(message.host)
    if len(raw) != 4:
        raise EncoderError(f"SOCKS 4: {message.host!r} in an answer, allowed is an address of IPv4")
    return raw


def _request4(message: Socks4CommandRequest) -> bytes:
    if message.command > 2:
        raise EncoderError(f"SOCKS 4: command {message.command.name}, allowed is CONNECT and BIND")
    try:
        user = message.user_id.encode("latin-1")
    except UnicodeEncodeError as error:
        raise EncoderError("SOCKS 4: a user id of other letters than those of Latin-1") from error
    if b"\0" in user or len(user) > LONGEST_TEXT:
        raise EncoderError(f"SOCKS 4: a user id of {len(user)} bytes, allowed are {LONGEST_TEXT}, and no NUL, which ends it")
    raw = address_bytes(message.host)
    if len(raw) == 16:
        raise EncoderError(f"SOCKS 4: {message.host!r} is an address of IPv6, which version 5 alone has")
    if len(raw) == 4 and (raw[:3] != b"\0\0\0" or raw[3] == 0):
        return bytes((4, message.command)) + port_bytes(message.port) + raw + user + b"\0"
    return bytes((4, message.command)) + port_bytes(message.port) + _OF_A_NAME + user + b"\0" + name_bytes(message.host) + b"\0"


def _place(host: str, port: int) -> bytes:
    raw = address_bytes(host)
    if raw:
        return (b"\1" if len(raw) == 4 else b"\4") + raw + port_bytes(port)
    name = name_bytes(host)
    return b"\3" + bytes((len(name),)) + name + port_bytes(port)


def _counted(text: str, what: str) -> bytes:
    raw = text.encode("utf-8", "surrogateescape")
    if len(raw) > 255:
        raise EncoderError(f"SOCKS 5: a {what} of {len(raw)} bytes, allowed are 255")  # never its text
    return bytes((len(raw),)) + raw


def _byte(number: int) -> int:
    if not 0 <= number <= 255:
        raise EncoderError(f"SOCKS 5: {number} is no byte")
    return int(number)
