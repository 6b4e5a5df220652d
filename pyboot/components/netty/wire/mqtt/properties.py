"""MqttProperties: the named values that packets of MQTT 5 hold. Source: MQTT 5 2.2.2.

::

    | 0x0B           | 0x02         | 0x1F 0x00 0x02 "ok"          | 0x26 0x00 0x01 "k" 0x00 0x01 "v"  |
    +----------------+--------------+------------------------------+-----------------------------------+
      length: varint   identifiers with a value each, whose type the identifier says

The length is checked against what is left of the packet before anything of them is read. A property stands once, but for user properties,
and for the subscription identifiers of PUBLISH; one in a packet that has no such property is a fault.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from typing import Any, Final, NamedTuple

from .cursor import MqttCursor
from .errors import CorruptedMqttPacketError
from .reason import MqttReasonCode
from .text import text_fault, topic_fault

__all__ = ["NO_PROPERTIES", "MqttProperties"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MqttProperties:
    """The properties of one packet, or of a will; None is one that is not there. Times are whole seconds."""

    payload_format_indicator: int | None = None
    message_expiry_interval: int | None = None
    content_type: str | None = None
    response_topic: str | None = None
    correlation_data: bytes | None = None
    subscription_identifiers: tuple[int, ...] = ()
    session_expiry_interval: int | None = None
    assigned_client_identifier: str | None = None
    server_keep_alive: int | None = None
    authentication_method: str | None = None
    authentication_data: bytes | None = None
    request_problem_information: int | None = None
    will_delay_interval: int | None = None
    request_response_information: int | None = None
    response_information: str | None = None
    server_reference: str | None = None
    reason_string: str | None = None
    receive_maximum: int | None = None
    topic_alias_maximum: int | None = None
    topic_alias: int | None = None
    maximum_qos: int | None = None
    retain_available: int | None = None
    user_properties: tuple[tuple[str, str], ...] = ()
    maximum_packet_size: int | None = None
    wildcard_subscription_available: int | None = None
    subscription_identifier_available: int | None = None
    shared_subscription_available: int | None = None

    def __bool__(self) -> bool:
        """True if there is any property."""
        return self is not NO_PROPERTIES and self != NO_PROPERTIES

    def __repr__(self) -> str:
        told = (f"{each.name}={value!r}" for each in fields(self) if (value := getattr(self, each.name)) != each.default)
        return f"MqttProperties({', '.join(told)})"


NO_PROPERTIES: Final = MqttProperties()

_FLAG, _SHORT, _LONG, _VARINT, _TEXT, _BINARY, _PAIR = range(7)  # the types; numbers come first

# Packets by their type; 0 stands for a will.
_WILL: Final = 0
_ALL_REPLIES: Final = (2, 4, 5, 6, 7, 9, 11, 14, 15)


class _Property(NamedTuple):
    """One row of table 2-4: the identifier, the type, the packets, and the least and the most that a number may be."""

    identifier: int
    kind: int
    packets: tuple[int, ...]
    least: int = 0
    most: int = 0xFFFFFFFF


_TABLE: Final = {
    "payload_format_indicator": _Property(0x01, _FLAG, (3, _WILL)),
    "message_expiry_interval": _Property(0x02, _LONG, (3, _WILL)),
    "content_type": _Property(0x03, _TEXT, (3, _WILL)),
    "response_topic": _Property(0x08, _TEXT, (3, _WILL)),
    "correlation_data": _Property(0x09, _BINARY, (3, _WILL)),
    "subscription_identifiers": _Property(0x0B, _VARINT, (3, 8), 1, 268_435_455),
    "session_expiry_interval": _Property(0x11, _LONG, (1, 2, 14)),
    "assigned_client_identifier": _Property(0x12, _TEXT, (2,)),
    "server_keep_alive": _Property(0x13, _SHORT, (2,)),
    "authentication_method": _Property(0x15, _TEXT, (1, 2, 15)),
    "authentication_data": _Property(0x16, _BINARY, (1, 2, 15)),
    "request_problem_information": _Property(0x17, _FLAG, (1,)),
    "will_delay_interval": _Property(0x18, _LONG, (_WILL,)),
    "request_response_information": _Property(0x19, _FLAG, (1,)),
    "response_information": _Property(0x1A, _TEXT, (2,)),
    "server_reference": _Property(0x1C, _TEXT, (2, 14)),
    "reason_string": _Property(0x1F, _TEXT, _ALL_REPLIES),
    "receive_maximum": _Property(0x21, _SHORT, (1, 2), 1),
    "topic_alias_maximum": _Property(0x22, _SHORT, (1, 2)),
    "topic_alias": _Property(0x23, _SHORT, (3,), 1),
    "maximum_qos": _Property(0x24, _FLAG, (2,)),
    "retain_available": _Property(0x25, _FLAG, (2,)),
    "user_properties": _Property(0x26, _PAIR, (1, 3, 8, 10, _WILL, *_ALL_REPLIES)),
    "maximum_packet_size": _Property(0x27, _LONG, (1, 2), 1),
    "wildcard_subscription_available": _Property(0x28, _FLAG, (2,)),
    "subscription_identifier_available": _Property(0x29, _FLAG, (2,)),
    "shared_subscription_available": _Property(0x2A, _FLAG, (2,)),
}
_NAMES: Final = {each.identifier: name for name, each in _TABLE.items()}
_SEVERAL: Final = ("user_properties", "subscription_identifiers")
_MOST: Final = {_FLAG: 1, _SHORT: 0xFFFF, _LONG: 0xFFFFFFFF, _VARINT: 268_435_455}
_WIDTHS: Final = {_FLAG: 1, _SHORT: 2, _LONG: 4}


def read_properties(cursor: MqttCursor, packet: int, max_items: int, in_will: bool = False) -> MqttProperties:
    """The properties that begin where *cursor* stands, of a packet of the type *packet*, at most *max_items* of a kind.

    Raises `CorruptedMqttPacketError` for those that do not fit, or may not stand there.
    """
    size = cursor.varint("property length")
    if size == 0:
        return NO_PROPERTIES
    part = cursor.part(size, "its properties")
    found: dict[str, Any] = {}
    owner = _WILL if in_will else packet
    while part.left():
        identifier = part.byte("a property identifier")
        name = _NAMES.get(identifier)
        if name is None:
            raise CorruptedMqttPacketError(f"{part.packet} with the unknown property 0x{identifier:02x}")
        row = _TABLE[name]
        if owner not in row.packets:
            where = "a will" if in_will else part.packet
            raise CorruptedMqttPacketError(f"{where} with the property {name}, which it may not have", MqttReasonCode.PROTOCOL_ERROR)
        value = _READERS[row.kind](part, name)
        if row.kind < _TEXT and not row.least <= value <= min(row.most, _MOST[row.kind]):
            seen = f"{part.packet} with {name} {value}, allowed is {row.least} to {min(row.most, _MOST[row.kind])}"
            raise CorruptedMqttPacketError(seen, MqttReasonCode.PROTOCOL_ERROR)
        if name in _SEVERAL and (name == "user_properties" or packet == 3):
            several = found.setdefault(name, [])
            if len(several) >= max_items:
                raise CorruptedMqttPacketError(f"{part.packet} with more than {max_items} {name}", MqttReasonCode.QUOTA_EXCEEDED)
            several.append(value)
        elif name in found:
            raise CorruptedMqttPacketError(f"{part.packet} with {name} twice", MqttReasonCode.PROTOCOL_ERROR)
        else:
            found[name] = [value] if name in _SEVERAL else value
    for name in _SEVERAL:
        if name in found:
            found[name] = tuple(found[name])
    properties = MqttProperties(**found)
    fault = _fault(properties)
    if fault is not None:
        raise CorruptedMqttPacketError(f"{part.packet} {fault}", MqttReasonCode.PROTOCOL_ERROR)
    return properties


def _fault(properties: MqttProperties) -> str | None:
    """The fault between or within values that are of their types, in words."""
    if properties.authentication_data is not None and properties.authentication_method is None:
        return "with authentication_data and no authentication_method"
    if properties.response_topic is not None and (fault := topic_fault(properties.response_topic)) is not None:
        return f"whose response_topic {fault}"
    return None


def _pair(cursor: MqttCursor, what: str) -> tuple[str, str]:
    return cursor.text(what), cursor.text(what)


_READERS: Final[tuple[Callable[[MqttCursor, str], Any], ...]] = (
    MqttCursor.byte,
    MqttCursor.short,
    MqttCursor.long,
    MqttCursor.varint,
    MqttCursor.text,
    MqttCursor.binary,
    _pair,
)


def encode_varint(value: int) -> bytes:
    """The bytes of *value*, 0 to 268,435,455, lower seven bits first (MQTT 5 1.5.5)."""
    if value < 0x80:
        return bytes((value,))
    made = bytearray()
    while value >= 0x80:
        made.append(value & 0x7F | 0x80)
        value >>= 7
    made.append(value)
    return bytes(made)


def encode_text(text: str) -> bytes:
    """The bytes of *text* with their length in front; raises ValueError for what `text_fault` finds."""
    fault = text_fault(text)
    if fault is not None:
        raise ValueError(f"text {text[:64]!r} {fault}")
    content = text.encode()
    return len(content).to_bytes(2, "big") + content


def encode_binary(content: bytes) -> bytes:
    """*content* with its length in front; raises ValueError where two bytes cannot say it."""
    if len(content) > 0xFFFF:
        raise ValueError(f"binary data of {len(content)} bytes, allowed are 65535")
    return len(content).to_bytes(2, "big") + content


def encode_properties(properties: MqttProperties, packet: int, in_will: bool = False) -> bytes:
    """The bytes of *properties* with their length in front, for a packet of the type *packet*.

    Raises ValueError for one that such a packet may not have, or a value that may not be.
    """
    if properties is NO_PROPERTIES:
        return b"\0"
    owner = _WILL if in_will else packet
    fault = _fault(properties)
    if fault is not None:
        raise ValueError(f"properties {fault}")
    made: list[bytes] = []
    for name, row in _TABLE.items():
        value = getattr(properties, name)
        if value is None or value == ():
            continue
        if owner not in row.packets:
            raise ValueError(f"property {name} in {'a will' if in_will else f'a packet of the type {packet}'}, which may not have it")
        values: Iterable[Any] = value if name in _SEVERAL else (value,)
        if name == "subscription_identifiers" and packet == 8 and len(value) > 1:
            raise ValueError(f"{len(value)} subscription_identifiers in SUBSCRIBE, allowed is 1")
        made.extend(bytes((row.identifier,)) + _encoded(name, row, each) for each in values)
    content = b"".join(made)
    return encode_varint(len(content)) + content


def _encoded(name: str, row: _Property, value: Any) -> bytes:
    if row.kind == _TEXT:
        return encode_text(value)
    if row.kind == _BINARY:
        return encode_binary(value)
    if row.kind == _PAIR:
        key, content = value
        return encode_text(key) + encode_text(content)
    most = min(row.most, _MOST[row.kind])
    if not row.least <= value <= most:
        raise ValueError(f"{name} {value}, allowed is {row.least} to {most}")
    return encode_varint(value) if row.kind == _VARINT else int(value).to_bytes(_WIDTHS[row.kind], "big")
