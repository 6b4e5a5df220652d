"""SOCKS in a pipeline: the server's side as one handler, and the codec of a client that speaks it message by message.

::

    SocksServerHandler    bytes -> (methods, password: answered here) -> a request for you; your answer -> bytes; then it is gone
    SocksClientCodec      messages of `wire.socks` out, the answer to each in

Clients that only want a connection through a proxy have `handler.proxy`.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyboot.components.netty.wire.socks.kinds import (
        Socks4CommandStatus as Socks4CommandStatus,
        Socks5AuthMethod as Socks5AuthMethod,
        Socks5CommandStatus as Socks5CommandStatus,
        SocksCommand as SocksCommand,
    )
    from pyboot.components.netty.wire.socks.message import (
        Socks4CommandRequest as Socks4CommandRequest,
        Socks4CommandResponse as Socks4CommandResponse,
        Socks5CommandRequest as Socks5CommandRequest,
        Socks5CommandResponse as Socks5CommandResponse,
        Socks5InitialRequest as Socks5InitialRequest,
        Socks5InitialResponse as Socks5InitialResponse,
        Socks5PasswordAuthRequest as Socks5PasswordAuthRequest,
        Socks5PasswordAuthResponse as Socks5PasswordAuthResponse,
    )

    from .client import SocksClientCodec as SocksClientCodec
    from .server import SocksServerHandler as SocksServerHandler
else:
    from pyboot.components.netty.surface import load_when_asked

    __getattr__, __dir__, __all__ = load_when_asked()
