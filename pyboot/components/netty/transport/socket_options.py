"""Socket options: setting what a `ChannelOption` names, and reading it back."""

from __future__ import annotations

import logging
import socket
import struct
from collections.abc import Mapping
from typing import Any, Final

from pyboot.components.netty.option import ChannelOption

__all__ = ["get_socket_option", "set_socket_options"]

_log = logging.getLogger(__name__)

_LINGER: Final = struct.Struct("ii")


def set_socket_options(sock: socket.socket, options: Mapping[ChannelOption[Any], Any]) -> None:
    """Set each socket option among *options*; one that this platform does not have is warned about and left out."""
    for option, value in options.items():
        found = _numbers(option)
        if found is None:
            continue
        try:
            sock.setsockopt(*found, _encoded(option, value))
        except OSError as error:
            _log.warning("%s=%r was refused by the operating system: %s", option, value, error)


def get_socket_option(sock: socket.socket, option: ChannelOption[Any]) -> int | None:
    """The value the operating system has for a socket option; None for one that is none, or unknown here."""
    found = _numbers(option)
    if found is None:
        return None
    if option is ChannelOption.SO_LINGER:
        on, seconds = _LINGER.unpack(sock.getsockopt(*found, _LINGER.size))
        return int(seconds) if on else -1
    return sock.getsockopt(*found)


def _numbers(option: ChannelOption[Any]) -> tuple[int, int] | None:
    """Level and number of a socket option."""
    if option.level is None or option.constant is None:
        return None
    level, number = getattr(socket, option.level, None), getattr(socket, option.constant, None)
    if level is None or number is None:
        _log.warning("%s is not known on this platform and was left out", option)
        return None
    return level, number


def _encoded(option: ChannelOption[Any], value: Any) -> int | bytes:
    if option is ChannelOption.SO_LINGER:
        return _LINGER.pack(int(value >= 0), max(value, 0))
    return int(value)
