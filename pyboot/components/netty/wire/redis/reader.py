"""The bytes of a peer as messages of Redis, and whatever is no RESP refused as soon as it can be seen.

::

    *2\\r\\n $3\\r\\n GET\\r\\n $1\\r\\n a\\r\\n      -->      ArrayRedisMessage([b'GET', b'a'])

Theory of operation. A command, or a reply of one line or one string, that lies whole within a chunk costs one look at its bytes and one
object: `next_frame`. All others go the long way, which is a machine of three phases::

    LINE  --a line that says so many bytes-->  BULK  --bytes and line end-->  LINE
      \\______ whatever is wrong ______> ENDED, where bytes are dropped

Laws. (1) A line is judged by its first byte, and held against its limit as it arrives: only text may be long, a length may not. Lines end
with CR LF and hold neither elsewhere. (2) A bulk string lies in one block that grows by what has arrived, never by what was declared; it is
held against the limits when its length is read. (3) An error is the last thing that a reader gives: where the next message would begin
nobody knows. (4) Whole messages and their parts are made by one machine; `RedisAggregate` joins the ones to the others.

Source: the Redis serialization protocol specification (RESP2, RESP3); the parts are those of Netty's ``RedisDecoder``.
"""

from __future__ import annotations

from typing import Final, final

from mypy_extensions import i64

from pyboot.components.netty.wire.reader import FrameReader

from .aggregate import RedisAggregate
from .config import RedisDecoderConfig
from .errors import CorruptedRedisMessageError, RedisLimitError
from .inline import split_inline
from .message import (
    ARRAY,
    ATTRIBUTE,
    BIG_NUMBER,
    BOOLEAN,
    BULK,
    BULK_ERROR,
    CHUNK,
    DOUBLE,
    END,
    ERROR,
    INTEGER,
    MAP,
    NULL,
    PUSH,
    SET,
    SIMPLE,
    VERBATIM,
    ArrayHeaderRedisMessage,
    ArrayRedisMessage,
    BigNumberRedisMessage,
    BooleanRedisMessage,
    BulkErrorRedisMessage,
    BulkStringHeaderRedisMessage,
    BulkStringRedisContent,
    DoubleRedisMessage,
    ErrorRedisMessage,
    FullBulkStringRedisMessage,
    IntegerRedisMessage,
    LastArrayRedisMessage,
    LastBulkStringRedisContent,
    NullRedisMessage,
    PushRedisMessage,
    RedisMessage,
    SimpleStringRedisMessage,
    VerbatimStringRedisMessage,
)
from .number import parse_big_number, parse_double, parse_integer, parse_length
from .writer import RedisMessageWriter

__all__ = ["RedisReader"]

_LINE: Final = 0
_BULK: Final = 1
_ENDED: Final = 2

_CR: Final = 13
_LF: Final = 10
_ZERO: Final = 48
_NO_NUMBER: Final = -1

_TEXTS: Final = (SIMPLE, ERROR, BIG_NUMBER)
_STRINGS: Final = (BULK, BULK_ERROR, VERBATIM)
_AGGREGATES: Final = (ARRAY, MAP, SET, PUSH, ATTRIBUTE)
_SIGNS: Final = frozenset((*_TEXTS, *_STRINGS, *_AGGREGATES, INTEGER, NULL, BOOLEAN, DOUBLE, CHUNK, END))
_UNSIZED: Final = (ARRAY, MAP, SET)  # aggregates that may leave out how long they are
# Longest line that is no text: a sign and a number; %.17g and 20 digits are well below.
_SHORT_LINE: Final = 64
_SHOWN: Final = 40

_OK: Final = SimpleStringRedisMessage("OK")
_SHORTEST_VERBATIM: Final = 4  # three letters and a colon
# What browsers can be made to send to a server that takes inline commands. Source: Redis's own ``securityWarningCommand``.
_OF_BROWSERS: Final = (b"POST", b"Host:")


