"""Codecs of a stream's messages for datagrams: each works on the content of a packet.

Source: Netty's ``DatagramPacketDecoder`` and ``DatagramPacketEncoder``.
"""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any, ClassVar

from pyboot.components.netty.buffer.message import release
from pyboot.components.netty.channel.envelope import AddressedEnvelope, DatagramPacket
from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.components.netty.channel.promise import ChannelPromise
from pyboot.components.netty.errors import EncoderError

from .calling import is_coroutine, takes_out

if TYPE_CHECKING:
    from pyboot.components.netty.channel.context import ChannelHandlerContext

__all__ = ["DatagramPacketDecoder", "DatagramPacketEncoder"]


class DatagramPacketDecoder(ChannelHandler[Any]):
    """Gives the content of each datagram to *decoder*, whose messages go on: ``DatagramPacketDecoder(StringDecoder())``.

    Each datagram is a frame. Who sent it is not told any more, as in Netty: where that matters, take the `DatagramPacket` and decode in
    your handler. Raises TypeError for a decoder that is a coroutine.
    """

    makes_frames: ClassVar[bool | None] = True

    def __init__(self, decoder: ChannelHandler[Any]) -> None:
        if is_coroutine(decoder.channel_read):
            raise TypeError(
                f"{type(decoder).__qualname__} decodes in a coroutine: derive from MessageToMessageDecoder[DatagramPacket, T] for that"
            )
        self._decoder = decoder

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any, /) -> Awaitable[None] | None:
        if not isinstance(msg, AddressedEnvelope):
            return ctx.fire_channel_read(msg)
        return self._decoder.channel_read(ctx, msg.content)

    def handler_added(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        return self._decoder.handler_added(ctx)

    def handler_removed(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        return self._decoder.handler_removed(ctx)


class DatagramPacketEncoder(ChannelHandler[Any]):
    """Lets *encoder* encode the content of each `AddressedEnvelope`; it goes out as a `DatagramPacket` to the same recipient.

    *encoder* is anything with ``encode(ctx, msg)`` or ``encode(ctx, msg, out)`` of which one message comes, as `StringEncoder`,
    `JsonEncoder` or a `MessageToMessageEncoder` of yours. What it does not accept passes. Raises TypeError for one that is a coroutine;
    a datagram of which it makes none or several messages fails with `EncoderError`.
    """

    def __init__(self, encoder: Any) -> None:
        if is_coroutine(encoder.encode):
            raise TypeError(f"{type(encoder).__qualname__} encodes in a coroutine: derive from MessageToMessageEncoder for that")
        self._encoder = encoder
        self._takes_out = takes_out(type(encoder).encode)

    def write(self, ctx: ChannelHandlerContext, msg: Any, promise: ChannelPromise | None, /) -> Awaitable[None] | None:
        if not isinstance(msg, AddressedEnvelope) or not self._encoder.accept_outbound_message(msg.content):
            return ctx.write(msg, promise)
        made = self._encode(ctx, msg.content)
        if len(made) != 1:
            for each in made:
                release(each)
            raise EncoderError(f"{type(self._encoder).__qualname__} made {len(made)} messages of one datagram: it must make one")
        return ctx.write(DatagramPacket(made[0], msg.recipient, msg.sender), promise)

    def _encode(self, ctx: ChannelHandlerContext, content: Any) -> list[Any]:
        made: list[Any] = []
        try:
            if self._takes_out:
                self._encoder.encode(ctx, content, made)
            elif (one := self._encoder.encode(ctx, content)) is not None:
                made.append(one)
        except BaseException:
            release(content)
            raise
        if not any(each is content for each in made):
            release(content)
        return made
