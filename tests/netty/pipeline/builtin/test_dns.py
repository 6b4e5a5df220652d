"""The codecs of DNS by their names."""

import pytest

from pyboot.components.netty import AddressedEnvelope, DatagramPacket, EmbeddedChannel
from pyboot.components.netty.codec.dns import DnsQuery, DnsQuestion
from pyboot.netty.errors import CodecOptionsError
from pyboot.netty.pipeline.registry import CodecRegistry

QUERY = b"\x00\x01\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x01a\x00\x00\x01\x00\x01"
RESPONSE = b"\x00\x01\x80\x00" + QUERY[4:]
ASKED = DnsQuery(1, [DnsQuestion("a", 1)])


def channel(name: str, **options: object) -> EmbeddedChannel:
    """A channel with the codec alone."""
    return EmbeddedChannel(*CodecRegistry().codec(name, options).handlers())


def test_queries_are_read_and_responses_written() -> None:
    """Over TCP and in datagrams."""
    stream = channel("dns-server", max_query="1KiB")
    stream.receive(b"\x00\x13" + QUERY)
    assert [ASKED] == stream.inbound_messages()
    stream.write_outbound(ASKED.respond())
    assert b"\x00\x13" + RESPONSE == stream.outbound_bytes()

    datagrams = channel("dns-datagram-server", max_response=512)
    datagrams.write_inbound(DatagramPacket(QUERY, None, ("::1", 1)))
    assert [AddressedEnvelope(ASKED, None, ("::1", 1))] == datagrams.inbound_messages()
    datagrams.write_outbound(AddressedEnvelope(ASKED.respond(), ("::1", 1)))
    assert [DatagramPacket(RESPONSE, ("::1", 1))] == datagrams.outbound_messages()


def test_queries_are_written_and_responses_read() -> None:
    """The same of a client."""
    stream = channel("dns-client", max_response=512)
    stream.write_outbound(ASKED)
    assert b"\x00\x13" + QUERY == stream.outbound_bytes()
    stream.receive(b"\x00\x13" + RESPONSE)
    assert [ASKED.respond()] == stream.inbound_messages()

    datagrams = channel("dns-datagram-client")
    datagrams.write_outbound(AddressedEnvelope(ASKED, ("::1", 53)))
    assert [DatagramPacket(QUERY, ("::1", 53))] == datagrams.outbound_messages()


@pytest.mark.parametrize(("name", "options"), [("dns-server", {"max-query": 11}), ("dns-datagram-server", {"max-response": 511})])
def test_what_is_not_allowed_is_refused(name: str, options: dict[str, object]) -> None:
    """Below a header, and below what every client takes."""
    with pytest.raises(CodecOptionsError):
        CodecRegistry().codec(name, options)
