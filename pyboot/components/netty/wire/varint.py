"""Frames with a varint32 length in front, as Protocol Buffers delimit messages: bytes in, frames out.

::

    BEFORE (302 bytes)                      AFTER (300 bytes)
    +--------+---------------+              +---------------+
    | 0xAC02 | 300 bytes     |  --------->  | 300 bytes     |
    +--------+---------------+              +---------------+

Each byte of the length holds seven bits, the lowest first; the highest bit says that another byte follows. Source: Netty's
``ProtobufVarint32FrameDecoder``, https://protobuf.dev/programming-guides/encoding/#varints.
"""

from __future__ import annotations

from typing import Final, final

from mypy_extensions import i64

from pyboot.components.netty.buffer.byte_buffer import ByteBuffer
from pyboot.components.netty.errors import CorruptedFrameError, TooLongFrameError

from .reader import FrameReader

__all__ = ["VarintLengthReader", "varint32"]


def varint32(value: int) -> bytes:
    """*value* as a varint; raises ValueError below 0 and above 2**32 - 1."""
    if 0 <= value < 1 << 7:
        return _SHORT[value]
    if 0 <= value < 1 << 14:
        return bytes((value & 0x7F | 0x80, value >> 7))
    if not 0 <= value < 1 << 32:
        raise ValueError(f"number {value} does not fit in a varint32: allowed is 0 to {(1 << 32) - 1}")
    return _varint(value)


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


_SHORT: Final = [_varint(value) for value in range(1 << 7)]


@final
class VarintLengthReader(FrameReader):
    """Cuts a stream of chunks into frames by the varint in front of each; a frame longer than *max_frame_bytes* is skipped.

    Raises ValueError for a limit below one byte.
    """

    def __init__(self, max_frame_bytes: int) -> None:
        super().__init__()
        if max_frame_bytes < 1:
            raise ValueError(f"max_frame_bytes {max_frame_bytes}, must be at least 1")
        self._max: i64 = max_frame_bytes
        self._length: i64 = -1  # of the frame whose varint was read
        self._value: i64 = 0  # of the bytes of a varint that came so far
        self._shift: i64 = 0
        self._varint = b""  # those bytes, for whoever goes on with the stream
        self._discarding: i64 = 0

    def next_frame(self) -> ByteBuffer | None:
        """The next frame, or None if more bytes are needed; raises what is wrong with one."""
        # hot path: once for each frame (tests/bench/test_decoders.py).
        if self._discarding > 0 and not self._discard():
            return None
        if self._length < 0 and self._shift == 0:
            whole = self._whole()
            if whole is not None:
                return whole
        if self._length < 0 and not self._read_length():
            return None
        length = self._length
        start = self._position
        missing = length - self._cumulated
        if len(self._data) - start < missing:
            self._cumulate_rest()
            return None
        self._length = -1
        self._varint = b""
        if self._cumulated > 0:
            return ByteBuffer(self._take_cumulated(missing))
        self._position = start + missing
        return ByteBuffer(self._data, start, start + missing)

    def _whole(self) -> ByteBuffer | None:
        """A frame that lies within the chunk, its length in one or two bytes; everything else is left to the others."""
        data = self._data
        size: i64 = len(data)
        at = self._position
        if at + 2 > size:
            return None
        length: i64 = data[at]
        at += 1
        if length >= 0x80:
            second: i64 = data[at]
            if second >= 0x80:
                return None
            length = length & 0x7F | second << 7
            at += 1
        if length > size - at or length > self._max:
            return None
        self._position = at + length
        return ByteBuffer(data, at, at + length)

    def unread(self) -> bytes:
        rest = self._varint + super().unread()
        self._forget_length()
        return rest

    def is_between_frames(self) -> bool:
        return self._length < 0 and self._shift == 0 and self._discarding == 0 and super().is_between_frames()

    def _read_length(self) -> bool:
        """Read the varint as far as it is here; True when its last byte was."""
        data = self._data
        size = len(data)
        at = self._position
        while at < size:
            byte: i64 = data[at]
            at += 1
            self._value |= (byte & 0x7F) << self._shift
            self._shift += 7
            # The fifth byte has room for the upper four of 32 bits; whatever is more would be cut off unnoticed.
            if self._shift > 35 or (self._shift == 35 and byte > 0x0F):
                self._position = at
                self._forget_length()
                raise CorruptedFrameError("the length is no varint of 32 bits")
            if byte < 0x80:
                self._varint += data[self._position : at]
                self._position = at
                self._check_length()
                return True
        self._varint += data[self._position : at]
        self._position = at
        return False

    def _check_length(self) -> None:
        length = self._value
        self._value = 0
        self._shift = 0
        if length > self._max:
            self._varint = b""
            self._discarding = length
            self._discard()
            raise TooLongFrameError(int(length), int(self._max))
        self._length = length

    def _forget_length(self) -> None:
        self._length = -1
        self._value = 0
        self._shift = 0
        self._varint = b""

    def _discard(self) -> bool:
        """Drop the rest of a frame that is too long; True when it has gone by."""
        gone = min(self._discarding, len(self._data) - self._position)
        self._position += gone
        self._discarding -= gone
        return self._discarding == 0
