"""Socket options: setting what a `ChannelOption` names, and reading it back as the operating system has it."""

from __future__ import annotations

import logging
import socket
import struct
from collections.abc import Mapping
from typing import Any, Final

from pyboot.components.netty.option import ChannelOption

__all__ = ["RULES_OF_LISTENING", "check_option", "get_socket_option", "set_socket_option", "set_socket_options"]

_log = logging.getLogger(__name__)

RULES_OF_LISTENING: Final = (
    ChannelOption.SO_BACKLOG,
    ChannelOption.MAX_CONNECTIONS,
    ChannelOption.MAX_CONNECTIONS_PER_ADDRESS,
    ChannelOption.ACCEPT_RATE,
    ChannelOption.UNIX_PERMISSIONS,
)
_LINGER: Final = struct.Struct("ii")
# What was warned about already: the options of a server are set on each of its connections.
_warned: Final[set[object]] = set()


def check_option(option: ChannelOption[Any], value: Any) -> None:
    """Raise ValueError for a value that an option of sockets or of listening cannot have; warn of one that nothing here knows."""
    if option.level is None and option not in RULES_OF_LISTENING:
        if option.name not in ChannelOption.ALL:
            _warn_once(option, f"{option!r} is not known and was left out")
    elif not isinstance(value, int) or (value < 0 and option is not ChannelOption.SO_LINGER):
        raise ValueError(f"{option}={value!r}: allowed is {'True or False' if option.kind is bool else 'an integer of at least 0'}")
    else:
        _numbers(option, socket.AF_INET)


def set_socket_options(sock: socket.socket, options: Mapping[ChannelOption[Any], Any]) -> None:
    """Set each socket option among *options*; what the platform does not have, or refuses, is warned about once."""
    for option, value in options.items():
        set_socket_option(sock, option, value)


def set_socket_option(sock: socket.socket, option: ChannelOption[Any], value: Any) -> bool:
    """Set one socket option; False, and a warning, for an option that is not one of sockets, is unknown here, or is refused."""
    found = _numbers(option, sock.family)
    if found is None:
        return False
    try:
        # SO_LINGER is a pair in C; a negative number of seconds switches it off (Netty's form).
        is_linger = option is ChannelOption.SO_LINGER
        sock.setsockopt(*found, _LINGER.pack(int(value >= 0), max(value, 0)) if is_linger else int(value))
    except OSError as error:
        _warn_once((option, error.errno), f"{option}={value!r} was refused by the operating system: {error}")
        return False
    return True


def get_socket_option(sock: socket.socket, option: ChannelOption[Any]) -> Any:
    """The value that the operating system has for *option*; None if that is not one of sockets, or is unknown here."""
    found = _numbers(option, sock.family)
    if found is None:
        return None
    if option is ChannelOption.SO_LINGER:
        on, seconds = _LINGER.unpack(sock.getsockopt(*found, _LINGER.size))
        return int(seconds) if on else -1
    # As the system has it, not as it was set: Linux doubles the sizes of buffers (socket(7)).
    value = sock.getsockopt(*found)
    return value != 0 if option.kind is bool else value


def _numbers(option: ChannelOption[Any], family: int) -> tuple[int, int] | None:
    """Level and number of a socket option."""
    if option.level is None or option.constant is None:
        return None
    if option is ChannelOption.IP_TOS and family == socket.AF_INET6:
        return socket.IPPROTO_IPV6, socket.IPV6_TCLASS
    if option is ChannelOption.IPV6_V6ONLY and family != socket.AF_INET6:
        return None
    level, number = getattr(socket, option.level, None), getattr(socket, option.constant, None)
    if level is None or number is None:
        _warn_once(option, f"{option} is not known on this platform and was left out")
        return None
    return level, number


def _warn_once(subject: object, text: str) -> None:
    if subject not in _warned:
        _warned.add(subject)
        _log.warning("%s", text)
