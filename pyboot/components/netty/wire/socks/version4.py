r"""Version 4 and 4a: one request, one answer.

::

    request    | 04 | command | port 2 B | address 4 B       | user id | 00 |
    4a         | 04 | command | port 2 B | 00 00 00 x, x > 0 | user id | 00 | name | 00 |
    answer     | 00 | status  | port 2 B | address 4 B       |

The two texts end with NUL, so a limit is what keeps them from growing: 255 bytes each. Source: SOCKS4 and SOCKS4A (Ying-Da Lee).
"""

from __future__ import annotations

from typing import Final

from pyboot.components.netty.errors import CorruptedFrameError, TooLongFrameError

from .host import LONGEST_NAME, address_text, name_text
from .kinds import Socks4CommandStatus, SocksCommand
from .message import Socks4CommandRequest, Socks4CommandResponse

__all__ = ["LONGEST_TEXT", "read_request4", "read_response4"]

LONGEST_TEXT: Final = 255
_HEAD_BYTES: Final = 8
_COMMANDS: Final = {1: SocksCommand.CONNECT, 2: SocksCommand.BIND}
_STATUSES: Final = {int(each): each for each in Socks4CommandStatus}


def read_request4(data: bytes) -> tuple[Socks4CommandRequest | None, int]:
    """The request that *data* begins with, and where it ends; None while it is not whole."""
    if data[0] != 4:
        raise CorruptedFrameError(f"SOCKS version {data[0]}, 4 must stand here")
    if len(data) > 1 and data[1] not in _COMMANDS:
        raise CorruptedFrameError(f"SOCKS 4: command {data[1]}, allowed is 1, CONNECT, and 2, BIND")
    if len(data) <= _HEAD_BYTES:
        return None, 0
    user_end = _text_end(data, _HEAD_BYTES, "user id")
    if user_end < 0:
        return None, 0
    user = data[_HEAD_BYTES:user_end].decode("latin-1")
    end = user_end + 1
    if data[4:7] == b"\0\0\0" and data[7] != 0:
        name_end = _text_end(data, end, "name")
        if name_end < 0:
            return None, 0
        host, end = name_text(data[end:name_end]), name_end + 1
    else:
        host = address_text(data[4:8])
    return Socks4CommandRequest(_COMMANDS[data[1]], host, data[2] << 8 | data[3], user), end


def _text_end(data: bytes, start: int, what: str) -> int:
    longest = LONGEST_TEXT if what == "user id" else LONGEST_NAME
    end = data.find(b"\0", start, start + longest + 1)
    if end < 0 and len(data) - start > longest:
        raise TooLongFrameError(len(data) - start, longest, at_least=True)
    return end


def read_response4(data: bytes) -> tuple[Socks4CommandResponse | None, int]:
    """The answer that *data* begins with, as `read_request4`."""
    if data[0] != 0:
        raise CorruptedFrameError(f"SOCKS 4: an answer that begins with {data[0]:#04x}, 0 must stand here")
    if len(data) > 1 and data[1] not in _STATUSES:
        raise CorruptedFrameError(f"SOCKS 4: status {data[1]}, allowed is 90 to 93")
    if len(data) < _HEAD_BYTES:
        return None, 0
    return Socks4CommandResponse(_STATUSES[data[1]], address_text(data[4:8]), data[2] << 8 | data[3]), _HEAD_BYTES
