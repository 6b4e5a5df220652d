"""Packets as bytes and as messages, written out by hand from the specifications; both directions are tested against them."""

from pyboot.components.netty.wire.mqtt.control import (
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
from pyboot.components.netty.wire.mqtt.message import (
    MqttMessage,
    MqttPubAckMessage,
    MqttPubCompMessage,
    MqttPublishMessage,
    MqttPubRecMessage,
    MqttPubRelMessage,
)
from pyboot.components.netty.wire.mqtt.properties import MqttProperties
from pyboot.components.netty.wire.mqtt.version import MqttVersion

V3, V4, V5 = MqttVersion.MQTT_3_1, MqttVersion.MQTT_3_1_1, MqttVersion.MQTT_5

SAMPLES: list[tuple[MqttVersion, bytes, MqttMessage]] = [
    (V3, b"\x10\x0f\0\x06MQIsdp\x03\x02\0\x3c\0\x01a", MqttConnectMessage("a", V3)),
    (V4, b"\x10\x0d\0\x04MQTT\x04\x02\0\x3c\0\x01a", MqttConnectMessage("a")),
    (V4, b"\x10\x0c\0\x04MQTT\x04\x00\0\0\0\0", MqttConnectMessage("", clean_start=False, keep_alive=0)),
    (
        V4,
        b"\x10\x1c\0\x04MQTT\x04\xf6\xff\xff\0\x01a\0\x01t\0\x03bye\0\x01u\0\x02\0\xff",
        MqttConnectMessage("a", keep_alive=65535, will=MqttWill("t", b"bye", 2, True), user_name="u", password=b"\0\xff"),
    ),
    (V5, b"\x10\x0e\0\x04MQTT\x05\x02\0\x3c\0\0\x01a", MqttConnectMessage("a", V5)),
    (
        V5,
        b"\x10\x27\0\x04MQTT\x05\x46\0\x0a\x08\x11\0\0\0\x05\x21\0\x0a\0\x01a\x05\x18\0\0\0\x02\0\x01t\0\x02\xc3\xa9\0\x02pw",
        MqttConnectMessage(
            "a",
            V5,
            keep_alive=10,
            will=MqttWill("t", "é".encode(), properties=MqttProperties(will_delay_interval=2)),
            password=b"pw",
            properties=MqttProperties(session_expiry_interval=5, receive_maximum=10),
        ),
    ),
    (V4, b"\x20\x02\0\0", MqttConnAckMessage()),
    (V4, b"\x20\x02\x01\0", MqttConnAckMessage(session_present=True)),
    (V4, b"\x20\x02\0\x05", MqttConnAckMessage(5)),
    (V5, b"\x20\x03\0\x87\0", MqttConnAckMessage(0x87)),
    (V5, b"\x20\x08\x01\0\x05\x22\0\x10\x24\x01", MqttConnAckMessage(0, True, MqttProperties(maximum_qos=1, topic_alias_maximum=16))),
    (V4, b"\x30\x05\0\x03a/b", MqttPublishMessage("a/b")),
    (V4, b"\x30\x07\0\x03a/bhi", MqttPublishMessage("a/b", b"hi")),
    (V4, b"\x31\x07\0\x03a/bhi", MqttPublishMessage("a/b", b"hi", retain=True)),
    (V4, b"\x32\x06\0\x01t\0\x0ax", MqttPublishMessage("t", b"x", 1, packet_id=10)),
    (V4, b"\x3d\x06\0\x01t\xff\xffx", MqttPublishMessage("t", b"x", 2, True, 65535, True)),
    (V4, b"\x30\x80\x01\0\x01t" + b"x" * 125, MqttPublishMessage("t", b"x" * 125)),
    (V5, b"\x30\x05\0\x01t\0x", MqttPublishMessage("t", b"x")),
    (V5, b"\x30\x07\0\0\x03\x23\0\x01x", MqttPublishMessage("", b"x", properties=MqttProperties(topic_alias=1))),
    (
        V5,
        b"\x34\x17\0\x01t\0\x01\x11\x0b\x01\x0b\x80\x01\x26\0\x01k\0\x01v\x26\0\0\0\0",
        MqttPublishMessage(
            "t", b"", 2, packet_id=1, properties=MqttProperties(subscription_identifiers=(1, 128), user_properties=(("k", "v"), ("", "")))
        ),
    ),
    (V4, b"\x40\x02\0\x01", MqttPubAckMessage(1)),
    (V4, b"\x50\x02\0\x01", MqttPubRecMessage(1)),
    (V4, b"\x62\x02\0\x01", MqttPubRelMessage(1)),
    (V4, b"\x70\x02\xff\xfe", MqttPubCompMessage(65534)),
    (V5, b"\x40\x02\0\x01", MqttPubAckMessage(1)),
    (V5, b"\x40\x03\0\x01\x10", MqttPubAckMessage(1, 0x10)),
    (V5, b"\x62\x09\0\x01\x92\x05\x1f\0\x02no", MqttPubRelMessage(1, 0x92, MqttProperties(reason_string="no"))),
    (V4, b"\x82\x0a\0\x01\0\x01a\x01\0\x01#\x02",
     MqttSubscribeMessage(1, (MqttTopicSubscription("a", 1), MqttTopicSubscription("#", 2)))),
    (V5, b"\x82\x09\0\x02\x02\x0b\x07\0\x01+\x2d", MqttSubscribeMessage(
        2, (MqttTopicSubscription("+", 1, True, True, 2),), MqttProperties(subscription_identifiers=(7,)))),
    (V4, b"\x90\x04\0\x01\x01\x80", MqttSubAckMessage(1, (1, 0x80))),
    (V5, b"\x90\x04\0\x01\0\xa2", MqttSubAckMessage(1, (0xA2,))),
    (V4, b"\xa2\x05\0\x01\0\x01a", MqttUnsubscribeMessage(1, ("a",))),
    (V5, b"\xa2\x08\0\x01\0\0\x03a/+", MqttUnsubscribeMessage(1, ("a/+",))),
    (V4, b"\xb0\x02\0\x01", MqttUnsubAckMessage(1)),
    (V5, b"\xb0\x04\0\x01\0\x11", MqttUnsubAckMessage(1, (0x11,))),
    (V4, b"\xc0\0", MqttPingReqMessage()),
    (V4, b"\xd0\0", MqttPingRespMessage()),
    (V4, b"\xe0\0", MqttDisconnectMessage()),
    (V5, b"\xe0\0", MqttDisconnectMessage()),
    (V5, b"\xe0\x01\x04", MqttDisconnectMessage(4)),
    (V5, b"\xe0\x07\x9c\x05\x1c\0\x02hq", MqttDisconnectMessage(0x9C, MqttProperties(server_reference="hq"))),
    (V5, b"\xf0\x08\x18\x06\x15\0\x03abc", MqttAuthMessage(0x18, MqttProperties(authentication_method="abc"))),
]  # fmt: skip
