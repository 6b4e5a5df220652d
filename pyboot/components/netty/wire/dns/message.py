"""Queries and responses: a header, questions, and three sections of records.

::

     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5
    +-------------------------------+
    | id                            |
    +-+-------+-+-+-+-+-+-+-+-------+
    |Q| op    |A|T|R|R|Z|A|C| code  |     QR: a response       AA: of the authority   TC: cut off      RD: recursion desired
    |R| code  |A|C|D|A| |D|D|       |     RA: it is available   AD: proven (DNSSEC)    CD: do not prove
    +-+-------+-+-+-+-+-+-+-+-------+
    | questions   | answers         |
    | authorities | additionals     |     two bytes each
    +-------------+-----------------+

The OPT record of the additional section is `edns`, and is not among `additionals`. Source: RFC 1035, 4.1.1; RFC 4035, 3.2; the classes are
Netty's.
"""

from __future__ import annotations

from typing import Final, final

from mypy_extensions import mypyc_attr

from .edns import DnsEdns
from .record import DnsQuestion, DnsRecord

__all__ = ["DnsMessage", "DnsQuery", "DnsResponse"]

QR: Final = 0x8000
AA: Final = 0x0400
TC: Final = 0x0200
RD: Final = 0x0100
RA: Final = 0x0080
AD: Final = 0x0020
CD: Final = 0x0010
_NO_EDNS_PAYLOAD: Final = 512  # RFC 1035, 2.3.4


@mypyc_attr(allow_interpreted_subclasses=True)
class DnsMessage:
    """A query or a response. *id* is what its answer has too; *flags* are those of the header without code and QR."""

    __slots__ = ("additionals", "answers", "authorities", "edns", "flags", "id", "op_code", "questions")

    is_response = False

    def __init__(
        self,
        id: int,
        questions: list[DnsQuestion] | None = None,
        *,
        op_code: int = 0,
        flags: int = 0,
        answers: list[DnsRecord] | None = None,
        authorities: list[DnsRecord] | None = None,
        additionals: list[DnsRecord] | None = None,
        edns: DnsEdns | None = None,
    ) -> None:
        self.id = id
        self.op_code = op_code
        self.flags = flags
        self.questions: list[DnsQuestion] = [] if questions is None else questions
        self.answers: list[DnsRecord] = [] if answers is None else answers
        self.authorities: list[DnsRecord] = [] if authorities is None else authorities
        self.additionals: list[DnsRecord] = [] if additionals is None else additionals
        self.edns = edns

    @property
    def question(self) -> DnsQuestion | None:
        """The first question; None where there is none. Servers answer one alone (RFC 9619)."""
        return self.questions[0] if self.questions else None

    @property
    def recursion_desired(self) -> bool:
        """True if the server is to ask others."""
        return self.flags & RD != 0

    def _facts(self) -> tuple[object, ...]:
        sections = (self.questions, self.answers, self.authorities, self.additionals)
        return (self.is_response, self.id, self.op_code, self.flags, *sections, self.edns)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, DnsMessage):
            return NotImplemented
        return self._facts() == other._facts()

    __hash__ = None  # type: ignore[assignment]  # its sections may change

    def _said(self) -> str:
        asked = ", ".join(map(repr, self.questions))
        records = "".join(
            f", {name}={records}"
            for name, records in zip(("answers", "authorities", "additionals"), self._sections(), strict=True)
            if records
        )
        return f"id={self.id}, [{asked}]{records}{'' if self.edns is None else f', {self.edns!r}'}"

    def _sections(self) -> tuple[list[DnsRecord], list[DnsRecord], list[DnsRecord]]:
        return self.answers, self.authorities, self.additionals

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._said()})"


@final
class DnsQuery(DnsMessage):
    """A query: ``DnsQuery(id, [DnsQuestion("example.org", DnsRecordType.A)], flags=DnsFlags.RD)``."""

    __slots__ = ()

    @property
    def max_response_bytes(self) -> int:
        """The largest datagram that who asks can take (RFC 6891, 6.2.3)."""
        return _NO_EDNS_PAYLOAD if self.edns is None else max(_NO_EDNS_PAYLOAD, self.edns.udp_payload_size)

    def respond(self, code: int = 0, *, authoritative: bool = False, recursion_available: bool = False) -> DnsResponse:
        """Return an empty response to this query, into which records are put: its id, operation, question, and EDNS if it has that."""
        flags = (self.flags & (RD | CD)) | (AA if authoritative else 0) | (RA if recursion_available else 0)
        edns = None if self.edns is None else DnsEdns(dnssec_ok=self.edns.dnssec_ok)
        return DnsResponse(
            self.id, list(self.questions), op_code=self.op_code, flags=flags, edns=edns, code=code, max_bytes=self.max_response_bytes
        )


@final
class DnsResponse(DnsMessage):
    """A response. *code* is what became of the query (`DnsResponseCode`); *max_bytes* what a datagram of it may have, 512 by default."""

    __slots__ = ("code", "max_bytes")

    is_response = True

    def __init__(
        self,
        id: int,
        questions: list[DnsQuestion] | None = None,
        *,
        op_code: int = 0,
        flags: int = 0,
        code: int = 0,
        answers: list[DnsRecord] | None = None,
        authorities: list[DnsRecord] | None = None,
        additionals: list[DnsRecord] | None = None,
        edns: DnsEdns | None = None,
        max_bytes: int = _NO_EDNS_PAYLOAD,
    ) -> None:
        super().__init__(
            id,
            questions,
            op_code=op_code,
            flags=flags,
            answers=answers,
            authorities=authorities,
            additionals=additionals,
            edns=edns,
        )
        self.code = code
        self.max_bytes = max_bytes

    @property
    def is_truncated(self) -> bool:
        """True if records were left out for want of room: who wants all of it asks over TCP."""
        return self.flags & TC != 0

    @property
    def is_authoritative(self) -> bool:
        """True if who answers is the authority for the name."""
        return self.flags & AA != 0

    def _facts(self) -> tuple[object, ...]:
        return (*super()._facts(), self.code)

    def _said(self) -> str:
        return f"{super()._said()}, code={self.code}{', truncated' if self.is_truncated else ''}"
