"""The numbers of DNS by their names: types of records, classes, operations, answers' codes. Source: IANA's registry of DNS parameters.

Messages hold plain numbers, for there are types without a name; a member of these enumerations is its number.
"""

from __future__ import annotations

from enum import IntEnum, IntFlag

__all__ = ["DnsClass", "DnsFlags", "DnsOpCode", "DnsRecordType", "DnsResponseCode", "type_text"]


class DnsRecordType(IntEnum):
    """Types of records, and of questions (``ANY``, ``AXFR``, ``IXFR``)."""

    A = 1
    NS = 2
    CNAME = 5
    SOA = 6
    PTR = 12
    HINFO = 13
    MX = 15
    TXT = 16
    RP = 17
    AFSDB = 18
    SIG = 24
    KEY = 25
    AAAA = 28
    LOC = 29
    SRV = 33
    NAPTR = 35
    KX = 36
    CERT = 37
    DNAME = 39
    OPT = 41
    APL = 42
    DS = 43
    SSHFP = 44
    IPSECKEY = 45
    RRSIG = 46
    NSEC = 47
    DNSKEY = 48
    DHCID = 49
    NSEC3 = 50
    NSEC3PARAM = 51
    TLSA = 52
    SMIMEA = 53
    CDS = 59
    CDNSKEY = 60
    OPENPGPKEY = 61
    SVCB = 64
    HTTPS = 65
    SPF = 99
    TKEY = 249
    TSIG = 250
    IXFR = 251
    AXFR = 252
    ANY = 255
    URI = 256
    CAA = 257

    @classmethod
    def of(cls, text: str) -> int:
        """Return the number of the type called *text*, in any case, or ``TYPE123`` (RFC 3597, 5); raises ValueError for no type."""
        name = text.upper()
        known = cls.__members__.get(name)
        if known is not None:
            return known
        if name.startswith("TYPE") and name[4:].isascii() and name[4:].isdigit() and int(name[4:]) <= 0xFFFF:
            return int(name[4:])
        raise ValueError(f"{text!r} is no type of DNS: write one as {cls.A.name}, or TYPE followed by 0 to 65535")


class DnsClass(IntEnum):
    """Classes; all but ``IN`` are of history."""

    IN = 1
    CH = 3
    HS = 4
    NONE = 254
    ANY = 255


class DnsFlags(IntFlag):
    """The flags of a header; they are added: ``DnsFlags.RD | DnsFlags.CD``."""

    AA = 0x0400
    TC = 0x0200
    RD = 0x0100
    RA = 0x0080
    AD = 0x0020
    CD = 0x0010


class DnsOpCode(IntEnum):
    """The operations: what a query is for."""

    QUERY = 0
    IQUERY = 1
    STATUS = 2
    NOTIFY = 4
    UPDATE = 5


class DnsResponseCode(IntEnum):
    """The codes of responses: what became of a query; those from 16 on need EDNS."""

    NOERROR = 0
    FORMERR = 1
    SERVFAIL = 2
    NXDOMAIN = 3
    NOTIMP = 4
    REFUSED = 5
    YXDOMAIN = 6
    YXRRSET = 7
    NXRRSET = 8
    NOTAUTH = 9
    NOTZONE = 10
    BADVERS = 16
    BADCOOKIE = 23


_TYPES = {int(each): each.name for each in DnsRecordType}


def type_text(number: int) -> str:
    """The name of the type *number*, or ``TYPE123`` (RFC 3597, 5)."""
    return _TYPES.get(number) or f"TYPE{number}"
