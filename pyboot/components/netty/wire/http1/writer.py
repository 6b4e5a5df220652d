"""HttpWriter: messages to bytes of HTTP/1, the part that both roles share, and the writers of both.

Theory of operation. A head says how its content ends; where it does not, the writer says it: a full message has a length, a response whose
content follows goes in chunks, or, to a peer of HTTP/1.0, until the connection ends. What is written is held against what was said:
content that is longer or shorter than its length breaks the direction (`state`), since the peer would take the difference for the next
message. Everything that leaves is checked here once more, whatever it was made of and changed to since: a method, a target or a reason that
could end its line is never sent (header fields check themselves).

A response is written for the request that waits longest (`exchange`). To HEAD it has no content, whatever it holds; behind a request
that ends the connection it says so, and `must_close` tells to close when it has gone out.

Messages are encoded as few pieces, one where content is short: joining costs less than a second entry in the queue of a channel.
"""

from __future__ import annotations

from typing import Final, final

from mypy_extensions import i64, mypyc_attr

from pyboot.components.netty.wire.http.errors import HttpEncoderError
from pyboot.components.netty.wire.http.grammar import is_field_value, is_target, is_token
from pyboot.components.netty.wire.http.headers import HttpHeaders
from pyboot.components.netty.wire.http.message import LastHttpContent

from .exchange import Exchange
from .state import BREAK, CHUNKED, CONTENT, EMPTY, END, EVENTS, FIXED, IDLE, MOVES, STATES, UNTIL_CLOSE

__all__ = ["FieldsSaid", "HttpWriter", "checked_reason", "checked_target", "checked_token", "fields_said", "length_line", "length_said"]

# Content up to here is joined with what stands in front of it.
JOINED_BYTES: Final = 4096

_LENGTH_LINES: Final = [b"content-length: %d\r\n" % length for length in range(1024)]

_LENGTH: Final = 1
_CODING: Final = 2
_CONNECTION: Final = 3
_SAYING: Final[dict[bytes, int]] = {b"content-length": _LENGTH, b"transfer-encoding": _CODING, b"connection": _CONNECTION}


def length_line(length: int) -> bytes:
    """The field ``Content-Length``, with the end of its line."""
    return _LENGTH_LINES[length] if length < 1024 else b"content-length: %d\r\n" % length


@final
class FieldsSaid:
    """The framing that the header fields of a message that is to be written say: *length* (-1: none), chunks, and whether to close."""

    def __init__(self, headers: HttpHeaders) -> None:
        self.length: i64 = -1
        self.is_chunked = False
        self.says_connection = False
        self.says_close = False
        self.says_keep_alive = False
        self.says_upgrade = False
        for field in headers.fields:
            saying = _SAYING.get(field[0])
            if saying is not None:
                self._note(saying, field[2])
        if self.length >= 0 and self.is_chunked:
            raise HttpEncoderError("both Content-Length and Transfer-Encoding")

    def _note(self, saying: i64, value: bytes) -> None:
        if saying == _LENGTH:
            if self.length >= 0 or not value.isdigit():
                raise HttpEncoderError(f"Content-Length: {value!r}, allowed is one number")
            self.length = int(value)
        elif saying == _CODING:
            if self.is_chunked or value.lower() != b"chunked":
                raise HttpEncoderError(f"Transfer-Encoding: {value!r}, allowed is chunked")
            self.is_chunked = True
        else:
            self.says_connection = True
            members = [member.strip() for member in value.lower().split(b",")]
            self.says_close = self.says_close or b"close" in members
            self.says_keep_alive = self.says_keep_alive or b"keep-alive" in members
            self.says_upgrade = self.says_upgrade or b"upgrade" in members


_NOTHING_SAID: Final = FieldsSaid(HttpHeaders())


def fields_said(headers: HttpHeaders) -> FieldsSaid:
    """Return what *headers* say of the framing of their message, which is nothing for most; raises as `FieldsSaid` does."""
    # hot path: once for each message that leaves.
    for field in headers.fields:
        if field[0] in _SAYING:
            return FieldsSaid(headers)
    return _NOTHING_SAID


def length_said(headers: HttpHeaders) -> int:
    """Return the length of the content that *headers* say, -1 for none, of a message of HTTP/2 or HTTP/3; raises as `FieldsSaid` does."""
    # hot path: once for each message that leaves.
    length = -1
    for field in headers.fields:
        if field[0] == b"content-length":
            if length >= 0 or not field[2].isdigit():
                raise HttpEncoderError(f"Content-Length: {field[2]!r}, allowed is one number")
            length = int(field[2])
    return length


