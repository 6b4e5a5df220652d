"""Queries and their responses."""

from pyboot.components.netty.wire.dns.code import DnsFlags, DnsResponseCode
from pyboot.components.netty.wire.dns.edns import DnsEdns
from pyboot.components.netty.wire.dns.message import DnsQuery, DnsResponse
from pyboot.components.netty.wire.dns.record import DnsQuestion, DnsRecord


def test_a_response_has_what_its_query_has() -> None:
    """Id, question, operation, RD, and EDNS if that was there; and how large it may be."""
    query = DnsQuery(7, [DnsQuestion("a", 1)], flags=DnsFlags.RD | DnsFlags.AD, edns=DnsEdns(4096, True))
    response = query.respond(DnsResponseCode.NXDOMAIN, authoritative=True, recursion_available=True)

    assert DnsResponse(7, [DnsQuestion("a", 1)], flags=0x0580, code=3, edns=DnsEdns(1232, True)) == response
    assert (4096, True, True, False) == (response.max_bytes, response.is_authoritative, response.recursion_desired, response.is_truncated)


def test_who_says_nothing_takes_512_bytes() -> None:
    """And who says less takes as much."""
    assert (512, 512, 1232) == tuple(DnsQuery(0, edns=edns).respond().max_bytes for edns in (None, DnsEdns(100), DnsEdns(1232)))
    assert DnsQuery(0).respond().edns is None


def test_messages_show_what_they_say() -> None:
    """Sections that are empty are left out."""
    response = DnsResponse(7, [DnsQuestion("a", 1)], code=2, flags=DnsFlags.TC, answers=[DnsRecord.of_address("a", "192.0.2.1")])

    assert "DnsResponse(id=7, [DnsQuestion(a. 1 A)], answers=[DnsRecord(a. 0 A 192.0.2.1)], code=2, truncated)" == repr(response)
    assert "DnsQuery(id=1, [], DnsEdns(1232, dnssec_ok=False, options=[], version=0))" == repr(DnsQuery(1, edns=DnsEdns()))
    assert DnsQuery(7) != DnsResponse(7)
    assert DnsQuery(7) != 7
    assert DnsQuery(7).question is None
