"""Messages read by a generator: say what you need, get it, return the message.

::

    def message():
        kind, length = yield need(2)          # two bytes
        body = yield need(length)             # as many as they said
        name = yield until(b"\\r\\n")           # up to a delimiter, which is skipped
        return kind, body, name

The generator runs once for each message. While bytes are missing it stands where it is, so nothing is read twice: what
Netty's ``ReplayingDecoder`` does by throwing and starting over, in Python's own words.

Theory of operation. The bytes of the message under way stay in one block until it is whole, with three marks on it::

    kept    | read by earlier messages | pieces that the generator got | not read yet |
            0                       _start                            _at            len
                                                                        _searched: no delimiter begins before here

The bytes between `_start` and `_at` are needed no more for reading; they are kept for `unread`, since a decoder that is replaced in the
middle of a message hands the whole of it to the next one. `_searched` makes the search for a delimiter linear: without it a
line that comes byte by byte would be searched from its beginning each time. An error within a message leaves the stream readable, for
its pieces were read; two errors do not, and end it: a message that read nothing, which the next one would repeat, and one that is too long.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any, NamedTuple, final

from pyboot.components.netty.errors import CorruptedFrameError, DecoderError, NettyError, TooLongFrameError

from .reader import FrameReader

__all__ = ["GeneratorReader", "Need", "Until", "need", "until"]


class Need(NamedTuple):
    """A wish for *length* bytes; made by `need`."""

    length: int


class Until(NamedTuple):
    """A wish for the bytes in front of a *delimiter*, which is skipped; made by `until`."""

    delimiter: bytes


def need(length: int) -> Need:
    """Wait for *length* bytes; the ``yield`` gives them as ``bytes``."""
    return Need(length)


def until(delimiter: bytes) -> Until:
    """Wait for *delimiter*; the ``yield`` gives what stands in front of it, and skips it.

    Raises ValueError for an empty delimiter.
    """
    if not delimiter:
        raise ValueError("an empty delimiter is found everywhere")
    return Until(delimiter)


type Message = Generator[Need | Until, bytes, Any]  # Any: the message; None for bytes that are no message


@final
class GeneratorReader(FrameReader):
    """Runs *message*, again and again, on a stream of chunks.

    An error ends its message, and the next one begins behind what was read; a message that is too long, or fails without having read
    anything, ends the stream.

    Args:
        message: a generator function without parameters.
        max_message_bytes: bytes that one message may be made of; checked as soon as they are asked for. Raises ValueError below 1.
    """

    def __init__(self, message: Callable[[], Message], max_message_bytes: int) -> None:
        super().__init__()
        if max_message_bytes < 1:
            raise ValueError(f"max_message_bytes {max_message_bytes}, must be at least 1")
        self._message = message
        self._max = max_message_bytes
        self._kept = bytearray()
        self._start = 0  # of the message, in what is kept
        self._at = 0  # where its next piece begins
        self._searched = 0  # up to where a delimiter was looked for
        self._generator: Message | None = None
        self._wanted: Need | Until | None = None
        self._is_lost = False

    def feed(self, data: bytes) -> None:
        if self._start > len(self._kept) // 2:
            del self._kept[: self._start]
            self._at -= self._start
            self._searched -= self._start
            self._start = 0
        self._kept += data

    def next_frame(self) -> Any:  # Any: as in the base
        if self._is_lost:
            self._kept.clear()
            self._start = self._at = self._searched = 0
        while not self._is_lost and (self._generator is not None or self._at < len(self._kept)):
            try:
                made = self._advance()
            except BaseException as error:
                # After these there is no telling where the next message begins.
                self._is_lost = self._at == self._start or isinstance(error, TooLongFrameError)
                self._end_message()
                if isinstance(error, NettyError) or not isinstance(error, Exception):
                    raise
                raise DecoderError(f"{getattr(self._message, '__qualname__', self._message)} raised {error!r}") from error
            if made is not None or self._generator is not None:
                return made
        return None

    def unread(self) -> bytes:
        """The bytes of the message that is not whole, those the generator has seen included."""
        rest = bytes(self._kept[self._start :])
        self._kept.clear()
        self._end_message()
        self._start = self._at = self._searched = 0
        return rest

    def is_between_frames(self) -> bool:
        return self._is_lost or (self._generator is None and self._at >= len(self._kept))

    def _advance(self) -> Any:  # Any: a message, or None
        """Run the generator as far as the bytes reach; return its message if it has ended, else None."""
        try:
            if self._generator is None:
                self._generator = self._message()
                self._wanted = next(self._generator)
                self._searched = self._at
            while (piece := self._piece()) is not None:
                assert self._generator is not None
                self._wanted = self._generator.send(piece)
                self._searched = self._at
        except StopIteration as end:
            if self._at == self._start:
                raise DecoderError("a message was made without reading anything") from None
            self._end_message()
            return end.value
        return None

    def _piece(self) -> bytes | None:
        """Take the piece that the generator waits for, if it is here."""
        wanted, kept, at = self._wanted, self._kept, self._at
        if isinstance(wanted, Need):
            self._check_length(wanted.length)
            end = next_at = at + wanted.length
            if end > len(kept):
                return None
        elif isinstance(wanted, Until):
            end = kept.find(wanted.delimiter, self._searched)
            if end < 0:
                self._searched = max(at, len(kept) - len(wanted.delimiter) + 1)
                self._check_length(self._searched - at)
                return None
            self._check_length(end - at)
            next_at = end + len(wanted.delimiter)
        else:
            raise DecoderError(f"yield {wanted!r}: allowed is need(length) or until(delimiter)")
        self._at = next_at
        return bytes(kept[at:end])

    def _check_length(self, length: int) -> None:
        if length < 0:
            raise CorruptedFrameError(f"need({length}): a length cannot be negative")
        if self._at - self._start + length > self._max:
            raise TooLongFrameError(self._at - self._start + length, self._max)

    def _end_message(self) -> None:
        """End the message, whole or wrong: the next one begins here."""
        if self._generator is not None:
            self._generator.close()
        self._generator = self._wanted = None
        self._start = self._at
