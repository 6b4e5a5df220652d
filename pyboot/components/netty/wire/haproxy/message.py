"""HAProxyMessage: what a header of the PROXY protocol says. Source: Netty's classes of these names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, final

from .kinds import HAProxyCommand, HAProxyProtocolVersion, HAProxyProxiedProtocol, HAProxyTLVType

__all__ = ["TLV_NAMES", "HAProxyMessage", "HAProxySSLTLV", "HAProxyTLV"]

TLV_NAMES: Final = {
    0x01: HAProxyTLVType.ALPN,
    0x02: HAProxyTLVType.AUTHORITY,
    0x03: HAProxyTLVType.CRC32C,
    0x04: HAProxyTLVType.NOOP,
    0x05: HAProxyTLVType.UNIQUE_ID,
    0x20: HAProxyTLVType.SSL,
    0x21: HAProxyTLVType.SSL_VERSION,
    0x22: HAProxyTLVType.SSL_CN,
    0x23: HAProxyTLVType.SSL_CIPHER,
    0x24: HAProxyTLVType.SSL_SIG_ALG,
    0x25: HAProxyTLVType.SSL_KEY_ALG,
    0x30: HAProxyTLVType.NETNS,
}


class HAProxyTLV:
    """A field behind the addresses: its *number* of one byte, and its *content*, which is a copy: nothing of the stream is kept."""

    def __init__(self, number: int, content: bytes) -> None:
        self.number = number
        self.content = content

    @property
    def type(self) -> HAProxyTLVType:
        """The name of the number."""
        return TLV_NAMES.get(self.number, HAProxyTLVType.OTHER)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, HAProxyTLV) and (self.number, self.content) == (other.number, other.content)

    def __hash__(self) -> int:
        return hash((self.number, self.content))

    def __repr__(self) -> str:
        return f"HAProxyTLV({self.type.value} {self.number:#04x}, {self.content!r})"


@final
class HAProxySSLTLV(HAProxyTLV):
    """The field that tells of the client's TLS with the proxy: *client* has bits, *verify* is 0 where its certificate was verified.

    The fields inside of it are *tlvs*; theirs are not looked into, so nothing nests deeper (CVE-2022-41881).
    """

    def __init__(self, content: bytes, client: int, verify: int, tlvs: Sequence[HAProxyTLV] = ()) -> None:
        super().__init__(0x20, content)
        self.client = client
        self.verify = verify
        self.tlvs = tuple(tlvs)

    @property
    def is_ssl(self) -> bool:
        """True if the client has connected over TLS."""
        return bool(self.client & 0x01)

    @property
    def has_certificate_on_connection(self) -> bool:
        """True if the client has shown a certificate on this connection."""
        return bool(self.client & 0x02)

    @property
    def has_certificate_in_session(self) -> bool:
        """True if the client has shown a certificate at least once in its session of TLS."""
        return bool(self.client & 0x04)

    def __repr__(self) -> str:
        return f"HAProxySSLTLV(client={self.client:#04x}, verify={self.verify}, tlvs={list(self.tlvs)!r})"


@final
class HAProxyMessage:
    """One header. Addresses are None where it has none to tell: of LOCAL, and of UNKNOWN.

    Args:
        version, command, protocol: of `kinds`.
        source, destination: the client's end and the one that it connected to, as a socket has them: ``(host, port)`` of IPv4,
            ``(host, port, 0, 0)`` of IPv6, the path of a Unix socket.
        tlvs: further fields, of version 2 alone.
    """

    def __init__(
        self,
        version: HAProxyProtocolVersion,
        command: HAProxyCommand,
        protocol: HAProxyProxiedProtocol,
        source: Any = None,  # Any: the shape of an address depends on its family
        destination: Any = None,  # Any: as above
        tlvs: Sequence[HAProxyTLV] = (),
    ) -> None:
        self.version = version
        self.command = command
        self.protocol = protocol
        self.source = source
        self.destination = destination
        self.tlvs = tuple(tlvs)

    def tlv(self, kind: HAProxyTLVType) -> HAProxyTLV | None:
        """The first field of *kind*, or None; those inside of `HAProxySSLTLV` are its own."""
        return next((tlv for tlv in self.tlvs if tlv.type is kind), None)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, HAProxyMessage) and self._facts() == other._facts()

    def __hash__(self) -> int:
        return hash(self._facts())

    def _facts(self) -> tuple[Any, ...]:
        return self.version, self.command, self.protocol, self.source, self.destination, self.tlvs

    def __repr__(self) -> str:
        ends = f"{self.source} -> {self.destination}" if self.source is not None else "no addresses"
        more = f", {list(self.tlvs)!r}" if self.tlvs else ""
        return f"HAProxyMessage(v{self.version.value} {self.command.name} {self.protocol.name}, {ends}{more})"
