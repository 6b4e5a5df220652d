"""HpackDecoder: header blocks to fields (RFC 7541).

::

      0   1   2   3   4   5   6   7
    +---+---+---+---+---+---+---+---+
    | 1 |        Index (7+)         |     a field of a table
    | 0 | 1 |      Index (6+)       |     a name of a table, or 0 and a name; a value; the field goes into the table
    | 0 | 0 | 1 |   Max size (5+)   |     the table's new size; in front of all fields only
    | 0 | 0 | 0 | 1 |  Index (4+)   |     as the second, never to go into any table
    | 0 | 0 | 0 | 0 |  Index (4+)   |     as the second, not into this table
    +---+---------------------------+

Theory of operation. What is wrong with the coding leaves the two tables of a direction different, so it ends the connection:
COMPRESSION_ERROR. What is wrong with a field, a name in upper case for instance, is its message's fault alone: the block is decoded to its
end, the first such thing is kept in `malformed`, and so is what is too much of a list that is too long (`excess`), of which the fields are
dropped. Fields are judged when they are spelled out; those of the tables were judged then, unless a bad one ever went into the table, after
which every field is.

The same head comes again and again, as a block of indices that means the same as long as the table does not change: the fields of the
last one are kept, and given for one comparison of memory.
"""

from __future__ import annotations

from typing import Final, final

from mypy_extensions import i64

from pyboot.components.netty.wire.http.errors import shown
from pyboot.components.netty.wire.http.grammar import is_field_value, known_name, number_of_fields

from .errors import Http2ConnectionError, Http2ErrorCode
from .header_table import ENTRY_OVERHEAD, STATIC_FIELDS, STATIC_SIZE, DynamicTable, Field
from .huffman import huffman_decoded

__all__ = ["HpackDecoder"]

# Bytes of a number behind its prefix: 2 ** 28 and more is no index, no length and no size of ours.
_LONGEST_NUMBER: Final = 4

_PSEUDO: Final = frozenset((b":method", b":scheme", b":authority", b":path", b":status", b":protocol"))


