"""TLVs: the fields behind the addresses of version 2, read and written.

::

    | type | length  | value                                       |
    | 1 B  | 2 B     | length bytes                                |

    value of SSL:   | client 1 B | verify 4 B | TLVs, which are leaves |

Read in two loops and no recursion: what is inside of the field SSL is not looked into further, whatever its type (CVE-2022-41881).
Source: ``proxy-protocol.txt``, 2.2.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from mypy_extensions import i64

from pyboot.components.netty.errors import CorruptedFrameError, EncoderError

from .message import HAProxySSLTLV, HAProxyTLV

__all__ = ["CRC32C", "CRC32C_BYTES", "read_tlvs", "write_tlvs"]

CRC32C: Final = 0x03
CRC32C_BYTES: Final = 4
_SSL: Final = 0x20
_HEAD_BYTES: Final = 3
_SSL_HEAD_BYTES: Final = 5
_LONGEST: Final = 0xFFFF


def read_tlvs(data: bytes, start: int, end: int) -> tuple[list[HAProxyTLV], int]:
    """The fields between *start* and *end*, and where the content of the field CRC32C begins, or -1.

    Raises `CorruptedFrameError` for a field that is longer than what is left, and for two sums.
    """
    tlvs: list[HAProxyTLV] = []
    sum_at = -1
    at: i64 = start
    last: i64 = end
    while at < last:
        number, content_at, next_at = _field(data, at, last)
        if number == CRC32C:
            if next_at - content_at != CRC32C_BYTES or sum_at >= 0:
                raise CorruptedFrameError(f"PROXY header: a CRC32C of {next_at - content_at} bytes, or a second one; allowed is one of 4")
            sum_at = int(content_at)
        content = data[content_at:next_at]
        tlvs.append(_read_ssl(content) if number == _SSL else HAProxyTLV(int(number), content))
        at = next_at
    return tlvs, sum_at


def _field(data: bytes, at: i64, end: i64) -> tuple[i64, i64, i64]:
    """Type, beginning and end of the content of the field at *at*."""
    content_at = at + _HEAD_BYTES
    if content_at > end:
        raise CorruptedFrameError(f"PROXY header: {end - at} bytes where a field begins, which has 3 at least")
    first: i64 = data[at + 1]
    second: i64 = data[at + 2]
    length = (first << 8) | second
    if content_at + length > end:
        raise CorruptedFrameError(f"PROXY header: a field of type {data[at]:#04x} and {length} bytes, {end - content_at} are left")
    return data[at], content_at, content_at + length


def _read_ssl(content: bytes) -> HAProxySSLTLV:
    if len(content) < _SSL_HEAD_BYTES:
        raise CorruptedFrameError(f"PROXY header: the field SSL has {len(content)} bytes, it has 5 at least")
    inner: list[HAProxyTLV] = []
    at: i64 = _SSL_HEAD_BYTES
    end: i64 = len(content)
    while at < end:
        number, content_at, next_at = _field(content, at, end)
        inner.append(HAProxyTLV(int(number), content[content_at:next_at]))
        at = next_at
    return HAProxySSLTLV(content, content[0], int.from_bytes(content[1:_SSL_HEAD_BYTES], "big"), inner)


def write_tlvs(tlvs: Sequence[HAProxyTLV]) -> bytes:
    """The bytes of *tlvs*; raises `EncoderError` for one that is too long, or whose number is no byte."""
    pieces: list[bytes] = []
    for tlv in tlvs:
        if not 0 <= tlv.number <= 0xFF or len(tlv.content) > _LONGEST:
            raise EncoderError(f"a TLV of type {tlv.number} and {len(tlv.content)} bytes: allowed are types to 255 and {_LONGEST} bytes")
        pieces += (bytes((tlv.number,)), len(tlv.content).to_bytes(2, "big"), tlv.content)
    return b"".join(pieces)
