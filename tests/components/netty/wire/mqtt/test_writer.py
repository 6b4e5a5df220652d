"""MqttPacketWriter: the bytes of messages, and what has none."""

import pytest

from pyboot.components.netty.errors import EncoderError
from pyboot.components.netty.wire.mqtt.control import MqttConnectMessage
from pyboot.components.netty.wire.mqtt.message import MqttMessage, MqttPubAckMessage, MqttPublishMessage
from pyboot.components.netty.wire.mqtt.properties import MqttProperties
from pyboot.components.netty.wire.mqtt.state import MqttState
from pyboot.components.netty.wire.mqtt.version import MqttVersion
from pyboot.components.netty.wire.mqtt.writer import MqttPacketWriter
from tests.components.netty.wire.mqtt.samples import SAMPLES, V4, V5


@pytest.mark.parametrize(("version", "data", "message"), SAMPLES)
def test_messages_become_bytes(version: MqttVersion, data: bytes, message: MqttMessage) -> None:
    """The samples of the reader, the other way."""
    assert data == MqttPacketWriter(MqttState(version)).encode(message)


@pytest.mark.parametrize(
    ("version", "message", "said"),
    [
        (V4, MqttPublishMessage("t", qos=1), "QoS 1 and no packet id"),
        (V4, MqttPublishMessage("t", duplicate=True), "a duplicate, with QoS 0"),
        (V4, MqttPublishMessage("a/#"), "whose topic holds a wildcard"),
        (V4, MqttPublishMessage(""), "whose topic is empty"),
        (V5, MqttPublishMessage(""), "whose topic is empty"),
        (V4, MqttPublishMessage("a\0"), "whose topic holds U"),
        (V4, MqttPublishMessage("\udc80"), "whose topic holds a surrogate"),
        (V4, MqttPublishMessage("t" * 65536), "whose topic has 65536 bytes, allowed are 65535"),
        (V4, MqttPublishMessage("t", properties=MqttProperties(topic_alias=1)), "properties, which are of MQTT 5"),
        (V5, MqttPublishMessage("t", properties=MqttProperties(receive_maximum=1)), "receive_maximum"),
        (V4, MqttPubAckMessage(1, 0x10), "a reason code or properties, which are of MQTT 5"),
        (V5, MqttPubAckMessage(1, 0x05), "the code 0x05"),
        (None, MqttPubAckMessage(1), "no version is known"),
        (None, MqttPublishMessage("t"), "no version is known"),
        (V4, MqttMessage(), "a class that is not known"),
    ],
)
def test_what_the_protocol_has_no_bytes_for_is_refused(version: MqttVersion | None, message: MqttMessage, said: str) -> None:
    """Nothing is left out to make it fit."""
    with pytest.raises(EncoderError) as caught:
        MqttPacketWriter(MqttState(version)).encode(message)

    assert said in str(caught.value)


def test_connect_says_the_version_of_what_follows() -> None:
    """Which the reader beside it hears of."""
    state = MqttState()
    writer = MqttPacketWriter(state)
    writer.encode(MqttConnectMessage("a", V5))

    assert V5 is state.version
    assert b"\x30\x04\0\x01t\0" == writer.encode(MqttPublishMessage("t"))


def test_a_message_is_encoded_once_for_all_of_a_version() -> None:
    """One object of bytes stands in the queues of all who get it."""
    message = MqttPublishMessage("t", b"x")
    one, other, old = (MqttPacketWriter(MqttState(version)) for version in (V5, V5, V4))

    assert one.encode(message) is other.encode(message)
    assert b"\x30\x04\0\x01tx" == old.encode(message)
    assert b"\x30\x05\0\x01t\0x" == one.encode(message)


def test_topics_are_encoded_anew_where_they_change() -> None:
    """The last one is remembered."""
    writer = MqttPacketWriter(MqttState(V4))

    assert [b"\x30\x03\0\x01t", b"\x30\x03\0\x01t", b"\x30\x04\0\x02\xc3\xa9"] == [
        writer.encode(MqttPublishMessage(topic)) for topic in ("t", "t", "é")
    ]


@pytest.mark.parametrize(
    ("payload", "head"),
    [
        (124, b"\x30\x7f"),
        (125, b"\x30\x80\x01"),
        (16380, b"\x30\xff\x7f"),
        (16381, b"\x30\x80\x80\x01"),
        (2097149, b"\x30\x80\x80\x80\x01"),
    ],
)
def test_the_length_has_as_many_bytes_as_it_needs(payload: int, head: bytes) -> None:
    """MQTT 5 1.5.5, table 1-1."""
    encoded = MqttPacketWriter(MqttState(V4)).encode(MqttPublishMessage("t", b"x" * payload))

    assert head + b"\0\x01t" == encoded[: len(head) + 3]
    assert len(head) + 3 + payload == len(encoded)
