"""The PROXY protocol without I/O: the header with which a proxy says on whose behalf it connects, read and written, versions 1 and 2.

::

    reader    bytes to messages       writer    messages to bytes
      tlv  crc32c                       tlv  crc32c
    message   what a header says      kinds     its commands, families and types

Source: haproxy's ``doc/proxy-protocol.txt``; the classes are those of Netty's ``codec-haproxy``.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .kinds import (
        HAProxyCommand as HAProxyCommand,
        HAProxyProtocolVersion as HAProxyProtocolVersion,
        HAProxyProxiedProtocol as HAProxyProxiedProtocol,
        HAProxyTLVType as HAProxyTLVType,
    )
    from .message import HAProxyMessage as HAProxyMessage, HAProxySSLTLV as HAProxySSLTLV, HAProxyTLV as HAProxyTLV
    from .reader import HAProxyReader as HAProxyReader, begins_proxy_header as begins_proxy_header
    from .writer import encode_haproxy as encode_haproxy
else:
    from pyboot.components.netty.surface import load_when_asked

    __getattr__, __dir__, __all__ = load_when_asked()