@final
class RedisReader(FrameReader):
    """Cuts a stream of chunks into `RedisMessage`: `feed` a chunk, then `next_frame` until it gives None.

    What is wrong raises `CorruptedRedisMessageError`, or `RedisLimitError` for what is too much; everything behind it is dropped.
    """

    def __init__(self, config: RedisDecoderConfig | None = None) -> None:
        super().__init__()
        config = config or RedisDecoderConfig()
        self._max_line: i64 = config.max_line_bytes
        self._max_bulk: i64 = config.max_bulk_bytes
        self._max_message: i64 = config.max_message_bytes
        self._max_elements: i64 = config.max_elements
        self._takes_inline = config.inline
        self._joins = config.aggregate
        self._aggregate = RedisAggregate(config.max_elements, config.max_depth)
        self._phase: i64 = _LINE
        self._is_fresh = True  # nothing of a message is kept, so the next one may go the short way
        self._message_bytes: i64 = 0  # of the message under way
        self._mark: list[None] = []
        self._position_behind: i64 = 0  # the number that `_number_at` has read
        # The bulk string under way.
        self._kind: int = BULK
        self._left: i64 = 0  # bytes of it, or of its piece, that are still to come
        self._ends: i64 = 0  # bytes of the line end behind it that have come
        self._is_streamed = False
        self._payload = bytearray()
        self._bulk_bytes: i64 = 0  # of a streamed one so far

    def next_frame(self) -> RedisMessage | None:
        """The next message or part, or None if more bytes are needed; raises what is wrong with one, at the first byte that shows it."""
        # hot path: once for each message (tests/bench/test_redis.py).
        if self._is_fresh and self._cumulated == 0 and self._joins:
            data = self._data
            at = self._position
            if at < len(data):
                first: i64 = data[at]
                made: RedisMessage | None = None
                if first in (ARRAY, PUSH):
                    made = self._whole_command(at, first)
                elif first == BULK:
                    made = self._whole_string(at)
                elif first in (SIMPLE, INTEGER):
                    made = self._whole_line(at, first)
                if made is not None:
                    return made
        return self._next_of_any_form()

    def unread(self) -> bytes:
        """As of any reader; what was read of a message that is not whole is written anew, so that another reader can begin with it."""
        rest = super().unread()
        if self._phase == _ENDED:
            return b""
        if self._phase == _BULK or self._is_streamed:
            rest = self._begun_string() + rest
        writer = RedisMessageWriter(3)
        begun = b"".join([writer.encode(each) for each in self._aggregate.parts()])
        self._start_over(_LINE)
        return begun + rest

    def is_between_frames(self) -> bool:
        return self._phase == _ENDED or (self._is_fresh and super().is_between_frames())

    def begun(self) -> object:
        return None if self.is_between_frames() else self._mark

    def held_bytes(self) -> int:
        if not self._joins:
            return int(super().held_bytes()) + len(self._payload)
        to_come = self._left + 2 - self._ends if self._phase == _BULK else 0
        return int(super().held_bytes() + self._message_bytes - to_come)

    # The short way: what lies whole within the chunk; else nothing has happened, and None is given.

    def _whole_command(self, start: i64, first: i64) -> RedisMessage | None:
        """An array or a push of bulk strings, none of them null: every command, many a reply, and each message of a channel."""
        data = self._data
        size: i64 = len(data)
        count = self._number_at(start + 1)
        if count < 0 or count > self._max_elements:
            return None
        at = self._position_behind
        strings: list[bytes] = []
        while count > 0:
            if at >= size or data[at] != BULK:
                return None
            length = self._number_at(at + 1)
            if length < 0 or length > self._max_bulk:
                return None
            at = self._position_behind
            stop = at + length
            if stop + 2 > size or data[stop] != _CR or data[stop + 1] != _LF:
                return None
            strings.append(data[at:stop])
            at = stop + 2
            count -= 1
        if at - start > self._max_message:
            return None
        self._position = at
        return ArrayRedisMessage(None, strings) if first == ARRAY else PushRedisMessage(None, strings)

    def _whole_string(self, start: i64) -> RedisMessage | None:
        data = self._data
        length = self._number_at(start + 1)
        if length < 0 or length > self._max_bulk:
            return None
        at = self._position_behind
        stop = at + length
        if stop + 2 > len(data) or stop + 2 - start > self._max_message or data[stop] != _CR or data[stop + 1] != _LF:
            return None
        self._position = stop + 2
        return FullBulkStringRedisMessage(data[at:stop])

    def _whole_line(self, start: i64, first: i64) -> RedisMessage | None:
        data = self._data
        if first == INTEGER:
            number = self._number_at(start + 1)
            if number < 0:
                return None
            self._position = self._position_behind
            return IntegerRedisMessage(int(number))
        if data[start : start + 5] == b"+OK\r\n":
            self._position = start + 5
            return _OK
        return None

    def _number_at(self, at: i64) -> i64:
        """The number that stands at *at*, of at most 18 digits and without sign, with its line end; -1 if there is none."""
        data = self._data
        size: i64 = len(data)
        begin = at
        number: i64 = 0
        while at < size:
            digit: i64 = data[at] - _ZERO
            if digit < 0 or digit > 9:
                break
            number = number * 10 + digit
            at += 1
        digits = at - begin
        if digits == 0 or digits > 18 or at + 1 >= size or data[at] != _CR or data[at + 1] != _LF:
            return _NO_NUMBER
        if digits > 1 and data[begin] == _ZERO:
            return _NO_NUMBER
        self._position_behind = at + 2
        return number

    # Messages of any form.

    def _next_of_any_form(self) -> RedisMessage | None:
        if self._phase == _ENDED:
            self._position = len(self._data)
            return None
        if self._is_fresh and self._cumulated == 0 and self._position < len(self._data):
            self._mark = []
        try:
            while True:
                part = self._next_part()
                if part is None or not self._joins:
                    return part
                whole = self._aggregate.add(part)
                if whole is not None:
                    self._is_fresh = True
                    self._message_bytes = 0
                    return whole
                self._is_fresh = False
        except CorruptedRedisMessageError:
            self._aggregate.clear()
            self._start_over(_ENDED)
            self._parts = []
            self._cumulated = 0
            self._position = len(self._data)
            raise

    def _next_part(self) -> RedisMessage | None:
        while True:
            if self._phase == _BULK:
                part = self._read_bulk()
                if part is None and self._phase == _BULK:
                    return None
            else:
                line = self._read_line()
                if line is None:
                    return None
                part = self._part_of(line)
            if part is not None:
                return part

    def _read_line(self) -> bytes | None:
        """The next line without its end, or None; what is judged here needs only what has come of it."""
        data = self._data
        start = self._position
        if start >= len(data):
            return None
        first: i64 = self._parts[0][0] if self._parts else data[start]
        limit = self._line_limit(first)
        end: i64 = data.find(b"\n", start)
        come = self._cumulated + (len(data) if end < 0 else end) - start
        if come > limit + 1:  # of which one may be the \r of its end
            raise RedisLimitError("bytes of a line: at least", int(come - 1), int(limit))
        if end < 0:
            self._cumulate_rest()
            return None
        if self._cumulated > 0:
            line = self._take_cumulated(end + 1 - start)
        else:
            line = data[start : end + 1]
            self._position = end + 1
        if not line.endswith(b"\r\n") or line.find(b"\r") != len(line) - 2:
            raise CorruptedRedisMessageError(f"{line[:_SHOWN]!r}, a line that does not end with CR LF alone")
        if self._joins:
            self._count_bytes(len(line))
        return line[:-2]

    def _line_limit(self, first: i64) -> i64:
        if self._is_streamed and first != CHUNK:
            raise CorruptedRedisMessageError(f"{bytes((first,))!r} within a streamed string, where a piece (;) is next")
        if first in _TEXTS:
            return self._max_line
        if first in _SIGNS:
            return min(_SHORT_LINE, self._max_line)
        if not self._takes_inline:
            raise CorruptedRedisMessageError(f"{bytes((first,))!r}, where a message begins; inline commands are not taken here")
        if not self._is_fresh:
            raise CorruptedRedisMessageError("an inline command within another message")
        return self._max_line

    def _count_bytes(self, more: i64) -> None:
        self._message_bytes += more
        if self._message_bytes > self._max_message:
            raise RedisLimitError("bytes of a message: at least", int(self._message_bytes), int(self._max_message))

    def _part_of(self, line: bytes) -> RedisMessage | None:
        """The message, or the part, that a whole *line* is; None if a bulk string begins with it, or it says nothing."""
        first = line[0] if line else _CR
        rest = line[1:]
        if first in _STRINGS or first == CHUNK:
            return self._begin_string(first, rest)
        if first in _AGGREGATES:
            if rest == b"-1" and first == ARRAY:
                return ArrayRedisMessage(None)
            is_unsized = rest == b"?" and first in _UNSIZED
            return ArrayHeaderRedisMessage(None if is_unsized else parse_length(rest), first)
        if first not in _SIGNS:
            return self._inline_command(line)
        return _scalar(first, rest)

    def _inline_command(self, line: bytes) -> RedisMessage | None:
        if line.startswith(_OF_BROWSERS):
            raise CorruptedRedisMessageError(f"{line[:_SHOWN]!r}, which a browser sends, not a client of Redis")
        words = split_inline(line)
        if not words:
            self._message_bytes = 0
            return None
        if len(words) > self._max_elements:
            raise RedisLimitError("words of an inline command", len(words), int(self._max_elements))
        return ArrayRedisMessage(None, words)

    # Bulk strings.

    def _begin_string(self, first: int, rest: bytes) -> RedisMessage | None:
        if first == BULK and rest == b"-1":
            return FullBulkStringRedisMessage(None)
        if first == CHUNK and not self._is_streamed:
            raise CorruptedRedisMessageError("a piece of a string that is not streamed")
        self._is_fresh = False
        if first == BULK and rest == b"?":
            self._kind = BULK
            self._is_streamed = True
            self._bulk_bytes = 0
            return None if self._joins else BulkStringHeaderRedisMessage(None)
        length = parse_length(rest)
        if length + self._bulk_bytes > self._max_bulk:
            raise RedisLimitError("bytes of a bulk string: at least", length + int(self._bulk_bytes), int(self._max_bulk))
        if self._joins:
            self._count_bytes(0 if first == CHUNK and length == 0 else length + 2)  # its line end
        if first == CHUNK:
            self._bulk_bytes += length
            if length == 0:
                self._is_streamed = False
                return self._string(self._take_payload())
        else:
            self._kind = first
            if first == VERBATIM and length < _SHORTEST_VERBATIM:
                raise CorruptedRedisMessageError(f"a verbatim string of {length} bytes, too short for its format")
        self._left = length
        self._ends = 0
        self._phase = _BULK
        return None if self._joins or first == CHUNK else BulkStringHeaderRedisMessage(length, first)

    def _read_bulk(self) -> RedisMessage | None:
        """Take what has come of a bulk string; the string, or a part of it, or None."""
        data = self._data
        at = self._position
        available = len(data) - at
        if self._left > 0 and available > 0:
            take = min(self._left, available)
            self._payload += data[at : at + take]
            self._left -= take
            self._position = at + take
            available -= take
        while self._left == 0 and self._ends < 2 and available > 0:
            if data[self._position] != (_CR if self._ends == 0 else _LF):
                raise CorruptedRedisMessageError("a bulk string that is longer than it says")
            self._position += 1
            self._ends += 1
            available -= 1
        if self._ends < 2:
            if not self._joins and self._left > 0 and self._payload:
                return BulkStringRedisContent(self._take_payload())
            return None
        self._phase = _LINE
        if self._is_streamed:
            return None if self._joins or not self._payload else BulkStringRedisContent(self._take_payload())
        return self._string(self._take_payload())

    def _take_payload(self) -> bytes:
        taken = bytes(self._payload)
        self._payload = bytearray()
        return taken

    def _string(self, content: bytes) -> RedisMessage:
        """The string whose *content* is whole, or its last part."""
        self._bulk_bytes = 0
        if not self._joins:
            self._is_fresh = True
            return LastBulkStringRedisContent(content)
        return whole_string(self._kind, content)

    def _begun_string(self) -> bytes:
        """The bytes that were read of a bulk string, as they were sent; its pieces may have been others."""
        payload = self._take_payload()
        if not self._joins:  # its beginning has been given already, and cannot be taken back
            return b""
        if not self._is_streamed:
            return b"%c%d\r\n%b" % (self._kind, int(self._left) + len(payload), payload) + b"\r\n"[: self._ends]
        if self._phase != _BULK:
            return b"$?\r\n" + (b";%d\r\n%b\r\n" % (len(payload), payload) if payload else b"")
        return b"$?\r\n;%d\r\n%b" % (int(self._left) + len(payload), payload) + b"\r\n"[: self._ends]

    def _start_over(self, phase: i64) -> None:
        self._aggregate.clear()
        self._phase = phase
        self._is_fresh = phase == _LINE
        self._is_streamed = False
        self._message_bytes = 0
        self._bulk_bytes = 0
        self._payload = bytearray()