@final
class HpackDecoder:
    """Decodes the blocks of one direction, in their order; *max_table_size* and *max_list_size* are ours, in bytes.

    *max_fields* is the number of fields of a block, without pseudo-header fields, and with the crumbs of a cookie as one.
    """

    def __init__(self, max_table_size: int, max_list_size: int, max_fields: int = 100) -> None:
        self.max_table_size = max_table_size
        self.max_list_size = max_list_size
        self.max_fields = max_fields
        self.malformed: str | None = None  # of the last block
        self.list_size: i64 = 0
        self.excess: str | None = None  # of the last block
        self.has_repeated = False  # the last block was the one before it, and so are its fields
        self._table = DynamicTable(max_table_size)
        self._has_bad = False
        self._data = b""
        self._at: i64 = 0
        self._last_block = b""
        self._last_fields: list[Field] | None = None
        self._last_inserted: i64 = -1
        self._last_size: i64 = 0

    def decode(self, block: bytes) -> list[Field]:
        """Decode one whole block to a list that nobody changes; raises `Http2ConnectionError` with COMPRESSION_ERROR."""
        # hot path: once for each head.
        self._forget()
        if self._last_fields is not None and block == self._last_block and self._table.inserted == self._last_inserted:
            self.has_repeated = True
            self.list_size = self._last_size
            return self._last_fields
        self.has_repeated = False
        self._data = block
        self._at = 0
        self.list_size = 0
        before = self._table.inserted
        fields = self._decode()
        if before == self._table.inserted and self.excess is None and self.malformed is None:
            self._last_block, self._last_fields = block, fields
            self._last_inserted, self._last_size = before, self.list_size
        else:
            self._last_fields = None
        return fields

    def _forget(self) -> None:
        # Apart: mypyc takes what was set in the same function for what it is still, whatever was called meanwhile.
        self.malformed = None
        self.excess = None

    def _decode(self) -> list[Field]:
        fields: list[Field] = []
        data = self._data
        size: i64 = len(data)
        resizes = 0
        may_resize = True
        while self._at < size:
            first: i64 = data[self._at]
            if first >= 0x80:
                field = self._field_at(self._number(7))
                if self._has_bad:
                    self._judge(field)
            elif first >= 0x40:
                field = self._literal(6)
                self._table.add(field)
                if self.malformed is not None:
                    self._has_bad = True
            elif first < 0x20:
                field = self._literal(4)
            else:
                if not may_resize:
                    raise _broken("a change of the table's size behind a field")
                resizes += 1
                if resizes > 2:  # the smallest size since the last block, and the last one, are all there is to say (RFC 7541 4.2)
                    raise Http2ConnectionError(Http2ErrorCode.ENHANCE_YOUR_CALM, "more than 2 changes of the table's size in a block")
                self._resize(self._number(5))
                continue
            may_resize = False
            self.list_size += len(field[0]) + len(field[2]) + ENTRY_OVERHEAD
            if self.list_size <= self.max_list_size:
                fields.append(field)
            else:
                self._refuse_size(fields)
        if len(fields) > self.max_fields:
            self._judge_number(fields)
        return fields

    def _refuse_size(self, fields: list[Field]) -> None:
        """Keep nothing of a list that is too long; one that is much too long ends the connection: nobody decodes on for it."""
        fields.clear()
        self.excess = f"header fields of {self.list_size} bytes, allowed are {self.max_list_size}"
        if self.list_size > self.max_list_size + self.max_list_size // 4:
            raise Http2ConnectionError(Http2ErrorCode.ENHANCE_YOUR_CALM, self.excess)

    def _judge_number(self, fields: list[Field]) -> None:
        """Keep nothing of a list of too many fields."""
        number = number_of_fields([field[0] for field in fields])
        if number > self.max_fields:
            fields.clear()
            self.excess = f"{number} header fields, allowed are {self.max_fields}"

    def _resize(self, size: i64) -> None:
        if size > self.max_table_size:
            raise _broken(f"a table of {size} bytes, allowed are {self.max_table_size}")
        self._table.resize(int(size))
        self._table.inserted += 1  # what was remembered of the table does not hold any more

    def _field_at(self, index: i64) -> Field:
        if index == 0:
            raise _broken("index 0")
        if index <= STATIC_SIZE:
            return STATIC_FIELDS[index - 1]
        field = self._table.at(index - STATIC_SIZE - 1)
        if field is None:
            raise _broken(f"index {index}, where the tables have {STATIC_SIZE + len(self._table.fields)} fields")
        return field

    def _literal(self, prefix: i64) -> Field:
        index = self._number(prefix)
        name = self._string() if index == 0 else self._field_at(index)[0]
        field = (name, name, self._string())
        self._judge(field)
        return field

    def _number(self, prefix: i64) -> i64:
        """A number in the low bits of the next byte, and maybe of the bytes behind it (RFC 7541 5.1)."""
        data = self._data
        one: i64 = 1
        mask: i64 = (one << prefix) - 1
        first: i64 = data[self._at]
        self._at += 1
        value = first & mask
        if value < mask:
            return value
        shift: i64 = 0
        while True:
            if self._at >= len(data):
                raise _broken("a number that is cut off")
            byte: i64 = data[self._at]
            self._at += 1
            value += (byte & 0x7F) << shift
            if byte < 0x80:
                return value
            shift += 7
            if shift >= 7 * _LONGEST_NUMBER:
                raise _broken("a number of too many bytes")

    def _string(self) -> bytes:
        data = self._data
        if self._at >= len(data):
            raise _broken("a field that is cut off")
        is_coded = data[self._at] >= 0x80
        length = self._number(7)
        end = self._at + length
        if end > len(data):
            raise _broken("a string that is cut off")
        text = data[self._at : end]
        self._at = end
        if not is_coded:
            return text
        try:
            return huffman_decoded(text)
        except ValueError as error:
            raise _broken(str(error)) from error

    def _judge(self, field: Field) -> None:
        name = field[0]
        if name[:1] == b":":
            if name not in _PSEUDO:
                self._blame(f"the pseudo-header field {shown(name)}")
        elif known_name(name) != name:
            self._blame(f"the field name {shown(name)}")
        if not is_field_value(field[2]):
            self._blame(f"the value {shown(field[2])} of {shown(name)}")

    def _blame(self, what: str) -> None:
        if self.malformed is None:
            self.malformed = what


def _broken(what: str) -> Http2ConnectionError:
    return Http2ConnectionError(Http2ErrorCode.COMPRESSION_ERROR, f"a header block with {what}")
