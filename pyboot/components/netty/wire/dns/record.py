"""One record, one question; and what the data of the commonest types says.

::

    +---------+---------+---------+--------+-------------+----------------+
    | name    | type: 2 | class:2 | TTL: 4 | RDLENGTH: 2 | data           |     a question ends with its class
    +---------+---------+---------+--------+-------------+----------------+

Source: RFC 1035, 3.2 and 4.1; RFC 2181, 8; RFC 2782; RFC 3596.
"""

from __future__ import annotations

import ipaddress
from typing import Final, final

from pyboot.components.netty.errors import EncoderError

from .code import type_text
from .errors import CorruptedDnsMessageError
from .name import NameReader, absolute, name_bytes

__all__ = ["COMPRESSED", "NAMES", "DnsQuestion", "DnsRecord"]

# Where names stand in the data, by type: fixed bytes in front, and how many names. A receiver writes out pointers in all of these;
# NAPTR, SIG and NXT, which RFC 3597 names besides, have not been sent compressed by anybody for twenty years.
NAMES: Final[dict[int, tuple[int, int]]] = {
    2: (0, 1),  # NS
    3: (0, 1),  # MD
    4: (0, 1),  # MF
    5: (0, 1),  # CNAME
    6: (0, 2),  # SOA
    7: (0, 1),  # MB
    8: (0, 1),  # MG
    9: (0, 1),  # MR
    12: (0, 1),  # PTR
    14: (0, 2),  # MINFO
    15: (2, 1),  # MX
    17: (0, 2),  # RP
    18: (2, 1),  # AFSDB
    21: (2, 1),  # RT
    26: (2, 2),  # PX
    33: (6, 1),  # SRV
    36: (2, 1),  # KX
    39: (0, 1),  # DNAME
}
# Those whose names are compressed when they are written: types that every reader knows (RFC 3597, 4).
COMPRESSED: Final = frozenset((2, 3, 4, 5, 6, 7, 8, 9, 12, 14, 15))

_A: Final = 1
_TXT: Final = 16
_AAAA: Final = 28


@final
class DnsQuestion:
    """A question: a *name*, and the *type* and class of the records that are asked for. A value."""

    __slots__ = ("dns_class", "name", "type")

    def __init__(self, name: str, type: int, dns_class: int = 1) -> None:
        self.name = absolute(name)
        self.type = type
        self.dns_class = dns_class

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, DnsQuestion):
            return NotImplemented
        return self.name == other.name and self.type == other.type and self.dns_class == other.dns_class

    def __hash__(self) -> int:
        return hash((self.name, self.type, self.dns_class))

    def __repr__(self) -> str:
        return f"DnsQuestion({self.name} {self.dns_class} {type_text(self.type)})"

    def is_same(self, other: DnsQuestion) -> bool:
        """True if *other* asks for the same, whatever the case of its letters (RFC 4343)."""
        return self.type == other.type and self.dns_class == other.dns_class and self.name.lower() == other.name.lower()


