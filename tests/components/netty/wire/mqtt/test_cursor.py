"""MqttCursor: fields of one packet, never past its end."""

import pytest

from pyboot.components.netty.wire.mqtt.cursor import MqttCursor
from pyboot.components.netty.wire.mqtt.errors import CorruptedMqttPacketError


def test_fields_follow_each_other() -> None:
    """Up to an end that lies before that of the data."""
    cursor = MqttCursor(b"?\x01\x02\x03\x04\x05\x06\x07\x80\x01\0\x01a\0\x02\xc3\xa9xy?", 1, 19, "the packet")

    assert (1, 0x0203, 0x04050607, 128, b"a", "é") == (
        cursor.byte("a"), cursor.short("b"), cursor.long("c"), cursor.varint("d"), cursor.binary("e"), cursor.text("f"),
    )  # fmt: skip
    assert 1 == cursor.part(1, "g").left()
    with pytest.raises(CorruptedMqttPacketError, match="1 bytes behind its last field"):
        cursor.must_be_over()
    assert b"y" == cursor.rest()
    cursor.must_be_over()


@pytest.mark.parametrize(
    "read", [MqttCursor.byte, MqttCursor.short, MqttCursor.long, MqttCursor.varint, MqttCursor.binary, MqttCursor.text]
)
def test_nothing_is_read_past_the_end(read: object) -> None:
    """Of the packet, whatever stands behind it."""
    with pytest.raises(CorruptedMqttPacketError, match=r"PUBLISH that ends within that: . bytes wanted, 0 left"):
        read(MqttCursor(b"\0\0\0\0\0", 1, 1, "PUBLISH"), "that")  # type: ignore[operator]  # one of those above


@pytest.mark.parametrize(("data", "said"), [(b"\0\x01\xff", "not UTF-8"), (b"\0\x03\xed\xbf\xbf", "not UTF-8"), (b"\0\x01\0", r"U\+0000")])
def test_text_is_utf_8_without_surrogates_and_nul(data: bytes, said: str) -> None:
    """MQTT-1.5.4-1 and -2."""
    with pytest.raises(CorruptedMqttPacketError, match=said):
        MqttCursor(data, 0, len(data), "the packet").text("that")
