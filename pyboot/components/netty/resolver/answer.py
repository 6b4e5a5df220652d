"""Answers: what one response says of one question, and nothing else that it says. Pure.

Laws. (1) A record counts if it is in the answer section and its owner is the name that was asked for, or where a CNAME from there
leads: whatever else a server puts into a response, beside it or into other sections, is not believed (bailiwick, CVE-2026-47691). (2) A
chain of CNAMEs that comes back to itself is an error. (3) That there is nothing is told with the time for which that holds, if a SOA of a
zone above the name says so (RFC 2308, 2 and 5).
"""

from __future__ import annotations

from typing import Final, NamedTuple

from pyboot.components.netty.wire.dns.code import DnsRecordType, DnsResponseCode
from pyboot.components.netty.wire.dns.errors import CorruptedDnsMessageError
from pyboot.components.netty.wire.dns.message import DnsResponse
from pyboot.components.netty.wire.dns.record import DnsRecord

__all__ = ["Alias", "Found", "Nothing", "answer_of"]

_CNAME: Final = int(DnsRecordType.CNAME)
_SOA: Final = int(DnsRecordType.SOA)
_FOREVER: Final = 0x7FFFFFFF


class Found(NamedTuple):
    """The *addresses* of the name; they hold for *ttl* seconds."""

    addresses: tuple[str, ...]
    ttl: int


class Alias(NamedTuple):
    """The *name* that has to be asked for instead; that holds for *ttl* seconds."""

    name: str
    ttl: int


class Nothing(NamedTuple):
    """There is no such name (*code* NXDOMAIN), or no record of the type; that holds for *ttl* seconds, 0 where nobody said it."""

    code: int
    ttl: int


def answer_of(response: DnsResponse, name: str, type: int) -> Found | Alias | Nothing:
    """Return what *response* says of the *name* and the *type* of an address.

    Raises `CorruptedDnsMessageError` for CNAMEs in a circle, and for addresses of another length.
    """
    owner = name.lower()
    seen = {owner}
    ttl = _FOREVER
    while True:
        own = [record for record in response.answers if record.name.lower() == owner and record.dns_class == 1]
        found = [record for record in own if record.type == type]
        if found:
            return Found(tuple(dict.fromkeys(record.address for record in found)), min(ttl, *(record.ttl for record in found)))
        alias = next((record for record in own if record.type == _CNAME), None)
        if alias is None:
            break
        ttl = min(ttl, alias.ttl)
        owner = alias.target.lower()
        if owner in seen:
            raise CorruptedDnsMessageError(f"CNAMEs of {name} lead back to {owner}", response.id, True)
        seen.add(owner)
    soa = _soa_above(response, owner)
    if response.code == DnsResponseCode.NXDOMAIN or soa is not None or len(seen) == 1:
        return Nothing(response.code, 0 if soa is None else min(ttl, soa.ttl, soa.soa_minimum))
    return Alias(owner, ttl)


def _soa_above(response: DnsResponse, owner: str) -> DnsRecord | None:
    for record in response.authorities:
        zone = record.name.lower()
        if record.type == _SOA and (zone in (".", owner) or owner.endswith("." + zone)):
            return record
    return None
