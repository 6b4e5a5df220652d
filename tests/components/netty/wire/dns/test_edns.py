"""EDNS."""

import pytest

from pyboot.components.netty.wire.dns.edns import COOKIE, ECS, DnsEdns
from pyboot.components.netty.wire.dns.errors import CorruptedDnsMessageError


def test_options_are_read_in_order() -> None:
    """The first of a code is the one that counts."""
    edns = DnsEdns.parse(4096, 0x00008000, b"\x00\x0a\x00\x02hi\x00\x03\x00\x00\x00\x0a\x00\x01x")

    assert DnsEdns(4096, True, [(COOKIE, b"hi"), (3, b""), (COOKIE, b"x")]) == edns
    assert (b"hi", b"", None) == (edns.option(COOKIE), edns.option(3), edns.option(ECS))
    assert b"\x00\x0a\x00\x02hi\x00\x03\x00\x00\x00\x0a\x00\x01x" == edns.data()
    assert "DnsEdns(4096, dnssec_ok=True, options=[(10, b'hi'), (3, b''), (10, b'x')], version=0)" == repr(edns)
    assert edns != DnsEdns(4096)


@pytest.mark.parametrize("data", [b"\x00", b"\x00\x0a\x00", b"\x00\x0a\x00\x02h", b"\x00\x03\x00\x00\x00"])
def test_options_that_go_on_behind_the_end_are_refused(data: bytes) -> None:
    """Whichever byte is missing."""
    with pytest.raises(CorruptedDnsMessageError, match="goes on behind the end"):
        DnsEdns.parse(512, 0, data)


def test_client_subnets_are_written_and_read() -> None:
    """Only the bytes that the prefix needs go out."""
    assert (ECS, b"\x00\x01\x18\x00\xc0\x00\x02") == DnsEdns.client_subnet("192.0.2.0/24")
    assert (ECS, b"\x00\x02\x30\x00\x20\x01\x0d\xb8\x00\x01") == DnsEdns.client_subnet("2001:db8:1::/48")
    assert ("192.0.2.0/24", 16) == DnsEdns(options=[DnsEdns.client_subnet("192.0.2.0/24", 16)]).subnet()
    assert ("0.0.0.0/0", 0) == DnsEdns(options=[(ECS, b"\x00\x01\x00\x00")]).subnet()
    assert DnsEdns().subnet() is None


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x00\x01\x18",
        b"\x00\x03\x18\x00\xc0\x00\x02",
        b"\x00\x01\x21\x00\xc0\x00\x02\x00\x00",
        b"\x00\x01\x18\x00\xc0",
        b"\x00\x01\x17\x00\xc0\x00\x03",
    ],
)
def test_client_subnets_that_do_not_fit_are_refused(data: bytes) -> None:
    """Another family, a prefix that is too long, missing bytes, bits behind the prefix."""
    with pytest.raises(CorruptedDnsMessageError, match="a client subnet"):
        DnsEdns(options=[(ECS, data)]).subnet()
