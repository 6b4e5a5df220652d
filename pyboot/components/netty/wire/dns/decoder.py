"""Bytes to a message of DNS: the whole of it, or an error that says which byte is wrong.

Source: RFC 1035, 4.1; RFC 2181, 8 and 9; RFC 6891, 6.1.1.
"""

from __future__ import annotations

from typing import Final

from mypy_extensions import i64

from .edns import DnsEdns
from .errors import CorruptedDnsMessageError
from .message import QR, TC, DnsMessage, DnsQuery, DnsResponse
from .name import NameReader, name_bytes
from .record import NAMES, DnsQuestion, DnsRecord

__all__ = ["HEADER_BYTES", "decode_message"]

HEADER_BYTES: Final = 12
_LEAST_QUESTION: Final = 5  # the root, type and class
_LEAST_RECORD: Final = 11
_OPT: Final = 41
_FLAGS: Final = 0x07F0


class _CutOff(Exception):  # noqa: N818  # no error by itself: a response may say that it was cut off
    """A record goes on behind the end of the message."""


def decode_message(data: bytes) -> DnsMessage:
    """Return the message that *data* is, all of it: a `DnsQuery` or a `DnsResponse`.

    A response that says that it was cut off may end in the middle of a record, which is left out. Raises `CorruptedDnsMessageError` for
    everything else that does not hold, which knows the id where there was a header.
    """
    # hot path: once for each message (tests/bench/test_dns.py).
    size: i64 = len(data)
    if size < HEADER_BYTES:
        raise CorruptedDnsMessageError(f"{size} bytes, a header alone has {HEADER_BYTES}")
    flags = (data[2] << 8) | data[3]
    number = (data[0] << 8) | data[1]
    is_response = flags & QR != 0
    message: DnsMessage = (
        DnsResponse(number, op_code=(flags >> 11) & 15, flags=flags & _FLAGS, code=flags & 15)
        if is_response
        else DnsQuery(number, op_code=(flags >> 11) & 15, flags=flags & _FLAGS)
    )
    try:
        _read_sections(data, message)
    except _CutOff as cut:
        if not is_response or not flags & TC:
            raise CorruptedDnsMessageError(str(cut), number, is_response) from None
    except CorruptedDnsMessageError as error:
        error.message_id = number
        error.is_response = is_response
        raise
    return message


def _read_sections(data: bytes, message: DnsMessage) -> None:
    size: i64 = len(data)
    asked: i64 = (data[4] << 8) | data[5]
    answers: i64 = (data[6] << 8) | data[7]
    authorities: i64 = (data[8] << 8) | data[9]
    additionals: i64 = (data[10] << 8) | data[11]
    least = HEADER_BYTES + asked * _LEAST_QUESTION + (answers + authorities + additionals) * _LEAST_RECORD
    if least > size and message.flags & TC == 0:
        raise CorruptedDnsMessageError(
            f"{asked} questions and {answers + authorities + additionals} records in {size} bytes: they have {least} at least"
        )
    names = NameReader(data)
    at: i64 = HEADER_BYTES
    for _ in range(asked):
        name = names.read(at)
        at = names.end
        if at + 4 > size:
            raise _CutOff(f"the question of {name} goes on behind the end, byte {size}")
        message.questions.append(DnsQuestion(name, (data[at] << 8) | data[at + 1], (data[at + 2] << 8) | data[at + 3]))
        at += 4
    at = _read_records(data, names, at, answers, message.answers, None)
    at = _read_records(data, names, at, authorities, message.authorities, None)
    at = _read_records(data, names, at, additionals, message.additionals, message)
    if at != size:
        raise CorruptedDnsMessageError(f"{size - at} bytes behind the last record")


def _read_records(data: bytes, names: NameReader, at: i64, count: i64, into: list[DnsRecord], extended: DnsMessage | None) -> i64:
    """Read *count* records; OPT goes to *extended*, the message, in the section where it may stand."""
    size: i64 = len(data)
    for _ in range(count):
        start = at
        if at >= size:
            raise _CutOff(f"records end at byte {size}, {count - len(into)} are missing")
        name = names.read(at)
        at = names.end
        if at + 10 > size:
            raise _CutOff(f"the record of {name} at byte {start} goes on behind the end, byte {size}")
        kind = (data[at] << 8) | data[at + 1]
        dns_class = (data[at + 2] << 8) | data[at + 3]
        ttl = (data[at + 4] << 24) | (data[at + 5] << 16) | (data[at + 6] << 8) | data[at + 7]
        length: i64 = (data[at + 8] << 8) | data[at + 9]
        at += 10
        stop = at + length
        if stop > size:
            raise _CutOff(f"the record of {name} at byte {start} has {length} bytes of data, there are {size - at}")
        if kind == _OPT:
            _take_edns(extended, name, start, dns_class, ttl, data[at:stop])
        else:
            if ttl & 0x80000000:
                ttl = 0  # RFC 2181, 8
            content = data[at:stop] if kind not in NAMES else _written_out(data, names, kind, at, stop)
            into.append(DnsRecord(name, kind, content, ttl, dns_class))
        at = stop
    return at


def _written_out(data: bytes, names: NameReader, kind: int, start: i64, stop: i64) -> bytes:
    """The data of a record from *start* to *stop* with its names in full; what stands around them stays as it is."""
    front, count = NAMES[kind]
    if start == stop:
        return b""  # as prerequisites of updates have it (RFC 2136, 2.4)
    at = start + front
    parts = [data[start:at]]
    for _ in range(count):
        if at >= stop:
            raise CorruptedDnsMessageError(f"a record at byte {start} has {stop - start} bytes of data, and no room for its name")
        parts.append(name_bytes(names.read(at)))
        at = names.end
    if at > stop:
        raise CorruptedDnsMessageError(f"a name in the data at byte {start} goes on behind its end, byte {stop}")
    rest = stop - at
    if rest != (20 if kind == 6 else 0):
        raise CorruptedDnsMessageError(f"{rest} bytes behind the names in the data at byte {start}")
    parts.append(data[at:stop])
    return b"".join(parts)


def _take_edns(message: DnsMessage | None, name: str, start: i64, payload_size: int, ttl: int, data: bytes) -> None:
    if message is None:
        raise CorruptedDnsMessageError(f"OPT at byte {start}, which is not in the additional section")
    if message.edns is not None:
        raise CorruptedDnsMessageError(f"a second OPT at byte {start}")
    if name != ".":
        raise CorruptedDnsMessageError(f"OPT at byte {start} of {name}: its name is the root")
    message.edns = DnsEdns.parse(payload_size, ttl, data)
    if isinstance(message, DnsResponse):
        message.code |= (ttl >> 24) << 4
