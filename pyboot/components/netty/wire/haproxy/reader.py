r"""HAProxyReader: headers of the PROXY protocol out of bytes.

::

    version 1, a line of at most 107 bytes:

    | PROXY | SP | TCP4, TCP6 | SP | source | SP | destination | SP | port | SP | port | CR LF |
    | PROXY | SP | UNKNOWN    | anything                                              | CR LF |

    version 2:

    | 0D 0A 0D 0A 00 0D 0A 51 55 49 54 0A | version, command | family, type | length  | addresses and TLVs |
    | 12 bytes                            | 2x               | xx           | 2 bytes | length bytes       |

Which it is is seen at the first byte that differs; bytes that begin neither are refused there. Nothing is searched in, or kept of, more
than `max_header_bytes`, and the announced length is compared with that before anything is waited for. Bytes are unsigned numbers here, and
what is no header never looks like one that is not whole yet (CVE-2026-55851). A reader reads one header after the other, for tests and
tools; a connection has one, and whoever reads it takes the rest with `unread`.
Source: haproxy's ``doc/proxy-protocol.txt``, 2.1 and 2.2.
"""

from __future__ import annotations

from typing import Any, Final, final

from pyboot.components.netty.errors import CorruptedFrameError, TooLongFrameError
from pyboot.components.netty.wire.reader import FrameReader

from .addresses import UNIX_BYTES, ipv4_text, ipv6_text, parse_ipv4, parse_ipv6, parse_port, unix_path
from .crc32c import crc32c
from .kinds import HAProxyCommand, HAProxyProtocolVersion, HAProxyProxiedProtocol
from .message import HAProxyMessage
from .tlv import CRC32C_BYTES, read_tlvs

__all__ = ["MAX_HEADER_BYTES", "SIGNATURE", "HAProxyReader", "begins_proxy_header"]

SIGNATURE: Final = b"\r\n\r\n\x00\r\nQUIT\n"
MAX_HEADER_BYTES: Final = 4096
"""Real ones have less than 300; those with the certificate of a client up to 3 KiB."""

_V1: Final = b"PROXY "
_V1_KINDS: Final = (b"PROXY TCP4 ", b"PROXY TCP6 ", b"PROXY UNKNOWN")
_MAX_LINE: Final = 107
_HEAD_BYTES: Final = 16
_VERSION_2: Final = 0x20
_LOCAL: Final = HAProxyCommand.LOCAL
_PROXY: Final = HAProxyCommand.PROXY
_UNKNOWN: Final = HAProxyProxiedProtocol.UNKNOWN
_TCP4: Final = HAProxyProxiedProtocol.TCP4
_TCP6: Final = HAProxyProxiedProtocol.TCP6
_V1_MESSAGE: Final = HAProxyProtocolVersion.V1
_V2_MESSAGE: Final = HAProxyProtocolVersion.V2
_KINDS: Final = {int(each): each for each in HAProxyProxiedProtocol}
_ADDRESS_BYTES: Final = {0x00: 0, 0x11: 12, 0x12: 12, 0x21: 36, 0x22: 36, 0x31: 2 * UNIX_BYTES, 0x32: 2 * UNIX_BYTES}
_SHOWN_BYTES: Final = 16


def begins_proxy_header(head: bytes) -> bool | None:
    """True if *head*, the first bytes of a connection, begin a header of either version; None while there are too few of them to say."""
    if head[:1] == b"\r":
        return head.startswith(SIGNATURE) or (None if SIGNATURE.startswith(head) else False)
    if any(head.startswith(kind) for kind in _V1_KINDS):
        return True
    return None if any(kind.startswith(head) for kind in _V1_KINDS) else False


