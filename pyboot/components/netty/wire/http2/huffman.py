"""Huffman's code of HPACK (RFC 7541 5.2, appendix B): bytes to bits and back.

The code is canonical: who knows how long each symbol's code is knows all codes, counted up by length and symbol. So the lengths stand
here, and nothing else. Codes of up to eight bits, which are all that headers hold as a rule, are found in one look; longer ones by their
length, a comparison for each. A peer's strings repeat, so short ones are remembered, in tables of bounded size.
"""

from __future__ import annotations

from typing import Final

from mypy_extensions import i64

__all__ = ["huffman_decoded", "huffman_encoded"]

# RFC 7541, appendix B: the number of bits of each byte's code. The end of string, 256, has thirty.
_LENGTHS: Final = bytes(
    [
        *(13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 28),
        *(6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6, 5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10),
        *(13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6),
        *(15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5, 6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28),
        *(20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23, 24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24),
        *(22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23, 21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23),
        *(26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25, 19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27),
        *(20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23, 26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26),
    ]
)
_LONGEST: Final = 30


def _codes() -> tuple[list[int], list[int], list[int], bytes]:
    """Count the codes up: of each symbol its code; of each length its first code, and where its symbols begin in the row of all."""
    row = sorted(range(256), key=lambda symbol: (_LENGTHS[symbol], symbol))
    codes, first, start = [0] * 256, [0] * (_LONGEST + 2), [0] * (_LONGEST + 2)
    code, at = 0, 0
    for length in range(1, _LONGEST + 1):
        code <<= 1
        first[length], start[length] = code, at
        while at < 256 and _LENGTHS[row[at]] == length:
            codes[row[at]] = code
            code += 1
            at += 1
    start[_LONGEST + 1] = at
    return codes, first, start, bytes(row)


_CODES, _FIRST, _START, _ROW = _codes()


def _short_codes() -> tuple[bytes, bytes]:
    """Return, for whatever eight bits come next, the symbol that they begin with and the length of its code, or 0."""
    symbols, lengths = bytearray(256), bytearray(256)
    for symbol in range(256):
        length = _LENGTHS[symbol]
        if length <= 8:
            begin = _CODES[symbol] << (8 - length)
            for each in range(begin, begin + (1 << (8 - length))):
                symbols[each], lengths[each] = symbol, length
    return bytes(symbols), bytes(lengths)


_SHORT_SYMBOLS, _SHORT_LENGTHS = _short_codes()

_KNOWN: Final[dict[bytes, bytes]] = {}  # what peers sent, decoded: bounded, and nothing long
_MOST_KNOWN: Final = 2048
_LONGEST_KNOWN: Final = 64


def huffman_decoded(data: bytes) -> bytes:
    """Decode *data*; raises ValueError for what is no code (RFC 7541 5.2): padding of eight bits or more, or that holds a zero."""
    # hot path: once for each string of a head that is not in the table.
    known = _KNOWN.get(data)
    if known is None:
        known = _decode(data)
        if len(data) <= _LONGEST_KNOWN and len(_KNOWN) < _MOST_KNOWN:
            _KNOWN[data] = known
    return known


def _decode(data: bytes) -> bytes:
    lengths, symbols = _SHORT_LENGTHS, _SHORT_SYMBOLS
    out = bytearray()
    held: i64 = 0  # bits that were taken from data and belong to no symbol yet
    bits: i64 = 0  # their number, up to 37
    for byte in data:
        held = (held << 8) | byte
        bits += 8
        while bits >= 8:
            window: i64 = (held >> (bits - 8)) & 0xFF
            length: i64 = lengths[window]
            if length != 0:
                out.append(symbols[window])
            else:
                length = _long(held, bits, out)
                if length == 0:
                    break  # more bits are needed
            bits -= length
            held &= (1 << bits) - 1
    return _finished(held, bits, out)


def _long(held: i64, bits: i64, out: bytearray) -> i64:
    """Find a symbol of more than eight bits at the head of *held*; tell its length, 0 if it is not whole. Raises ValueError."""
    length: i64 = 9
    while length <= bits and length <= _LONGEST:
        code: i64 = held >> (bits - length)
        at: i64 = code - _FIRST[length] + _START[length]
        if at < _START[length + 1]:
            out.append(_ROW[at])
            return length
        length += 1
    if bits >= _LONGEST:
        raise ValueError("the end-of-string symbol within a string")
    return 0


def _finished(held: i64, bits: i64, out: bytearray) -> bytes:
    """Take the last symbols, of fewer than eight bits each, and judge the padding."""
    while bits > 0:
        window: i64 = (held << (8 - bits)) & 0xFF if bits <= 8 else 0
        length: i64 = _SHORT_LENGTHS[window] if bits <= 8 else 0
        if length == 0 or length > bits:
            break
        if held == (1 << bits) - 1 and bits < 8:
            break  # nothing but ones: padding; no code is
        out.append(_SHORT_SYMBOLS[window])
        bits -= length
        held &= (1 << bits) - 1
    if bits >= 8 or held != (1 << bits) - 1:
        raise ValueError("padding that is none")
    return bytes(out)


def huffman_encoded(data: bytes) -> bytes:
    """Encode *data*, padded with ones."""
    held: i64 = 0
    bits: i64 = 0
    out = bytearray()
    for byte in data:
        length: i64 = _LENGTHS[byte]
        code: i64 = _CODES[byte]
        held = (held << length) | code
        bits += length
        while bits >= 8:
            bits -= 8
            out.append((held >> bits) & 0xFF)
        held &= (1 << bits) - 1
    if bits > 0:
        out.append(((held << (8 - bits)) | ((1 << (8 - bits)) - 1)) & 0xFF)
    return bytes(out)


def huffman_size(data: bytes) -> int:
    """Return the number of bytes that `huffman_encoded` gives."""
    bits: i64 = 0
    for byte in data:
        bits += _LENGTHS[byte]
    return int((bits + 7) >> 3)
