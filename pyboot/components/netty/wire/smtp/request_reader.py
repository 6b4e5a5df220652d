"""The reader of a server of SMTP: command lines, and behind an accepted DATA the content.

::

    state       what may come                                          it goes on
    COMMAND     a line, CR LF behind it                                with WAITING behind DATA and STARTTLS
    WAITING     nothing: the client waits for the reply                when the server has replied: with CONTENT behind 354, else COMMAND
    CONTENT     lines; a dot in front of one is taken away;            with COMMAND behind the lonely dot
                a lonely dot ends it
    ENDED       nothing                                                never

Whoever sends on behind DATA or STARTTLS before the reply is refused: those bytes were not meant for what follows, and somebody who slipped
them in may hope that they are taken for it (RFC 2920, 3.1; CVE-2011-0411). Source: RFC 5321, 4.1.1.4 and 4.5.2.
"""

from __future__ import annotations

from typing import Final, final

from pyboot.components.netty.errors import TooLongFrameError
from pyboot.components.netty.wire.reader import FrameReader

from .errors import CorruptedSmtpError
from .message import LastSmtpContent, SmtpContent, SmtpRequest

__all__ = ["SmtpRequestReader"]

_COMMAND: Final = 0
_WAITING: Final = 1
_CONTENT: Final = 2
_ENDED: Final = 3

_END: Final = b"\r\n.\r\n"
_LARGEST_NAME: Final = 20


@final
class SmtpRequestReader(FrameReader):
    """Cuts a stream of chunks into `SmtpRequest` and content: `feed` a chunk, then `next_frame` until it gives None.

    The server tells it of its replies (`replied`). A line that is wrong raises `CorruptedSmtpError`, and the next may be right; what cannot
    be made good, in content and out of turn, is fatal, and everything behind it is dropped.

    Args:
        max_line_bytes: longest command line, its end not counted.
        max_content_bytes: most bytes of a mail.

    Raises:
        ValueError: for a limit below 1.
    """

    def __init__(self, max_line_bytes: int = 2048, max_content_bytes: int = 32 * 1024 * 1024) -> None:
        super().__init__()
        if min(max_line_bytes, max_content_bytes) < 1:
            raise ValueError(f"max_line_bytes {max_line_bytes}, max_content_bytes {max_content_bytes}: each must be at least 1")
        self._max_line = max_line_bytes
        self._max_content = max_content_bytes
        self._state = _COMMAND
        self._asked = ""  # the command that waits for its reply
        self._kept = b""
        self._is_skipping = False  # the rest of a line that was too long
        self._content_bytes = 0
        self._leading = 0  # bytes of the line end that was put in front of the content

    def feed(self, data: bytes) -> None:
        # A line is short; of content at most the beginning of its end is kept: joining costs little.
        self._kept = self._kept + data if self._kept else data

    def next_frame(self) -> SmtpRequest | SmtpContent | None:
        """The next command or piece of content, or None if more bytes are needed; raises `CorruptedSmtpError`, `TooLongFrameError`."""
        if self._state == _COMMAND:
            return self._next_command()
        if self._state == _CONTENT:
            return self._next_content()
        if self._state == _WAITING and self._kept:
            raise self._refuse(503, f"{len(self._kept)} bytes behind {self._asked}, before its reply")
        self._kept = b""
        return None

    def replied(self, code: int) -> None:
        """Take note of a reply: behind DATA, 354 lets the content come; behind any other the next command may come."""
        if self._state != _WAITING:
            return
        if self._asked == "DATA" and code == 354:
            self._state = _CONTENT
            self._content_bytes = 0
            self._kept = b"\r\n" + self._kept  # a dot in the first line stands at the beginning of a line
            self._leading = 2
        else:
            self._state = _COMMAND

    def unread(self) -> bytes:
        rest, self._kept = self._kept[self._leading :], b""
        self._leading = 0
        return rest

    def is_between_frames(self) -> bool:
        return self._state in (_WAITING, _ENDED) or (self._state == _COMMAND and not self._kept and not self._is_skipping)

    def begun(self) -> object:
        return None if self.is_between_frames() else self

    def held_bytes(self) -> int:
        return len(self._kept) - self._leading

    def _next_command(self) -> SmtpRequest | None:
        end = self._kept.find(b"\n")
        if self._is_skipping:
            self._kept = self._kept[end + 1 :] if end >= 0 else b""
            if end < 0:
                return None
            self._is_skipping = False
            return self._next_command()
        if end < 0:
            if len(self._kept) > self._max_line + 1:
                self._is_skipping = True
                size, self._kept = len(self._kept), b""
                raise TooLongFrameError(size, self._max_line, at_least=True)
            return None
        line, self._kept = self._kept[:end], self._kept[end + 1 :]
        if len(line) - 1 > self._max_line:
            raise TooLongFrameError(len(line) - 1, self._max_line)
        if not line.endswith(b"\r"):
            raise self._refuse(500, "a line that ends with LF alone")
        return self._command(line[:-1])

    def _command(self, line: bytes) -> SmtpRequest:
        if b"\r" in line or b"\0" in line:
            raise self._refuse(500, "a CR or a NUL within a line")
        name, _, parameters = line.partition(b" ")
        if not name.isalpha() or not name.isascii() or len(name) > _LARGEST_NAME:
            raise CorruptedSmtpError(500, f"a line that begins with no command: {line[:_LARGEST_NAME]!r}")
        try:
            request = SmtpRequest(name.decode("ascii"), parameters.decode("utf-8").rstrip(" "))  # SMTPUTF8: RFC 6531
        except UnicodeDecodeError:
            raise CorruptedSmtpError(501, f"parameters of {name.decode()} that are no UTF-8") from None
        if request.name in ("DATA", "STARTTLS"):
            self._asked = request.name
            self._state = _WAITING
        return request

    def _next_content(self) -> SmtpContent | None:
        kept = self._kept
        at = kept.find(_END)
        stop = at + 2 if at >= 0 else len(kept) - _begun_end(kept)
        if at < 0 and stop <= self._leading:
            return None
        piece = kept[:stop]
        self._kept = kept[at + len(_END) :] if at >= 0 else kept[stop:]
        pairs = piece.count(b"\r\n")
        if piece.count(b"\n") != pairs or piece.count(b"\r") != pairs:
            raise self._refuse(550, "content with a CR or an LF that is no end of a line")
        content = piece.replace(b"\r\n.", b"\r\n")[self._leading :]
        self._leading = 0
        self._content_bytes += len(content)
        if self._content_bytes > self._max_content:
            raise self._refuse(552, f"a mail of at least {self._content_bytes} bytes, allowed are {self._max_content}")
        if at < 0:
            return SmtpContent(content)
        self._state = _COMMAND
        return LastSmtpContent(content)

    def _refuse(self, code: int, seen: str) -> CorruptedSmtpError:
        self._state = _ENDED
        self._kept = b""
        self._leading = 0
        return CorruptedSmtpError(code, seen, is_fatal=True)


def _begun_end(data: bytes) -> int:
    """The number of bytes at the end of *data* that may be the beginning of the end."""
    for size in (4, 3, 2, 1):
        if data.endswith(_END[:size]):
            return size
    return 0
