"""Bytes to messages, dnspython beside it; the attacks of netty-map 5.2 G and I with literal bytes."""

import dns.message
import pytest

from pyboot.components.netty.wire.dns.code import DnsFlags
from pyboot.components.netty.wire.dns.decoder import decode_message
from pyboot.components.netty.wire.dns.edns import DnsEdns
from pyboot.components.netty.wire.dns.errors import CorruptedDnsMessageError
from pyboot.components.netty.wire.dns.message import DnsQuery, DnsResponse
from pyboot.components.netty.wire.dns.record import DnsQuestion, DnsRecord

QUERY = b"\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x07example\x03org\x00\x00\x01\x00\x01"
# dig's: EDNS with 1232 bytes, DO, and a cookie.
EXTENDED = QUERY[:10] + b"\x00\x01" + QUERY[12:] + b"\x00\x00\x29\x04\xd0\x00\x00\x80\x00\x00\x0c\x00\x0a\x00\x0812345678"
RESPONSE = (
    b"\x12\x34\x85\x80\x00\x01\x00\x02\x00\x01\x00\x01\x03www\x07example\x03org\x00\x00\x01\x00\x01"
    b"\xc0\x0c\x00\x05\x00\x01\x00\x00\x00\x3c\x00\x04\x01a\xc0\x10"  # www CNAME a.example.org
    b"\xc0\x2d\x00\x01\x00\x01\x00\x00\x0e\x10\x00\x04\xc0\x00\x02\x01"  # a.example.org A
    b"\xc0\x10\x00\x06\x00\x01\x00\x00\x00\x05\x00\x1b\x02ns\xc0\x10\xc0\x18\x00\x00\x00\x01" + bytes(12) + b"\x00\x00\x01\x2c"
    b"\x00\x00\x29\x02\x00\x01\x00\x00\x00\x00\x00"  # OPT with extended code 1
)


def test_a_query() -> None:
    """Of the form that every stub resolver sends."""
    assert DnsQuery(0x1234, [DnsQuestion("example.org.", 1)], flags=DnsFlags.RD) == decode_message(QUERY)


def test_edns_is_no_record() -> None:
    """It is taken out of the additional section."""
    message = decode_message(EXTENDED)

    assert DnsQuery(0x1234, [DnsQuestion("example.org.", 1)], flags=DnsFlags.RD, edns=DnsEdns(1232, True, [(10, b"12345678")])) == message
    assert [] == message.additionals


def test_a_response_with_pointers_everywhere() -> None:
    """In owners, in the data, and into the middle of names; the data is written out."""
    message = decode_message(RESPONSE)

    assert isinstance(message, DnsResponse)
    assert (0x10, 0x0580) == (message.code, message.flags)
    assert [
        DnsRecord("www.example.org.", 5, b"\x01a\x07example\x03org\x00", 60),
        DnsRecord("a.example.org.", 1, b"\xc0\x00\x02\x01", 3600),
    ] == message.answers
    assert ("ns.example.org.", 300) == (message.authorities[0].target, message.authorities[0].soa_minimum)


def test_dnspython_reads_the_same() -> None:
    """The same sections of the same records."""
    theirs = dns.message.from_wire(RESPONSE)
    ours = decode_message(RESPONSE)

    for one, other in zip((ours.answers, ours.authorities), (theirs.answer, theirs.authority), strict=True):
        flat = [(rrset.name.to_text(), rrset.ttl, rdata.to_wire()) for rrset in other for rdata in rrset]
        assert flat == [(record.name, record.ttl, record.data) for record in one]


def test_a_ttl_with_its_highest_bit_set_is_0() -> None:
    """RFC 2181, 8."""
    data = b"\x00\x00\x80\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x01\x00\x01\xff\xff\xff\xff\x00\x04\x01\x02\x03\x04"

    assert [DnsRecord(".", 1, b"\x01\x02\x03\x04", 0)] == decode_message(data).answers


ROOT = b"\x00\x00\x80\x00\x00\x00\x00\x01\x00\x00\x00\x00"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "0 bytes, a header alone has 12"),
        (QUERY[:11], "11 bytes"),
        (
            b"\x00\x01\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff",
            "65535 questions and 196605 records in 12 bytes",
        ),  # no room by declared counts
        (QUERY[:12] + b"\xc0\x0c\x00\x01\x00\x01", "a pointer at byte 12 to byte 12"),
        (QUERY[:12] + b"\x01a\xc0\x0c\x00\x01\x00\x01", "a pointer at byte 14 to byte 12"),
        (QUERY[:-1], "goes on behind the end"),
        (QUERY + b"\x00", "1 bytes behind the last record"),
        (ROOT + b"\x00\x00\x01\x00\x01\x00\x00\x00\x00\x00\x05\x01\x02\x03\x04", "has 5 bytes of data, there are 4"),
        (ROOT + b"\x00\x00\x05\x00\x01\x00\x00\x00\x00\x00\x01\x01a\x00", "goes on behind its end"),  # a name beyond its RDLENGTH
        (ROOT + b"\x00\x00\x05\x00\x01\x00\x00\x00\x00\x00\x04\x01a\x00\x00", "1 bytes behind the names"),
        (ROOT + b"\x00\x00\x0f\x00\x01\x00\x00\x00\x00\x00\x02\x00\x01", "no room for its name"),
        (ROOT + b"\x00\x00\x06\x00\x01\x00\x00\x00\x00\x00\x03\x00\x00\x01", "1 bytes behind the names"),  # a SOA without its numbers
        (ROOT + b"\x00\x00\x29\x02\x00\x00\x00\x00\x00\x00\x00", "not in the additional section"),
        (ROOT[:6] + bytes(4) + b"\x00\x02" + b"\x00\x00\x29\x02\x00\x00\x00\x00\x00\x00\x00" * 2, "a second OPT"),
        (ROOT[:6] + bytes(4) + b"\x00\x01" + b"\x01a\x00\x00\x29\x02\x00\x00\x00\x00\x00\x00\x00", "its name is the root"),
        (ROOT[:6] + bytes(4) + b"\x00\x01" + b"\x00\x00\x29\x02\x00\x00\x00\x00\x00\x00\x03\x00\x0a\x00", "an option of EDNS"),
    ],
)
def test_what_does_not_hold_is_refused(data: bytes, said: str) -> None:
    """With the id where there is one."""
    with pytest.raises(CorruptedDnsMessageError, match=said) as caught:
        decode_message(data)
    assert caught.value.message_id == (None if len(data) < 12 else data[0] << 8 | data[1])


def test_a_response_that_says_so_may_be_cut_off() -> None:
    """In the middle of a record, which is left out; a query may not, nor may what does not say so."""
    whole = b"\x00\x00\x82\x00\x00\x00\x00\x02\x00\x00\x00\x00" + 2 * b"\x00\x00\x01\x00\x01\x00\x00\x00\x3c\x00\x04\x01\x02\x03\x04"

    assert [2, 1, 1, 0] == [len(decode_message(whole[:size]).answers) for size in (len(whole), len(whole) - 1, 27, 26)]
    with pytest.raises(CorruptedDnsMessageError):
        decode_message(whole[:2] + b"\x80" + whole[3:-1])
    with pytest.raises(CorruptedDnsMessageError):
        decode_message(whole[:2] + b"\x02" + whole[3:-1])


def test_a_record_without_data_is_one() -> None:
    """Prerequisites of updates are (RFC 2136, 2.4)."""
    data = ROOT + b"\x00\x00\x05\x00\xff\x00\x00\x00\x00\x00\x00"

    assert [DnsRecord(".", 5, b"", 0, 255)] == decode_message(data).answers
