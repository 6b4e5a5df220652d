"""The PROXY protocol in a pipeline: who the client of a proxy is, told before anything else is said.

::

    server   ProxyProtocolHandler    takes the header of a trusted proxy off, and makes the channel that of the client it names
    client   ProxyProtocolSender     says on whose behalf a connection is opened, in front of everything else
    trusted  TrustedPeers            who may name somebody else
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .client import ProxyProtocolSender as ProxyProtocolSender, header_of as header_of
    from .server import PROXY_HEADER as PROXY_HEADER, ProxyProtocol as ProxyProtocol, ProxyProtocolHandler as ProxyProtocolHandler
    from .trusted import TrustedPeers as TrustedPeers
else:
    from pyboot.components.netty.surface import load_when_asked

    __getattr__, __dir__, __all__ = load_when_asked()
