"""What one response says: bailiwick, chains, and that there is nothing (CVE-2026-47691)."""

import pytest

from pyboot.components.netty.resolver.answer import Alias, Found, Nothing, answer_of
from pyboot.components.netty.wire.dns.errors import CorruptedDnsMessageError
from pyboot.components.netty.wire.dns.message import DnsResponse
from pyboot.components.netty.wire.dns.record import DnsRecord


def a(name: str, address: str, ttl: int = 60) -> DnsRecord:
    """An address."""
    return DnsRecord.of_address(name, address, ttl)


def cname(name: str, target: str, ttl: int = 60) -> DnsRecord:
    """An alias."""
    return DnsRecord.of_target(name, 5, target, ttl)


def soa(zone: str, ttl: int, minimum: int) -> DnsRecord:
    """The beginning of a zone."""
    return DnsRecord(zone, 6, b"\x00\x00" + bytes(16) + minimum.to_bytes(4, "big"), ttl)


def said(*answers: DnsRecord, code: int = 0, authorities: tuple[DnsRecord, ...] = (), additionals: tuple[DnsRecord, ...] = ()) -> object:
    """What is said of the address of a.test."""
    response = DnsResponse(1, code=code, answers=list(answers), authorities=list(authorities), additionals=list(additionals))
    return answer_of(response, "A.test.", 1)


def test_addresses_with_the_shortest_ttl() -> None:
    """Each once; of a chain, that of every link."""
    assert Found(("192.0.2.1", "192.0.2.2"), 30) == said(a("a.test", "192.0.2.1"), a("a.test", "192.0.2.2", 30), a("a.test", "192.0.2.1"))
    assert Found(("192.0.2.1",), 5) == said(a("c.test", "192.0.2.1"), cname("b.test", "c.test", 5), cname("a.test", "B.TEST"))


def test_what_was_not_asked_for_is_not_believed() -> None:
    """Another owner, another class, another section, a record that nothing leads to."""
    evil = a("bank.test", "203.0.113.1")
    assert Found(("192.0.2.1",), 60) == said(evil, a("a.test", "192.0.2.1"), evil)
    assert Nothing(0, 0) == said(evil)
    assert Nothing(0, 0) == said(DnsRecord("a.test", 1, b"\xcb\x00\x71\x01", 60, 3))
    assert Nothing(0, 0) == said(authorities=(a("a.test", "203.0.113.1"),), additionals=(a("a.test", "203.0.113.1"),))
    assert Alias("b.test.", 60) == said(cname("a.test", "b.test"), additionals=(a("b.test", "203.0.113.1"),))


def test_a_chain_that_leads_elsewhere_has_to_be_asked_for() -> None:
    """Where nobody said that there is nothing at its end."""
    assert Alias("c.test.", 5) == said(cname("a.test", "b.test", 5), cname("b.test", "c.test"))
    assert Nothing(3, 0) == said(cname("a.test", "b.test"), code=3)
    assert Nothing(0, 10) == said(cname("a.test", "b.test", 60), authorities=(soa("test", 10, 300),))


@pytest.mark.parametrize(
    ("authorities", "expected"),
    [
        ((), 0),
        ((soa("test", 600, 300),), 300),
        ((soa("test", 200, 300),), 200),
        ((soa(".", 600, 300),), 300),
        ((soa("a.test", 600, 300),), 300),
        ((soa("other", 600, 300),), 0),  # of a zone that has no say
        ((soa("b.a.test", 600, 300),), 0),
        ((soa("est", 600, 300),), 0),
    ],
)
def test_that_there_is_nothing_holds_as_long_as_its_zone_says(authorities: tuple[DnsRecord, ...], expected: int) -> None:
    """The lesser of two numbers (RFC 2308, 5)."""
    assert Nothing(3, expected) == said(code=3, authorities=authorities)


@pytest.mark.parametrize(
    "records",
    [
        [cname("a.test", "a.test")],
        [cname("a.test", "b.test"), cname("b.test", "A.test")],
        [cname("a.test", "b.test"), cname("b.test", "c.test"), cname("c.test", "b.test")],
        [DnsRecord("a.test", 1, b"\x00" * 16)],
    ],
)
def test_circles_and_wrong_addresses_are_errors(records: list[DnsRecord]) -> None:
    """And no endless loop."""
    with pytest.raises(CorruptedDnsMessageError):
        said(*records)
