"""Messages to bytes; dnspython reads them."""

import dns.message
import pytest
from hypothesis import given, settings, strategies as st

from pyboot.components.netty.errors import EncoderError
from pyboot.components.netty.wire.dns.code import DnsRecordType
from pyboot.components.netty.wire.dns.decoder import decode_message
from pyboot.components.netty.wire.dns.edns import DnsEdns
from pyboot.components.netty.wire.dns.encoder import encode_message
from pyboot.components.netty.wire.dns.message import DnsMessage, DnsQuery, DnsResponse
from pyboot.components.netty.wire.dns.name import name_bytes
from pyboot.components.netty.wire.dns.record import DnsQuestion, DnsRecord


def test_a_query() -> None:
    """Byte for byte."""
    query = DnsQuery(0x1234, [DnsQuestion("example.org", 1)], flags=0x0100, edns=DnsEdns(1232, True, [(10, b"12345678")]))

    assert (
        b"\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x01\x07example\x03org\x00\x00\x01\x00\x01"
        b"\x00\x00\x29\x04\xd0\x00\x00\x80\x00\x00\x0c\x00\x0a\x00\x0812345678"
    ) == encode_message(query)


def test_names_are_compressed_in_the_types_of_rfc_1035_alone() -> None:
    """Owners always; a receiver need not know SRV (RFC 3597, 4; RFC 2782)."""
    response = DnsResponse(
        1,
        [DnsQuestion("www.a", 5)],
        code=0x10,
        answers=[DnsRecord.of_target("www.a", 5, "x.a", 60), DnsRecord.of_target("x.a", 33, "www.a", 60, 1, 2, 3)],
        edns=DnsEdns(),
    )

    assert (
        b"\x00\x01\x80\x00\x00\x01\x00\x02\x00\x00\x00\x01\x03www\x01a\x00\x00\x05\x00\x01"
        b"\xc0\x0c\x00\x05\x00\x01\x00\x00\x00\x3c\x00\x04\x01x\xc0\x10"
        b"\xc0\x23\x00\x21\x00\x01\x00\x00\x00\x3c\x00\x0d\x00\x01\x00\x02\x00\x03\x03www\x01a\x00"
        b"\x00\x00\x29\x04\xd0\x01\x00\x00\x00\x00\x00"
    ) == encode_message(response)


def addresses(count: int) -> list[DnsRecord]:
    """Records of 16 bytes each, in a message whose question has the same name."""
    return [DnsRecord.of_address("a", f"192.0.2.{number}", 60) for number in range(count)]


def test_what_does_not_fit_is_left_out_and_said() -> None:
    """Records whole, EDNS always."""
    response = DnsQuery(1, [DnsQuestion("a", 1)], edns=DnsEdns(512)).respond()
    response.answers += addresses(40)
    data = encode_message(response, response.max_bytes)
    read = decode_message(data)

    assert isinstance(read, DnsResponse)
    assert (True, 30, True) == (read.is_truncated, len(read.answers), read.edns is not None)  # 12 + 7 + 30 * 16 + 11 = 510
    assert 510 == len(data)
    assert dns.message.from_wire(data).flags & 0x0200


def test_additional_records_are_left_out_without_a_word() -> None:
    """Nobody asked for them (RFC 2181, 9); those of the authority are told."""
    response = DnsResponse(1, [DnsQuestion("a", 1)], answers=addresses(1), additionals=addresses(40))
    assert (False, 29) == ((read := decode_message(encode_message(response, 512))).flags & 0x0200 != 0, len(read.additionals))

    response = DnsResponse(1, [DnsQuestion("a", 1)], answers=addresses(1), authorities=addresses(40), additionals=addresses(1))
    read = decode_message(encode_message(response, 512))
    assert (True, 29, 0) == (read.flags & 0x0200 != 0, len(read.authorities), len(read.additionals))


def test_a_name_that_was_left_out_is_not_pointed_to() -> None:
    """What is written behind it writes it again."""
    big = DnsRecord.of_text("b", *["x" * 255] * 2)
    response = DnsResponse(1, [DnsQuestion("a", 1)], answers=[], authorities=[], additionals=[big, DnsRecord.of_address("b", "192.0.2.1")])

    assert [] == decode_message(encode_message(response, 512)).additionals


@pytest.mark.parametrize(
    ("message", "said"),
    [
        (DnsQuery(65536), "id 65536"),
        (DnsQuery(1, op_code=16), "op_code 16"),
        (DnsQuery(1, flags=0x8000), "flags 0x8000"),
        (DnsResponse(1, code=16), "code 16"),
        (DnsResponse(1, code=4096, edns=DnsEdns()), "code 4096"),
        (DnsQuery(1, [DnsQuestion("a..b", 1)]), "an empty label"),
        (DnsQuery(1, [DnsQuestion("a\0b", 1)]), "a NUL"),
        (DnsQuery(1, [DnsQuestion("a", 65536)]), "65536 does not fit"),
        (DnsResponse(1, answers=[DnsRecord("a", 1, b"", -1)]), "TTL -1"),
        (DnsResponse(1, answers=[DnsRecord("a", 1, b"", 1 << 31)]), "TTL 2147483648"),
        (DnsResponse(1, answers=[DnsRecord("a", 5, b"\x05ab")]), "has no whole name"),
        (DnsResponse(1, answers=[DnsRecord("a", 99, bytes(65536))]), "65536 bytes of data"),
        (DnsQuery(1, edns=DnsEdns(version=256)), "EDNS version 256"),
        (DnsQuery(1, additionals=[DnsRecord("a", 99, bytes(65530))]), "cannot be cut off"),
        (DnsResponse(1, [DnsQuestion("a" * 60, 1)] * 11000), "with its question alone"),
    ],
)
def test_what_cannot_be_written_is_refused(message: DnsMessage, said: str) -> None:
    """The write fails, and nothing goes out."""
    with pytest.raises(EncoderError, match=said):
        encode_message(message)


LABELS = st.binary(min_size=1, max_size=10)


def text_of(labels: list[bytes]) -> str:
    """The name of *labels*, every byte escaped."""
    return "".join("".join(f"\\{byte:03}" for byte in label) + "." for label in labels) or "."


NAMES = st.lists(LABELS, max_size=6).map(text_of)
RECORDS = st.one_of(
    st.builds(DnsRecord, NAMES, st.sampled_from([1, 16, 99, 257]), st.binary(max_size=40), st.integers(0, 0x7FFFFFFF)),
    st.builds(lambda name, kind, target: DnsRecord(name, kind, name_bytes(target)), NAMES, st.sampled_from([2, 5, 12, 39]), NAMES),
    st.builds(lambda name, target: DnsRecord.of_target(name, DnsRecordType.MX, target, 1, 10), NAMES, NAMES),
)
SECTION = st.lists(RECORDS, max_size=5)


@settings(deadline=None)
@given(NAMES, SECTION, SECTION, SECTION, st.booleans())
def test_what_is_written_is_read(
    name: str, answers: list[DnsRecord], authorities: list[DnsRecord], more: list[DnsRecord], has_edns: bool
) -> None:
    """Whatever is in it: the same records, under names that are the same bytes."""
    response = DnsResponse(
        1, [DnsQuestion(name, 1)], answers=answers, authorities=authorities, additionals=more, edns=DnsEdns() if has_edns else None
    )
    once = decode_message(encode_message(response))

    assert [(name_bytes(each.name), each.data) for each in [*answers, *authorities, *more]] == [
        (name_bytes(each.name), each.data) for each in [*once.answers, *once.authorities, *once.additionals]
    ]
    assert once == decode_message(encode_message(once))
