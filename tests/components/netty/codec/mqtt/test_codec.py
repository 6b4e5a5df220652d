"""MqttDecoder and MqttEncoder in a pipeline."""

import pytest

from pyboot.components.netty.channel.embedded.channel import EmbeddedChannel
from pyboot.components.netty.codec.mqtt import (
    CorruptedMqttPacketError,
    MqttConnAckMessage,
    MqttConnectMessage,
    MqttDecoder,
    MqttEncoder,
    MqttMessage,
    MqttPingReqMessage,
    MqttPublishMessage,
    MqttVersion,
    UnacceptableMqttVersionError,
)
from pyboot.components.netty.errors import EncoderError, PrematureCloseError, TooLongFrameError
from pyboot.testing.codec import check_decoder, check_round_trip
from tests.components.netty.wire.mqtt.samples import SAMPLES, V4, V5


@pytest.mark.parametrize("version", list(MqttVersion))
def test_packets_keep_the_contract(version: MqttVersion) -> None:
    """All samples of a version in one stream."""
    chosen = [(data, message) for known, data, message in SAMPLES if known is version]
    wrong: dict[bytes, type] = {
        b"\x36\0": CorruptedMqttPacketError,
        b"\x30\xff\xff\xff\x7f": TooLongFrameError,
        b"\x30\x80\x80\x80\x80": CorruptedMqttPacketError,
        b"\x10\x0d\0\x04MQTT\x06\x02\0\x3c\0\x01a": UnacceptableMqttVersionError,
        b"\x30\x05\0": PrematureCloseError,
    }

    check_decoder(
        lambda: MqttDecoder(version=version), b"".join(data for data, _ in chosen), [message for _, message in chosen], wrong=wrong
    )


@pytest.mark.parametrize("version", [V4, V5])
def test_what_one_writes_the_other_reads(version: MqttVersion) -> None:
    """Every packet there is."""
    messages: list[MqttMessage] = [message for known, _, message in SAMPLES if known is version]

    check_round_trip(MqttEncoder(version), MqttDecoder(version=version), messages)


def test_the_encoder_of_a_server_hears_of_the_version() -> None:
    """CONNECT comes in, and the answer is of its version."""
    channel = EmbeddedChannel(MqttDecoder(), MqttEncoder())
    channel.receive(b"\x10\x0e\0\x04MQTT\x05\x02\0\x3c\0\0\x01a")
    channel.write_outbound(MqttConnAckMessage())

    assert [MqttConnectMessage("a", V5)] == channel.inbound_messages()
    assert b"\x20\x03\0\0\0" == channel.outbound_bytes()


def test_the_decoder_of_a_client_hears_of_the_version() -> None:
    """CONNECT leaves, whichever of the two stands first, and the answer is read as its version has it."""
    channel = EmbeddedChannel(MqttEncoder(), MqttDecoder())
    channel.write_outbound(MqttConnectMessage("a", V5))
    channel.receive(b"\x20\x03\0\0\0")

    assert [MqttConnAckMessage()] == channel.inbound_messages()


def test_a_message_without_bytes_fails_its_write() -> None:
    """And nothing of it leaves."""
    channel = EmbeddedChannel(MqttEncoder(V4))
    with pytest.raises(EncoderError, match="wildcard"):
        channel.write_outbound(MqttPublishMessage("#"))

    assert b"" == channel.outbound_bytes()


def test_other_messages_pass() -> None:
    """Bytes that were made before, for one."""
    channel = EmbeddedChannel(MqttDecoder(version=V4), MqttEncoder(V4))
    channel.write_outbound(b"\xc0\0", MqttPingReqMessage())
    channel.write_inbound("text")

    assert b"\xc0\0\xc0\0" == channel.outbound_bytes()
    assert ["text"] == channel.inbound_messages()
