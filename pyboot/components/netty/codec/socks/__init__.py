"""SOCKS in a pipeline: the server's side as one handler, and the codec of a client that speaks it message by message.

::

    SocksServerHandler    bytes -> (methods, password: answered here) -> a request for you; your answer -> bytes; then it is gone
    SocksClientCodec      messages of `wire.socks` out, the answer to each in

Clients that only want a connection through a proxy have `handler.proxy`.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .client import SocksClientCodec as SocksClientCodec
    from .server import SocksServerHandler as SocksServerHandler
else:
    from pyboot.components.netty.surface import load_when_asked

    __getattr__, __dir__, __all__ = load_when_asked()
