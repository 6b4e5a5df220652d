"""MqttPacketReader: what bytes become, what is refused, and how early."""

import pytest

from pyboot.components.netty.errors import DecoderError, TooLongFrameError
from pyboot.components.netty.wire.mqtt.control import MqttConnectMessage, MqttPingReqMessage
from pyboot.components.netty.wire.mqtt.errors import CorruptedMqttPacketError, RejectedMqttIdentifierError, UnacceptableMqttVersionError
from pyboot.components.netty.wire.mqtt.message import MqttMessage, MqttPublishMessage
from pyboot.components.netty.wire.mqtt.reader import MqttPacketReader
from pyboot.components.netty.wire.mqtt.reason import MqttReasonCode
from pyboot.components.netty.wire.mqtt.state import MqttState
from pyboot.components.netty.wire.mqtt.version import MqttVersion
from pyboot.testing.codec import read_frames
from tests.components.netty.wire.mqtt.samples import SAMPLES, V4, V5


def refusal(version: MqttVersion | None, data: bytes, **limits: int) -> DecoderError:
    """What is wrong with *data*, as the reader says it."""
    reader = MqttPacketReader(**limits, state=MqttState(version))
    reader.feed(data)
    with pytest.raises(DecoderError) as caught:
        reader.next_frame()
    return caught.value


@pytest.mark.parametrize(("version", "data", "message"), SAMPLES)
def test_bytes_become_messages(version: MqttVersion, data: bytes, message: MqttMessage) -> None:
    """Whole, and byte by byte."""
    assert [message] == read_frames(MqttPacketReader(state=MqttState(version)), data)
    assert [message] == read_frames(MqttPacketReader(state=MqttState(version)), *(data[at : at + 1] for at in range(len(data))))


@pytest.mark.parametrize(
    ("version", "data", "said"),
    [
        # The first byte.
        (V4, b"\x00", "type 0"),
        (V4, b"\x36", "PUBLISH with QoS 3"),
        (V4, b"\x38", "duplicate, with QoS 0"),
        (V4, b"\x60", "PUBREL with flags 0, allowed is 2"),
        (V4, b"\x80", "SUBSCRIBE with flags 0, allowed is 2"),
        (V4, b"\xa0", "UNSUBSCRIBE with flags 0, allowed is 2"),
        (V4, b"\x41", "PUBACK with flags 1, allowed is 0"),
        (V4, b"\xc1", "PINGREQ with flags 1, allowed is 0"),
        (None, b"\x30", "PUBLISH before CONNECT"),
        # The remaining length, before anything behind it.
        (V4, b"\x30\x80\x80\x80\x80", "more than four bytes"),
        (V4, b"\x30\x80\x80\x80\xff", "more than four bytes"),
        (V4, b"\x30\x83\x00", "more bytes than it needs"),
        (V4, b"\xc0\x01", "PINGREQ with a remaining length of 1, allowed is 0"),
        (V5, b"\xc0\x01", "PINGREQ with a remaining length of 1, allowed is 0"),
        (V4, b"\x40\x03", "PUBACK with a remaining length of 3, allowed is 2"),
        (V4, b"\x40\x01", "PUBACK with a remaining length of 1, at least 2"),
        (V4, b"\xe0\x01", "DISCONNECT with a remaining length of 1, allowed is 0"),
        (V4, b"\x10\x0b", "CONNECT with a remaining length of 11"),
        # PUBLISH.
        (V4, b"\x30\x05\0\x04a/b", "ends within its topic: 4 bytes wanted, 3 left"),
        (V4, b"\x32\x04\0\x01t\0", "ends within its topic"),
        (V4, b"\x30\x02\0\0", "whose topic is empty"),
        (V5, b"\x30\x04\0\0\0x", "without a topic and without an alias"),
        (V4, b"\x30\x05\0\x03a/+", "whose topic holds a wildcard"),
        (V4, b"\x30\x03\0\x01#", "whose topic holds a wildcard"),
        (V4, b"\x30\x04\0\x02a\0", "whose topic holds U"),
        (V4, b"\x30\x04\0\x02\xc3\x28", "whose topic is not UTF-8"),
        (V4, b"\x30\x05\0\x03\xed\xa0\x80", "whose topic is not UTF-8"),  # U+D800
        (V4, b"\x30\x04\0\x02\xc0\x80", "whose topic is not UTF-8"),  # U+0000, longer than it needs
        (V4, b"\x32\x05\0\x01t\0\0", "PUBLISH with packet id 0"),
        (V5, b"\x30\x03\0\x01t", "ends within property length"),
    ],
)
def test_a_packet_that_breaks_the_protocol_is_refused(version: MqttVersion | None, data: bytes, said: str) -> None:
    """At the first byte that shows it, and with what is wrong; the CVE cells of Netty's list among them."""
    error = refusal(version, data)

    assert isinstance(error, CorruptedMqttPacketError)
    assert said in str(error)


