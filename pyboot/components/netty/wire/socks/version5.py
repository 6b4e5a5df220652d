r"""Version 5: methods, perhaps a password, then a request; an answer to each.

::

    methods    | 05 | count | count methods |                         answer   | 05 | method |
    password   | 01 | length | user | length | password |              answer   | 01 | status |
    request    | 05 | command | 00 | address | port 2 B |              answer   | 05 | status | 00 | address | port 2 B |

    address    | 01 | 4 B |     | 04 | 16 B |     | 03 | length | name |

Each length is one byte, unsigned, so nothing here is longer than 513 bytes. Source: RFC 1928 and 1929.
"""

from __future__ import annotations

from typing import Any, Final

from pyboot.components.netty.errors import CorruptedFrameError

from .host import address_text, name_text
from .kinds import SocksCommand
from .message import (
    Socks5CommandRequest,
    Socks5CommandResponse,
    Socks5InitialRequest,
    Socks5InitialResponse,
    Socks5PasswordAuthRequest,
    Socks5PasswordAuthResponse,
)

__all__ = [
    "read_initial_request",
    "read_initial_response",
    "read_password_request",
    "read_password_response",
    "read_request5",
    "read_response5",
]

_COMMANDS: Final = {int(each): each for each in SocksCommand}
_LAST_STATUS: Final = 8


def read_initial_request(data: bytes) -> tuple[Socks5InitialRequest | None, int]:
    """The methods that *data* begins with, and where they end; None while they are not whole."""
    _check_version(data, 5)
    if len(data) < 2 or len(data) < 2 + data[1]:
        return None, 0
    end = 2 + data[1]
    if end == 2:
        raise CorruptedFrameError("SOCKS 5: a client without methods; no authentication is one, 0")
    return Socks5InitialRequest(tuple(data[2:end])), end


def read_initial_response(data: bytes) -> tuple[Socks5InitialResponse | None, int]:
    """The method that was chosen."""
    _check_version(data, 5)
    return (None, 0) if len(data) < 2 else (Socks5InitialResponse(data[1]), 2)


def read_password_request(data: bytes) -> tuple[Socks5PasswordAuthRequest | None, int]:
    """User and password; bytes that are no UTF-8 are kept as they are (surrogateescape)."""
    _check_version(data, 1)
    if len(data) < 2 or len(data) < 3 + data[1]:
        return None, 0
    user_end = 2 + data[1]
    end = user_end + 1 + data[user_end]
    if len(data) < end:
        return None, 0
    user, password = data[2:user_end], data[user_end + 1 : end]
    return Socks5PasswordAuthRequest(user.decode("utf-8", "surrogateescape"), password.decode("utf-8", "surrogateescape")), end


def read_password_response(data: bytes) -> tuple[Socks5PasswordAuthResponse | None, int]:
    """The answer to a password."""
    _check_version(data, 1)
    return (None, 0) if len(data) < 2 else (Socks5PasswordAuthResponse(data[1]), 2)


def read_request5(data: bytes) -> tuple[Socks5CommandRequest | None, int]:
    """The request."""
    _check_version(data, 5)
    if len(data) > 1 and data[1] not in _COMMANDS:
        raise CorruptedFrameError(f"SOCKS 5: command {data[1]}, allowed is 1, CONNECT, 2, BIND, and 3, UDP ASSOCIATE")
    place = _read_place(data)
    return (None, 0) if place is None else (Socks5CommandRequest(_COMMANDS[data[1]], place[0], place[1]), place[2])


def read_response5(data: bytes) -> tuple[Socks5CommandResponse | None, int]:
    """The answer to the request."""
    _check_version(data, 5)
    if len(data) > 1 and data[1] > _LAST_STATUS:
        raise CorruptedFrameError(f"SOCKS 5: status {data[1]}, allowed is 0 to {_LAST_STATUS}")
    place = _read_place(data)
    return (None, 0) if place is None else (Socks5CommandResponse(data[1], place[0], place[1]), place[2])


def _check_version(data: bytes, version: int) -> None:
    if data[0] != version:
        raise CorruptedFrameError(f"SOCKS 5: version {data[0]} where {version} must stand")


def _read_place(data: bytes) -> Any:  # Any: host, port and end; or None
    if len(data) > 2 and data[2] != 0:
        raise CorruptedFrameError(f"SOCKS 5: the reserved byte is {data[2]:#04x}, allowed is 0")
    if len(data) > 3 and data[3] not in (1, 3, 4):
        raise CorruptedFrameError(f"SOCKS 5: address type {data[3]}, allowed is 1, IPv4, 3, a name, and 4, IPv6")
    if len(data) < 5:
        return None
    kind = data[3]
    start = 5 if kind == 3 else 4
    length = data[4] if kind == 3 else 4 if kind == 1 else 16
    if kind == 3 and length == 0:
        raise CorruptedFrameError("SOCKS 5: a name of no bytes")
    end = start + length
    if len(data) < end + 2:
        return None
    raw = data[start:end]
    return name_text(raw) if kind == 3 else address_text(raw), data[end] << 8 | data[end + 1], end + 2
