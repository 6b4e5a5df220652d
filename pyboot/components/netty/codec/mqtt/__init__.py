"""MQTT 3.1, 3.1.1 and 5 in a pipeline: its codec, and the packets as messages.

::

    MqttDecoder     bytes to messages, with limits      --+
    MqttEncoder     messages to bytes                   --+-- share an `MqttState`: CONNECT says the version once
    your handlers   MqttConnectMessage, MqttPublishMessage ...
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyboot.components.netty.wire.mqtt.control import (
        MqttAuthMessage as MqttAuthMessage,
        MqttConnAckMessage as MqttConnAckMessage,
        MqttConnectMessage as MqttConnectMessage,
        MqttDisconnectMessage as MqttDisconnectMessage,
        MqttPingReqMessage as MqttPingReqMessage,
        MqttPingRespMessage as MqttPingRespMessage,
        MqttSubAckMessage as MqttSubAckMessage,
        MqttSubscribeMessage as MqttSubscribeMessage,
        MqttTopicSubscription as MqttTopicSubscription,
        MqttUnsubAckMessage as MqttUnsubAckMessage,
        MqttUnsubscribeMessage as MqttUnsubscribeMessage,
        MqttWill as MqttWill,
    )
    from pyboot.components.netty.wire.mqtt.errors import (
        CorruptedMqttPacketError as CorruptedMqttPacketError,
        RejectedMqttIdentifierError as RejectedMqttIdentifierError,
        UnacceptableMqttVersionError as UnacceptableMqttVersionError,
    )
    from pyboot.components.netty.wire.mqtt.message import (
        MqttMessage as MqttMessage,
        MqttPubAckMessage as MqttPubAckMessage,
        MqttPubCompMessage as MqttPubCompMessage,
        MqttPublishMessage as MqttPublishMessage,
        MqttPubRecMessage as MqttPubRecMessage,
        MqttPubRelMessage as MqttPubRelMessage,
        MqttReplyMessage as MqttReplyMessage,
    )
    from pyboot.components.netty.wire.mqtt.properties import MqttProperties as MqttProperties
    from pyboot.components.netty.wire.mqtt.reader import MqttPacketReader as MqttPacketReader
    from pyboot.components.netty.wire.mqtt.reason import MqttConnectReturnCode as MqttConnectReturnCode, MqttReasonCode as MqttReasonCode
    from pyboot.components.netty.wire.mqtt.state import MqttState as MqttState
    from pyboot.components.netty.wire.mqtt.text import filter_fault as filter_fault, topic_fault as topic_fault
    from pyboot.components.netty.wire.mqtt.version import MqttVersion as MqttVersion
    from pyboot.components.netty.wire.mqtt.writer import MqttPacketWriter as MqttPacketWriter

    from .codec import MQTT_STATE as MQTT_STATE, MqttDecoder as MqttDecoder, MqttEncoder as MqttEncoder
else:
    from pyboot.components.netty.surface import load_when_asked

    __getattr__, __dir__, __all__ = load_when_asked()
