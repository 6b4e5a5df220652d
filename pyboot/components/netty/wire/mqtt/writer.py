"""MqttPacketWriter: packets as the bytes of a peer. Source: MQTT 5 2 and 3; MQTT 3.1.1 2 and 3; Netty's ``MqttEncoder``."""

from __future__ import annotations

from typing import Final, final

from mypy_extensions import i64

from pyboot.components.netty.errors import EncoderError

from .body_writer import encode_control, encode_outcome
from .control import MqttConnectMessage
from .message import PUBREL, MqttMessage, MqttPublishMessage, MqttReplyMessage
from .properties import NO_PROPERTIES, encode_properties, encode_varint
from .state import MqttState
from .text import topic_fault

__all__ = ["MqttPacketWriter"]

_LONGEST: Final = 268_435_455
_BYTES: Final = [bytes((value,)) for value in range(256)]
_HEADS: Final = [bytes((0x30 | flags,)) for flags in range(16)]


@final
class MqttPacketWriter:
    """Makes the bytes of `MqttMessage`; CONNECT, or a *state* shared with the reader, says of which version the others are."""

    def __init__(self, state: MqttState | None = None) -> None:
        self._state = MqttState() if state is None else state
        self._topic = ""  # of the last message, and its bytes with their length
        self._topic_bytes = b""

    def share(self, state: MqttState) -> None:
        """Take the version from *state* from now on, and tell it there."""
        self._state = state

    def encode(self, message: MqttMessage) -> bytes:
        """The bytes of *message*.

        Raises:
            EncoderError: for one that the protocol, or its version, has no bytes for.
        """
        # hot path: once for each message out (tests/bench/test_mqtt.py).
        version = self._state.level
        if isinstance(message, MqttPublishMessage) and version != 0:
            known = message.encoded_for(version)
            if known is not None:
                return known
            try:
                encoded = self._publish(message)
            except ValueError as error:
                raise EncoderError(f"PUBLISH with {error}") from error
            message.keep_encoded(version, encoded)
            return encoded
        if isinstance(message, MqttConnectMessage):
            self._state.level = int(message.version)
        elif version == 0:
            raise EncoderError(f"{type(message).__name__} before CONNECT: no version is known; give one to the encoder")
        elif isinstance(message, MqttReplyMessage):
            return self._reply(message)
        try:
            return encode_control(message, int(self._state.level))
        except ValueError as error:
            raise EncoderError(f"{type(message).__name__} with {error}") from error

    def _publish(self, message: MqttPublishMessage) -> bytes:
        topic = message.topic
        flags: i64 = message.flags
        packet_id: i64 = message.packet_id
        properties = message.properties
        is_aliased = not topic and self._state.level == 5 and properties.topic_alias is not None
        if is_aliased:
            head = b"\0\0"
        else:
            if topic != self._topic or not topic:
                self._topic_bytes = _topic(topic)
                self._topic = topic
            head = self._topic_bytes
        if flags & 6 != 0:
            if packet_id == 0:
                raise EncoderError(f"PUBLISH with QoS {flags >> 1 & 3} and no packet id")
            head += _BYTES[packet_id >> 8] + _BYTES[packet_id & 255]
        elif flags & 8 != 0:
            raise EncoderError("PUBLISH that is a duplicate, with QoS 0")  # MQTT-3.3.1-2
        if self._state.level == 5:
            head += b"\0" if properties is NO_PROPERTIES else encode_properties(properties, 3)
        elif properties is not NO_PROPERTIES and properties:
            raise EncoderError("PUBLISH with properties, which are of MQTT 5, on a connection of an older version")
        payload = message.payload
        size: i64 = len(head) + len(payload)
        if size < 0x80:
            return _HEADS[flags] + _BYTES[size] + head + payload
        if size < 0x4000:
            return b"".join((_HEADS[flags], _BYTES[size & 0x7F | 0x80], _BYTES[size >> 7], head, payload))
        if size > _LONGEST:
            raise EncoderError(f"PUBLISH of {size} bytes, allowed are {_LONGEST}")
        return b"".join((_HEADS[flags], encode_varint(size), head, payload))

    def _reply(self, message: MqttReplyMessage) -> bytes:
        packet: i64 = message.packet_type
        first = _BYTES[packet << 4 | (2 if packet == PUBREL else 0)]
        packet_id: i64 = message.packet_id
        number = _BYTES[packet_id >> 8] + _BYTES[packet_id & 255]
        if message.reason_code == 0 and message.properties is NO_PROPERTIES:
            return first + b"\x02" + number
        try:
            body = number + encode_outcome(int(packet), message.reason_code, message.properties, int(self._state.level))
        except ValueError as error:
            raise EncoderError(f"{type(message).__name__} with {error}") from error
        return first + encode_varint(len(body)) + body


def _topic(topic: str) -> bytes:
    fault = topic_fault(topic)
    if fault is not None:
        raise EncoderError(f"PUBLISH whose topic {fault}")
    content = topic.encode()
    return len(content).to_bytes(2, "big") + content
