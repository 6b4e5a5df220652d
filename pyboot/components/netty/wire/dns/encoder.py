"""A message of DNS to bytes, cut to the size that a datagram may have.

What does not fit is left out record by record from the end: first the additional section, whose lack nobody has to be told of, then the
others, and then the flag TC tells the client to ask over TCP (RFC 2181, 9). EDNS is never left out.
"""

from __future__ import annotations

from typing import Final

from mypy_extensions import i64

from pyboot.components.netty.errors import EncoderError

from .code import type_text
from .edns import DnsEdns
from .message import QR, TC, DnsMessage, DnsResponse
from .name import NameWriter, name_bytes
from .record import COMPRESSED, NAMES, DnsRecord

__all__ = ["encode_message"]

_LARGEST: Final = 0xFFFF
_HEADER: Final = bytes(12)


def encode_message(message: DnsMessage, max_bytes: int = _LARGEST) -> bytes:
    """Return *message* as bytes, of at most *max_bytes*; a response that is longer is cut off, and says so.

    Raises `EncoderError` for a number, a name or data that does not fit in its field, and for a query that is longer.
    """
    # hot path: once for each message (tests/bench/test_dns.py).
    code = message.code if isinstance(message, DnsResponse) else 0
    _check(message, code)
    opt = b"" if message.edns is None else _opt(message.edns, code >> 4)
    out = bytearray(_HEADER)
    names = NameWriter()
    for question in message.questions:
        names.write(out, name_bytes(question.name))
        _put16(out, question.type)
        _put16(out, question.dns_class)
    room: i64 = min(max_bytes, _LARGEST) - len(opt)
    if len(out) > room:
        raise EncoderError(f"a message of {len(out) + len(opt)} bytes with its question alone, allowed are {max_bytes}")
    answers = _put_records(out, names, message.answers, room)
    is_cut = answers < len(message.answers)
    authorities = 0 if is_cut else _put_records(out, names, message.authorities, room)
    is_cut = is_cut or authorities < len(message.authorities)
    additionals = 0 if is_cut else _put_records(out, names, message.additionals, room)
    if not message.is_response and (is_cut or additionals < len(message.additionals)):
        raise EncoderError(f"a query of more than {max_bytes} bytes: it cannot be cut off")
    out += opt
    flags = message.flags | (QR if message.is_response else 0) | (TC if is_cut else 0) | (message.op_code << 11) | (code & 15)
    header = (message.id, flags, len(message.questions), answers, authorities, additionals + (1 if opt else 0))
    at = 0
    for number in header:
        out[at] = number >> 8
        out[at + 1] = number & 0xFF
        at += 2
    return bytes(out)


def _check(message: DnsMessage, code: int) -> None:
    if not 0 <= message.id <= 0xFFFF:
        raise EncoderError(f"id {message.id}, allowed is 0 to 65535")
    if not 0 <= message.op_code <= 15:
        raise EncoderError(f"op_code {message.op_code}, allowed is 0 to 15")
    if message.flags & ~0x07F0:
        raise EncoderError(f"flags {message.flags:#06x}, allowed are those in 0x07f0: QR, operation and code have fields of their own")
    if not 0 <= code <= (15 if message.edns is None else 0xFFF):
        raise EncoderError(f"code {code}, allowed is 0 to 15, and to 4095 with EDNS")
    if max(len(message.questions), len(message.answers), len(message.authorities), len(message.additionals)) >= _LARGEST:
        raise EncoderError("a section of more than 65534 entries")


def _put_records(out: bytearray, names: NameWriter, records: list[DnsRecord], room: i64) -> int:
    """Append as many of *records* as there is *room* for; return their number."""
    made = 0
    for record in records:
        start = len(out)
        _put_record(out, names, record)
        if len(out) > room:
            del out[start:]
            names.forget_from(start)
            break
        made += 1
    return made


def _put_record(out: bytearray, names: NameWriter, record: DnsRecord) -> None:
    names.write(out, name_bytes(record.name))
    ttl = record.ttl
    if not 0 <= ttl <= 0x7FFFFFFF:
        raise EncoderError(f"TTL {ttl} of {record.name}, allowed is 0 to 2147483647")
    kind = record.type
    data = record.data
    if len(data) > _LARGEST:
        raise EncoderError(f"{type_text(kind)} of {record.name} with {len(data)} bytes of data, allowed are {_LARGEST}")
    _put16(out, kind)
    _put16(out, record.dns_class)
    _put16(out, ttl >> 16)
    _put16(out, ttl & 0xFFFF)
    length_at = len(out)
    out += b"\0\0"
    if kind in COMPRESSED:
        _put_names(out, names, kind, data)
    else:
        out += data
    length = len(out) - length_at - 2
    out[length_at] = length >> 8
    out[length_at + 1] = length & 0xFF


def _put_names(out: bytearray, names: NameWriter, kind: int, data: bytes) -> None:
    front, count = NAMES[kind]
    at = front
    out += data[:front]
    for _ in range(count):
        end = at
        while end < len(data) and data[end]:
            end += 1 + data[end]
        if end >= len(data) and data:
            raise EncoderError(f"data {data.hex(' ')} of a record {type_text(kind)} has no whole name at byte {at}")
        if data:
            names.write(out, data[at : end + 1])
        at = end + 1
    out += data[at:]


def _put16(out: bytearray, number: int) -> None:
    if not 0 <= number <= _LARGEST:
        raise EncoderError(f"{number} does not fit in two bytes")
    out.append(number >> 8)
    out.append(number & 0xFF)


def _opt(edns: DnsEdns, extended_code: int) -> bytes:
    out = bytearray(b"\0\0\x29")
    data = edns.data()
    if not (0 <= edns.version <= 255 and 0 <= edns.flags <= 0x7FFF):
        raise EncoderError(f"EDNS version {edns.version}, flags {edns.flags:#x}: allowed are 0 to 255, and 15 bits")
    _put16(out, edns.udp_payload_size)
    out += edns.ttl_field(extended_code).to_bytes(4, "big")
    _put16(out, len(data))
    return bytes(out + data)
