"""Questions, records and what their data says."""

import pytest

from pyboot.components.netty.errors import EncoderError
from pyboot.components.netty.wire.dns.code import DnsRecordType
from pyboot.components.netty.wire.dns.errors import CorruptedDnsMessageError
from pyboot.components.netty.wire.dns.record import DnsQuestion, DnsRecord


def test_addresses() -> None:
    """Of both families."""
    four, six = DnsRecord.of_address("a", "192.0.2.1", 60), DnsRecord.of_address("a.", "2001:db8::1")

    assert (DnsRecord("a.", 1, b"\xc0\x00\x02\x01", 60), 28) == (four, six.type)
    assert ("192.0.2.1", "2001:db8::1") == (four.address, six.address)
    assert "DnsRecord(a. 60 A 192.0.2.1)" == repr(four)


@pytest.mark.parametrize(("kind", "data"), [(1, b"\x01\x02\x03"), (1, bytes(16)), (28, bytes(4)), (28, b"")])
def test_addresses_of_another_length_are_none(kind: int, data: bytes) -> None:
    """An A record of 16 bytes is no address of IPv6."""
    with pytest.raises(CorruptedDnsMessageError):
        _ = DnsRecord("a", kind, data).address
    assert data.hex() in repr(DnsRecord("a", kind, data))


def test_targets() -> None:
    """With the numbers in front of them."""
    mx = DnsRecord.of_target("a", DnsRecordType.MX, "mail.example", 60, 10)
    srv = DnsRecord.of_target("_x._tcp.a", DnsRecordType.SRV, "h.example.", 0, 1, 2, 443)

    assert b"\x00\x0a\x04mail\x07example\x00" == mx.data
    assert ("mail.example.", (10,)) == (mx.target, mx.numbers)
    assert ("h.example.", (1, 2, 443)) == (srv.target, srv.numbers)
    assert "DnsRecord(a. 60 MX 10 mail.example.)" == repr(mx)
    with pytest.raises(EncoderError, match="SRV is no record of 1 numbers and one name"):
        DnsRecord.of_target("a", DnsRecordType.SRV, "b", 0, 1)
    with pytest.raises(EncoderError, match="TXT is no record"):
        DnsRecord.of_target("a", DnsRecordType.TXT, "b")
    with pytest.raises(ValueError, match="points to no name"):
        _ = DnsRecord("a", 1, bytes(4)).target
    with pytest.raises(ValueError, match="holds no address"):
        _ = mx.address


def test_texts() -> None:
    """Each at most 255 bytes; lengths that lie are told when they are read."""
    record = DnsRecord.of_text("a", "hi", b"\xff", "")
    assert (b"\x02hi\x01\xff\x00", [b"hi", b"\xff", b""]) == (record.data, record.texts)
    assert "DnsRecord(a. 0 TXT 'hi' '\\\\xff' '')" == repr(record)
    with pytest.raises(CorruptedDnsMessageError, match="goes on behind the end"):
        _ = DnsRecord("a", 16, b"\x03hi").texts
    for texts in ((), ("a" * 256,)):
        with pytest.raises(EncoderError, match="at most 255 bytes"):
            DnsRecord.of_text("a", *texts)


def test_records_and_questions_are_values() -> None:
    """Equal by what they say; questions are the same in any case of their letters."""
    assert DnsQuestion("a.b", 1) == DnsQuestion("a.b.", 1)
    assert DnsQuestion("a.b", 1) != DnsQuestion("A.b.", 1)
    assert DnsQuestion("a.b", 1).is_same(DnsQuestion("A.b.", 1))
    assert not DnsQuestion("a.b", 1).is_same(DnsQuestion("a.b.", 28))
    assert 1 == len({DnsQuestion("a", 1), DnsQuestion("a.", 1)}) == len({DnsRecord("a", 1, b""), DnsRecord("a.", 1, b"")})
    assert "DnsQuestion(a. 1 A)" == repr(DnsQuestion("a", 1))
    assert DnsRecord("a", 1, b"") != DnsRecord("a", 1, b"", 1)
    assert DnsRecord("a", 1, b"") != "a"
    assert DnsQuestion("a", 1) != "a"
    assert 300 == DnsRecord("a", 6, b"\x00\x00" + bytes(16) + b"\x00\x00\x01\x2c").soa_minimum
