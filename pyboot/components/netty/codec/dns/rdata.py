"""The data of any type: dnspython's classes for the types that `DnsRecord` does not read itself.

A resolver reads A, AAAA, CNAME, SOA and a few more; there are sixty others, each with its own form in bytes and in text. dnspython knows
them all and is what the field uses, so it is asked here, and nowhere on the way of a message. It is imported when one of these functions
is called.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyboot.components.netty.errors import EncoderError
from pyboot.components.netty.wire.dns.code import DnsRecordType, type_text
from pyboot.components.netty.wire.dns.errors import CorruptedDnsMessageError
from pyboot.components.netty.wire.dns.record import DnsRecord

if TYPE_CHECKING:
    import dns.rdata

__all__ = ["rdata_of", "record_of_text"]


def rdata_of(record: DnsRecord) -> dns.rdata.Rdata:
    """Return what the data of *record* says, as an object of dnspython: ``rdata_of(record).to_text()``.

    Raises `CorruptedDnsMessageError` for data that does not fit its type, and ModuleNotFoundError without dnspython.
    """
    library = _library()
    try:
        return library.rdata.from_wire(record.dns_class, record.type, record.data, 0, len(record.data))  # type: ignore[no-any-return]  # of a module that may be missing
    except library.exception.DNSException as error:
        raise CorruptedDnsMessageError(f"{type_text(record.type)} of {record.name}: {error}") from error


def record_of_text(name: str, type: int | str, text: str, ttl: int = 0) -> DnsRecord:
    """Return the record of *name* whose data is *text*, as a zone file has it: ``record_of_text("a.example", "CAA", '0 issue "b"')``.

    Raises `EncoderError` for text that does not fit the type, ValueError for a type that has no name, and ModuleNotFoundError without
    dnspython.
    """
    library = _library()
    number = DnsRecordType.of(type) if isinstance(type, str) else type
    try:
        data = library.rdata.from_text(1, number, text, origin=library.name.root, relativize=False).to_wire()
    except library.exception.DNSException as error:
        raise EncoderError(f"{type_text(number)} of {name} cannot be {text!r}: {error}") from error
    return DnsRecord(name, number, data, ttl)


def _library() -> Any:  # Any: a package, which is of an extra
    try:
        import dns.exception
        import dns.name
        import dns.rdata
    except ModuleNotFoundError as error:
        if error.name is not None and not error.name.startswith("dns"):
            raise
        raise ModuleNotFoundError('data of records as text needs dnspython: pip install "pyboot-framework[dns]"', name="dns") from error
    return dns
