"""The bodies of packets: what has no bytes."""

import pytest

from pyboot.components.netty.errors import EncoderError
from pyboot.components.netty.wire.mqtt.control import (
    MqttAuthMessage,
    MqttConnAckMessage,
    MqttConnectMessage,
    MqttDisconnectMessage,
    MqttSubAckMessage,
    MqttSubscribeMessage,
    MqttTopicSubscription,
    MqttUnsubAckMessage,
    MqttUnsubscribeMessage,
    MqttWill,
)
from pyboot.components.netty.wire.mqtt.message import MqttMessage
from pyboot.components.netty.wire.mqtt.properties import MqttProperties
from pyboot.components.netty.wire.mqtt.state import MqttState
from pyboot.components.netty.wire.mqtt.version import MqttVersion
from pyboot.components.netty.wire.mqtt.writer import MqttPacketWriter
from tests.components.netty.wire.mqtt.samples import V4, V5


@pytest.mark.parametrize(
    ("version", "message", "said"),
    [
        (V4, MqttConnectMessage("a", keep_alive=65536), "keep_alive 65536"),
        (V4, MqttConnectMessage("a" * 65536), "has 65536 bytes"),
        (V4, MqttConnectMessage("a", password=b"x"), "a password and no user name"),
        (V4, MqttConnectMessage("a", properties=MqttProperties(receive_maximum=1)), "properties, which are of MQTT 5"),
        (V4, MqttConnectMessage("a", will=MqttWill("#")), "a will whose topic holds a wildcard"),
        (V4, MqttConnectMessage("a", will=MqttWill("t", qos=3)), "qos 3"),
        (V4, MqttConnectMessage("a", will=MqttWill("t", b"x" * 65536)), "65536 bytes, allowed are 65535"),
        (V4, MqttConnAckMessage(6), "the code 0x06"),
        (V5, MqttConnAckMessage(5), "the code 0x05"),
        (V5, MqttConnAckMessage(0x87, True), "session_present and a reason code of failure"),
        (V4, MqttSubscribeMessage(1, ()), "no topic filter"),
        (V4, MqttSubscribeMessage(0, (MqttTopicSubscription("a"),)), "packet_id 0"),
        (V4, MqttSubscribeMessage(1, (MqttTopicSubscription("a/#/b"),)), "holds # elsewhere"),
        (V4, MqttSubscribeMessage(1, (MqttTopicSubscription("a", 3),)), "qos 3"),
        (V4, MqttSubscribeMessage(1, (MqttTopicSubscription("a", no_local=True),)), "options of a subscription"),
        (V5, MqttSubscribeMessage(1, (MqttTopicSubscription("a", retain_handling=3),)), "retain_handling 3"),
        (V4, MqttSubAckMessage(1, (0x87,)), "the code 0x87"),
        (V5, MqttSubAckMessage(1, ()), "no reason code"),
        (V4, MqttUnsubscribeMessage(1, ()), "no topic filter"),
        (V4, MqttUnsubAckMessage(1, (0,)), "reason codes, which are of MQTT 5"),
        (V5, MqttUnsubAckMessage(1), "no reason code"),
        (V4, MqttDisconnectMessage(4), "which are of MQTT 5"),
        (V5, MqttDisconnectMessage(1), "the code 0x01"),
        (V4, MqttAuthMessage(), "no MQTT 5"),
    ],
)
def test_what_the_protocol_has_no_bytes_for_is_refused(version: MqttVersion, message: MqttMessage, said: str) -> None:
    """With what is wrong."""
    with pytest.raises(EncoderError) as caught:
        MqttPacketWriter(MqttState(version)).encode(message)

    assert said in str(caught.value)
