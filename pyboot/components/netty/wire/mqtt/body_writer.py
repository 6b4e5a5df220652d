"""The bytes of packets that are not on the hot path: what `MqttPacketWriter` calls. What may not be written raises ValueError."""

from __future__ import annotations

from typing import Final

from . import reason
from .control import (
    MqttAuthMessage,
    MqttConnAckMessage,
    MqttConnectMessage,
    MqttDisconnectMessage,
    MqttPingReqMessage,
    MqttPingRespMessage,
    MqttSubAckMessage,
    MqttSubscribeMessage,
    MqttTopicSubscription,
    MqttUnsubAckMessage,
    MqttUnsubscribeMessage,
    MqttWill,
)
from .message import (
    AUTH,
    CONNACK,
    CONNECT,
    DISCONNECT,
    PUBACK,
    PUBCOMP,
    PUBREC,
    PUBREL,
    SUBACK,
    SUBSCRIBE,
    UNSUBACK,
    UNSUBSCRIBE,
    MqttMessage,
)
from .properties import MqttProperties, encode_binary, encode_properties, encode_text, encode_varint
from .reason import MqttConnectReturnCode
from .text import filter_fault, topic_fault
from .version import MqttVersion

__all__ = ["encode_control", "encode_outcome"]

_OUTCOMES: Final = {
    PUBACK: reason.PUBLISHED,
    PUBREC: reason.PUBLISHED,
    PUBREL: reason.RELEASED,
    PUBCOMP: reason.RELEASED,
    DISCONNECT: reason.DISCONNECT,
    AUTH: reason.AUTH,
}
_RETURN_CODES: Final = frozenset(map(int, MqttConnectReturnCode))


def encode_control(message: MqttMessage, version: int) -> bytes:
    """The bytes of *message* on a connection of *version*; raises ValueError for one that may not be."""
    match message:
        case MqttPingReqMessage():
            return b"\xc0\0"
        case MqttPingRespMessage():
            return b"\xd0\0"
        case MqttConnectMessage():
            return _packet(0x10, _connect(message))
        case MqttConnAckMessage():
            return _packet(0x20, _connack(message, version))
        case MqttSubscribeMessage():
            return _packet(0x82, _subscribe(message, version))
        case MqttSubAckMessage():
            return _packet(0x90, _suback(message, version))
        case MqttUnsubscribeMessage():
            return _packet(0xA2, _unsubscribe(message, version))
        case MqttUnsubAckMessage():
            return _packet(0xB0, _unsuback(message, version))
        case MqttDisconnectMessage():
            return _packet(0xE0, encode_outcome(DISCONNECT, message.reason_code, message.properties, version))
        case MqttAuthMessage():
            if version != MqttVersion.MQTT_5:
                raise ValueError("no MQTT 5, which alone has it")
            return _packet(0xF0, encode_outcome(AUTH, message.reason_code, message.properties, version))
    raise ValueError("no bytes: it is a class that is not known")


def encode_outcome(packet: int, code: int, properties: MqttProperties, version: int) -> bytes:
    """The reason code and the properties of a packet that may do without either; raises ValueError for those that may not be."""
    if code == 0 and not properties:
        return b""
    if version != MqttVersion.MQTT_5:
        raise ValueError("a reason code or properties, which are of MQTT 5")
    _check_codes((code,), _OUTCOMES[packet])
    return bytes((code,)) + (encode_properties(properties, packet) if properties else b"")


def _packet(first: int, body: bytes) -> bytes:
    if len(body) > 268_435_455:
        raise ValueError(f"{len(body)} bytes, allowed are 268435455")
    return bytes((first,)) + encode_varint(len(body)) + body


def _properties(properties: MqttProperties, packet: int, version: int, in_will: bool = False) -> bytes:
    if version == MqttVersion.MQTT_5:
        return encode_properties(properties, packet, in_will)
    if properties:
        raise ValueError("properties, which are of MQTT 5")
    return b""


