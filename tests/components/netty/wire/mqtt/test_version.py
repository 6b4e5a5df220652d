"""MqttVersion: names and levels."""

from pyboot.components.netty.wire.mqtt.version import LEVELS, MqttVersion


def test_each_version_has_its_name_and_level() -> None:
    """3.1 has a name of its own."""
    assert [("MQIsdp", 3), ("MQTT", 4), ("MQTT", 5)] == [(version.protocol_name, version) for version in MqttVersion]
    assert all(version in LEVELS[version.protocol_name.encode()] for version in MqttVersion)
