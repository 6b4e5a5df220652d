"""DNS in datagrams."""

import pytest

from pyboot.components.netty.buffer.byte_buffer import ByteBuffer
from pyboot.components.netty.channel.embedded.channel import EmbeddedChannel
from pyboot.components.netty.channel.envelope import AddressedEnvelope, DatagramPacket
from pyboot.components.netty.codec.dns.datagram import (
    DatagramDnsQueryDecoder,
    DatagramDnsQueryEncoder,
    DatagramDnsResponseDecoder,
    DatagramDnsResponseEncoder,
)
from pyboot.components.netty.errors import EncoderError
from pyboot.components.netty.wire.dns.edns import DnsEdns
from pyboot.components.netty.wire.dns.errors import CorruptedDnsMessageError
from pyboot.components.netty.wire.dns.message import DnsQuery, DnsResponse
from pyboot.components.netty.wire.dns.record import DnsQuestion, DnsRecord

HERE, THERE = ("127.0.0.1", 53), ("127.0.0.1", 4000)
QUERY = b"\x00\x01\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x01a\x00\x00\x01\x00\x01"
RESPONSE = b"\x00\x01\x80\x00" + QUERY[4:]


def test_a_query_is_read_and_answered() -> None:
    """With the addresses of the envelope."""
    channel = EmbeddedChannel(DatagramDnsQueryDecoder(), DatagramDnsResponseEncoder())
    channel.write_inbound(DatagramPacket(ByteBuffer(QUERY), HERE, THERE))
    (envelope,) = channel.inbound_messages()
    assert AddressedEnvelope(DnsQuery(1, [DnsQuestion("a", 1)]), HERE, THERE) == envelope

    channel.write_outbound(AddressedEnvelope(envelope.content.respond(), envelope.sender))
    assert [DatagramPacket(RESPONSE, THERE)] == channel.outbound_messages()


def test_a_query_is_written_and_its_response_read() -> None:
    """In an envelope, or bare for the connected peer."""
    channel = EmbeddedChannel(DatagramDnsResponseDecoder(), DatagramDnsQueryEncoder())
    query = DnsQuery(1, [DnsQuestion("a", 1)])
    channel.write_outbound(AddressedEnvelope(query, HERE), query, "else")
    channel.write_inbound(DatagramPacket(RESPONSE, THERE, HERE), "else")

    assert [DatagramPacket(QUERY, HERE), DatagramPacket(QUERY), "else"] == channel.outbound_messages()
    assert [AddressedEnvelope(query.respond(), THERE, HERE), "else"] == channel.inbound_messages()


@pytest.mark.parametrize(
    ("decoder", "data", "known"),
    [
        (DatagramDnsQueryDecoder(), RESPONSE, (1, True)),
        (DatagramDnsResponseDecoder(), QUERY, (1, False)),
        (DatagramDnsQueryDecoder(), QUERY + b"\x00", (1, False)),
        (DatagramDnsQueryDecoder(), b"x", (None, None)),
    ],
)
def test_what_is_none_is_told_with_its_sender(decoder: DatagramDnsQueryDecoder, data: bytes, known: tuple[int | None, bool | None]) -> None:
    """Reading goes on."""
    channel = EmbeddedChannel(decoder)
    with pytest.raises(CorruptedDnsMessageError) as caught:
        channel.write_inbound(DatagramPacket(ByteBuffer(data), HERE, THERE))

    assert (*known, THERE) == (caught.value.message_id, caught.value.is_response, caught.value.sender)


def test_responses_are_cut_off_to_what_both_sides_take() -> None:
    """512 without EDNS; what is offered, but not more than is sent here."""
    sizes = []
    for edns in (None, DnsEdns(900), DnsEdns(4096)):
        response = DnsQuery(1, [DnsQuestion("a", 1)], edns=edns).respond()
        response.answers += [DnsRecord.of_address("a", f"192.0.2.{number}") for number in range(200)]
        channel = EmbeddedChannel(DatagramDnsResponseEncoder())
        channel.write_outbound(AddressedEnvelope(response, THERE))
        (packet,) = channel.outbound_messages()
        sizes.append(len(packet.content))

    assert [499, 894, 1230] == sizes


def test_a_response_that_cannot_be_written_fails_its_write() -> None:
    """Nothing goes out."""
    channel = EmbeddedChannel(DatagramDnsResponseEncoder())
    with pytest.raises(EncoderError):
        channel.write_outbound(AddressedEnvelope(DnsResponse(1, [DnsQuestion("a..b", 1)]), THERE))
    with pytest.raises(ValueError, match="allowed is 512 to 65535"):
        DatagramDnsResponseEncoder(511)
