"""Proxies of clients: a connection through HTTP CONNECT, SOCKS 4 and 4a, or SOCKS 5, that is the target's for every handler behind.

::

    Bootstrap().proxy("socks5://user:password@proxy:1080")        ProxyHandler    when, and what becomes of a failure
                                                                   http  socks4  socks5    what is said
    address    a proxy by its URL                                 errors          what the proxy answered
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .address import ClientProxy as ClientProxy
    from .errors import ProxyConnectError as ProxyConnectError, ProxyConnectTimeoutError as ProxyConnectTimeoutError
    from .handler import ProxyConnectionEvent as ProxyConnectionEvent, ProxyHandler as ProxyHandler
    from .http import HttpProxyHandler as HttpProxyHandler
    from .socks4 import Socks4ProxyHandler as Socks4ProxyHandler
    from .socks5 import Socks5ProxyHandler as Socks5ProxyHandler
else:
    from pyboot.components.netty.surface import load_when_asked

    __getattr__, __dir__, __all__ = load_when_asked()
