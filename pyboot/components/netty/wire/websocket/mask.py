"""Masking: each byte of a payload XORed with one of the key's four in turn, which undoes itself. Source: RFC 6455, 5.3.

This is the form for the uncompiled core: up to some thousand bytes the payload is one large number, which is the quickest that the
interpreter can do; beyond, where its numbers are too slow, four translated slices. Where the core is compiled, mask.c takes its place,
for mypyc has no way to write bytes one by one. docs/design/websocket.md has the figures.
"""

from __future__ import annotations

from typing import Final

__all__ = ["unmask"]

# From here on four passes over the bytes cost less than one over a number of 30-bit digits.
_LONG: Final = 4096

_XORED: list[bytes | None] = [None] * 256


def unmask(data: bytes, start: int, size: int, key: bytes, /) -> bytes:
    """The *size* bytes of *data* from *start* on, XORed with *key*, whose first byte belongs to the first of them.

    Raises:
        TypeError: for a key that is not four bytes.
        ValueError: for bytes that *data* does not have.
    """
    if len(key) != 4:
        raise TypeError("unmask(data: bytes, start: int, size: int, key: four bytes)")
    if start < 0 or size < 0 or start + size > len(data):
        raise ValueError(f"{size} bytes from {start} on, there are {len(data)}")
    part = data[start : start + size]
    if size < _LONG:
        repeated = (key * (size // 4 + 1))[:size]
        return (int.from_bytes(part, "little") ^ int.from_bytes(repeated, "little")).to_bytes(size, "little")
    out = bytearray(size)
    for offset in range(4):
        out[offset::4] = part[offset::4].translate(_xored(key[offset]))
    return bytes(out)


def _xored(byte: int) -> bytes:
    """Return the table of what each byte becomes when it is XORed with *byte*."""
    table = _XORED[byte]
    if table is None:
        table = _XORED[byte] = bytes(other ^ byte for other in range(256))
    return table
