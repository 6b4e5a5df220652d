"""FrameReader: the contract of every machine that cuts a byte stream into messages, and the part they share.

Theory of operation. A chunk is what one read of the network gave, ``bytes`` that nobody changes, so a frame that lies within it is a view
of it and costs no copy. What is left of a chunk is kept as a list of parts and joined once, when the last byte of the frame is here:
joining at each chunk would copy a frame of n chunks n times, which is what a peer that sends byte by byte would make of it.
"""

from __future__ import annotations

from typing import Any

from mypy_extensions import i64, mypyc_attr

__all__ = ["FrameReader"]


@mypyc_attr(allow_interpreted_subclasses=True)
class FrameReader:
    """A reader of frames: `feed` a chunk, then `next_frame` until it gives None; it knows no clock, loop, socket or channel."""

    def __init__(self) -> None:
        self._data = b""
        self._position: i64 = 0  # of what has not been looked at in the chunk
        self._parts: list[bytes] = []  # of a frame that began in an earlier chunk
        self._cumulated: i64 = 0  # bytes in them

    def feed(self, data: bytes) -> None:
        """Take the next chunk; `next_frame` must have given None since the one before."""
        self._data = data
        self._position = 0

    def next_frame(self) -> Any:  # Any: readers differ in what they make; a message is never None
        """The next whole message, or None if more bytes are needed.

        Raises a `DecoderError` for a message that is wrong; the reader then stands behind it, and reading may go on.
        """
        raise NotImplementedError

    def last_frame(self) -> Any:  # Any: as above
        """The message that the end of the stream makes whole; None where there is none, as in most protocols."""
        return None

    def unread(self) -> bytes:
        """Take the bytes that no message has been made of, for whoever goes on with the stream."""
        rest = b"".join([*self._parts, self._data[self._position :]])
        self._parts = []
        self._cumulated = 0
        self._position = len(self._data)
        return rest

    def is_between_frames(self) -> bool:
        """True if the stream may end here without cutting a message off."""
        return self._cumulated == 0 and self._position >= len(self._data)

    def begun(self) -> object:
        """The mark that tells the message under way from the next one: the same object as long as it is the same; None between messages.

        The reader itself where nothing is kept of the message: it has begun, and which one it is cannot be told.
        """
        if self.is_between_frames():
            return None
        return self._parts if self._parts else self  # a new list is begun when this message is taken out of it

    def held_bytes(self) -> int:
        """The number of bytes that are kept and no message was made of."""
        return int(self._cumulated + len(self._data) - self._position)

    def _cumulate_rest(self) -> None:
        """Keep what is left of the chunk until the next one comes."""
        data = self._data
        size = len(data) - self._position
        if size > 0:
            self._parts.append(data if self._position == 0 else data[self._position :])
            self._cumulated += size
            self._position = len(data)

    def _take_cumulated(self, missing: i64) -> bytes:
        """Take the bytes that were kept, joined with the next *missing* bytes of the chunk."""
        joined = b"".join([*self._parts, self._data[self._position : self._position + missing]])
        self._parts = []
        self._cumulated = 0
        self._position += missing
        return joined
