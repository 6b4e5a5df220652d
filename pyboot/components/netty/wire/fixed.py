"""Frames of one size: bytes in, frames out.

::

    frame_bytes = 3

    BEFORE (three reads)              AFTER
    +---+----+------+                 +-----+-----+
    | A | BC | DEFG |   ----------->  | ABC | DEF |      (G waits for more)
    +---+----+------+                 +-----+-----+

Source: Netty's ``FixedLengthFrameDecoder``.
"""

from __future__ import annotations

from typing import final

from mypy_extensions import i64

from pyboot.components.netty.buffer.byte_buffer import ByteBuffer

from .reader import FrameReader

__all__ = ["FixedLengthReader"]


@final
class FixedLengthReader(FrameReader):
    """Cuts a stream of chunks into frames of *frame_bytes* each; raises ValueError for less than one."""

    def __init__(self, frame_bytes: int) -> None:
        super().__init__()
        if frame_bytes < 1:
            raise ValueError(f"frame_bytes {frame_bytes}, must be at least 1")
        self._size: i64 = frame_bytes

    def next_frame(self) -> ByteBuffer | None:
        """The next frame, or None if more bytes are needed."""
        # hot path: once for each frame.
        start = self._position
        missing = self._size - self._cumulated
        if len(self._data) - start < missing:
            self._cumulate_rest()
            return None
        if self._cumulated > 0:
            return ByteBuffer(self._take_cumulated(missing))
        self._position = start + missing
        return ByteBuffer(self._data, start, start + missing)
