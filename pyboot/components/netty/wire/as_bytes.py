"""Frames as ``bytes`` instead of buffers, whatever reader cuts them."""

from __future__ import annotations

from typing import final

from .reader import FrameReader

__all__ = ["BytesReader"]


@final
class BytesReader(FrameReader):
    """Gives what *reader* cuts as ``bytes``."""

    def __init__(self, reader: FrameReader) -> None:
        super().__init__()
        self._reader = reader

    def feed(self, data: bytes) -> None:
        self._reader.feed(data)

    def next_frame(self) -> bytes | None:
        """The next frame, or None if more bytes are needed; raises what is wrong with one."""
        frame = self._reader.next_frame()
        return None if frame is None else bytes(frame.take_bytes())

    def unread(self) -> bytes:
        return self._reader.unread()

    def is_between_frames(self) -> bool:
        return self._reader.is_between_frames()

    def begun(self) -> object:
        return self._reader.begun()

    def held_bytes(self) -> int:
        return self._reader.held_bytes()
