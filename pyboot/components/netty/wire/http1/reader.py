"""HttpReader: bytes of HTTP/1 to messages, the part that both roles share; `requests` and `responses` read the heads.

Theory of operation. `next_frame` has the three answers of every reader: a message, None for "more bytes are needed", or an error, behind
which nothing is read any more (law 4 of `state`). A head is read when all of it is there. One that lies within a chunk is read where it
lies; of one that does not, the parts are kept, and each new chunk is searched for the end together with the last three bytes before it,
so that every byte is searched once however a peer cuts; what is kept is never more than the limits of a head. Its first line is judged as
soon as it is whole, and its first bytes as they come: who speaks another protocol waits for an answer, and sends nothing more.

Heads repeat. What a keep-alive client sends differs in the first line, if at all: so the block of fields of the last head is remembered
as bytes, and one that begins with the same bytes is the same (`_block`), at the cost of one comparison; first lines are looked up in
a table. Fields that two messages share are copied when one of them is changed (`HttpHeaders`).

A request with content is handed on when all before it have their response. What is said of it before it is whole, ``100 Continue`` or
``413 Content Too Large``, would otherwise be said of another: HTTP/1 tells responses by their order alone.

Content is handed on as it comes, one message for what a chunk of the network holds of it, however many HTTP chunks that is: a peer that
sends single bytes as chunks costs one message for each read. Between the parts of a chunked message::

    SIZE --line--> DATA --all bytes--> CR --> LF --> SIZE         SIZE --line of size 0--> TRAILERS --empty line--> (end)
"""

from __future__ import annotations

import re
from typing import Any, Final

from mypy_extensions import i64, mypyc_attr

from pyboot.components.netty.buffer.byte_buffer import ByteBuffer
from pyboot.components.netty.wire.http.errors import HttpDecoderError, shown
from pyboot.components.netty.wire.http.grammar import HEX_DIGITS
from pyboot.components.netty.wire.http.headers import HttpHeaders
from pyboot.components.netty.wire.http.message import EMPTY_LAST_CONTENT, DefaultHttpContent, DefaultLastHttpContent, HttpObject
from pyboot.components.netty.wire.reader import FrameReader

from .config import HttpDecoderConfig
from .exchange import Exchange
from .fields import NO_CONTENT, FieldBlock, FieldReader
from .state import (
    BREAK,
    BROKEN,
    CHUNKED,
    CLOSE,
    CLOSED,
    END,
    EVENTS,
    FIXED,
    HELD,
    HOLD,
    IDLE,
    MOVES,
    RESUME,
    STATES,
    SWITCH,
    SWITCHED,
    UNTIL_CLOSE,
)

__all__ = ["HttpReader"]

_SIZE: Final = 0
_DATA: Final = 1
_CR: Final = 2
_LF: Final = 3
_TRAILERS: Final = 4

_LINE_END: Final = b"\r\n"
_HEAD_END: Final = b"\r\n\r\n"

# A size of more digits is longer than anything, and would be wrapped around by somebody.
_MOST_DIGITS: Final = 15

# Empty lines between two messages that are skipped (RFC 9112 2.2): some old clients end a body with one too many.
_MOST_EMPTY_LINES: Final = 4

_NO_LIMIT: Final = 1 << 60

# A block longer than this is not remembered.
_LONGEST_REMEMBERED: Final = 4096

# RFC 9112 7.1.1, without the white space that no sender may write; a quoted string ends within its line.
_TOKEN: Final = rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
_QUOTED: Final = rb'"(?:[\t \x21\x23-\x5b\x5d-\x7e\x80-\xff]|\\[\t \x21-\x7e\x80-\xff])*"'
_EXTENSIONS: Final = re.compile(rb"(?:;" + _TOKEN + rb"(?:=(?:" + _TOKEN + rb"|" + _QUOTED + rb"))?)+")


