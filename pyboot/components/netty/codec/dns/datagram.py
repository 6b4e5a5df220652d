"""DNS in datagrams: each is one message, in an envelope that says from whom or to whom. Source: Netty's classes of these names."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any, ClassVar

from pyboot.components.netty.buffer.message import take_bytes
from pyboot.components.netty.channel.envelope import AddressedEnvelope, DatagramPacket
from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.components.netty.channel.promise import ChannelPromise
from pyboot.components.netty.wire.dns.decoder import decode_message
from pyboot.components.netty.wire.dns.encoder import encode_message
from pyboot.components.netty.wire.dns.errors import CorruptedDnsMessageError
from pyboot.components.netty.wire.dns.message import DnsQuery, DnsResponse

if TYPE_CHECKING:
    from pyboot.components.netty.channel.context import ChannelHandlerContext

__all__ = ["DatagramDnsQueryDecoder", "DatagramDnsQueryEncoder", "DatagramDnsResponseDecoder", "DatagramDnsResponseEncoder"]


class _Decoder(ChannelHandler[Any]):
    """Datagrams to messages of one direction."""

    sharable = True
    makes_frames: ClassVar[bool | None] = True
    _takes_responses: ClassVar[bool] = False

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any, /) -> Awaitable[None] | None:
        if not isinstance(msg, AddressedEnvelope):
            return ctx.fire_channel_read(msg)
        content = take_bytes(msg.content)
        if content is None:
            return ctx.fire_channel_read(msg)
        try:
            message = decode_message(content)
            if message.is_response is not self._takes_responses:
                kind = "a response where queries are taken" if message.is_response else "a query where responses are taken"
                raise CorruptedDnsMessageError(kind, message.id, message.is_response)
        except CorruptedDnsMessageError as error:
            error.sender = msg.sender
            return ctx.fire_exception_caught(error)
        ctx.channel.messages_in += 1
        return ctx.fire_channel_read(AddressedEnvelope(message, msg.recipient, msg.sender))


class DatagramDnsQueryDecoder(_Decoder):
    """Turns each `DatagramPacket` into an `AddressedEnvelope` of a `DnsQuery`.

    What is no query goes to exception_caught as `CorruptedDnsMessageError`, which knows the sender and, where there was a header, the id.
    Who answers such an error looks whether it was a response: two servers that answer each other's answers never end.
    """


class DatagramDnsResponseDecoder(_Decoder):
    """Turns each `DatagramPacket` into an `AddressedEnvelope` of a `DnsResponse`; what is none goes to exception_caught.

    It asks nobody whether there was such a query: who asked compares id, question and sender.
    """

    _takes_responses = True


class DatagramDnsQueryEncoder(ChannelHandler[Any]):
    """Turns an `AddressedEnvelope` of a `DnsQuery`, or a bare one for the connected peer, into a `DatagramPacket`.

    Its write fails with `EncoderError` for a query that cannot be written.
    """

    sharable = True

    def write(self, ctx: ChannelHandlerContext, msg: Any, promise: ChannelPromise | None, /) -> Awaitable[None] | None:
        if isinstance(msg, DnsQuery):
            return ctx.write(DatagramPacket(encode_message(msg)), promise)
        if not isinstance(msg, AddressedEnvelope) or not isinstance(msg.content, DnsQuery):
            return ctx.write(msg, promise)
        return ctx.write(DatagramPacket(encode_message(msg.content), msg.recipient, msg.sender), promise)


class DatagramDnsResponseEncoder(ChannelHandler[Any]):
    """Turns an `AddressedEnvelope` of a `DnsResponse` into a `DatagramPacket`, cut off to what its receiver takes.

    Args:
        max_bytes: the most that is sent whatever the receiver takes, so that no response is fragmented; 1232 by default, as the
            servers of the field have it since 2020. Raises ValueError for less than 512.

    Its write fails with `EncoderError` for a response that cannot be written.
    """

    sharable = True

    def __init__(self, max_bytes: int = 1232) -> None:
        if not 512 <= max_bytes <= 65535:
            raise ValueError(f"max_bytes {max_bytes}, allowed is 512 to 65535")
        self._max_bytes = max_bytes

    def write(self, ctx: ChannelHandlerContext, msg: Any, promise: ChannelPromise | None, /) -> Awaitable[None] | None:
        if not isinstance(msg, AddressedEnvelope) or not isinstance(msg.content, DnsResponse):
            return ctx.write(msg, promise)
        data = encode_message(msg.content, min(self._max_bytes, msg.content.max_bytes))
        return ctx.write(DatagramPacket(data, msg.recipient, msg.sender), promise)