def whole_string(kind: int, content: bytes) -> RedisMessage:
    """The bulk string, the bulk error or the verbatim string, as *kind* says, of this *content*."""
    if kind == BULK:
        return FullBulkStringRedisMessage(content)
    if kind == BULK_ERROR:
        return BulkErrorRedisMessage(content)
    if content[3:4] != b":" or not content[:3].isascii():
        raise CorruptedRedisMessageError(f"{content[:_SHORTEST_VERBATIM]!r}, where a verbatim string has its format and a colon")
    return VerbatimStringRedisMessage(content[4:], content[:3].decode("ascii"))


def _scalar(first: int, rest: bytes) -> RedisMessage:
    """The message of one line, told by its sign."""
    if first == SIMPLE:
        return SimpleStringRedisMessage(rest.decode("utf-8", "surrogateescape"))
    if first == ERROR:
        return ErrorRedisMessage(rest.decode("utf-8", "surrogateescape"))
    if first == INTEGER:
        return IntegerRedisMessage(parse_integer(rest))
    if first == DOUBLE:
        return DoubleRedisMessage(parse_double(rest))
    if first == BIG_NUMBER:
        return BigNumberRedisMessage(parse_big_number(rest))
    if first == BOOLEAN and (rest == b"t" or rest == b"f"):
        return BooleanRedisMessage(rest == b"t")
    if first == NULL and not rest:
        return NullRedisMessage()
    if first == END and not rest:
        return LastArrayRedisMessage()
    raise CorruptedRedisMessageError(f"{bytes((first,)) + rest[:_SHOWN]!r}, which is no message")
