"""MqttMessage: a packet of MQTT, and the packets that carry messages and answer them. Source: MQTT 5 3.3 to 3.7; the names are Netty's.

::

    PUBLISH                                                                     PUBACK, PUBREC, PUBREL, PUBCOMP
    +-----+-------------------------------------------------------+             +-----+-----------+
    | 0x3 | DUP (1) | QoS (2) | RETAIN (1)                        |             | 0x4 | flags 0   |     0x50, 0x62, 0x70
    +-----+-------------------------------------------------------+             +-----+-----------+
    | remaining length: 1 to 4 bytes                              |             | remaining length|
    +-------------------------------------------------------------+             +-----------------+
    | topic: length (2), UTF-8                                    |             | packet id (2)   |
    | packet id (2), with QoS 1 and 2                             |             | reason code (1) |   of MQTT 5, where
    | properties: length (1 to 4) ..., of MQTT 5                  |             | properties      |   there is any
    | payload: all that is left                                   |             +-----------------+
    +-------------------------------------------------------------+

Messages are values: nothing in them changes. So one object may be written to many channels, and `MqttPublishMessage` keeps the bytes that
were made of it. The packets of a connection's beginning, of subscriptions and of its end stand in `control`.
"""

from __future__ import annotations

from typing import Final, final

from mypy_extensions import i64, mypyc_attr

from .properties import NO_PROPERTIES, MqttProperties

__all__ = [
    "MqttMessage",
    "MqttPubAckMessage",
    "MqttPubCompMessage",
    "MqttPubRecMessage",
    "MqttPubRelMessage",
    "MqttPublishMessage",
    "MqttReplyMessage",
]

CONNECT: Final = 1
CONNACK: Final = 2
PUBLISH: Final = 3
PUBACK: Final = 4
PUBREC: Final = 5
PUBREL: Final = 6
PUBCOMP: Final = 7
SUBSCRIBE: Final = 8
SUBACK: Final = 9
UNSUBSCRIBE: Final = 10
UNSUBACK: Final = 11
PINGREQ: Final = 12
PINGRESP: Final = 13
DISCONNECT: Final = 14
AUTH: Final = 15

PACKET_NAMES: Final = (
    "a packet of the type 0",
    "CONNECT",
    "CONNACK",
    "PUBLISH",
    "PUBACK",
    "PUBREC",
    "PUBREL",
    "PUBCOMP",
    "SUBSCRIBE",
    "SUBACK",
    "UNSUBSCRIBE",
    "UNSUBACK",
    "PINGREQ",
    "PINGRESP",
    "DISCONNECT",
    "AUTH",
)


@mypyc_attr(allow_interpreted_subclasses=True)
class MqttMessage:
    """One packet; derived classes say of which type."""

    __slots__ = ()


@final
@mypyc_attr(free_list_len=1)
class MqttPublishMessage(MqttMessage):
    """A message on its way to or from the broker.

    Args:
        topic: its name; empty where *properties* hold an alias of it that the peer knows.
        payload: what it says.
        qos: 0, 1 or 2.
        retain: whether the broker keeps it for subscribers to come, or has kept it for this one.
        packet_id: 1 to 65535 with QoS 1 and 2; without one, the write fails. 0 with QoS 0.
        duplicate: whether it may have been sent before.
        properties: those of MQTT 5.

    Raises:
        ValueError: for another QoS, or a packet id that does not fit it.
    """

    __slots__ = ("_encoded", "_encoded_for", "_flags", "_packet_id", "_payload", "_properties", "_topic")

    def __init__(
        self,
        topic: str,
        payload: bytes = b"",
        qos: int = 0,
        retain: bool = False,
        packet_id: int = 0,
        duplicate: bool = False,
        properties: MqttProperties = NO_PROPERTIES,
    ) -> None:
        # hot path: once for each message in (tests/bench/test_mqtt.py).
        if qos < 0 or qos > 2:
            raise ValueError(f"qos {qos}, allowed is 0, 1 or 2")
        if packet_id < 0 or packet_id > 0xFFFF or (qos == 0 and packet_id != 0):
            raise ValueError(f"packet_id {packet_id} with qos {qos}, allowed is 0 with QoS 0, and 1 to 65535 with QoS 1 and 2")
        self._topic = topic
        self._payload = payload
        self._flags: i64 = (8 if duplicate else 0) | (qos << 1) | (1 if retain else 0)
        self._packet_id: i64 = packet_id
        self._properties = properties
        self._encoded: bytes | None = None
        self._encoded_for: i64 = 0

    @property
    def topic(self) -> str:
        """The name that it is published under."""
        return self._topic

    @property
    def payload(self) -> bytes:
        """The content, of any form."""
        return self._payload

    @property
    def qos(self) -> int:
        """The quality of delivery: 0 at most once, 1 at least once, 2 exactly once."""
        return self._flags >> 1 & 3

    @property
    def retain(self) -> bool:
        """True if the broker keeps it, or has kept it."""
        return self._flags & 1 != 0

    @property
    def duplicate(self) -> bool:
        """True if it may have been sent before."""
        return self._flags & 8 != 0

    @property
    def packet_id(self) -> int:
        """Its number among those under way, 0 with QoS 0."""
        return self._packet_id

    @property
    def properties(self) -> MqttProperties:
        """Its properties, of MQTT 5."""
        return self._properties

    @property
    def flags(self) -> int:
        """The lower half of the first byte."""
        return self._flags

    def encoded_for(self, version: int) -> bytes | None:
        """The bytes that were made of it for *version*, if that was the last; `MqttPacketWriter` makes them."""
        return self._encoded if self._encoded_for == version else None

    def keep_encoded(self, version: int, encoded: bytes) -> None:
        """Keep the bytes that were made of it, for the next channel that it is written to."""
        self._encoded = encoded
        self._encoded_for = version

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, MqttPublishMessage)
            and self._topic == other._topic
            and self._payload == other._payload
            and self._flags == other._flags
            and self._packet_id == other._packet_id
            and self._properties == other._properties
        )

    def __hash__(self) -> int:
        return hash((self._topic, self._payload, int(self._flags), int(self._packet_id)))

    def __repr__(self) -> str:
        payload = repr(self._payload) if len(self._payload) <= 64 else f"<{len(self._payload)} bytes>"
        more = f", qos={self.qos}, packet_id={self.packet_id}" if self.qos else ""
        flags = f"{', retain=True' if self.retain else ''}{', duplicate=True' if self.duplicate else ''}"
        return f"MqttPublishMessage({self._topic!r}, {payload}{more}{flags}{_shown(self._properties)})"


