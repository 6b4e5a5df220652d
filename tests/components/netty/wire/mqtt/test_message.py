"""MqttMessage: values that nobody changes."""

import pytest

from pyboot.components.netty.wire.mqtt.message import (
    MqttPubAckMessage,
    MqttPubCompMessage,
    MqttPublishMessage,
    MqttPubRecMessage,
    MqttPubRelMessage,
)
from pyboot.components.netty.wire.mqtt.properties import MqttProperties


def test_a_message_tells_what_it_is() -> None:
    """Field by field."""
    message = MqttPublishMessage("a/b", b"hi", 2, True, 7, True, MqttProperties(topic_alias=1))

    assert ("a/b", b"hi", 2, True, 7, True, 1) == (
        message.topic, message.payload, message.qos, message.retain, message.packet_id, message.duplicate, message.properties.topic_alias,
    )  # fmt: skip
    shown = "MqttPublishMessage('a/b', b'hi', qos=2, packet_id=7, retain=True, duplicate=True, properties=MqttProperties(topic_alias=1))"
    assert shown == repr(message)
    assert "MqttPublishMessage('t', <65 bytes>)" == repr(MqttPublishMessage("t", b"x" * 65))


@pytest.mark.parametrize("name", ["topic", "payload", "qos", "retain", "packet_id", "duplicate", "properties"])
def test_nothing_in_a_message_changes(name: str) -> None:
    """It may stand in the queues of many channels."""
    with pytest.raises(AttributeError):
        setattr(MqttPublishMessage("t"), name, None)


def test_messages_are_equal_where_all_of_them_is() -> None:
    """Flags and numbers too."""
    message = MqttPublishMessage("t", b"x", 1, packet_id=1)

    assert message == MqttPublishMessage("t", b"x", 1, packet_id=1)
    assert hash(message) == hash(MqttPublishMessage("t", b"x", 1, packet_id=1))
    assert message != MqttPublishMessage("t", b"x", 1, packet_id=2)
    assert message != MqttPublishMessage("t", b"x", 1, packet_id=1, retain=True)
    assert MqttPubAckMessage(1) != MqttPubRecMessage(1)
    assert MqttPubRelMessage(1) == MqttPubRelMessage(1)
    assert hash(MqttPubRelMessage(1)) == hash(MqttPubRelMessage(1))


@pytest.mark.parametrize(
    ("qos", "packet_id", "said"), [(3, 1, "qos 3"), (-1, 0, "qos -1"), (0, 1, "packet_id 1 with qos 0"), (1, 65536, "packet_id 65536")]
)
def test_numbers_that_cannot_be_are_refused(qos: int, packet_id: int, said: str) -> None:
    """When the message is made, not when it is written."""
    with pytest.raises(ValueError, match=said):
        MqttPublishMessage("t", qos=qos, packet_id=packet_id)


def test_answers_tell_of_which_message() -> None:
    """And what became of it."""
    assert "MqttPubCompMessage(7, reason_code=0x92)" == repr(MqttPubCompMessage(7, 0x92))
    for packet_id in (0, 65536):
        with pytest.raises(ValueError, match=f"packet_id {packet_id}"):
            MqttPubAckMessage(packet_id)
