"""MqttState: the version that both directions know."""

from pyboot.components.netty.wire.mqtt.state import MqttState
from pyboot.components.netty.wire.mqtt.version import MqttVersion


def test_there_is_no_version_before_connect() -> None:
    """And one of the three behind it."""
    state = MqttState()
    assert state.version is None

    state.level = 5
    assert MqttVersion.MQTT_5 is state.version
    assert MqttVersion.MQTT_3_1 is MqttState(MqttVersion.MQTT_3_1).version
