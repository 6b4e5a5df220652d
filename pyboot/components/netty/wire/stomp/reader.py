"""The bytes of a peer as frames of STOMP.

::

    GAP  --a byte that ends no line-->  HEAD  --an empty line-->  BODY  --NUL-->  GAP
      \\______ whatever is wrong ______> ENDED, where bytes are dropped

Laws. (1) Between frames line ends say nothing, or that the peer lives; they are dropped. (2) A head is held against its limits as it
arrives: each line, their number, and all of them together. (3) A body with content-length has so many bytes and a NUL behind them; any
other ends with the first NUL. It lies in one block that grows by what has arrived, never by what was declared. (4) An error is the last
thing that a reader gives, as the specification wants it.

Source: STOMP 1.2, "Augmented BNF"; Netty's ``StompSubframeDecoder``.
"""

from __future__ import annotations

import re
from typing import Final, final

from mypy_extensions import i64

from pyboot.components.netty.wire.reader import FrameReader

from .config import StompDecoderConfig
from .errors import CorruptedStompFrameError, StompLimitError
from .escape import unescape
from .frame import UNESCAPED, WITH_BODY, StompCommand, StompFrame

__all__ = ["StompReader"]

_GAP: Final = 0
_HEAD: Final = 1
_BODY: Final = 2
_ENDED: Final = 3

_COMMANDS: Final[dict[bytes, str]] = {each.value.encode(): each for each in StompCommand}
_LONGEST_COMMAND: Final = max(map(len, _COMMANDS))
_LENGTH: Final = re.compile(r"[0-9]{1,18}")
_UNKNOWN: Final = -1
_SHOWN: Final = 40


