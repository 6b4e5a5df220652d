"""The packets that begin and end a connection, and those of subscriptions. Source: MQTT 5 3.1, 3.2 and 3.8 to 3.15; the names are Netty's.

::

    CONNECT    0x10, remaining length, "MQTT" (6), level, flags, keep-alive (2), properties of MQTT 5,
               client id, [will properties of MQTT 5, will topic, will payload], [user name], [password]
    CONNACK    0x20, remaining length, session present, code, properties of MQTT 5
    SUBSCRIBE  0x82, remaining length, packet id (2), properties of MQTT 5, then a filter and its options, once or more
    SUBACK     0x90, remaining length, packet id (2), properties of MQTT 5, then a code for each filter
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import final

from .message import MqttMessage
from .properties import NO_PROPERTIES, MqttProperties
from .version import MqttVersion

__all__ = [
    "MqttAuthMessage",
    "MqttConnAckMessage",
    "MqttConnectMessage",
    "MqttDisconnectMessage",
    "MqttPingReqMessage",
    "MqttPingRespMessage",
    "MqttSubAckMessage",
    "MqttSubscribeMessage",
    "MqttTopicSubscription",
    "MqttUnsubAckMessage",
    "MqttUnsubscribeMessage",
    "MqttWill",
]


@final
@dataclass(frozen=True, slots=True)
class MqttWill:
    """The message that the broker publishes for a client that left without DISCONNECT."""

    topic: str
    payload: bytes = b""
    qos: int = 0
    retain: bool = False
    properties: MqttProperties = NO_PROPERTIES


@final
@dataclass(frozen=True, slots=True)
class MqttConnectMessage(MqttMessage):
    """CONNECT: the first packet of a client. *keep_alive* is in seconds, 0 for none; *password* is not shown by ``repr``."""

    client_id: str
    version: MqttVersion = MqttVersion.MQTT_3_1_1
    clean_start: bool = True
    keep_alive: int = 60
    will: MqttWill | None = None
    user_name: str | None = None
    password: bytes | None = field(default=None, repr=False)
    properties: MqttProperties = NO_PROPERTIES


@final
@dataclass(frozen=True, slots=True)
class MqttConnAckMessage(MqttMessage):
    """CONNACK: the answer to CONNECT; *reason_code* is an `MqttReasonCode` in MQTT 5, else an `MqttConnectReturnCode`."""

    reason_code: int = 0
    session_present: bool = False
    properties: MqttProperties = NO_PROPERTIES


@final
@dataclass(frozen=True, slots=True)
class MqttTopicSubscription:
    """One filter of SUBSCRIBE, with the most QoS that is wanted; the other options are those of MQTT 5.

    Args:
        no_local: whether the client does not want its own messages back.
        retain_as_published: whether the flag RETAIN stays as the publisher set it.
        retain_handling: retained messages come 0 always, 1 for a subscription that is new, 2 never.
    """

    topic_filter: str
    qos: int = 0
    no_local: bool = False
    retain_as_published: bool = False
    retain_handling: int = 0


@final
@dataclass(frozen=True, slots=True)
class MqttSubscribeMessage(MqttMessage):
    """SUBSCRIBE: the client wants messages that fit one of the filters."""

    packet_id: int
    subscriptions: tuple[MqttTopicSubscription, ...]
    properties: MqttProperties = NO_PROPERTIES


@final
@dataclass(frozen=True, slots=True)
class MqttSubAckMessage(MqttMessage):
    """SUBACK: for each filter the QoS that is granted, or a code from 0x80 on."""

    packet_id: int
    reason_codes: tuple[int, ...]
    properties: MqttProperties = NO_PROPERTIES


@final
@dataclass(frozen=True, slots=True)
class MqttUnsubscribeMessage(MqttMessage):
    """UNSUBSCRIBE: the client gives filters up."""

    packet_id: int
    topic_filters: tuple[str, ...]
    properties: MqttProperties = NO_PROPERTIES


@final
@dataclass(frozen=True, slots=True)
class MqttUnsubAckMessage(MqttMessage):
    """UNSUBACK; *reason_codes*, one for each filter, are of MQTT 5."""

    packet_id: int
    reason_codes: tuple[int, ...] = ()
    properties: MqttProperties = NO_PROPERTIES


@final
@dataclass(frozen=True, slots=True)
class MqttPingReqMessage(MqttMessage):
    """PINGREQ: the client lives, and asks whether the broker does."""


@final
@dataclass(frozen=True, slots=True)
class MqttPingRespMessage(MqttMessage):
    """PINGRESP: it does."""


@final
@dataclass(frozen=True, slots=True)
class MqttDisconnectMessage(MqttMessage):
    """DISCONNECT: the last packet; a reason, and a broker that sends one, are of MQTT 5."""

    reason_code: int = 0
    properties: MqttProperties = NO_PROPERTIES


@final
@dataclass(frozen=True, slots=True)
class MqttAuthMessage(MqttMessage):
    """AUTH: a step of an authentication that takes several, of MQTT 5."""

    reason_code: int = 0
    properties: MqttProperties = NO_PROPERTIES
