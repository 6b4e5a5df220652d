"""The reader of a client of SMTP: replies.

::

    250-mail.example.org CR LF      every line but the last has a dash behind the code, which is the same in all
    250 SIZE 1000        CR LF

Source: RFC 5321, 4.2.1.
"""

from __future__ import annotations

from typing import Final, final

from pyboot.components.netty.errors import TooLongFrameError
from pyboot.components.netty.wire.reader import FrameReader

from .errors import CorruptedSmtpError
from .message import SmtpResponse

__all__ = ["SmtpResponseReader"]

_CODE_BYTES: Final = 3


@final
class SmtpResponseReader(FrameReader):
    """Cuts a stream of chunks into `SmtpResponse`; after an error nothing more comes of it.

    Args:
        max_line_bytes: longest line, its end not counted.
        max_lines: most lines of a reply.

    Raises:
        ValueError: for a limit that is too low for any reply.
    """

    def __init__(self, max_line_bytes: int = 2048, max_lines: int = 128) -> None:
        super().__init__()
        if max_line_bytes < _CODE_BYTES or max_lines < 1:
            raise ValueError(f"max_line_bytes {max_line_bytes}, max_lines {max_lines}: must be at least 3 and 1")
        self._max_line = max_line_bytes
        self._max_lines = max_lines
        self._kept = b""
        self._code = 0
        self._lines: list[str] = []
        self._taken = b""  # the lines of a reply that is not whole, as they came
        self._has_ended = False

    def feed(self, data: bytes) -> None:
        if not self._has_ended:
            self._kept = self._kept + data if self._kept else data

    def next_frame(self) -> SmtpResponse | None:
        """The next whole reply, or None if more bytes are needed; raises `CorruptedSmtpError` and `TooLongFrameError`."""
        while True:
            end = self._kept.find(b"\n")
            if end < 0:
                if len(self._kept) > self._max_line + 1:
                    size = len(self._kept)
                    self._end()
                    raise TooLongFrameError(size, self._max_line, at_least=True)
                return None
            line, rest = self._kept[:end], self._kept[end + 1 :]
            if len(line) - 1 > self._max_line:
                self._end()
                raise TooLongFrameError(len(line) - 1, self._max_line)
            code, is_last, text = self._parsed(line)
            self._taken += self._kept[: end + 1]
            self._kept = rest
            self._code = code
            self._lines.append(text)
            if is_last:
                response = SmtpResponse(code, self._lines)
                self._lines, self._taken, self._code = [], b"", 0
                return response

    def unread(self) -> bytes:
        rest = self._taken + self._kept
        self._lines, self._taken, self._kept, self._code = [], b"", b"", 0
        return rest

    def is_between_frames(self) -> bool:
        return not self._kept and not self._lines

    def begun(self) -> object:
        return None if self.is_between_frames() else self

    def held_bytes(self) -> int:
        return len(self._taken) + len(self._kept)

    def _parsed(self, line: bytes) -> tuple[int, bool, str]:
        digits, mark = line[:_CODE_BYTES], line[_CODE_BYTES : _CODE_BYTES + 1]
        if not line.endswith(b"\r") or b"\r" in line[:-1] or b"\0" in line:
            raise self._refuse("a line of a reply that does not end with CR LF, or has a CR or a NUL within it")
        if not digits.isdigit() or not b"2" <= digits[:1] <= b"5" or mark not in (b" ", b"-", b"\r"):
            raise self._refuse(f"{line[:12]!r}, which is no reply: a code from 200 to 599, and a blank or a dash")
        if self._lines and int(digits) != self._code:
            raise self._refuse(f"a reply whose lines have the codes {self._code} and {int(digits)}")
        if len(self._lines) >= self._max_lines:
            raise self._refuse(f"a reply of more than {self._max_lines} lines")
        return int(digits), mark != b"-", line[_CODE_BYTES + 1 : -1].decode("utf-8", "replace") if mark != b"\r" else ""

    def _refuse(self, seen: str) -> CorruptedSmtpError:
        self._end()
        return CorruptedSmtpError(502, seen, is_fatal=True)

    def _end(self) -> None:
        self._has_ended = True
        self._lines, self._taken, self._kept = [], b"", b""
