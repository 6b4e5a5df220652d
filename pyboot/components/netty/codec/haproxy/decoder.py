"""HAProxyMessageDecoder: the header of the PROXY protocol as a message. Source: Netty's class of that name."""

from __future__ import annotations

from typing import ClassVar, final

from pyboot.components.netty.codec.single import SingleMessageDecoder
from pyboot.components.netty.wire.haproxy.reader import MAX_HEADER_BYTES, HAProxyReader

__all__ = ["HAProxyMessageDecoder"]


@final
class HAProxyMessageDecoder(SingleMessageDecoder):
    """Makes an `HAProxyMessage` of the header, of either version, with which a connection begins, and leaves the pipeline.

    It believes every peer, and changes no address: `ServerBootstrap.proxy_protocol` does that, for trusted ones.

    Args:
        max_header_bytes: longest header of version 2.
    """

    MAX_HEADER_BYTES: ClassVar[int] = MAX_HEADER_BYTES

    def __init__(self, max_header_bytes: int = MAX_HEADER_BYTES) -> None:
        super().__init__(HAProxyReader(max_header_bytes))
