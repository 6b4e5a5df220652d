"""MqttProperties: the table of MQTT 5, 2.2.2.2, in both directions."""

import pytest

from pyboot.components.netty.wire.mqtt.cursor import MqttCursor
from pyboot.components.netty.wire.mqtt.errors import CorruptedMqttPacketError
from pyboot.components.netty.wire.mqtt.properties import NO_PROPERTIES, MqttProperties, encode_properties, encode_varint, read_properties


def read(data: bytes, packet: int, max_items: int = 1024, in_will: bool = False) -> MqttProperties:
    """The properties that *data* holds, all of it."""
    cursor = MqttCursor(data, 0, len(data), "the packet")
    properties = read_properties(cursor, packet, max_items, in_will)
    cursor.must_be_over()
    return properties


@pytest.mark.parametrize(
    ("packet", "data", "properties"),
    [
        (3, b"\x02\x01\x01", MqttProperties(payload_format_indicator=1)),
        (3, b"\x05\x02\0\x01\0\0", MqttProperties(message_expiry_interval=65536)),
        (3, b"\x04\x03\0\x01a", MqttProperties(content_type="a")),
        (3, b"\x04\x08\0\x01r", MqttProperties(response_topic="r")),
        (3, b"\x05\x09\0\x02\0\xff", MqttProperties(correlation_data=b"\0\xff")),
        (8, b"\x05\x0b\xff\xff\xff\x7f", MqttProperties(subscription_identifiers=(268_435_455,))),
        (1, b"\x05\x11\xff\xff\xff\xff", MqttProperties(session_expiry_interval=0xFFFFFFFF)),
        (2, b"\x04\x12\0\x01a", MqttProperties(assigned_client_identifier="a")),
        (2, b"\x03\x13\0\x0a", MqttProperties(server_keep_alive=10)),
        (15, b"\x08\x15\0\x01a\x16\0\x01b", MqttProperties(authentication_method="a", authentication_data=b"b")),
        (1, b"\x02\x17\0", MqttProperties(request_problem_information=0)),
        (1, b"\x02\x19\x01", MqttProperties(request_response_information=1)),
        (2, b"\x04\x1a\0\x01a", MqttProperties(response_information="a")),
        (14, b"\x04\x1c\0\x01a", MqttProperties(server_reference="a")),
        (4, b"\x04\x1f\0\x01a", MqttProperties(reason_string="a")),
        (1, b"\x03\x21\0\x01", MqttProperties(receive_maximum=1)),
        (2, b"\x03\x22\0\0", MqttProperties(topic_alias_maximum=0)),
        (3, b"\x03\x23\xff\xff", MqttProperties(topic_alias=65535)),
        (2, b"\x02\x24\0", MqttProperties(maximum_qos=0)),
        (2, b"\x02\x25\0", MqttProperties(retain_available=0)),
        (10, b"\x0e\x26\0\x01a\0\x01b\x26\0\x01a\0\x01c", MqttProperties(user_properties=(("a", "b"), ("a", "c")))),
        (1, b"\x05\x27\0\0\0\x01", MqttProperties(maximum_packet_size=1)),
        (2, b"\x06\x28\0\x29\0\x2a\0", MqttProperties(
            wildcard_subscription_available=0, subscription_identifier_available=0, shared_subscription_available=0)),
    ],
)  # fmt: skip
def test_each_property_is_read_and_written(packet: int, data: bytes, properties: MqttProperties) -> None:
    """Its identifier, its type."""
    assert properties == read(data, packet)
    assert data == encode_properties(properties, packet)


