"""The errors of MQTT say what was seen and what is allowed."""

from pyboot.components.netty.errors import CorruptedFrameError
from pyboot.components.netty.wire.mqtt.errors import CorruptedMqttPacketError, RejectedMqttIdentifierError, UnacceptableMqttVersionError
from pyboot.components.netty.wire.mqtt.reason import MqttReasonCode


def test_they_know_the_reason_of_mqtt_5() -> None:
    """For the packet that tells the peer."""
    assert "the peer sent PUBLISH with QoS 3 (reason code 0x81)" == str(CorruptedMqttPacketError("PUBLISH with QoS 3"))
    assert MqttReasonCode.UNSUPPORTED_PROTOCOL_VERSION is UnacceptableMqttVersionError(6).reason_code
    assert "protocol level 6, allowed is 3, 4 or 5" in str(UnacceptableMqttVersionError(6))
    assert "identifier of 30 characters, MQTT 3.1 allows 1 to 23" in str(RejectedMqttIdentifierError(30, 23))
    assert isinstance(RejectedMqttIdentifierError(30, 23), CorruptedFrameError)
