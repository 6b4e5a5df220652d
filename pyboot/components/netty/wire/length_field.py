"""Frames with a length field: bytes in, frames out.

::

    max_frame_bytes = 1024, offset = 2, length = 2, adjustment = 0, strip = 4      (everything big-endian)

    BEFORE (16 bytes)                                     AFTER (12 bytes)
    +--------+--------+----------------+                  +----------------+
    | 0xCAFE | 0x000C | "HELLO, WORLD" |  ------------->  | "HELLO, WORLD" |
    +--------+--------+----------------+                  +----------------+
      offset   length        frame

The whole frame is ``offset + length + value of the length field + adjustment`` bytes long; *strip* of them are cut off
in front. Source: Netty's ``LengthFieldBasedFrameDecoder``, whose javadoc explains seven combinations.

Theory of operation. Nothing is copied while a frame lies within one chunk: it becomes a view of it. A frame that spans
chunks is collected in a list and joined once, when its last byte is here, so that a byte is copied at most once however
small the chunks are.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any, Final, Literal, final

from mypy_extensions import i64

from pyboot.components.netty.buffer.byte_buffer import ByteBuffer
from pyboot.components.netty.errors import CorruptedFrameError, TooLongFrameError

from .reader import FrameReader

__all__ = ["LengthFieldReader"]

_WIDTHS: Final = (1, 2, 3, 4, 8)

# Eight bytes are a signed number to Netty. The largest ones are cut so that sums do not overflow, and a negative one stays
# negative whatever is added to it.
_LARGEST: Final = 1 << 62

type Unpack = Callable[[bytes, int], tuple[Any, ...]]  # Any: one whole number


@final
class LengthFieldReader(FrameReader):
    """Cuts a stream of chunks into frames: `feed` a chunk, then `next_frame` until it gives None.

    Errors leave the machine at the start of what follows the bad frame, so that reading may go on.

    Args:
        max_frame_bytes: longest frame accepted, before stripping.
        length_field_offset: bytes in front of the length field.
        length_field_length: its width: 1, 2, 3, 4 or 8 bytes.
        length_adjustment: what to add to its value.
        initial_bytes_to_strip: bytes to cut off the front of each frame.
        fail_fast: raise `TooLongFrameError` as soon as the length is known, not when the whole frame has gone by.
        byte_order: of the length field.

    Raises:
        ValueError: for parameters that contradict each other.
    """

    def __init__(
        self,
        max_frame_bytes: int,
        length_field_offset: int,
        length_field_length: int,
        length_adjustment: int = 0,
        initial_bytes_to_strip: int = 0,
        fail_fast: bool = True,
        byte_order: Literal["big", "little"] = "big",
    ) -> None:
        super().__init__()
        _check(max_frame_bytes, length_field_offset, length_field_length, initial_bytes_to_strip)
        self._max: i64 = max_frame_bytes
        self._offset: i64 = length_field_offset
        self._header: i64 = length_field_offset + length_field_length
        self._adjustment: i64 = length_adjustment
        self._strip: i64 = initial_bytes_to_strip
        self._fail_fast = fail_fast
        self._least = max(self._header, self._strip)  # length of a frame
        self._unpack = _unpacker(length_field_length, byte_order)
        self._is_indexed = _IS_COMPILED and length_field_length == 4 and byte_order == "big"
        self._wanted: i64 = 0  # bytes until the next decision: a header's, or a whole frame's
        self._discarding: i64 = 0  # bytes of a frame that is too long, still to come
        self._too_long: i64 = 0  # its length, if the error is still to be raised

    def next_frame(self) -> ByteBuffer | None:
        """The next whole frame, or None if more bytes are needed; raises what is wrong with a frame."""
        # hot path: once for each frame (tests/bench/test_framed.py).
        if self._cumulated > 0 or self._discarding > 0:
            return self._next_across_chunks()
        data = self._data
        start = self._position
        available = len(data) - start
        if available < self._header:
            if available > 0:
                self._cumulate(self._header)
            return None
        at = start + self._offset
        value: i64
        if self._is_indexed:
            # Typed one by one: when compiled, a tenth of what a call costs; when not, four times that.
            first: i64 = data[at]
            second: i64 = data[at + 1]
            third: i64 = data[at + 2]
            fourth: i64 = data[at + 3]
            value = (first << 24) | (second << 16) | (third << 8) | fourth
        else:
            value = self._unpack(data, at)[0]
        length = self._header + value + self._adjustment
        if length < self._least or length > self._max:
            return self._refuse(value, length, available)
        if length > available:
            self._cumulate(length)
            return None
        self._position = start + length
        return ByteBuffer(data, start + self._strip, start + length)

    def is_between_frames(self) -> bool:
        return self._discarding == 0 and super().is_between_frames()

    # Frames over several chunks.

    def _cumulate(self, wanted: i64) -> None:
        """Keep what is left of the chunk: *wanted* bytes, counted from its start, are needed to go on."""
        self._cumulate_rest()
        self._wanted = wanted

    def _next_across_chunks(self) -> ByteBuffer | None:
        if self._discarding > 0 and not self._discard():
            return None
        if self._cumulated == 0:
            return self.next_frame()
        missing = self._wanted - self._cumulated
        if len(self._data) - self._position < missing:
            self._cumulate_rest()
            return None
        # The bytes waited for are here: they are read as a chunk of their own, then the rest of the real chunk is.
        cumulated = self._take_cumulated(missing)
        data, position = self._data, self._position
        self._data, self._position = cumulated, 0
        try:
            frame = self.next_frame()
        finally:
            self._data, self._position = data, position
        return frame if frame is not None else self.next_frame()

    # Lengths that are not right.

    def _refuse(self, value: i64, length: i64, available: i64) -> ByteBuffer | None:
        """Raise what is wrong with a frame of *length* bytes, and stand behind it; None while its bytes are still to come."""
        header = self._header
        if value < 0:
            self._position += header
            raise CorruptedFrameError("length field holds a negative number")
        if length < header:
            self._position += header
            raise CorruptedFrameError(
                f"frame of {length} bytes (length field {value}, adjustment {self._adjustment}), header {header} bytes"
            )
        if length > self._max:
            gone = min(length, available)
            self._position += gone
            self._discarding = length - gone
            if self._fail_fast or self._discarding == 0:
                raise TooLongFrameError(int(length), int(self._max))
            self._too_long = length
            return None
        # The frame is shorter than what is to be stripped: its bytes have to go by before the next one begins.
        if length > available:
            self._cumulate(length)
            return None
        self._position += length
        raise CorruptedFrameError(f"frame of {length} bytes, initial_bytes_to_strip {self._strip}")

    def _discard(self) -> bool:
        """Drop the rest of a frame that is too long; True when it has gone by."""
        gone = min(self._discarding, len(self._data) - self._position)
        self._position += gone
        self._discarding -= gone
        if self._discarding > 0:
            return False
        if self._too_long > 0:
            length, self._too_long = self._too_long, 0
            raise TooLongFrameError(int(length), int(self._max))
        return True


# Whether this file runs as an extension module: methods of one have no code object.
_IS_COMPILED: Final = not hasattr(LengthFieldReader.next_frame, "__code__")


def _unpacker(width: int, byte_order: Literal["big", "little"]) -> Unpack:
    """Return the function that reads a number of *width* bytes at a position."""
    if width in (1, 2, 4):
        return struct.Struct((">" if byte_order == "big" else "<") + {1: "B", 2: "H", 4: "I"}[width]).unpack_from

    def unpack(data: bytes, at: int) -> tuple[int]:
        number = int.from_bytes(data[at : at + width], byte_order, signed=width == 8)
        return (min(number, _LARGEST) if number >= 0 else -_LARGEST,)

    return unpack


def _check(max_frame_bytes: int, offset: int, width: int, strip: int) -> None:
    if width not in _WIDTHS:
        raise ValueError(f"length_field_length {width}, allowed is one of {', '.join(map(str, _WIDTHS))}")
    if offset < 0 or strip < 0:
        raise ValueError(f"length_field_offset {offset}, initial_bytes_to_strip {strip}: both must be at least 0")
    if max_frame_bytes < offset + width:
        raise ValueError(f"max_frame_bytes {max_frame_bytes}: length_field_offset {offset} + length_field_length {width} do not fit in")
