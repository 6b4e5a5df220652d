"""CRC-32C, by which a header of version 2 may be checked: polynomial 0x1EDC6F41, reflected. Source: RFC 4960, appendix B."""

from __future__ import annotations

from typing import Final

from mypy_extensions import i64

__all__ = ["crc32c"]


def _table() -> list[int]:
    table = []
    for byte in range(256):
        value = byte
        for _ in range(8):
            value = (value >> 1) ^ (0x82F63B78 if value & 1 else 0)
        table.append(value)
    return table


_TABLE: Final = _table()


def crc32c(data: bytes) -> int:
    """The sum of *data*, an unsigned number of 32 bits."""
    value: i64 = 0xFFFFFFFF
    for byte in data:
        entry: i64 = _TABLE[(value ^ byte) & 0xFF]
        value = (value >> 8) ^ entry
    return int(value ^ 0xFFFFFFFF)