@pytest.mark.parametrize("data", [b"\x30\x9d\x3f", b"\x30\xff\xff\xff\x7f", b"\x10\xff\xff\xff\x7f"])
def test_a_length_past_the_limit_is_refused_before_anything_is_kept(data: bytes) -> None:
    """CVE-2026-44248 of Netty: the size is looked at before the head and the properties are."""
    reader = MqttPacketReader(state=MqttState(V5))
    reader.feed(data)

    with pytest.raises(TooLongFrameError, match="limit 8092"):
        reader.next_frame()
    assert 0 == reader.held_bytes()
    reader.feed(b"\x00" * 1000)
    assert reader.next_frame() is None
    assert 0 == reader.held_bytes()


def test_a_packet_of_the_limit_is_read() -> None:
    """One byte more is not."""
    whole = b"\x30\x9c\x3f\0\x01t" + b"x" * 8089

    assert [MqttPublishMessage("t", b"x" * 8089)] == read_frames(MqttPacketReader(state=MqttState(V4)), whole)
    assert isinstance(refusal(V4, b"\x30\x07\0\x01txxxx", max_bytes_in_message=6), TooLongFrameError)


def test_nothing_is_read_behind_a_fault() -> None:
    """A stream of MQTT cannot be taken up again, however good the rest looks."""
    reader = MqttPacketReader(state=MqttState(V4))

    assert [MqttPingReqMessage(), CorruptedMqttPacketError] == read_frames(reader, b"\xc0\0\x36\0\xc0\0", b"\xc0\0")
    assert reader.is_between_frames()
    assert b"" == reader.unread()


def test_what_no_packet_was_made_of_is_handed_over() -> None:
    """For whoever takes this reader's place."""
    reader = MqttPacketReader(state=MqttState(V4))
    reader.feed(b"\xc0\0\x30\x05\0\x03a")
    assert MqttPingReqMessage() == reader.next_frame()
    assert reader.next_frame() is None

    assert b"\x30\x05\0\x03a" == reader.unread()


def test_connect_says_the_version_of_what_follows() -> None:
    """The same bytes are a payload of one version, and properties of the other."""
    connect = b"\x10\x0e\0\x04MQTT\x05\x02\0\x3c\0\0\x01a"
    packets = read_frames(MqttPacketReader(), connect + b"\x30\x04\0\x01t\0")

    assert [MqttConnectMessage("a", V5), MqttPublishMessage("t", b"")] == packets


@pytest.mark.parametrize(
    ("connect", "level"),
    [
        (b"\x10\x0d\0\x04MQTT\x06\x02\0\x3c\0\x01a", 6),
        (b"\x10\x0d\0\x04MQTT\x03\x02\0\x3c\0\x01a", 3),
        (b"\x10\x0d\0\x04MQTT\x84\x02\0\x3c\0\x01a", 0x84),  # a bridge of mosquitto
        (b"\x10\x0f\0\x06MQIsdp\x04\x02\0\x3c\0\x01a", 4),
    ],
)
def test_another_level_is_told_apart(connect: bytes, level: int) -> None:
    """So that CONNACK can say that it is not spoken here."""
    error = refusal(None, connect)

    assert isinstance(error, UnacceptableMqttVersionError)
    assert (level, MqttReasonCode.UNSUPPORTED_PROTOCOL_VERSION) == (error.level, error.reason_code)


@pytest.mark.parametrize(("identifier", "characters"), [(b"", 0), (b"a" * 24, 24)])
def test_identifiers_of_mqtt_3_1_have_a_length(identifier: bytes, characters: int) -> None:
    """1 to 23 characters; later versions leave it to the broker."""
    size = len(identifier)
    error = refusal(None, bytes((0x10, 14 + size)) + b"\0\x06MQIsdp\x03\x02\0\x3c\0" + bytes((size,)) + identifier)

    assert isinstance(error, RejectedMqttIdentifierError)
    assert characters == error.characters


def test_a_limit_below_one_is_refused() -> None:
    """As is one that four bytes cannot say."""
    with pytest.raises(ValueError, match="max_bytes_in_message 0"):
        MqttPacketReader(0)
    with pytest.raises(ValueError, match="at most 268435455"):
        MqttPacketReader(268_435_456)


def test_topics_are_read_anew_where_they_change() -> None:
    """The last one is remembered, the empty one of an alias too."""
    stream = b"\x30\x04\0\x01t\0\x30\x04\0\x01t\0\x30\x06\0\0\x03\x23\0\x01\x30\x04\0\x01t\0\x30\x04\0\x01u\0"
    found = read_frames(MqttPacketReader(state=MqttState(V5)), stream)

    assert ["t", "t", "", "t", "u"] == [message.topic for message in found]
