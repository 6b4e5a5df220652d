"""EDNS: what a message says of itself beyond its header, in the pseudo-record OPT.

::

    +------+---------+---------------------+----------------------------------+-------------+---------------------+
    | 00   | 00 29   | UDP payload size: 2 | ext. code: 1 | version: 1 | DO, Z: 2 | RDLENGTH: 2 | options             |
    +------+---------+---------------------+----------------------------------+-------------+---------------------+
      name   type OPT  class                 TTL                                              code: 2, length: 2, data

Source: RFC 6891, 6.1; client subnets RFC 7871; cookies RFC 7873.
"""

from __future__ import annotations

import ipaddress
from typing import Final, final

from .errors import CorruptedDnsMessageError

__all__ = ["COOKIE", "ECS", "DnsEdns"]

ECS: Final = 8
COOKIE: Final = 10
_DO: Final = 0x8000


@final
class DnsEdns:
    """EDNS of one message.

    Args:
        udp_payload_size: the largest datagram that its sender takes; what is below 512 counts as 512 (RFC 6891, 6.2.3). 1232 by default,
            which no path of IPv6 fragments (DNS flag day 2020).
        dnssec_ok: whether records of DNSSEC are wanted.
        options: codes and data, in order.
        version: 0 is the only one there is.
        flags: the other 15 bits, all zero today.
    """

    __slots__ = ("dnssec_ok", "flags", "options", "udp_payload_size", "version")

    def __init__(
        self,
        udp_payload_size: int = 1232,
        dnssec_ok: bool = False,
        options: list[tuple[int, bytes]] | None = None,
        version: int = 0,
        flags: int = 0,
    ) -> None:
        self.udp_payload_size = udp_payload_size
        self.dnssec_ok = dnssec_ok
        self.options: list[tuple[int, bytes]] = [] if options is None else options
        self.version = version
        self.flags = flags

    def option(self, code: int) -> bytes | None:
        """The data of the first option *code*; None where there is none."""
        for each, data in self.options:
            if each == code:
                return data
        return None

    @staticmethod
    def client_subnet(network: str, scope: int = 0) -> tuple[int, bytes]:
        """Return the option ECS for *network*, ``192.0.2.0/24``; raises ValueError for what is none. Source: RFC 7871, 6."""
        parsed = ipaddress.ip_network(network)
        address = parsed.network_address.packed[: (parsed.prefixlen + 7) // 8]
        family = 1 if parsed.version == 4 else 2
        return ECS, family.to_bytes(2, "big") + bytes((parsed.prefixlen, scope)) + address

    def subnet(self) -> tuple[str, int] | None:
        """The network and the scope of the option ECS; None where there is none. Raises `CorruptedDnsMessageError`."""
        data = self.option(ECS)
        if data is None:
            return None
        family = int.from_bytes(data[:2], "big")
        width = {1: 4, 2: 16}.get(family)
        if len(data) < 4 or width is None or data[2] > 8 * width or len(data) != 4 + (data[2] + 7) // 8:
            raise CorruptedDnsMessageError(f"a client subnet {data.hex(' ')}: family, prefix and address do not fit (RFC 7871, 6)")
        address = data[4:].ljust(width, b"\0")
        try:
            return str(ipaddress.ip_network((address, data[2]))), data[3]
        except ValueError as error:  # bits behind the prefix
            raise CorruptedDnsMessageError(f"a client subnet {data.hex(' ')}: {error}") from error

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, DnsEdns):
            return NotImplemented
        return (self.udp_payload_size, self.dnssec_ok, self.options, self.version, self.flags) == (
            other.udp_payload_size,
            other.dnssec_ok,
            other.options,
            other.version,
            other.flags,
        )

    __hash__ = None  # type: ignore[assignment]  # its options may change

    def __repr__(self) -> str:
        return f"DnsEdns({self.udp_payload_size}, dnssec_ok={self.dnssec_ok}, options={self.options}, version={self.version})"

    def ttl_field(self, extended_code: int) -> int:
        """The field of the record that has the upper bits of the response code, the version and the flags."""
        return (extended_code << 24) | (self.version << 16) | (_DO if self.dnssec_ok else 0) | self.flags

    def data(self) -> bytes:
        """The options as bytes."""
        return b"".join([code.to_bytes(2, "big") + len(data).to_bytes(2, "big") + data for code, data in self.options])

    @staticmethod
    def parse(payload_size: int, ttl: int, data: bytes) -> DnsEdns:
        """Return what the class, the TTL and the *data* of an OPT record say; raises `CorruptedDnsMessageError`."""
        options: list[tuple[int, bytes]] = []
        at = 0
        while at < len(data):
            size = int.from_bytes(data[at + 2 : at + 4], "big")
            if at + 4 > len(data) or at + 4 + size > len(data):
                raise CorruptedDnsMessageError(f"an option of EDNS at byte {at} of {len(data)} goes on behind the end")
            options.append((int.from_bytes(data[at : at + 2], "big"), data[at + 4 : at + 4 + size]))
            at += 4 + size
        return DnsEdns(payload_size, ttl & _DO != 0, options, ttl >> 16 & 0xFF, ttl & 0x7FFF)