@final
class StompReader(FrameReader):
    """Cuts a stream of chunks into `StompFrame`: `feed` a chunk, then `next_frame` until it gives None.

    What is wrong raises `CorruptedStompFrameError`, or `StompLimitError` for what is too much; everything behind it is dropped.
    """

    def __init__(self, config: StompDecoderConfig | None = None) -> None:
        super().__init__()
        config = config or StompDecoderConfig()
        self._max_line: i64 = config.max_line_bytes
        self._max_headers: i64 = config.max_headers
        self._max_head: i64 = config.max_head_bytes
        self._max_body: i64 = config.max_body_bytes
        self._phase: i64 = _GAP
        self._mark: list[None] = []
        # The frame under way.
        self._head: list[bytes] = []  # its lines
        self._head_bytes: i64 = 0
        self._command = ""
        self._headers: dict[str, str] = {}
        self._length: i64 = _UNKNOWN
        self._body = bytearray()

    def next_frame(self) -> StompFrame | None:
        """The next whole frame, or None if more bytes are needed; raises what is wrong with one."""
        # hot path: once for each frame.
        try:
            if self._phase == _GAP and not self._skip_gap():
                return None
            if self._phase == _HEAD and not self._read_head():
                return None
            if self._phase == _BODY:
                return self._read_body()
        except CorruptedStompFrameError:
            self._start_over(_ENDED)
            self._parts = []
            self._cumulated = 0
            raise
        self._position = len(self._data)
        return None

    def unread(self) -> bytes:
        rest = super().unread()
        if self._phase == _ENDED:
            return b""
        begun = b"".join([*(line + b"\n" for line in self._head), b"\n" if self._phase == _BODY else b"", self._body])
        self._start_over(_GAP)
        return begun + rest

    def is_between_frames(self) -> bool:
        return self._phase == _ENDED or (self._phase == _GAP and not self._data[self._position :].strip(b"\r\n"))

    def begun(self) -> object:
        return None if self.is_between_frames() else self._mark

    def held_bytes(self) -> int:
        return int(super().held_bytes() + self._head_bytes) + len(self._body)

    def _skip_gap(self) -> bool:
        """Go past the line ends between frames; tell whether a frame begins."""
        data = self._data
        at = self._position
        size: i64 = len(data)
        while at < size and (data[at] == 10 or data[at] == 13):
            at += 1
        self._position = at
        if at >= size:
            return False
        self._phase = _HEAD
        self._mark = []
        return True

    def _read_head(self) -> bool:
        """Take the lines of the head that are here; tell whether it is whole."""
        while True:
            line = self._read_line()
            if line is None:
                return False
            self._head_bytes += len(line) + 1
            if self._head_bytes > self._max_head:
                raise StompLimitError("bytes of a head: at least", int(self._head_bytes), int(self._max_head))
            if not self._head:
                command = _COMMANDS.get(line)
                if command is None:
                    raise CorruptedStompFrameError(f"{line[:_SHOWN]!r}, which is no command")
                self._command = command
            elif not line:
                self._length = self._declared()
                self._phase = _BODY
                return True
            else:
                if len(self._head) > self._max_headers:
                    raise StompLimitError("headers of a frame: at least", len(self._head), int(self._max_headers))
                self._add_header(line)
            self._head.append(line)

    def _read_line(self) -> bytes | None:
        data = self._data
        start = self._position
        end: i64 = data.find(b"\n", start)
        limit = self._max_line if self._head else min(self._max_line, _LONGEST_COMMAND)
        come = self._cumulated + (len(data) if end < 0 else end) - start
        if come > limit + 1:  # of which one may be the \r of its end
            raise StompLimitError("bytes of a line: at least", int(come - 1), int(limit))
        if end < 0:
            self._cumulate_rest()
            return None
        line = self._take_cumulated(end + 1 - start)[:-1]
        if line.endswith(b"\r"):
            line = line[:-1]
        if b"\r" in line or b"\x00" in line:
            raise CorruptedStompFrameError(f"{line[:_SHOWN]!r}, a line with a carriage return or a NUL in it")
        return line

    def _add_header(self, line: bytes) -> None:
        try:
            text = line.decode()
        except UnicodeDecodeError as error:
            raise CorruptedStompFrameError(f"{line[:_SHOWN]!r}, a header that is no UTF-8") from error
        name, colon, value = text.partition(":")
        if not colon or not name:
            raise CorruptedStompFrameError(f"{text[:_SHOWN]!r}, which is no header")
        if self._command not in UNESCAPED:
            name, value = unescape(name), unescape(value)
        first = self._headers.setdefault(name, value)
        if name == "content-length" and first != value:  # whoever takes the other one would end the frame elsewhere
            raise CorruptedStompFrameError(f"content-length {first[:_SHOWN]} and {value[:_SHOWN]} in one frame")

    def _declared(self) -> i64:
        text = self._headers.get("content-length")
        if text is None:
            return _UNKNOWN
        if _LENGTH.fullmatch(text) is None or not text.isascii():
            raise CorruptedStompFrameError(f"content-length {text[:_SHOWN]!r}, which is no number of bytes")
        length = int(text)
        if length > self._max_body:
            raise StompLimitError("bytes of a body", length, int(self._max_body))
        if length and self._command not in WITH_BODY:
            raise CorruptedStompFrameError(f"a body of {self._command}, which has none")
        return length

    def _read_body(self) -> StompFrame | None:
        data = self._data
        start = self._position
        if self._length == _UNKNOWN:
            end: i64 = data.find(b"\x00", start)
        else:
            end = start + self._length - len(self._body)
            if end < len(data) and data[end] != 0:
                raise CorruptedStompFrameError("a body that is longer than its content-length")
        is_whole = 0 <= end < len(data)
        stop: i64 = end if is_whole else len(data)
        if stop > start:
            if self._command not in WITH_BODY:
                raise CorruptedStompFrameError(f"a body of {self._command}, which has none")
            if len(self._body) + stop - start > self._max_body:
                raise StompLimitError("bytes of a body: at least", len(self._body) + int(stop - start), int(self._max_body))
            if not is_whole or self._body:
                self._body += data[start:stop]
        if not is_whole:
            self._position = stop
            return None
        body = bytes(self._body) if self._body else data[start:stop]
        self._position = end + 1
        frame = StompFrame(self._command, self._headers, body)
        self._start_over(_GAP)
        return frame

    def _start_over(self, phase: i64) -> None:
        self._phase = phase
        self._head = []
        self._head_bytes = 0
        self._headers = {}
        self._length = _UNKNOWN
        self._body = bytearray()
        if phase == _ENDED:
            self._position = len(self._data)
