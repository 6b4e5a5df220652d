"""The bodies of packets that are not on the hot path: what `MqttPacketReader` calls once such a packet is here whole."""

from __future__ import annotations

from collections.abc import Callable
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
from .cursor import MqttCursor
from .errors import CorruptedMqttPacketError, RejectedMqttIdentifierError, UnacceptableMqttVersionError
from .message import (
    AUTH,
    CONNACK,
    CONNECT,
    DISCONNECT,
    PINGREQ,
    PINGRESP,
    PUBACK,
    PUBCOMP,
    PUBREC,
    PUBREL,
    SUBACK,
    SUBSCRIBE,
    UNSUBACK,
    UNSUBSCRIBE,
    MqttMessage,
    MqttPubAckMessage,
    MqttPubCompMessage,
    MqttPubRecMessage,
    MqttPubRelMessage,
)
from .properties import NO_PROPERTIES, MqttProperties, read_properties
from .reason import MqttConnectReturnCode, MqttReasonCode
from .text import SHARED, filter_fault, topic_fault
from .version import LEVELS, MqttVersion

__all__ = ["read_body", "read_connect"]

_PROTOCOL_ERROR: Final = MqttReasonCode.PROTOCOL_ERROR
_RETURN_CODES: Final = frozenset(map(int, MqttConnectReturnCode))


def read_connect(cursor: MqttCursor, max_client_id: int, max_items: int) -> MqttConnectMessage:
    """CONNECT, which says itself of which version it is (MQTT 5 3.1); *max_client_id* holds for 3.1."""
    version = _version(cursor)
    flags = cursor.byte("the flags")
    _check_flags(flags, version)
    keep_alive = cursor.short("keep-alive")
    properties = read_properties(cursor, CONNECT, max_items) if version == 5 else NO_PROPERTIES
    client_id = cursor.text("client identifier")
    if version == 3 and not 1 <= len(client_id) <= max_client_id:
        raise RejectedMqttIdentifierError(len(client_id), max_client_id)
    will = _will(cursor, flags, version, max_items) if flags & 4 else None
    user_name = cursor.text("user name") if flags & 0x80 else None
    password = cursor.binary("password") if flags & 0x40 else None
    return MqttConnectMessage(client_id, version, bool(flags & 2), keep_alive, will, user_name, password, properties)


def _version(cursor: MqttCursor) -> MqttVersion:
    name = cursor.binary("protocol name")
    levels = LEVELS.get(name)
    if levels is None:
        raise CorruptedMqttPacketError(f"CONNECT of the protocol {name[:16]!r}, allowed is MQTT, and MQIsdp with level 3")
    level = cursor.byte("the protocol level")
    if level not in levels:
        raise UnacceptableMqttVersionError(level)
    return MqttVersion(level)


def _check_flags(flags: int, version: int) -> None:
    fault = None
    if flags & 1:
        fault = "the reserved flag"
    elif not flags & 4 and flags & 0x38:
        fault = "flags of a will and no will"
    elif flags & 0x18 == 0x18:
        fault = "a will of QoS 3"
    elif version == 4 and flags & 0xC0 == 0x40:  # MQTT-3.1.2-22
        fault = "a password and no user name"
    if fault is not None:
        raise CorruptedMqttPacketError(f"CONNECT with {fault}: flags 0x{flags:02x}")


def _will(cursor: MqttCursor, flags: int, version: int, max_items: int) -> MqttWill:
    properties = read_properties(cursor, CONNECT, max_items, True) if version == 5 else NO_PROPERTIES
    topic = cursor.text("will topic")
    fault = topic_fault(topic)
    if fault is not None:
        raise CorruptedMqttPacketError(f"CONNECT whose will topic {fault}", MqttReasonCode.TOPIC_NAME_INVALID)
    return MqttWill(topic, cursor.binary("will payload"), flags >> 3 & 3, bool(flags & 0x20), properties)


