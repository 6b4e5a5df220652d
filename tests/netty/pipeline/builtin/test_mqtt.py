"""The built-in codec ``mqtt``: its options, and what it makes of bytes."""

import pytest

from pyboot.components.netty import EmbeddedChannel
from pyboot.components.netty.codec.mqtt import MqttConnAckMessage, MqttConnectMessage
from pyboot.netty.errors import CodecOptionsError
from pyboot.netty.pipeline.registry import CodecRegistry

CONNECT = b"\x10\x0d\0\x04MQTT\x04\x02\0\x3c\0\x01a"


def test_packets_come_and_go() -> None:
    """Both halves, which share the version."""
    channel = EmbeddedChannel(*CodecRegistry().codec("mqtt").handlers())
    channel.receive(CONNECT)
    channel.write_outbound(MqttConnAckMessage())

    assert [MqttConnectMessage("a")] == channel.inbound_messages()
    assert b"\x20\x02\0\0" == channel.outbound_bytes()


@pytest.mark.parametrize(
    ("option", "value", "data"),
    [
        ("max-bytes-in-message", 12, CONNECT),
        ("max-client-id-length", 1, b"\x10\x10\0\x06MQIsdp\x03\x02\0\x3c\0\x02ab"),
        ("max-items", 1, CONNECT + b"\x82\x0a\0\x01\0\x01a\0\0\x01b\0"),
    ],
)
def test_each_limit_holds(option: str, value: int, data: bytes) -> None:
    """What is past it is refused; without the option it is read."""
    channel = EmbeddedChannel(*CodecRegistry().codec("mqtt", {option: value}).handlers())
    with pytest.raises(Exception, match=r"limit|MQTT 3\.1 allows 1 to 1|more than 1 items"):
        channel.receive(data)
    allowed = EmbeddedChannel(*CodecRegistry().codec("mqtt").handlers())
    allowed.receive(data)

    assert allowed.inbound_messages()


def test_a_limit_that_cannot_be_is_refused() -> None:
    """Four bytes say the length."""
    with pytest.raises(CodecOptionsError):
        CodecRegistry().codec("mqtt", {"max-bytes-in-message": 268_435_456})
