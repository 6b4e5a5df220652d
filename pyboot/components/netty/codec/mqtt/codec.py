"""MqttDecoder and MqttEncoder: bytes to packets and packets to bytes, in a pipeline. Source: Netty's classes of these names."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any, Final

from mypy_extensions import mypyc_attr

from pyboot.components.netty.channel.attribute import AttributeKey
from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.components.netty.channel.promise import ChannelPromise
from pyboot.components.netty.codec.frames import FrameDecoder
from pyboot.components.netty.wire.mqtt.message import MqttMessage
from pyboot.components.netty.wire.mqtt.reader import MqttPacketReader
from pyboot.components.netty.wire.mqtt.state import MqttState
from pyboot.components.netty.wire.mqtt.version import MqttVersion
from pyboot.components.netty.wire.mqtt.writer import MqttPacketWriter

if TYPE_CHECKING:
    from pyboot.components.netty.channel.context import ChannelHandlerContext

__all__ = ["MQTT_STATE", "MqttDecoder", "MqttEncoder"]

MQTT_STATE: Final = AttributeKey[MqttState]("mqtt state")


@mypyc_attr(allow_interpreted_subclasses=True)
class MqttDecoder(FrameDecoder):
    """Turns bytes into `MqttMessage`; of which version, CONNECT says, whether it is read or an `MqttEncoder` beside has written it.

    A packet that breaks the protocol goes to exception_caught as `CorruptedMqttPacketError`, one that is too long as `TooLongFrameError`;
    either is the last. A second CONNECT, and who may send what, is the business of the handlers behind.

    Args:
        max_bytes_in_message: most bytes behind the remaining length, 8092 by default, as in Netty.
        max_client_id_length: most characters of a client identifier of MQTT 3.1.
        max_items: most user properties, topic filters or reason codes in one packet.
        version: that of the connection, where no CONNECT is seen here.

    Raises ValueError for a limit below 1.
    """

    def __init__(
        self,
        max_bytes_in_message: int = 8092,
        max_client_id_length: int = 23,
        max_items: int = 1024,
        version: MqttVersion | None = None,
    ) -> None:
        self._packets = MqttPacketReader(max_bytes_in_message, max_client_id_length, max_items)
        self._given = version
        super().__init__(self._packets)

    def handler_added(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        self._packets.share(_state(ctx, self._given))
        return None

    def premature_close(self) -> str:
        return "the peer left in the middle of an MQTT packet"


@mypyc_attr(allow_interpreted_subclasses=True)
class MqttEncoder(ChannelHandler[Any]):
    """Turns each `MqttMessage` that is written into bytes; all else passes.

    A message that the protocol, or its version on this connection, has no bytes for fails its write with `EncoderError`. One object may be
    written to many channels: `MqttPublishMessage` keeps the bytes that were made of it.

    Args:
        version: that of the connection, where no CONNECT is seen here.
    """

    def __init__(self, version: MqttVersion | None = None) -> None:
        self._packets = MqttPacketWriter()
        self._given = version

    def handler_added(self, ctx: ChannelHandlerContext, /) -> Awaitable[None] | None:
        self._packets.share(_state(ctx, self._given))
        return None

    def write(self, ctx: ChannelHandlerContext, msg: Any, promise: ChannelPromise | None, /) -> Awaitable[None] | None:
        # hot path: once for each packet that leaves (tests/bench/test_mqtt.py).
        return ctx.write(self._packets.encode(msg), promise) if isinstance(msg, MqttMessage) else ctx.write(msg, promise)


def _state(ctx: ChannelHandlerContext, given: MqttVersion | None) -> MqttState:
    """The state of the channel, which is made here unless the other half of the codec has made it; *given* is its version then."""
    attribute = ctx.channel.attr(MQTT_STATE)
    state = attribute.get()
    if state is None:
        state = MqttState()
        attribute.set(state)
    if given is not None:
        state.level = int(given)
    return state