@pytest.mark.parametrize(
    ("packet", "data", "said"),
    [
        (3, b"\x02\x04\x01", "unknown property 0x04"),
        (3, b"\x02\x01\x02", "payload_format_indicator 2, allowed is 0 to 1"),
        (3, b"\x03\x23\0\0", "topic_alias 0, allowed is 1 to 65535"),
        (1, b"\x03\x21\0\0", "receive_maximum 0, allowed is 1"),
        (1, b"\x05\x27\0\0\0\0", "maximum_packet_size 0, allowed is 1"),
        (8, b"\x02\x0b\0", "subscription_identifiers 0, allowed is 1"),
        (8, b"\x04\x0b\x01\x0b\x02", "subscription_identifiers twice"),
        (3, b"\x04\x01\0\x01\0", "payload_format_indicator twice"),
        (1, b"\x06\x21\0\x01\x21\0\x01", "receive_maximum twice"),
        (1, b"\x03\x23\0\x01", "topic_alias, which it may not have"),
        (1, b"\x05\x18\0\0\0\x01", "will_delay_interval, which it may not have"),
        (4, b"\x05\x02\0\0\0\x01", "message_expiry_interval, which it may not have"),
        (3, b"\x05\x01\0", "ends within its properties: 5 bytes wanted, 2 left"),
        (3, b"\xff\xff\xff\x7f\x01\0", "ends within its properties: 268435455 bytes wanted, 2 left"),
        (3, b"\x04\x03\0\x02a", "ends within content_type: 2 bytes wanted, 1 left"),
        (3, b"\x80\0", "property length has more bytes than it needs"),
        (3, b"\x80\x80\x80\x80\x01", "property length has more than four bytes"),
        (3, b"\x04\x03\0\x01\0", "content_type holds U+0000"),
        (3, b"\x04\x08\0\x01#", "whose response_topic holds a wildcard"),
        (1, b"\x04\x16\0\x01a", "authentication_data and no authentication_method"),
    ],
)
def test_what_may_not_be_is_refused(packet: int, data: bytes, said: str) -> None:
    """A length past the packet, a duplicate, a stranger, a value that may not be."""
    with pytest.raises(CorruptedMqttPacketError) as caught:
        read(data, packet)

    assert said in str(caught.value)


def test_user_properties_are_limited() -> None:
    """Each is five bytes of the network, and a hundred of memory."""
    assert 2 == len(read(b"\x0a\x26\0\0\0\0\x26\0\0\0\0", 3, 2).user_properties)
    with pytest.raises(CorruptedMqttPacketError, match="more than 1 user_properties"):
        read(b"\x0a\x26\0\0\0\0\x26\0\0\0\0", 3, 1)


def test_a_will_has_properties_of_its_own() -> None:
    """The delay is one of them, and may stand nowhere else."""
    assert MqttProperties(will_delay_interval=1) == read(b"\x05\x18\0\0\0\x01", 1, in_will=True)
    with pytest.raises(CorruptedMqttPacketError, match="a will with the property receive_maximum"):
        read(b"\x03\x21\0\x01", 1, in_will=True)
    with pytest.raises(ValueError, match="in a will"):
        encode_properties(MqttProperties(receive_maximum=1), 1, True)


@pytest.mark.parametrize(
    ("packet", "properties", "said"),
    [
        (1, MqttProperties(topic_alias=1), "topic_alias in a packet of the type 1"),
        (3, MqttProperties(topic_alias=0), "topic_alias 0, allowed is 1 to 65535"),
        (3, MqttProperties(content_type="a\0b"), "holds U"),
        (3, MqttProperties(content_type="\ud800"), "holds a surrogate"),
        (3, MqttProperties(correlation_data=b"x" * 65536), "65536 bytes, allowed are 65535"),
        (3, MqttProperties(user_properties=(("a" * 65536, ""),)), "has 65536 bytes"),
        (8, MqttProperties(subscription_identifiers=(1, 2)), "2 subscription_identifiers in SUBSCRIBE"),
        (3, MqttProperties(response_topic="+"), "response_topic holds a wildcard"),
    ],
)
def test_what_may_not_be_is_not_written(packet: int, properties: MqttProperties, said: str) -> None:
    """Nothing is cut off to make it fit."""
    with pytest.raises(ValueError, match=said):
        encode_properties(properties, packet)


@pytest.mark.parametrize(
    ("value", "data"), [(0, b"\0"), (127, b"\x7f"), (128, b"\x80\x01"), (16383, b"\xff\x7f"), (2097152, b"\x80\x80\x80\x01"),
        (268435455, b"\xff\xff\xff\x7f")]
)  # fmt: skip
def test_numbers_have_as_many_bytes_as_they_need(value: int, data: bytes) -> None:
    """Seven bits of each, the lower ones first: table 1-1."""
    assert data == encode_varint(value)
    assert value == MqttCursor(data, 0, len(data), "the packet").varint("number")


def test_properties_are_true_where_there_is_one() -> None:
    """And show themselves without those that are not there."""
    assert not MqttProperties()
    assert not NO_PROPERTIES
    assert MqttProperties(topic_alias=1)
    assert "MqttProperties(topic_alias=1)" == repr(MqttProperties(topic_alias=1))
