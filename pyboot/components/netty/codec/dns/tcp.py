"""DNS over TCP: messages with their length in front. Source: RFC 7766; Netty's classes of these names."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any

from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.components.netty.channel.promise import ChannelPromise
from pyboot.components.netty.codec.frames import FrameDecoder
from pyboot.components.netty.wire.dns.encoder import encode_message
from pyboot.components.netty.wire.dns.message import DnsQuery, DnsResponse
from pyboot.components.netty.wire.dns.reader import DnsMessageReader

if TYPE_CHECKING:
    from pyboot.components.netty.channel.context import ChannelHandlerContext

__all__ = ["TcpDnsQueryDecoder", "TcpDnsQueryEncoder", "TcpDnsResponseDecoder", "TcpDnsResponseEncoder"]


class TcpDnsQueryDecoder(FrameDecoder):
    """Cuts the byte stream into messages, each a `DnsQuery`.

    Args:
        max_message_bytes: longest message accepted; 4096 by default, as a query has one question.

    A longer one goes to exception_caught as `TooLongFrameError`, what is no query as `CorruptedDnsMessageError`.
    """

    def __init__(self, max_message_bytes: int = 4096) -> None:
        super().__init__(DnsMessageReader(max_message_bytes, responses=False))


class TcpDnsResponseDecoder(FrameDecoder):
    """Cuts the byte stream into messages, each a `DnsResponse`; errors as `TcpDnsQueryDecoder`.

    Args:
        max_message_bytes: longest message accepted; all that the length can say, 65535, by default.
    """

    def __init__(self, max_message_bytes: int = 65535) -> None:
        super().__init__(DnsMessageReader(max_message_bytes, responses=True))


class _Encoder(ChannelHandler[Any]):
    """Messages of one direction to bytes, with their length in front."""

    sharable = True
    _type: type[DnsQuery] | type[DnsResponse] = DnsQuery

    def write(self, ctx: ChannelHandlerContext, msg: Any, promise: ChannelPromise | None, /) -> Awaitable[None] | None:
        if not isinstance(msg, self._type):
            return ctx.write(msg, promise)
        data = encode_message(msg)
        return ctx.write(len(data).to_bytes(2, "big") + data, promise)


class TcpDnsQueryEncoder(_Encoder):
    """Turns each `DnsQuery` into bytes; its write fails with `EncoderError` for one that cannot be written."""


class TcpDnsResponseEncoder(_Encoder):
    """Turns each `DnsResponse` into bytes, cut off at 65535; its write fails with `EncoderError` for one that cannot be written."""

    _type = DnsResponse