@mypyc_attr(allow_interpreted_subclasses=True)
class HttpReader(FrameReader):
    """Reads messages within the limits of *config*; *exchange* is shared with the writer of the other direction."""

    def __init__(self, config: HttpDecoderConfig | None = None, exchange: Exchange | None = None, *, of_requests: bool) -> None:
        super().__init__()
        rules = config or HttpDecoderConfig()
        self.exchange = exchange or Exchange()
        self.state: i64 = IDLE
        self.is_last = False  # the connection ends behind this message
        self.may_switch = False  # what follows this message may be no HTTP
        self.awaits_turn = False  # the head that is next has content, and others before it have no response yet
        self.received: i64 = 0  # bytes, of all messages
        self.is_broken_in_content = False  # what was wrong is content of a message whose head was handed on
        self._fields = FieldReader(rules, of_requests)
        self._max_line: i64 = rules.max_initial_line
        self._max_headers: i64 = rules.max_headers
        self._max_chunk_line: i64 = rules.max_chunk_line
        self._max_extensions: i64 = rules.max_chunk_extensions
        self._max_pipelined: i64 = rules.max_pipelined if of_requests else _NO_LIMIT
        # Of a head or a line that began in an earlier chunk.
        self._awaited = _HEAD_END
        self._tail = b""
        self._line_length: i64 = -1  # of its first line; -1: has not ended yet
        self._empty_lines: i64 = 0
        # The last block of fields.
        self._remembered: FieldBlock | None = None
        self._remembered_bytes = b""
        # Content.
        self._remaining: i64 = 0  # of content whose length is known, or of a chunk
        self._phase: i64 = _SIZE
        self._extensions: i64 = 0

    # What it is asked for.

    def feed(self, data: bytes) -> None:
        """Take the next chunk; what was not read of the one before, since reading is held, comes first."""
        rest = self._data[self._position :] if self._position < len(self._data) else b""
        super().feed(rest + data if rest else data)
        self.received += len(data)

    @property
    def is_in_head(self) -> bool:
        """True if a head has begun and not ended."""
        return self.state == IDLE and not self.is_held and (self._cumulated > 0 or self._position < len(self._data))

    @property
    def has_unread(self) -> bool:
        """True if not all bytes of the last chunk were read yet: there is another message, or a part of one."""
        return self._position < len(self._data)

    @property
    def is_in_content(self) -> bool:
        """True if a head that announced content has come, and not the end of that."""
        return self.state == FIXED or self.state == CHUNKED

    @property
    def is_held(self) -> bool:
        """True if nothing more is read before a response has ended: it may change the protocol, or too many have not."""
        exchange = self.exchange
        waiting = exchange.begun - exchange.ended
        return self.state == HELD or waiting >= self._max_pipelined or (self.awaits_turn and waiting > 0)

    def next_frame(self) -> Any:  # Any: as in the base; an `HttpObject`, or a `ByteBuffer` of another protocol
        """The next message or part of one; None if more bytes are needed, or none may come.

        Raises `HttpDecoderError`; behind it nothing is read any more.
        """
        # hot path: once for each message, and once more for each read.
        state = self.state
        try:
            if self._cumulated > 0:
                return self._next_across_chunks()
            if state == IDLE:
                return self._next_head()
            if state == FIXED:
                return self._next_fixed()
            if state == CHUNKED:
                return self._next_chunks()
        except HttpDecoderError:
            self.is_broken_in_content = state in (FIXED, CHUNKED)
            self.move(BREAK)
            self._parts = []
            self._cumulated = 0
            raise
        return self._next_of_rest()

    def last_frame(self) -> Any:  # Any: as above
        """The message that the end of the connection ends; None where there is none."""
        if self.state != UNTIL_CLOSE:
            return None
        self.move(END)
        self.exchange.end()
        return EMPTY_LAST_CONTENT

    def is_between_frames(self) -> bool:
        """True if the stream may end here."""
        return self.state > HELD or self.is_held or self.exchange.is_over or (self.state == IDLE and super().is_between_frames())

    def hold(self) -> None:
        """Read no message any more before all others have their response: it is not sure which of them the next one is for."""
        self._max_pipelined = 1

    def resume(self) -> None:
        """The response was no other protocol: what was held is HTTP."""
        if self.state == HELD:
            self.move(CLOSE if self.is_last else RESUME)

    def switch(self) -> None:
        """The response was another protocol: what was held is its, and what follows."""
        self.move(SWITCH)
        self.exchange.is_switched = True

    def move(self, event: int) -> None:
        """Go where the table says; raises `HttpDecoderError` where it says nothing."""
        state = MOVES[self.state][event]
        if state < 0:
            raise HttpDecoderError("state", f"{EVENTS[event]} in state {STATES[self.state]}")
        self.state = state

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {STATES[self.state]}>"

    # Heads.

    def _read_head(self, line: bytes, block: FieldBlock) -> HttpObject:
        """Make the head of its first *line* and its fields; `_begin_content` where content follows."""
        raise NotImplementedError

    def _check_beginning(self, begun: bytes) -> None:
        """Raise for the first bytes of a head that none begins with, before anything is waited for."""
        raise NotImplementedError

    def _check_line(self, line: bytes) -> None:
        """Raise for a first *line* that is none, before the rest of its head is waited for."""
        raise NotImplementedError

    def _next_head(self) -> Any:  # Any: as above
        # hot path: once for each message.
        data = self._data
        start = self._position
        exchange = self.exchange
        if start >= len(data) or exchange.begun - exchange.ended >= self._max_pipelined:
            return None
        if exchange.is_over:
            self._position = len(data)
            return None
        if data[start] == 13:
            start = self._skip_empty_lines()
            if start < 0:
                return None
        line_end: i64 = data.find(_LINE_END, start)
        if line_end < 0:
            return self._await(_HEAD_END)
        block = self._remembered
        if block is not None and data.startswith(self._remembered_bytes, line_end):
            self._position = line_end + len(self._remembered_bytes)
        else:
            end: i64 = data.find(_HEAD_END, line_end)
            if end < 0:
                return self._await(_HEAD_END)
            block = self._block(data, line_end, end)
            self._position = end + 4
        if line_end - start > self._max_line:
            raise self._too_long_line(line_end - start)
        if (block.framing != NO_CONTENT or block.says_expect) and exchange.begun > exchange.ended and self._max_pipelined < _NO_LIMIT:
            self._position = start
            self.awaits_turn = True
            return None
        self.awaits_turn = False
        self._empty_lines = 0
        return self._read_head(data[start:line_end], block)

    def _block(self, data: bytes, line_end: i64, end: i64) -> FieldBlock:
        """Read the fields between *line_end* and *end*, and remember them."""
        block = self._fields.read(data[line_end + 2 : end] if end > line_end else b"")
        if end - line_end <= _LONGEST_REMEMBERED:
            self._remembered = block
            self._remembered_bytes = data[line_end : end + 4]
        return block

    def _skip_empty_lines(self) -> i64:
        """Skip CRLF in front of a first line; give where that begins, or -1 if it has not come."""
        data = self._data
        while data.startswith(_LINE_END, self._position):
            self._position += 2
            self._empty_lines += 1
            if self._empty_lines > _MOST_EMPTY_LINES:
                raise HttpDecoderError("empty-lines", f"more than {_MOST_EMPTY_LINES} empty lines between two messages")
        if self._position >= len(data):
            return -1
        if data[self._position] == 13 and self._position == len(data) - 1:
            self._await(_LINE_END)  # an empty line that is cut in two; what is behind it is a head of its own
            return -1
        return self._position

    def _too_long_line(self, length: i64) -> HttpDecoderError:
        return HttpDecoderError("initial-line-too-long", f"a first line of {length} bytes, limit {self._max_line}", 414)

    # Lines and blocks that end in a later chunk.

    def _await(self, mark: bytes) -> None:
        """Keep what is left of the chunk until *mark* comes."""
        data = self._data
        rest = data[self._position :]
        self._awaited = mark
        self._tail = b""
        self._line_length = -1
        self._keep(rest)

    def _next_across_chunks(self) -> Any:  # Any: as above
        data = self._data
        if self._position >= len(data):
            return None
        tail = self._tail
        probe = tail + data[self._position :]
        at: i64 = probe.find(self._awaited)
        if at < 0:
            self._keep(probe)
            return None
        whole = self._take_cumulated(at + len(self._awaited) - len(tail))
        self._tail = b""
        # What was waited for is read as a chunk of its own, then the rest of the real chunk is.
        position = self._position
        self._data, self._position = whole, 0
        try:
            frame = self.next_frame()
        finally:
            rest = self._data[self._position :]  # of a head that awaits its turn
            self._data, self._position = (rest + data[position:], 0) if rest else (data, position)
        return frame if frame is not None else self.next_frame()

    def _keep(self, probe: bytes) -> None:
        """Keep the rest of the chunk, which ends *probe*; raises as soon as it cannot become anything that is allowed."""
        before = self._cumulated - len(self._tail)  # bytes in front of the probe
        if before + len(self._tail) == 0:
            self._check_begun(probe)
        self._cumulate_rest()
        total = self._cumulated
        self._tail = probe[-(len(self._awaited) - 1) :]
        if probe.count(b"\n", 1 if probe[:1] == b"\n" and before > 0 else 0) != probe.count(_LINE_END):
            raise HttpDecoderError("bare-lf", "a line that ends with LF alone")
        if self._awaited is _LINE_END:
            if self.state == IDLE and total > 1:
                self._check_beginning(b"".join(self._parts))  # CR without LF
            if total > self._max_chunk_line + 1:
                raise self._too_long_chunk_line(total)
            return
        if self.state == CHUNKED:
            if total > self._max_headers + 4:
                raise HttpDecoderError("headers-too-long", f"trailing fields of more than {self._max_headers} bytes", 431)
            return
        if self._line_length < 0:
            end: i64 = probe.find(_LINE_END)
            if end < 0:
                if total > self._max_line + 1:
                    raise self._too_long_line(total)
            else:
                self._line_length = before + end
                if self._line_length > self._max_line:
                    raise self._too_long_line(self._line_length)
                self._check_line(b"".join(self._parts)[: self._line_length])
        if self._line_length >= 0 and total - self._line_length > self._max_headers + 6:
            raise HttpDecoderError("headers-too-long", f"header fields of more than {self._max_headers} bytes", 431)

    def _check_begun(self, probe: bytes) -> None:
        if self.state == IDLE and len(probe) > 0 and self._awaited is _HEAD_END:
            self._check_beginning(probe)

    # Content.

    def _begin_content(self, event: int, length: i64) -> None:
        """Content follows a head: *length* bytes, or chunks, or all there is."""
        self.move(event)
        self._remaining = length
        self._phase = _SIZE
        self._extensions = 0

    def _end_message(self) -> None:
        """The message is over; what comes behind it is another, or held, or nobody's."""
        if self.state != IDLE:
            self.move(END)
        if self.may_switch:
            self.move(HOLD)
        elif self.is_last:
            self.move(CLOSE)

    def _content_ended(self) -> None:
        """The content of a message is over."""
        self._end_message()

    def _next_fixed(self) -> HttpObject | None:
        data = self._data
        start = self._position
        available = len(data) - start
        if available <= 0:
            return None
        remaining = self._remaining
        if remaining > available:
            self._position = len(data)
            self._remaining = remaining - available
            return DefaultHttpContent(data if start == 0 else data[start:])
        self._position = start + remaining
        self._remaining = 0
        self._content_ended()
        return DefaultLastHttpContent(data[start : start + remaining])

    def _next_chunks(self) -> HttpObject | None:
        pieces: list[bytes] = []
        data = self._data
        size: i64 = len(data)
        while self._position < size:
            phase = self._phase
            at = self._position
            if phase == _DATA:
                taken = min(self._remaining, size - at)
                pieces.append(data if taken == size else data[at : at + taken])
                self._position = at + taken
                self._remaining -= taken
                if self._remaining == 0:
                    self._phase = _CR
            elif phase == _SIZE:
                end: i64 = data.find(_LINE_END, at, at + self._max_chunk_line + 2)
                if end < 0:
                    self._await(_LINE_END)
                    break
                self._read_size(data[at:end])
                # The line end of a last chunk stays: it ends the empty block of fields that most have.
                self._position = end if self._phase == _TRAILERS else end + 2
            elif phase == _TRAILERS:
                end = data.find(_HEAD_END, at)
                if end < 0:
                    self._await(_HEAD_END)
                    break
                self._position = end + 4
                fields = self._fields.read_trailers(data[at + 2 : end]) if end > at else None
                self._content_ended()
                if fields is None and not pieces:
                    return EMPTY_LAST_CONTENT
                trailers = HttpHeaders()
                if fields is not None:
                    trailers.fields = fields
                return DefaultLastHttpContent(b"".join(pieces), None if fields is None else trailers)
            else:
                if data[at] != (13 if phase == _CR else 10):
                    raise HttpDecoderError("chunk-end", f"byte {data[at]} behind a chunk, CRLF expected")
                self._position = at + 1
                self._phase = _LF if phase == _CR else _SIZE
        if not pieces:
            return None
        return DefaultHttpContent(pieces[0] if len(pieces) == 1 else b"".join(pieces))

    def _read_size(self, line: bytes) -> None:
        """Read the line in front of a chunk."""
        if len(line) > self._max_chunk_line:
            raise self._too_long_chunk_line(len(line))
        digits = line
        mark: i64 = line.find(b";")
        if mark >= 0:
            digits = line[:mark]
            extensions = line[mark:]
            self._extensions += len(extensions)
            if self._extensions > self._max_extensions:
                raise HttpDecoderError("chunk-extensions-too-long", f"chunk extensions of more than {self._max_extensions} bytes", 413)
            if _EXTENSIONS.fullmatch(extensions) is None:
                raise HttpDecoderError("chunk-extension", f"chunk extension {shown(extensions)}")
        if len(digits) == 0 or len(digits) > _MOST_DIGITS or len(digits.translate(None, HEX_DIGITS)) > 0:
            raise HttpDecoderError("chunk-size", f"chunk size {shown(digits)}, allowed are 1 to {_MOST_DIGITS} hexadecimal digits")
        self._remaining = int(digits, 16)
        self._phase = _DATA if self._remaining > 0 else _TRAILERS

    def _too_long_chunk_line(self, length: i64) -> HttpDecoderError:
        return HttpDecoderError("chunk-line-too-long", f"a chunk line of {length} bytes, limit {self._max_chunk_line}")

    # What is neither.

    def _next_of_rest(self) -> Any:  # Any: as above
        state = self.state
        if state == HELD:
            return None
        data = self._data
        start = self._position
        self._position = len(data)
        if start >= len(data) or state in (CLOSED, BROKEN):
            return None  # law 4, law 5
        return ByteBuffer(data, int(start), len(data)) if state == SWITCHED else DefaultHttpContent(data[start:])