@final
class DnsRecord:
    """A record. A value; its *data* stands by itself, names in it are written out.

    Args:
        name: whose it is; the dot of the root is added.
        type: a `DnsRecordType`, or any other number.
        data: what it holds, as bytes; `address`, `target` and `texts` read the commonest types, ``rdata`` of the codec the others.
        ttl: seconds for which it may be kept.
        dns_class: IN, or for the pseudo-types something of their own.
    """

    __slots__ = ("data", "dns_class", "name", "ttl", "type")

    def __init__(self, name: str, type: int, data: bytes, ttl: int = 0, dns_class: int = 1) -> None:
        self.name = absolute(name)
        self.type = type
        self.data = data
        self.ttl = ttl
        self.dns_class = dns_class

    @staticmethod
    def of_address(name: str, address: str, ttl: int = 0) -> DnsRecord:
        """Return the record A or AAAA of *address*, written in numbers; raises ValueError for any other text."""
        packed = ipaddress.ip_address(address).packed
        return DnsRecord(name, _A if len(packed) == 4 else _AAAA, packed, ttl)

    @staticmethod
    def of_target(name: str, type: int, target: str, ttl: int = 0, *numbers: int) -> DnsRecord:
        """Return a record that points to *target*: CNAME, NS, PTR, DNAME; MX with its preference; SRV with priority, weight and port.

        Raises EncoderError for a type that does not point to one name, or for other numbers than it has.
        """
        front, names = NAMES.get(type, (-1, 0))
        if names != 1 or len(numbers) * 2 != front:
            raise EncoderError(f"{type_text(type)} is no record of {len(numbers)} numbers and one name")
        return DnsRecord(name, type, b"".join([each.to_bytes(2, "big") for each in numbers]) + name_bytes(absolute(target)), ttl)

    @staticmethod
    def of_text(name: str, *texts: str | bytes, ttl: int = 0) -> DnsRecord:
        """Return the record TXT of *texts*, each of at most 255 bytes; raises EncoderError for a longer one, or for none."""
        pieces = [each.encode() if isinstance(each, str) else each for each in texts]
        if not pieces or max(map(len, pieces)) > 255:
            raise EncoderError(f"a record TXT has one text or more, of at most 255 bytes each; seen {list(map(len, pieces))}")
        return DnsRecord(name, _TXT, b"".join([bytes((len(each),)) + each for each in pieces]), ttl)

    @property
    def address(self) -> str:
        """The address of a record A or AAAA, in numbers.

        Raises `CorruptedDnsMessageError` for data of another length, ValueError for a record of another type.
        """
        if self.type not in (_A, _AAAA):
            raise ValueError(f"{type_text(self.type)} of {self.name} holds no address")
        if len(self.data) != (4 if self.type == _A else 16):
            raise CorruptedDnsMessageError(f"{type_text(self.type)} of {self.name} with {len(self.data)} bytes of data")
        return str(ipaddress.ip_address(self.data))

    @property
    def target(self) -> str:
        """The first name that its data points to; raises ValueError for a type that has none, `CorruptedDnsMessageError` for bad data."""
        if self.type not in NAMES:
            raise ValueError(f"{type_text(self.type)} of {self.name} points to no name")
        return NameReader(self.data).read(NAMES[self.type][0])

    @property
    def numbers(self) -> tuple[int, ...]:
        """The numbers of two bytes in front of the name: the preference of MX; priority, weight and port of SRV."""
        front = NAMES.get(self.type, (0, 0))[0]
        return tuple(int.from_bytes(self.data[at : at + 2], "big") for at in range(0, front, 2))

    @property
    def soa_minimum(self) -> int:
        """The last number of a SOA record: how long it may be kept that something does not exist (RFC 2308, 4)."""
        return int.from_bytes(self.data[-4:], "big")

    @property
    def texts(self) -> list[bytes]:
        """The texts of a record TXT; raises `CorruptedDnsMessageError` where their lengths do not fit."""
        texts: list[bytes] = []
        at = 0
        while at < len(self.data):
            end = at + 1 + self.data[at]
            if end > len(self.data):
                raise CorruptedDnsMessageError(f"TXT of {self.name}: a text of {self.data[at]} bytes goes on behind the end")
            texts.append(self.data[at + 1 : end])
            at = end
        return texts

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, DnsRecord):
            return NotImplemented
        return (
            self.name == other.name
            and self.type == other.type
            and self.data == other.data
            and self.ttl == other.ttl
            and self.dns_class == other.dns_class
        )

    def __hash__(self) -> int:
        return hash((self.name, self.type, self.data, self.ttl, self.dns_class))

    def __repr__(self) -> str:
        return f"DnsRecord({self.name} {self.ttl} {type_text(self.type)} {self._said()})"

    def _said(self) -> str:
        try:
            if self.type in (_A, _AAAA):
                return self.address
            if self.type in NAMES:
                return " ".join([*map(str, self.numbers), self.target])
            return (
                " ".join([repr(each.decode("utf-8", "backslashreplace")) for each in self.texts]) if self.type == _TXT else self.data.hex()
            )
        except CorruptedDnsMessageError:
            return self.data.hex()
