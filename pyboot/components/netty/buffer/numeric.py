"""Numbers among bytes, at an index (`get_…`, `set_…`) or where reading and writing stand (`read_…`, `write_…`).

Every number can be had in both byte orders, `endian=Endian.LITTLE_ENDIAN` or ``"little"``; big-endian, the network's order, is the
default. A number that does not fit in its bytes raises ValueError instead of being cut. Source: Netty's ``ByteBuf``, whose
``short``, ``medium``, ``int`` and ``long`` have 2, 3, 4 and 8 bytes, and the published package's ``ByteBuffer``.
"""

from __future__ import annotations

import struct
from typing import Final, Self

from .content import Content
from .endian import ByteOrder, Endian, byte_order

__all__ = ["Numbers", "packed_number"]

_BIG: Final = Endian.BIG_ENDIAN

_REAL: Final = {
    (4, "big"): struct.Struct(">f"),
    (4, "little"): struct.Struct("<f"),
    (8, "big"): struct.Struct(">d"),
    (8, "little"): struct.Struct("<d"),
}


class Numbers(Content):
    """Content that knows numbers."""

    # Whole numbers of any width; all others are made of these.

    def get_number(self, index: int, width: int, *, signed: bool, endian: ByteOrder = _BIG) -> int:
        """The number in *width* bytes at *index*; no index moves."""
        return int.from_bytes(self.get_bytes(index, width), byte_order(endian), signed=signed)

    def set_number(self, index: int, value: int, width: int, *, signed: bool, endian: ByteOrder = _BIG) -> Self:
        """Overwrite *width* bytes at *index* with *value*; no index moves."""
        return self.set_bytes(index, packed_number(value, width, signed, endian))

    def read_number(self, width: int, *, signed: bool, endian: ByteOrder = _BIG) -> int:
        """The number in the next *width* bytes."""
        return int.from_bytes(self.read_bytes(width), byte_order(endian), signed=signed)

    def write_number(self, value: int, width: int, *, signed: bool, endian: ByteOrder = _BIG) -> Self:
        """Append *value* in *width* bytes."""
        return self.write_bytes(packed_number(value, width, signed, endian))

    # The published package's form: signed in 1, 2, 4 and 8 bytes, unsigned in any other width.

    def read_int_n(self, n: int, endian: ByteOrder = _BIG) -> int:
        """The number in the next *n* bytes: signed where *n* is 2, 4 or 8, else unsigned."""
        return self.read_number(n, signed=n in (2, 4, 8), endian=endian)

    def write_int_n(self, value: int, n: int, endian: ByteOrder = _BIG) -> Self:
        """Append *value* in *n* bytes; negative ones as their two's complement."""
        return self.write_number(value, n, signed=value < 0, endian=endian)

    # Real numbers, IEEE 754.

    def _get_real(self, index: int, width: int, endian: ByteOrder) -> float:
        return float(_REAL[width, byte_order(endian)].unpack(self.get_bytes(index, width))[0])

    def _read_real(self, width: int, endian: ByteOrder) -> float:
        order = byte_order(endian)
        return float(_REAL[width, order].unpack(self.read_bytes(width))[0])

    # Truth values, one byte each, and UTF-16 code units, two bytes each, as Java's ``char``.

    def get_boolean(self, index: int) -> bool:
        """True if the byte at *index* is other than zero; no index moves."""
        return self.get_bytes(index, 1) != b"\0"

    def set_boolean(self, index: int, value: bool) -> Self:  # Netty's signature
        """Overwrite a byte with 1 or 0; no index moves."""
        return self.set_bytes(index, b"\1" if value else b"\0")

    def read_boolean(self) -> bool:
        """True if the next byte is other than zero."""
        return self.read_number(1, signed=False) != 0

    def write_boolean(self, value: bool) -> Self:  # Netty's signature
        """Append a byte, 1 or 0."""
        return self.write_bytes(b"\1" if value else b"\0")

    def get_char(self, index: int, endian: ByteOrder = _BIG) -> str:
        """The character whose UTF-16 code unit stands in 2 bytes at *index*; no index moves."""
        return chr(self.get_number(index, 2, signed=False, endian=endian))

    def set_char(self, index: int, value: str, endian: ByteOrder = _BIG) -> Self:
        """Overwrite 2 bytes with a character, which must be of the basic plane (up to U+FFFF); no index moves."""
        return self.set_number(index, ord(value), 2, signed=False, endian=endian)

    def read_char(self, endian: ByteOrder = _BIG) -> str:
        """The character whose UTF-16 code unit stands in the next 2 bytes."""
        return chr(self.read_number(2, signed=False, endian=endian))

    def write_char(self, value: str, endian: ByteOrder = _BIG) -> Self:
        """Append a character, which must be of the basic plane (up to U+FFFF), in 2 bytes."""
        return self.write_number(ord(value), 2, signed=False, endian=endian)

    # Reading.

    def read_int8(self) -> int:
        """A signed byte."""
        return self.read_number(1, signed=True)

    def read_uint8(self) -> int:
        """An unsigned byte."""
        return self.read_number(1, signed=False)

    def read_short(self, endian: ByteOrder = _BIG) -> int:
        """A signed number of 2 bytes."""
        return self.read_number(2, signed=True, endian=endian)

    def read_ushort(self, endian: ByteOrder = _BIG) -> int:
        """An unsigned number of 2 bytes."""
        return self.read_number(2, signed=False, endian=endian)

    def read_int16(self, endian: ByteOrder = _BIG) -> int:
        """A signed number of 2 bytes: another name for `short`."""
        return self.read_number(2, signed=True, endian=endian)

    def read_uint16(self, endian: ByteOrder = _BIG) -> int:
        """An unsigned number of 2 bytes: another name for `ushort`."""
        return self.read_number(2, signed=False, endian=endian)

    def read_medium(self, endian: ByteOrder = _BIG) -> int:
        """A signed number of 3 bytes."""
        return self.read_number(3, signed=True, endian=endian)

    def read_umedium(self, endian: ByteOrder = _BIG) -> int:
        """An unsigned number of 3 bytes."""
        return self.read_number(3, signed=False, endian=endian)

    def read_int(self, endian: ByteOrder = _BIG) -> int:
        """A signed number of 4 bytes."""
        return self.read_number(4, signed=True, endian=endian)

    def read_uint(self, endian: ByteOrder = _BIG) -> int:
        """An unsigned number of 4 bytes."""
        return self.read_number(4, signed=False, endian=endian)

    def read_long(self, endian: ByteOrder = _BIG) -> int:
        """A signed number of 8 bytes."""
        return self.read_number(8, signed=True, endian=endian)

    def read_ulong(self, endian: ByteOrder = _BIG) -> int:
        """An unsigned number of 8 bytes."""
        return self.read_number(8, signed=False, endian=endian)

    def read_float(self, endian: ByteOrder = _BIG) -> float:
        """A real number of 4 bytes."""
        return self._read_real(4, endian)

    def read_double(self, endian: ByteOrder = _BIG) -> float:
        """A real number of 8 bytes."""
        return self._read_real(8, endian)

    # Writing.

    def write_int8(self, value: int) -> Self:
        """Append a signed byte."""
        return self.write_number(value, 1, signed=True)

    def write_uint8(self, value: int) -> Self:
        """Append an unsigned byte."""
        return self.write_number(value, 1, signed=False)

    def write_short(self, value: int, endian: ByteOrder = _BIG) -> Self:
        """Append a signed number of 2 bytes."""
        return self.write_number(value, 2, signed=True, endian=endian)

    def write_ushort(self, value: int, endian: ByteOrder = _BIG) -> Self:
        """Append an unsigned number of 2 bytes."""
        return self.write_number(value, 2, signed=False, endian=endian)

    def write_int16(self, value: int, endian: ByteOrder = _BIG) -> Self:
        """Append a signed number of 2 bytes: another name for `short`."""
        return self.write_number(value, 2, signed=True, endian=endian)

    def write_uint16(self, value: int, endian: ByteOrder = _BIG) -> Self:
        """Append an unsigned number of 2 bytes: another name for `ushort`."""
        return self.write_number(value, 2, signed=False, endian=endian)

    def write_medium(self, value: int, endian: ByteOrder = _BIG) -> Self:
        """Append a signed number of 3 bytes."""
        return self.write_number(value, 3, signed=True, endian=endian)

    def write_umedium(self, value: int, endian: ByteOrder = _BIG) -> Self:
        """Append an unsigned number of 3 bytes."""
        return self.write_number(value, 3, signed=False, endian=endian)

    def write_int(self, value: int, endian: ByteOrder = _BIG) -> Self:
        """Append a signed number of 4 bytes."""
        return self.write_number(value, 4, signed=True, endian=endian)

    def write_uint(self, value: int, endian: ByteOrder = _BIG) -> Self:
        """Append an unsigned number of 4 bytes."""
        return self.write_number(value, 4, signed=False, endian=endian)

    def write_long(self, value: int, endian: ByteOrder = _BIG) -> Self:
        """Append a signed number of 8 bytes."""
        return self.write_number(value, 8, signed=True, endian=endian)

    def write_ulong(self, value: int, endian: ByteOrder = _BIG) -> Self:
        """Append an unsigned number of 8 bytes."""
        return self.write_number(value, 8, signed=False, endian=endian)

    def write_float(self, value: float, endian: ByteOrder = _BIG) -> Self:
        """Append a real number of 4 bytes."""
        return self.write_bytes(_REAL[4, byte_order(endian)].pack(value))

    def write_double(self, value: float, endian: ByteOrder = _BIG) -> Self:
        """Append a real number of 8 bytes."""
        return self.write_bytes(_REAL[8, byte_order(endian)].pack(value))

    # At an index: no index moves.

    def get_int8(self, index: int) -> int:
        """A signed byte."""
        return self.get_number(index, 1, signed=True)

    def get_uint8(self, index: int) -> int:
        """An unsigned byte."""
        return self.get_number(index, 1, signed=False)

    def get_short(self, index: int, endian: ByteOrder = _BIG) -> int:
        """A signed number of 2 bytes."""
        return self.get_number(index, 2, signed=True, endian=endian)

    def get_ushort(self, index: int, endian: ByteOrder = _BIG) -> int:
        """An unsigned number of 2 bytes."""
        return self.get_number(index, 2, signed=False, endian=endian)

    def get_int16(self, index: int, endian: ByteOrder = _BIG) -> int:
        """A signed number of 2 bytes: another name for `short`."""
        return self.get_number(index, 2, signed=True, endian=endian)

    def get_uint16(self, index: int, endian: ByteOrder = _BIG) -> int:
        """An unsigned number of 2 bytes: another name for `ushort`."""
        return self.get_number(index, 2, signed=False, endian=endian)

    def get_medium(self, index: int, endian: ByteOrder = _BIG) -> int:
        """A signed number of 3 bytes."""
        return self.get_number(index, 3, signed=True, endian=endian)

    def get_umedium(self, index: int, endian: ByteOrder = _BIG) -> int:
        """An unsigned number of 3 bytes."""
        return self.get_number(index, 3, signed=False, endian=endian)

    def get_int(self, index: int, endian: ByteOrder = _BIG) -> int:
        """A signed number of 4 bytes."""
        return self.get_number(index, 4, signed=True, endian=endian)

    def get_uint(self, index: int, endian: ByteOrder = _BIG) -> int:
        """An unsigned number of 4 bytes."""
        return self.get_number(index, 4, signed=False, endian=endian)

    def get_long(self, index: int, endian: ByteOrder = _BIG) -> int:
        """A signed number of 8 bytes."""
        return self.get_number(index, 8, signed=True, endian=endian)

    def get_ulong(self, index: int, endian: ByteOrder = _BIG) -> int:
        """An unsigned number of 8 bytes."""
        return self.get_number(index, 8, signed=False, endian=endian)

    def get_float(self, index: int, endian: ByteOrder = _BIG) -> float:
        """A real number of 4 bytes."""
        return self._get_real(index, 4, endian)

    def get_double(self, index: int, endian: ByteOrder = _BIG) -> float:
        """A real number of 8 bytes."""
        return self._get_real(index, 8, endian)

    def set_int8(self, index: int, value: int) -> Self:
        """Overwrite with a signed byte."""
        return self.set_number(index, value, 1, signed=True)

    def set_uint8(self, index: int, value: int) -> Self:
        """Overwrite with an unsigned byte."""
        return self.set_number(index, value, 1, signed=False)

    def set_short(self, index: int, value: int, endian: ByteOrder = _BIG) -> Self:
        """Overwrite with a signed number of 2 bytes."""
        return self.set_number(index, value, 2, signed=True, endian=endian)

    def set_ushort(self, index: int, value: int, endian: ByteOrder = _BIG) -> Self:
        """Overwrite with an unsigned number of 2 bytes."""
        return self.set_number(index, value, 2, signed=False, endian=endian)

    def set_int16(self, index: int, value: int, endian: ByteOrder = _BIG) -> Self:
        """Overwrite with a signed number of 2 bytes: another name for `short`."""
        return self.set_number(index, value, 2, signed=True, endian=endian)

    def set_uint16(self, index: int, value: int, endian: ByteOrder = _BIG) -> Self:
        """Overwrite with an unsigned number of 2 bytes: another name for `ushort`."""
        return self.set_number(index, value, 2, signed=False, endian=endian)

    def set_medium(self, index: int, value: int, endian: ByteOrder = _BIG) -> Self:
        """Overwrite with a signed number of 3 bytes."""
        return self.set_number(index, value, 3, signed=True, endian=endian)

    def set_umedium(self, index: int, value: int, endian: ByteOrder = _BIG) -> Self:
        """Overwrite with an unsigned number of 3 bytes."""
        return self.set_number(index, value, 3, signed=False, endian=endian)

    def set_int(self, index: int, value: int, endian: ByteOrder = _BIG) -> Self:
        """Overwrite with a signed number of 4 bytes."""
        return self.set_number(index, value, 4, signed=True, endian=endian)

    def set_uint(self, index: int, value: int, endian: ByteOrder = _BIG) -> Self:
        """Overwrite with an unsigned number of 4 bytes."""
        return self.set_number(index, value, 4, signed=False, endian=endian)

    def set_long(self, index: int, value: int, endian: ByteOrder = _BIG) -> Self:
        """Overwrite with a signed number of 8 bytes."""
        return self.set_number(index, value, 8, signed=True, endian=endian)

    def set_ulong(self, index: int, value: int, endian: ByteOrder = _BIG) -> Self:
        """Overwrite with an unsigned number of 8 bytes."""
        return self.set_number(index, value, 8, signed=False, endian=endian)

    def set_float(self, index: int, value: float, endian: ByteOrder = _BIG) -> Self:
        """Overwrite with a real number of 4 bytes."""
        return self.set_bytes(index, _REAL[4, byte_order(endian)].pack(value))

    def set_double(self, index: int, value: float, endian: ByteOrder = _BIG) -> Self:
        """Overwrite with a real number of 8 bytes."""
        return self.set_bytes(index, _REAL[8, byte_order(endian)].pack(value))


def packed_number(value: int, width: int, signed: bool, endian: ByteOrder) -> bytes:
    """*value* in *width* bytes; raises ValueError where it does not fit."""
    try:
        return value.to_bytes(width, byte_order(endian), signed=signed)
    except OverflowError:
        low, high = (-(1 << (8 * width - 1)), (1 << (8 * width - 1)) - 1) if signed else (0, (1 << (8 * width)) - 1)
        raise ValueError(f"number {value} does not fit in {width} bytes: allowed is {low} to {high}") from None