def _connect(message: MqttConnectMessage) -> bytes:
    version, will = message.version, message.will
    if message.password is not None and message.user_name is None and version != MqttVersion.MQTT_5:
        raise ValueError("a password and no user name")
    flags = (
        (0x80 if message.user_name is not None else 0) | (0x40 if message.password is not None else 0) | (2 if message.clean_start else 0)
    )
    if will is not None:
        _check_qos(will.qos)
        flags |= 4 | will.qos << 3 | (0x20 if will.retain else 0)
    parts = [
        encode_text(version.protocol_name),
        bytes((version, flags)),
        _number(message.keep_alive, "keep_alive", 0),
        _properties(message.properties, CONNECT, version),
        encode_text(message.client_id),
        b"" if will is None else _will(will, version),
        b"" if message.user_name is None else encode_text(message.user_name),
        b"" if message.password is None else encode_binary(message.password),
    ]
    return b"".join(parts)


def _will(will: MqttWill, version: int) -> bytes:
    fault = topic_fault(will.topic)
    if fault is not None:
        raise ValueError(f"a will whose topic {fault}")
    return _properties(will.properties, CONNECT, version, True) + encode_text(will.topic) + encode_binary(will.payload)


def _connack(message: MqttConnAckMessage, version: int) -> bytes:
    _check_codes((message.reason_code,), reason.CONNACK if version == MqttVersion.MQTT_5 else _RETURN_CODES)
    if message.session_present and message.reason_code != 0:
        raise ValueError("session_present and a reason code of failure")
    return bytes((message.session_present, message.reason_code)) + _properties(message.properties, CONNACK, version)


def _subscribe(message: MqttSubscribeMessage, version: int) -> bytes:
    if not message.subscriptions:
        raise ValueError("no topic filter")
    parts = [_packet_id(message.packet_id), _properties(message.properties, SUBSCRIBE, version)]
    for each in message.subscriptions:
        parts += [_filter(each.topic_filter), bytes((_options(each, version),))]
    return b"".join(parts)


def _options(subscription: MqttTopicSubscription, version: int) -> int:
    _check_qos(subscription.qos)
    if not 0 <= subscription.retain_handling <= 2:
        raise ValueError(f"retain_handling {subscription.retain_handling}, allowed is 0, 1 or 2")
    options = (4 if subscription.no_local else 0) | (8 if subscription.retain_as_published else 0) | subscription.retain_handling << 4
    if options and version != MqttVersion.MQTT_5:
        raise ValueError("options of a subscription, which are of MQTT 5")
    return options | subscription.qos


def _suback(message: MqttSubAckMessage, version: int) -> bytes:
    _check_codes(message.reason_codes, reason.SUBACK if version == MqttVersion.MQTT_5 else reason.SUBACK_3)
    return _packet_id(message.packet_id) + _properties(message.properties, SUBACK, version) + bytes(message.reason_codes)


def _unsubscribe(message: MqttUnsubscribeMessage, version: int) -> bytes:
    if not message.topic_filters:
        raise ValueError("no topic filter")
    head = [_packet_id(message.packet_id), _properties(message.properties, UNSUBSCRIBE, version)]
    return b"".join([*head, *map(_filter, message.topic_filters)])


def _unsuback(message: MqttUnsubAckMessage, version: int) -> bytes:
    if version != MqttVersion.MQTT_5:
        if message.reason_codes:
            raise ValueError("reason codes, which are of MQTT 5")
        return _packet_id(message.packet_id) + _properties(message.properties, UNSUBACK, version)
    _check_codes(message.reason_codes, reason.UNSUBACK)
    return _packet_id(message.packet_id) + _properties(message.properties, UNSUBACK, version) + bytes(message.reason_codes)


def _number(value: int, name: str, least: int) -> bytes:
    if not least <= value <= 0xFFFF:
        raise ValueError(f"{name} {value}, allowed is {least} to 65535")
    return value.to_bytes(2, "big")


def _packet_id(packet_id: int) -> bytes:
    return _number(packet_id, "packet_id", 1)


def _filter(topic_filter: str) -> bytes:
    fault = filter_fault(topic_filter)
    if fault is not None:
        raise ValueError(f"a topic filter that {fault}: {topic_filter[:64]!r}")
    return encode_text(topic_filter)


def _check_qos(qos: int) -> None:
    if not 0 <= qos <= 2:
        raise ValueError(f"qos {qos}, allowed is 0, 1 or 2")


def _check_codes(codes: tuple[int, ...], allowed: frozenset[int]) -> None:
    if not codes:
        raise ValueError("no reason code")
    for code in codes:
        if code not in allowed:
            raise ValueError(f"the code {code:#04x}, which it may not have")
