"""The bodies of packets: what is refused in them, with what reason."""

import pytest

from pyboot.components.netty.wire.mqtt.errors import CorruptedMqttPacketError
from pyboot.components.netty.wire.mqtt.reader import MqttPacketReader
from pyboot.components.netty.wire.mqtt.state import MqttState
from pyboot.components.netty.wire.mqtt.version import MqttVersion
from tests.components.netty.wire.mqtt.samples import V4, V5


@pytest.mark.parametrize(
    ("version", "data", "said", "reason"),
    [
        # CONNECT.
        (None, b"\x10\x0d\0\x04MQTX\x04\x02\0\x3c\0\x01a", "the protocol b'MQTX'", 0x81),
        (None, b"\x10\x0d\0\x04MQTT\x04\x03\0\x3c\0\x01a", "the reserved flag", 0x81),
        (None, b"\x10\x0d\0\x04MQTT\x04\x0a\0\x3c\0\x01a", "flags of a will and no will", 0x81),
        (None, b"\x10\x0d\0\x04MQTT\x04\x22\0\x3c\0\x01a", "flags of a will and no will", 0x81),
        (None, b"\x10\x12\0\x04MQTT\x04\x1e\0\x3c\0\x01a\0\x01t\0\0", "a will of QoS 3", 0x81),
        (None, b"\x10\x0f\0\x04MQTT\x04\x42\0\x3c\0\x01a\0\0", "a password and no user name", 0x81),
        (None, b"\x10\x0d\0\x04MQTT\x04\x82\0\x3c\0\x01a", "ends within user name", 0x81),
        (None, b"\x10\x12\0\x04MQTT\x04\x06\0\x3c\0\x01a\0\x01#\0\0", "whose will topic holds a wildcard", 0x90),
        (None, b"\x10\x0e\0\x04MQTT\x04\x02\0\x3c\0\x01ab", "1 bytes behind its last field", 0x81),
        (None, b"\x10\x0d\0\x04MQTT\x04\x02\0\x3c\0\x01\0", "whose client identifier holds U+0000", 0x81),
        (None, b"\x10\x0d\0\x04MQTT\x04\x02\0\x3c\0\x02a", "ends within client identifier: 2 bytes wanted, 1 left", 0x81),
        (None, b"\x10\x10\0\x04MQTT\x05\x02\0\x3c\x02\x22\0\0\x01a", "ends within topic_alias_maximum", 0x81),
        # CONNACK.
        (V4, b"\x20\x02\x02\0", "flags 0x02", 0x81),
        (V4, b"\x20\x02\x01\x05", "flags 0x01 and code 0x05", 0x81),
        (V4, b"\x20\x02\0\x06", "the code 0x06", 0x82),
        (V5, b"\x20\x03\0\x05\0", "the code 0x05", 0x82),
        # The answers to messages.
        (V4, b"\x40\x02\0\0", "PUBACK with packet id 0", 0x82),
        (V5, b"\x40\x03\0\x01\x05", "PUBACK with the code 0x05", 0x82),
        (V5, b"\x62\x03\0\x01\x10", "PUBREL with the code 0x10", 0x82),
        (V5, b"\x40\x05\0\x01\0\0x", "PUBACK with 1 bytes behind its last field", 0x81),
        # Subscriptions.
        (V4, b"\x82\x06\0\0\0\x01a\0", "SUBSCRIBE with packet id 0", 0x82),
        (V4, b"\x82\x02\0\x01", "SUBSCRIBE without a topic filter", 0x82),
        (V4, b"\x82\x06\0\x01\0\x01a\x03", "SUBSCRIBE with options 0x03", 0x81),
        (V4, b"\x82\x06\0\x01\0\x01a\x04", "SUBSCRIBE with options 0x04", 0x81),
        (V5, b"\x82\x07\0\x01\0\0\x01a\x40", "SUBSCRIBE with options 0x40", 0x81),
        (V5, b"\x82\x07\0\x01\0\0\x01a\x30", "SUBSCRIBE with options 0x30", 0x81),
        (V4, b"\x82\x05\0\x01\0\x01a", "ends within subscription options", 0x81),
        (V4, b"\x82\x08\0\x01\0\x03#/a\0", "holds # elsewhere", 0x8F),
        (V4, b"\x82\x07\0\x01\0\x02a+\0", "holds + in a level", 0x8F),
        (V4, b"\x82\x05\0\x01\0\0\0", "topic filter that is empty", 0x8F),
        (V5, b"\x82\x10\0\x01\0\0\x0a$share/a/b\x04", "no_local of a shared subscription", 0x82),
        (V5, b"\x82\x0e\0\x01\0\0\x08$share/a\x00", "no $share/NAME/FILTER", 0x8F),
        (V4, b"\xa2\x02\0\x01", "UNSUBSCRIBE without a topic filter", 0x82),
        (V4, b"\x90\x02\0\x01", "SUBACK without a reason code", 0x82),
        (V4, b"\x90\x03\0\x01\x87", "SUBACK with the code 0x87", 0x82),
        (V5, b"\xb0\x03\0\x01\0", "UNSUBACK without a reason code", 0x82),
        # The end.
        (V5, b"\xe0\x01\x01", "DISCONNECT with the code 0x01", 0x82),
        (V4, b"\xf0\0", "AUTH, which is of MQTT 5", 0x82),
        (V5, b"\xf0\x01\x04", "AUTH with the code 0x04", 0x82),
    ],
)
def test_a_body_that_breaks_the_protocol_is_refused(version: MqttVersion | None, data: bytes, said: str, reason: int) -> None:
    """With what is wrong, and what MQTT 5 calls it."""
    reader = MqttPacketReader(state=MqttState(version))
    reader.feed(data)
    with pytest.raises(CorruptedMqttPacketError) as caught:
        reader.next_frame()

    assert said in str(caught.value)
    assert reason == caught.value.reason_code


def test_the_items_of_a_packet_are_limited() -> None:
    """A filter of three bytes becomes an object of a hundred."""
    reader = MqttPacketReader(max_items=2, state=MqttState(V4))
    reader.feed(b"\x82\x0a\0\x01\0\x01a\0\0\x01b\0")
    assert reader.next_frame() is not None
    reader.feed(b"\x82\x0e\0\x01\0\x01a\0\0\x01b\0\0\x01c\0")

    with pytest.raises(CorruptedMqttPacketError, match="more than 2 items"):
        reader.next_frame()