class MqttReplyMessage(MqttMessage):
    """An answer to a message with QoS 1 or 2, or to that answer; derived classes say which.

    Args:
        packet_id: that of the message, 1 to 65535.
        reason_code: what became of it, as `MqttReasonCode`; anything but success in MQTT 5 only.
        properties: those of MQTT 5.

    Raises:
        ValueError: for another packet id.
    """

    __slots__ = ("_packet_id", "_packet_type", "_properties", "_reason_code")

    def __init__(self, packet_type: int, packet_id: int, reason_code: int, properties: MqttProperties) -> None:
        if packet_id < 1 or packet_id > 0xFFFF:
            raise ValueError(f"packet_id {packet_id}, allowed is 1 to 65535")
        self._packet_type: i64 = packet_type
        self._packet_id: i64 = packet_id
        self._reason_code: i64 = reason_code
        self._properties = properties

    @property
    def packet_type(self) -> int:
        """The number of the type: 4 to 7."""
        return self._packet_type

    @property
    def packet_id(self) -> int:
        """The number of the message that this is about."""
        return self._packet_id

    @property
    def reason_code(self) -> int:
        """The code of what became of it; from 0x80 on nothing did."""
        return self._reason_code

    @property
    def properties(self) -> MqttProperties:
        """Its properties, of MQTT 5."""
        return self._properties

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, MqttReplyMessage)
            and self._packet_type == other._packet_type
            and self._packet_id == other._packet_id
            and self._reason_code == other._reason_code
            and self._properties == other._properties
        )

    def __hash__(self) -> int:
        return hash((int(self._packet_type), int(self._packet_id), int(self._reason_code)))

    def __repr__(self) -> str:
        reason = f", reason_code=0x{self.reason_code:02x}" if self._reason_code else ""
        return f"{type(self).__name__}({self.packet_id}{reason}{_shown(self._properties)})"


@final
class MqttPubAckMessage(MqttReplyMessage):
    """PUBACK: a message with QoS 1 has come."""

    __slots__ = ()

    def __init__(self, packet_id: int, reason_code: int = 0, properties: MqttProperties = NO_PROPERTIES) -> None:
        super().__init__(PUBACK, packet_id, reason_code, properties)


@final
class MqttPubRecMessage(MqttReplyMessage):
    """PUBREC: a message with QoS 2 has come; its number is kept until PUBREL."""

    __slots__ = ()

    def __init__(self, packet_id: int, reason_code: int = 0, properties: MqttProperties = NO_PROPERTIES) -> None:
        super().__init__(PUBREC, packet_id, reason_code, properties)


@final
class MqttPubRelMessage(MqttReplyMessage):
    """PUBREL: the sender has seen PUBREC, and will not send the message again."""

    __slots__ = ()

    def __init__(self, packet_id: int, reason_code: int = 0, properties: MqttProperties = NO_PROPERTIES) -> None:
        super().__init__(PUBREL, packet_id, reason_code, properties)


@final
class MqttPubCompMessage(MqttReplyMessage):
    """PUBCOMP: the number of a message with QoS 2 is free again."""

    __slots__ = ()

    def __init__(self, packet_id: int, reason_code: int = 0, properties: MqttProperties = NO_PROPERTIES) -> None:
        super().__init__(PUBCOMP, packet_id, reason_code, properties)


def _shown(properties: MqttProperties) -> str:
    return "" if properties is NO_PROPERTIES else f", properties={properties!r}"
