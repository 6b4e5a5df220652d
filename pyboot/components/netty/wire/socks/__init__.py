"""SOCKS 4, 4a and 5 without I/O: the few messages with which a client asks a proxy for a connection.

::

    reader    bytes to messages, of the part of a conversation that is next       writer    messages to bytes
      version4  version5                                                           message   what is asked and answered
    kinds     commands, statuses, methods                                          host      names and numbers

Source: SOCKS4 and SOCKS4A (Ying-Da Lee), RFC 1928, RFC 1929; the classes are those of Netty's ``codec-socks``.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .kinds import (
        Socks4CommandStatus as Socks4CommandStatus,
        Socks5AuthMethod as Socks5AuthMethod,
        Socks5CommandStatus as Socks5CommandStatus,
        SocksCommand as SocksCommand,
    )
    from .message import (
        Socks4CommandRequest as Socks4CommandRequest,
        Socks4CommandResponse as Socks4CommandResponse,
        Socks5CommandRequest as Socks5CommandRequest,
        Socks5CommandResponse as Socks5CommandResponse,
        Socks5InitialRequest as Socks5InitialRequest,
        Socks5InitialResponse as Socks5InitialResponse,
        Socks5PasswordAuthRequest as Socks5PasswordAuthRequest,
        Socks5PasswordAuthResponse as Socks5PasswordAuthResponse,
        SocksMessage as SocksMessage,
    )
    from .reader import SocksPart as SocksPart, SocksReader as SocksReader
    from .writer import encode_socks as encode_socks
else:
    from pyboot.components.netty.surface import load_when_asked

    __getattr__, __dir__, __all__ = load_when_asked()