def _connack(cursor: MqttCursor, version: int, max_items: int) -> MqttMessage:
    flags = cursor.byte("the flags")
    code = cursor.byte("the code")
    if flags > 1 or (flags == 1 and code != 0):
        raise CorruptedMqttPacketError(f"CONNACK with flags 0x{flags:02x} and code 0x{code:02x}")
    _check_code(cursor, code, reason.CONNACK if version == 5 else _RETURN_CODES)
    return MqttConnAckMessage(code, flags == 1, read_properties(cursor, CONNACK, max_items) if version == 5 else NO_PROPERTIES)


def _subscribe(cursor: MqttCursor, version: int, max_items: int) -> MqttMessage:
    packet_id = _packet_id(cursor)
    properties = read_properties(cursor, SUBSCRIBE, max_items) if version == 5 else NO_PROPERTIES
    subscriptions: list[MqttTopicSubscription] = []
    while cursor.left():
        _check_items(cursor, len(subscriptions), max_items)
        topic_filter = _filter(cursor)
        options = cursor.byte("subscription options")
        if options & (0xC0 if version == 5 else 0xFC) or options & 3 == 3 or options & 0x30 == 0x30:
            raise CorruptedMqttPacketError(f"SUBSCRIBE with options 0x{options:02x}")
        if options & 4 and topic_filter.startswith(SHARED):
            raise CorruptedMqttPacketError("SUBSCRIBE with no_local of a shared subscription", _PROTOCOL_ERROR)  # MQTT-3.8.3-4
        subscription = MqttTopicSubscription(topic_filter, options & 3, bool(options & 4), bool(options & 8), options >> 4)
        subscriptions.append(subscription)
    if not subscriptions:
        raise CorruptedMqttPacketError("SUBSCRIBE without a topic filter", _PROTOCOL_ERROR)
    return MqttSubscribeMessage(packet_id, tuple(subscriptions), properties)


def _unsubscribe(cursor: MqttCursor, version: int, max_items: int) -> MqttMessage:
    packet_id = _packet_id(cursor)
    properties = read_properties(cursor, UNSUBSCRIBE, max_items) if version == 5 else NO_PROPERTIES
    filters: list[str] = []
    while cursor.left():
        _check_items(cursor, len(filters), max_items)
        filters.append(_filter(cursor))
    if not filters:
        raise CorruptedMqttPacketError("UNSUBSCRIBE without a topic filter", _PROTOCOL_ERROR)
    return MqttUnsubscribeMessage(packet_id, tuple(filters), properties)


def _suback(cursor: MqttCursor, version: int, max_items: int) -> MqttMessage:
    packet_id = _packet_id(cursor)
    properties = read_properties(cursor, SUBACK, max_items) if version == 5 else NO_PROPERTIES
    return MqttSubAckMessage(packet_id, _codes(cursor, reason.SUBACK if version == 5 else reason.SUBACK_3, max_items), properties)


def _unsuback(cursor: MqttCursor, version: int, max_items: int) -> MqttMessage:
    packet_id = _packet_id(cursor)
    if version != 5:
        return MqttUnsubAckMessage(packet_id)
    properties = read_properties(cursor, UNSUBACK, max_items)
    return MqttUnsubAckMessage(packet_id, _codes(cursor, reason.UNSUBACK, max_items), properties)


def _nothing(message: MqttMessage) -> Body:
    return lambda cursor, version, max_items: message


def _disconnect(cursor: MqttCursor, version: int, max_items: int) -> MqttMessage:
    if version != 5:
        return MqttDisconnectMessage()
    return MqttDisconnectMessage(*_outcome(cursor, DISCONNECT, reason.DISCONNECT, max_items))


def _auth(cursor: MqttCursor, version: int, max_items: int) -> MqttMessage:
    if version != 5:
        raise CorruptedMqttPacketError("AUTH, which is of MQTT 5, on a connection of an older version", _PROTOCOL_ERROR)
    return MqttAuthMessage(*_outcome(cursor, AUTH, reason.AUTH, max_items))


