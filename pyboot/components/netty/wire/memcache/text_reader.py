"""The bytes of a peer as messages of memcache's text protocol.

::

    LINE  --a line that says so many bytes-->  DATA  --bytes and line end-->  LINE
      \\______ whatever is wrong ______> ENDED, where bytes are dropped

Laws. (1) A line is held against its limit as it arrives, and ends with CR LF. (2) Data lies in one block that grows by what has
arrived, never by what was declared; it is held against the limit when its length is read, and a line end must follow it. (3) An error is
the last thing that a reader gives: what a peer wanted stored must never be read as commands. So a command that is not known is an error
too.
"""

from __future__ import annotations

import re
from typing import Final, final

from mypy_extensions import i64

from pyboot.components.netty.wire.reader import FrameReader

from .config import MemcacheDecoderConfig
from .errors import CorruptedMemcacheMessageError, MemcacheLimitError
from .text_message import COMMANDS, KEYS, SIZE_OF_REQUEST, SIZE_OF_RESPONSE, TextMemcacheMessage, TextMemcacheRequest, TextMemcacheResponse

__all__ = ["TextMemcacheReader"]

_NUMBER: Final = re.compile(rb"0|[1-9][0-9]{0,9}")
_WORD: Final = re.compile(rb"[a-z_]{1,16}")
_STATUS: Final = re.compile(rb"[A-Z_]{2,16}|[0-9]{1,20}")
# What a key may not hold would end it, or its line. Source: protocol.txt, "Keys".
NO_KEY: Final = re.compile(rb"[\x00-\x20\x7f]")
_SHOWN: Final = 40


@final
class TextMemcacheReader(FrameReader):
    """Cuts a stream of chunks into requests, or responses: `feed` a chunk, then `next_frame` until it gives None.

    What is wrong raises `CorruptedMemcacheMessageError`, or `MemcacheLimitError` for what is too much; everything behind it is dropped.
    """

    def __init__(self, *, of_requests: bool, config: MemcacheDecoderConfig | None = None) -> None:
        super().__init__()
        config = config or MemcacheDecoderConfig()
        self._of_requests = of_requests
        self._max_key: i64 = config.max_key_bytes
        self._max_value: i64 = config.max_value_bytes
        self._max_line: i64 = config.max_line_bytes
        self._head: TextMemcacheMessage | None = None  # whose data is still to come
        self._line = b""  # of that head, as it was read
        self._left: i64 = 0
        self._payload = bytearray()
        self._has_ended = False

    def next_frame(self) -> TextMemcacheMessage | None:
        """The next whole message, or None if more bytes are needed; raises what is wrong with one."""
        if self._has_ended:
            self._position = len(self._data)
            return None
        try:
            if self._head is None:
                line = self._read_line()
                if line is None:
                    return None
                head = self._parsed(line)
                if self._head is None:
                    return head
            return self._read_data()
        except CorruptedMemcacheMessageError:
            self._has_ended = True
            self._head = None
            self._payload = bytearray()
            self._parts = []
            self._cumulated = 0
            self._position = len(self._data)
            raise

    def unread(self) -> bytes:
        rest = super().unread()
        if self._has_ended:
            return b""
        if self._head is not None:
            rest = self._line + b"\r\n" + bytes(self._payload) + rest
            self._head = None
            self._payload = bytearray()
        return rest

    def is_between_frames(self) -> bool:
        return self._has_ended or (self._head is None and super().is_between_frames())

    def held_bytes(self) -> int:
        return int(super().held_bytes()) + (0 if self._head is None else len(self._line) + 2 + len(self._payload))

    def _read_line(self) -> bytes | None:
        """The next line without its end, or None."""
        data = self._data
        start = self._position
        end: i64 = data.find(b"\n", start)
        come = self._cumulated + (len(data) if end < 0 else end) - start
        if come > self._max_line + 1:  # of which one may be the \r of its end
            raise MemcacheLimitError("bytes of a line: at least", int(come - 1), int(self._max_line))
        if end < 0:
            self._cumulate_rest()
            return None
        line = self._take_cumulated(end + 1 - start)
        if not line.endswith(b"\r\n") or line.find(b"\r") != len(line) - 2:
            raise CorruptedMemcacheMessageError(f"{line[:_SHOWN]!r}, a line that does not end with CR LF alone")
        return line[:-2]

    def _parsed(self, line: bytes) -> TextMemcacheMessage:
        """The message of a *line*; it waits as the head where data is to come."""
        words = [each for each in line.split(b" ") if each]
        if not words:
            raise CorruptedMemcacheMessageError("an empty line")
        first, arguments = words[0], tuple(words[1:])
        if self._of_requests:
            word = first.decode("ascii") if _WORD.fullmatch(first) is not None else ""
            if word not in COMMANDS:
                raise CorruptedMemcacheMessageError(f"{first[:_SHOWN]!r}, which is no command")
            head: TextMemcacheMessage = TextMemcacheRequest(word, arguments)
            place = SIZE_OF_REQUEST.get(word)
            self._judge_keys(word, arguments)
        else:
            if _STATUS.fullmatch(first) is None:
                raise CorruptedMemcacheMessageError(f"{first[:_SHOWN]!r}, which begins no answer")
            word = first.decode("ascii")
            if word in ("CLIENT_ERROR", "SERVER_ERROR", "VERSION"):  # text, whose spaces are its own
                arguments = (line[len(first) + 1 :],)
            head = TextMemcacheResponse(word, arguments)
            place = SIZE_OF_RESPONSE.get(word)
        if place is not None:
            self._left = self._size_of(word, arguments, place)
            self._head = head
            self._line = line
        return head

    def _judge_keys(self, word: str, arguments: tuple[bytes, ...]) -> None:
        first, are_all = KEYS.get(word, (len(arguments), False))
        keys = arguments[first:] if are_all else arguments[first : first + 1]
        if word in KEYS and not keys:
            raise CorruptedMemcacheMessageError(f"{word} without a key")
        for key in keys:
            if len(key) > self._max_key:
                raise MemcacheLimitError("bytes of a key", len(key), int(self._max_key))
            if NO_KEY.search(key) is not None:
                raise CorruptedMemcacheMessageError(f"{key[:_SHOWN]!r}, a key with control characters")

    def _size_of(self, word: str, arguments: tuple[bytes, ...], place: int) -> int:
        text = arguments[place] if place < len(arguments) else b""
        if _NUMBER.fullmatch(text) is None:
            raise CorruptedMemcacheMessageError(f"{word} with {text[:_SHOWN]!r} where the number of bytes stands")
        size = int(text)
        if size > self._max_value:
            raise MemcacheLimitError("bytes of a value", size, int(self._max_value))
        return size

    def _read_data(self) -> TextMemcacheMessage | None:
        data = self._data
        wanted = self._left + 2 - len(self._payload)
        piece = data[self._position : self._position + wanted]
        self._payload += piece
        self._position += len(piece)
        behind = self._payload[self._left :]
        if not b"\r\n".startswith(behind):
            raise CorruptedMemcacheMessageError("data that is longer than it says")
        if len(behind) < 2:
            return None
        head, content = self._head, bytes(self._payload[: self._left])
        self._head = None
        self._payload = bytearray()
        assert head is not None
        kind = TextMemcacheRequest if self._of_requests else TextMemcacheResponse
        return kind(head.word, head.arguments, content)
