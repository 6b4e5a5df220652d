"""HpackEncoder: fields to header blocks (RFC 7541).

Which fields go into the table is decided by their names: what is another one in each message would only push out what is not
(``content-length``), and what is secret never goes into any table, neither here nor behind us (7.1.3), since whoever can make us send
something beside it could find it out by the size. The table is as large as the peer allows, and never larger than ours: a peer that
allows gigabytes does not decide about our memory (CVE-2026-93492).
"""

from __future__ import annotations

from typing import Final, final

from mypy_extensions import i64

from .header_table import STATIC_FIELDS, STATIC_SIZE, DynamicTable, Field
from .huffman import huffman_encoded, huffman_size
from .settings import DEFAULT_TABLE_SIZE

__all__ = ["HpackEncoder"]

_NEVER_INDEXED: Final = frozenset((b"authorization", b"cookie", b"proxy-authorization", b"set-cookie"))
_NOT_INDEXED: Final = frozenset((b":path", b"age", b"content-length", b"content-range", b"etag", b"last-modified", b"location", b"range"))

_STATIC_NAMES: Final[dict[bytes, int]] = {field[0]: index + 1 for index, field in reversed(list(enumerate(STATIC_FIELDS)))}
_STATIC_INDEX: Final[dict[Field, int]] = {field: index + 1 for index, field in enumerate(STATIC_FIELDS)}
_INDEXED: Final = [bytes([0x80 | index]) for index in range(127)]

# Strings as they are sent, each with its length; our own program chooses them, so few are many, but a table has a bound.
_STRINGS: Final[dict[bytes, bytes]] = {}
_MOST_STRINGS: Final = 1024
_LONGEST_STRING: Final = 64


@final
class HpackEncoder:
    """Encodes the blocks of one direction, in their order."""

    def __init__(self, max_table_size: int = DEFAULT_TABLE_SIZE) -> None:
        self._most = min(max_table_size, DEFAULT_TABLE_SIZE)
        self._table = DynamicTable(self._most)
        self._places: dict[Field, int] = {}  # by which number a field went into the table
        self._sizes: list[int] = []  # that the next block has to tell
        # The last block that left the table as it was: the same fields are the same block, until something goes into the table.
        self._last_fields: list[Field] | None = None
        self._last_block = b""
        self._last_inserted: i64 = -1

    def resize(self, size: int) -> None:
        """The peer allows a table of *size* bytes from here on."""
        size = min(size, self._most)
        if size == self._table.max_size and not self._sizes:
            return
        # Both the smallest and the last size since the last block are told (RFC 7541 4.2).
        if self._sizes and size > self._sizes[0]:
            self._sizes = [self._sizes[0], size]
        else:
            self._sizes = [size]
        self._table.resize(size)
        self._last_fields = None
        self._forget_gone()

    def encode(self, fields: list[Field]) -> bytes:
        """Encode one block."""
        # hot path: once for each head.
        table = self._table
        if self._last_inserted == table.inserted and not self._sizes and self._last_fields == fields:
            return self._last_block
        return self._encode(fields)

    def _encode(self, fields: list[Field]) -> bytes:
        parts: list[bytes] = []
        if self._sizes:
            parts.extend([_number(0x20, 5, size) for size in self._sizes])
            self._sizes = []
        places = self._places
        table = self._table
        inserted = table.inserted
        is_plain = not parts
        oldest: i64 = table.inserted - len(table.fields)
        for field in fields:
            if field[0] is not field[1]:
                field = (field[0], field[0], field[2])  # names are in lower case, however they were written (RFC 9113 8.2.1)
            static = _STATIC_INDEX.get(field)
            if static is not None:
                parts.append(_INDEXED[static])
                continue
            place = places.get(field)
            if place is not None and place > oldest:
                index: i64 = table.inserted - place + STATIC_SIZE + 1
                parts.append(_INDEXED[index] if index < 127 else _number(0x80, 7, int(index)))
                continue
            self._spell(field, parts)
            oldest = table.inserted - len(table.fields)
        block = b"".join(parts)
        if is_plain and table.inserted == inserted:
            self._last_fields, self._last_block, self._last_inserted = fields, block, inserted
        return block

    def _spell(self, field: Field, parts: list[bytes]) -> None:
        name, _, value = field
        index = _STATIC_NAMES.get(name, 0)
        if name in _NEVER_INDEXED:
            parts.append(_number(0x10, 4, index))
        elif name in _NOT_INDEXED or (len(name) + len(value)) * 2 > self._table.max_size:
            parts.append(_number(0x00, 4, index))
        else:
            parts.append(_number(0x40, 6, index))
            self._remember((name, name, value))
        if index == 0:
            parts.append(_string(name))
        parts.append(_string(value))

    def _remember(self, field: Field) -> None:
        table = self._table
        table.add(field)
        self._places[field] = int(table.inserted)
        if len(self._places) > len(table.fields) + 32:
            self._forget_gone()

    def _forget_gone(self) -> None:
        oldest = self._table.inserted - len(self._table.fields)
        self._places = {field: place for field, place in self._places.items() if place > oldest}


def _number(pattern: int, prefix: int, value: int) -> bytes:
    """*value* in the low *prefix* bits behind *pattern* (RFC 7541 5.1)."""
    most = (1 << prefix) - 1
    if value < most:
        return bytes([pattern | value])
    out = [pattern | most]
    value -= most
    while value >= 0x80:
        out.append(0x80 | (value & 0x7F))
        value >>= 7
    out.append(value)
    return bytes(out)


def _string(text: bytes) -> bytes:
    """*text* with its length, in Huffman's code where that is shorter."""
    known = _STRINGS.get(text)
    if known is None:
        size = huffman_size(text)
        known = _number(0x80, 7, size) + huffman_encoded(text) if size < len(text) else _number(0, 7, len(text)) + text
        if len(text) <= _LONGEST_STRING and len(_STRINGS) < _MOST_STRINGS:
            _STRINGS[text] = known
    return known