def _reply(
    make: Callable[[int, int, MqttProperties], MqttMessage], packet: int, codes: frozenset[int]
) -> Callable[[MqttCursor, int, int], MqttMessage]:
    def read(cursor: MqttCursor, version: int, max_items: int) -> MqttMessage:
        packet_id = _packet_id(cursor)
        return make(packet_id, *(_outcome(cursor, packet, codes, max_items) if version == 5 else (0, NO_PROPERTIES)))

    return read


def _outcome(cursor: MqttCursor, packet: int, codes: frozenset[int], max_items: int) -> tuple[int, MqttProperties]:
    """A reason code and properties, both of which may be left out from behind (MQTT 5 3.4.2.1)."""
    if not cursor.left():
        return 0, NO_PROPERTIES
    code = cursor.byte("the reason code")
    _check_code(cursor, code, codes)
    return code, read_properties(cursor, packet, max_items) if cursor.left() else NO_PROPERTIES


def _packet_id(cursor: MqttCursor) -> int:
    packet_id = cursor.short("packet id")
    if packet_id == 0:
        raise CorruptedMqttPacketError(f"{cursor.packet} with packet id 0", _PROTOCOL_ERROR)  # MQTT-2.2.1-3
    return packet_id


def _filter(cursor: MqttCursor) -> str:
    topic_filter = cursor.text("topic filter")
    fault = filter_fault(topic_filter)
    if fault is not None:
        raise CorruptedMqttPacketError(f"{cursor.packet} with a topic filter that {fault}", MqttReasonCode.TOPIC_FILTER_INVALID)
    return topic_filter


def _codes(cursor: MqttCursor, allowed: frozenset[int], max_items: int) -> tuple[int, ...]:
    codes = cursor.rest()
    if not codes:
        raise CorruptedMqttPacketError(f"{cursor.packet} without a reason code", _PROTOCOL_ERROR)
    _check_items(cursor, len(codes) - 1, max_items)
    for code in codes:
        _check_code(cursor, code, allowed)
    return tuple(codes)


def _check_code(cursor: MqttCursor, code: int, allowed: frozenset[int]) -> None:
    if code not in allowed:
        raise CorruptedMqttPacketError(f"{cursor.packet} with the code 0x{code:02x}, which it may not have", _PROTOCOL_ERROR)


def _check_items(cursor: MqttCursor, so_far: int, max_items: int) -> None:
    if so_far >= max_items:
        raise CorruptedMqttPacketError(f"{cursor.packet} with more than {max_items} items", MqttReasonCode.QUOTA_EXCEEDED)


type Body = Callable[[MqttCursor, int, int], MqttMessage]

_BODIES: Final[dict[int, Body]] = {
    CONNACK: _connack,
    PUBACK: _reply(MqttPubAckMessage, PUBACK, reason.PUBLISHED),
    PUBREC: _reply(MqttPubRecMessage, PUBREC, reason.PUBLISHED),
    PUBREL: _reply(MqttPubRelMessage, PUBREL, reason.RELEASED),
    PUBCOMP: _reply(MqttPubCompMessage, PUBCOMP, reason.RELEASED),
    SUBSCRIBE: _subscribe,
    SUBACK: _suback,
    UNSUBSCRIBE: _unsubscribe,
    UNSUBACK: _unsuback,
    PINGREQ: _nothing(MqttPingReqMessage()),
    PINGRESP: _nothing(MqttPingRespMessage()),
    DISCONNECT: _disconnect,
    AUTH: _auth,
}


def read_body(packet: int, cursor: MqttCursor, version: int, max_items: int) -> MqttMessage:
    """The message that *cursor* stands at the body of, which must end where the packet does.

    Raises `CorruptedMqttPacketError` for one that breaks the protocol.
    """
    message = _BODIES[packet](cursor, version, max_items)
    cursor.must_be_over()
    return message