@mypyc_attr(allow_interpreted_subclasses=True)
class HttpWriter:
    """Writes messages; *exchange* is shared with the reader of the other direction."""

    def __init__(self, exchange: Exchange | None = None) -> None:
        self.exchange = exchange or Exchange()
        self.state: i64 = IDLE
        self.must_close = False  # what was written last ends the connection
        self._remaining: i64 = 0

    def encode(self, msg: object) -> list[bytes]:
        """The pieces that *msg* is sent as; raises `HttpEncoderError` for one that is no HTTP, or does not come in its turn.

        Where a head is refused nothing has happened; where content is, the direction is broken, and the connection has to be closed.
        """
        raise NotImplementedError

    @property
    def is_idle(self) -> bool:
        """True if the next that can be written is the head of a message."""
        return self.state == IDLE

    def move(self, event: int) -> None:
        """Go where the table says; raises `HttpEncoderError` where it says nothing."""
        state = MOVES[self.state][event]
        if state < 0:
            raise HttpEncoderError(f"{EVENTS[event]} while the state is {STATES[self.state]}")
        self.state = state

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {STATES[self.state]}>"

    # Content.

    def encode_content(self, content: bytes, last: LastHttpContent | None) -> list[bytes]:
        """Encode more content of the message whose head was written; *last* ends it."""
        state = self.state
        if state == FIXED:
            pieces = self._fixed(content, last is not None)
        elif state == CHUNKED:
            pieces = chunk(content, last)
        elif state == UNTIL_CLOSE:
            pieces = [content]
        elif state == EMPTY:
            pieces = [b""]  # of a response to HEAD
        else:
            raise HttpEncoderError(f"content while the state is {STATES[state]}: the head of a message comes first")
        self.move(CONTENT if last is None else END)
        if last is not None:
            self._message_ended()
        return pieces

    def encode_around(self, length: int) -> tuple[bytes, bytes] | None:
        """Give what stands before and behind *length* bytes of content that somebody else sends, a file; None if the message has none."""
        state = self.state
        around = b"", b""
        if state == FIXED:
            self._count_down(length, False)
        elif state == CHUNKED:
            around = (b"%x\r\n" % length, b"\r\n") if length else around  # an empty chunk would end the message
        elif state != EMPTY and state != UNTIL_CLOSE:
            raise HttpEncoderError(f"content while the state is {STATES[state]}: the head of a message comes first")
        self.move(CONTENT)
        return None if state == EMPTY else around

    def _message_ended(self) -> None:
        """The message is over."""
        raise NotImplementedError

    def _fixed(self, content: bytes, is_last: bool) -> list[bytes]:
        self._count_down(len(content), is_last)
        return [content]

    def _count_down(self, length: int, is_last: bool) -> None:
        self._remaining -= length
        if self._remaining < 0 or (is_last and self._remaining > 0):
            self.move(BREAK)
            much = f"{-self._remaining} bytes more" if self._remaining < 0 else f"{self._remaining} bytes less"
            raise HttpEncoderError(f"content of {much} than Content-Length said")


def chunk(content: bytes, last: LastHttpContent | None) -> list[bytes]:
    """Encode content as a chunk; nothing is none, since an empty chunk would end the message. *last*: and the end of all chunks."""
    size = len(content)
    end = b"" if last is None else b"0\r\n\r\n" if not last.has_trailers else b"0\r\n" + last.trailing_headers.encoded() + b"\r\n"
    if size == 0:
        return [end]
    if size <= JOINED_BYTES:
        return [b"%x\r\n%b\r\n%b" % (size, content, end)]
    return [b"%x\r\n" % size, content, b"\r\n" + end]


def checked_token(text: str) -> bytes:
    """The bytes of a method; raises `HttpEncoderError` for what is none."""
    encoded = text.encode("latin-1", "replace")
    if not is_token(encoded):
        raise HttpEncoderError(f"{text!r} is no method")
    return encoded


def checked_target(text: str) -> bytes:
    """The bytes of a target; raises `HttpEncoderError` for what is none."""
    encoded = text.encode("latin-1", "replace")
    if not is_target(encoded):
        raise HttpEncoderError(f"{text!r} is no target: white space, control characters and what is not ASCII are percent-encoded")
    return encoded


def checked_reason(text: str) -> bytes:
    """The bytes of a reason; raises `HttpEncoderError` for what would end its line."""
    encoded = text.encode("latin-1", "replace")
    if not is_field_value(encoded):
        raise HttpEncoderError(f"{text!r} is no reason: no control characters, no white space around")
    return encoded