@final
class HAProxyReader(FrameReader):
    """Reads headers of both versions.

    An error ends the stream: what stands behind a header that is none cannot be told from it.

    Args:
        max_header_bytes: longest header of version 2; those of version 1 have 107. Raises ValueError below 16.
    """

    def __init__(self, max_header_bytes: int = MAX_HEADER_BYTES) -> None:
        super().__init__()
        if max_header_bytes < _HEAD_BYTES:
            raise ValueError(f"max_header_bytes {max_header_bytes}, must be at least {_HEAD_BYTES}")
        self._max = max_header_bytes
        self._kept = b""
        self._is_lost = False

    def feed(self, data: bytes) -> None:
        # A header is bounded, and read once in the life of a connection: joining costs little.
        if not self._is_lost:
            self._kept = self._kept + data if self._kept else data

    def next_frame(self) -> Any:  # Any: as in the base
        """The next header, or None if more bytes are needed; raises `CorruptedFrameError` or `TooLongFrameError`."""
        kept = self._kept
        if not kept:
            return None
        try:
            message, end = self._read_line(kept) if kept[0] == 0x50 else self._read_bytes(kept)
        except (CorruptedFrameError, TooLongFrameError):
            self._kept, self._is_lost = b"", True
            raise
        if message is not None:
            self._kept = kept[end:]
        return message

    def unread(self) -> bytes:
        rest, self._kept = self._kept, b""
        return rest

    def is_between_frames(self) -> bool:
        return not self._kept

    def held_bytes(self) -> int:
        return len(self._kept)

    # Version 1.

    def _read_line(self, kept: bytes) -> tuple[HAProxyMessage | None, int]:
        if not (kept.startswith(_V1) or _V1.startswith(kept)):
            raise _no_header(kept)
        end = kept.find(b"\r\n", 0, _MAX_LINE)
        if end < 0:
            if len(kept) >= _MAX_LINE:
                raise TooLongFrameError(len(kept), _MAX_LINE, at_least=True)
            if b"\n" in kept or b"\0" in kept:
                raise CorruptedFrameError("PROXY header of version 1: its line ends with CR LF, and not with LF alone")
            return None, 0
        try:
            fields = kept[:end].decode("ascii").split(" ")
        except UnicodeDecodeError:
            raise CorruptedFrameError(f"PROXY header of version 1 that is no ASCII: {kept[:_SHOWN_BYTES]!r}") from None
        if fields[1] == "UNKNOWN":
            return HAProxyMessage(_V1_MESSAGE, _PROXY, _UNKNOWN), end + 2
        if len(fields) != 6 or fields[1] not in ("TCP4", "TCP6"):
            raise CorruptedFrameError(
                f"PROXY header of version 1 with {len(fields) - 1} fields, the first {fields[1][:_SHOWN_BYTES]!r}: "
                "allowed is UNKNOWN, or TCP4 or TCP6 with two addresses and two ports"
            )
        _, family, source, destination, source_port, destination_port = fields
        if family == "TCP4":
            ends = [(parse_ipv4(source), parse_port(source_port)), (parse_ipv4(destination), parse_port(destination_port))]
            return HAProxyMessage(_V1_MESSAGE, _PROXY, _TCP4, ends[0], ends[1]), end + 2
        return (
            HAProxyMessage(
                _V1_MESSAGE,
                _PROXY,
                _TCP6,
                (parse_ipv6(source), parse_port(source_port), 0, 0),
                (parse_ipv6(destination), parse_port(destination_port), 0, 0),
            ),
            end + 2,
        )

    # Version 2.

    def _read_bytes(self, kept: bytes) -> tuple[HAProxyMessage | None, int]:
        if not (kept.startswith(SIGNATURE) or SIGNATURE.startswith(kept)):
            raise _no_header(kept)
        size = len(kept)
        if size > 12 and kept[12] not in (_VERSION_2, _VERSION_2 | 1):
            raise CorruptedFrameError(f"PROXY header: version and command {kept[12]:#04x}, allowed is 0x20, LOCAL, and 0x21, PROXY")
        if size > 13 and kept[13] not in _KINDS:
            raise CorruptedFrameError(f"PROXY header: family and type {kept[13]:#04x}, allowed are those of IPv4, IPv6 and Unix sockets")
        if size < _HEAD_BYTES:
            return None, 0
        end = _HEAD_BYTES + (kept[14] << 8 | kept[15])
        if end > self._max:
            raise TooLongFrameError(end, self._max)
        if size < end:
            return None, 0
        if kept[12] == _VERSION_2:  # LOCAL: whatever stands there is not looked at (2.2)
            return HAProxyMessage(_V2_MESSAGE, _LOCAL, _UNKNOWN), end
        return _read_proxied(kept, end), end


def _read_proxied(kept: bytes, end: int) -> HAProxyMessage:
    kind = kept[13]
    at = _HEAD_BYTES
    fields_at = at + _ADDRESS_BYTES[kind]
    if fields_at > end:
        raise CorruptedFrameError(f"PROXY header: {end - at} bytes, the addresses of {_KINDS[kind].name} alone have {fields_at - at}")
    tlvs, sum_at = read_tlvs(kept, fields_at, end) if fields_at < end else ([], -1)
    if sum_at >= 0:
        _check_sum(kept, sum_at, end)
    family = kind >> 4
    if family == 1:
        ends = (ipv4_text(kept, at), _port(kept, at + 8)), (ipv4_text(kept, at + 4), _port(kept, at + 10))
        return HAProxyMessage(_V2_MESSAGE, _PROXY, _KINDS[kind], ends[0], ends[1], tlvs)
    if family == 2:
        source = (ipv6_text(kept, at), _port(kept, at + 32), 0, 0)
        return HAProxyMessage(_V2_MESSAGE, _PROXY, _KINDS[kind], source, (ipv6_text(kept, at + 16), _port(kept, at + 34), 0, 0), tlvs)
    if family == 3:
        paths = unix_path(kept, at), unix_path(kept, at + UNIX_BYTES)
        return HAProxyMessage(_V2_MESSAGE, _PROXY, _KINDS[kind], paths[0], paths[1], tlvs)
    return HAProxyMessage(_V2_MESSAGE, _PROXY, _UNKNOWN, None, None, tlvs)


def _port(data: bytes, at: int) -> int:
    return data[at] << 8 | data[at + 1]


def _check_sum(kept: bytes, at: int, end: int) -> None:
    """The sum is that of the whole header, itself taken as zeros (2.2.3)."""
    told = int.from_bytes(kept[at : at + CRC32C_BYTES], "big")
    computed = crc32c(kept[:at] + bytes(CRC32C_BYTES) + kept[at + CRC32C_BYTES : end])
    if told != computed:
        raise CorruptedFrameError(f"PROXY header: CRC32C {told:#010x}, computed {computed:#010x}")


def _no_header(kept: bytes) -> CorruptedFrameError:
    return CorruptedFrameError(f"{kept[:_SHOWN_BYTES]!r} where a PROXY header must stand")
