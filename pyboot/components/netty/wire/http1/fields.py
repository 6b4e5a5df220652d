"""A block of header fields, checked: lines to fields, and what they say of the content, the connection and the host.

::

    Host: example.org\\r\\n
    Content-Length: 5                    -->   fields, length 5, host example.org

Theory of operation. One pass deletes every byte that may stand in a field from a copy of the block: what is left must be the line ends and
nothing else, so no NUL, no bare CR and no bare LF gets any further. Then lines are cut at their first colon. Lines repeat, from request to
request and from peer to peer: short ones are looked up in a table, which begins anew when it is full, since peers choose what is in
it. Names are few: another table knows those that were checked, with their lower case. What the fields say is collected while they go by,
so nobody looks for ``Content-Length`` in a list later, and contradictions are found when the last one has gone by (`_settle`).
"""

from __future__ import annotations

import re
from typing import Any, Final, final

from mypy_extensions import i64

from pyboot.components.netty.wire.http.errors import HttpDecoderError, shown
from pyboot.components.netty.wire.http.grammar import DIGITS, FIELD_BYTES, is_token, known_name
from pyboot.components.netty.wire.http.headers import Field

from .config import HttpDecoderConfig
from .target import check_host

__all__ = ["CHUNKED_CONTENT", "FIXED_CONTENT", "NO_CONTENT", "FieldBlock", "FieldReader"]

# What a block says of the content; a response goes by its status first.
NO_CONTENT: Final = 0
FIXED_CONTENT: Final = 1
CHUNKED_CONTENT: Final = 2

_NOTHING: Final = 0
_LENGTH: Final = 1
_CODING: Final = 2
_HOST: Final = 3
_CONNECTION: Final = 4
_UPGRADE: Final = 5
_EXPECT: Final = 6
_SAYING: Final[dict[bytes, int]] = {
    b"content-length": _LENGTH,
    b"transfer-encoding": _CODING,
    b"host": _HOST,
    b"connection": _CONNECTION,
    b"upgrade": _UPGRADE,
    b"expect": _EXPECT,
}

# What may not come behind the content: whoever has forwarded the head already has acted without it (RFC 9110 6.5.1).
_NO_TRAILERS: Final = (
    *_SAYING,
    *(b"trailer", b"te", b"authorization", b"proxy-authorization", b"content-encoding", b"content-type", b"content-range"),
    *(b"cookie", b"set-cookie", b"max-forwards", b"range", b"cache-control"),
)

# A length of more digits is longer than anything, and would be wrapped around by somebody.
_MOST_DIGITS: Final = 15

# Codings that HTTP knows besides chunked (RFC 9112 7): one of them in front of chunked is right, and not done here.
_CODINGS: Final = (b"gzip", b"x-gzip", b"deflate", b"compress", b"x-compress")

# Lines that were read, not those that hold secrets, and hosts. Peers choose them, so the tables have bounds.
_KNOWN_LINES: Final[dict[bytes, _KnownLine]] = {}
_KNOWN_HOSTS: Final[set[bytes]] = set()
_MOST_LINES: Final = 2048
_MOST_HOSTS: Final = 1024
_LONGEST_KNOWN: Final = 96
_SECRET: Final = (b"authorization", b"proxy-authorization", b"cookie")

_FOLD: Final = re.compile(rb"[ \t]*\r\n[ \t]+")


@final
class FieldBlock:
    """The fields of one block, and what they say."""

    def __init__(self) -> None:
        self.fields: list[Field] = []
        self.framing: i64 = NO_CONTENT
        self.length: i64 = 0
        self.host: bytes | None = None
        self.says_close = False
        self.says_keep_alive = False
        self.says_upgrade = False  # Connection: upgrade, and an Upgrade
        self.says_expect = False
        self.must_close = False  # what was said was let pass, and cannot be trusted beyond this message
        # Collected, until they are settled.
        self.lengths: list[bytes] | None = None
        self.codings: list[bytes] | None = None
        self.hosts: i64 = 0
        self.has_upgrade = False


@final
class _KnownLine:
    """A line that was read before."""

    def __init__(self, field: Any, saying: int) -> None:  # Any: a `Field`, which is not taken apart and put together again
        self.field = field
        self.saying = saying


@final
class FieldReader:
    """Reads blocks within the limits of *config*; of requests, or of responses, whose ``Host`` means nothing."""

    def __init__(self, config: HttpDecoderConfig, of_requests: bool) -> None:
        self._of_requests = of_requests
        self._misses: i64 = 0  # lines that were in no table
        self._max_block: i64 = config.max_headers
        self._max_line: i64 = config.max_header_line
        self._max_fields: i64 = config.max_header_fields
        self._allow_obs_fold = config.allow_obs_fold
        self._allow_space_before_colon = config.allow_space_before_colon
        self._allow_duplicates = config.allow_duplicate_content_length
        self._allow_both = config.allow_content_length_with_transfer_encoding

    def read(self, block: bytes) -> FieldBlock:
        """Read the block of a head; *block* is all of it without the line end of its last line, empty for a head without fields."""
        found = FieldBlock()
        if len(block) > 0:
            self._read_lines(found, block)
            self._settle(found)
        return found

    def read_trailers(self, block: bytes) -> list[Field]:
        """Read the block behind the last chunk; raises `HttpDecoderError` also for a field that may not stand there."""
        found = FieldBlock()
        self._read_lines(found, block)
        for field in found.fields:
            if field[0] in _NO_TRAILERS:
                raise HttpDecoderError("trailer", f"a field {field[1].decode('latin-1')!r} behind the content")
        return found.fields

    def _read_lines(self, found: FieldBlock, block: bytes) -> None:
        # hot path: the loop runs once for each field of a head that is not the same as the one before.
        if len(block) > self._max_block:
            raise HttpDecoderError("headers-too-long", f"header fields of {len(block)} bytes, limit {self._max_block}", 431)
        lines = block.split(b"\r\n")
        count: i64 = len(lines)
        ends: i64 = len(block.translate(None, FIELD_BYTES))
        if ends != 2 * (count - 1):
            raise _control_character(block)
        if self._allow_obs_fold and _FOLD.search(block) is not None:
            lines = _FOLD.sub(b" ", block).split(b"\r\n")
            count = len(lines)
        if count > self._max_fields:
            raise HttpDecoderError("header-count", f"{count} header fields, limit {self._max_fields}", 431)
        fields = found.fields
        longest = self._max_line
        for line in lines:
            end: i64 = len(line)
            if end > longest:
                raise HttpDecoderError("header-too-long", f"a header field of {end} bytes, limit {longest}", 431)
            known = _KNOWN_LINES.get(line)
            if known is not None:
                fields.append(known.field)
                if known.saying != _NOTHING:
                    _collect(found, known.saying, known.field[2])
                continue
            colon: i64 = line.find(b":")
            name = line[:colon] if colon > 0 else b""
            key = known_name(name)
            is_odd = key is None
            if key is None:
                name = self._odd_name(line, colon)
                key = name.lower()
            start, stop = colon + 1, end
            while start < stop and (line[start] == 32 or line[start] == 9):
                start += 1
            while stop > start and (line[stop - 1] == 32 or line[stop - 1] == 9):
                stop -= 1
            field = key, name, line[start:stop]
            fields.append(field)
            saying = _SAYING.get(key, _NOTHING)
            if saying != _NOTHING:
                _collect(found, saying, field[2])
            # One in eight: what comes often gets in soon, and what never comes again costs little. What one reader lets pass is nothing
            # for another.
            self._misses += 1
            if self._misses & 7 == 1 and end <= _LONGEST_KNOWN and not is_odd and key not in _SECRET:
                _remember(line, field, saying)

    def _odd_name(self, line: bytes, colon: i64) -> bytes:
        """Return the name of a field that is no token as it stands, if that is let pass."""
        if line[:1] in (b" ", b"\t"):
            raise HttpDecoderError("obs-fold", "a header field begins with white space")
        if colon < 0:
            raise HttpDecoderError("no-colon", f"a header field without a colon: {shown(line)}")
        name = line[:colon].rstrip(b" \t")
        if len(name) < colon and is_token(name):
            if self._allow_space_before_colon:
                return name
            raise HttpDecoderError("space-before-colon", f"white space in front of the colon of {shown(name)}")
        raise HttpDecoderError("header-name", f"{shown(line[:colon])} is no name of a header field")

    def _settle(self, found: FieldBlock) -> None:
        """Decide what the fields say together; raises `HttpDecoderError` for what they contradict each other in."""
        if found.lengths is not None:
            found.framing, found.length = FIXED_CONTENT, self._length(found, found.lengths)
        if found.codings is not None:
            if found.framing == FIXED_CONTENT:
                if not self._allow_both:
                    raise HttpDecoderError("length-and-coding", "Content-Length and Transfer-Encoding in one message")
                found.fields = [field for field in found.fields if field[0] != b"content-length"]
                found.must_close = True
            _check_codings(b",".join(found.codings))
            found.framing = CHUNKED_CONTENT
        found.says_upgrade = found.says_upgrade and found.has_upgrade
        if self._of_requests and found.hosts > 0:
            if found.hosts > 1:
                raise HttpDecoderError("host-count", f"{found.hosts} fields Host")
            if found.host is not None and found.host not in _KNOWN_HOSTS:
                check_host(found.host)
                if len(found.host) <= _LONGEST_KNOWN and len(_KNOWN_HOSTS) < _MOST_HOSTS:
                    _KNOWN_HOSTS.add(found.host)

    def _length(self, found: FieldBlock, lengths: list[bytes]) -> int:
        first = lengths[0]
        if len(lengths) > 1:
            if not self._allow_duplicates or any(each != first for each in lengths):
                raise HttpDecoderError("content-length-count", f"{len(lengths)} fields Content-Length")
            is_first = True
            kept: list[Field] = []
            for field in found.fields:
                if field[0] != b"content-length" or is_first:
                    kept.append(field)
                    is_first = is_first and field[0] != b"content-length"
            found.fields = kept
        if len(first) == 0 or len(first.translate(None, DIGITS)) > 0:
            raise HttpDecoderError("content-length", f"Content-Length: {shown(first)} is no number")
        if len(first) > _MOST_DIGITS:
            raise HttpDecoderError("content-length-digits", f"Content-Length of {len(first)} digits, limit {_MOST_DIGITS}")
        return int(first)


def _remember(line: bytes, field: Field, saying: int) -> None:
    if len(_KNOWN_LINES) >= _MOST_LINES:
        _KNOWN_LINES.clear()
    _KNOWN_LINES[line] = _KnownLine(field, saying)


def _collect(found: FieldBlock, saying: i64, value: bytes) -> None:
    if saying == _HOST:
        found.hosts += 1
        found.host = value
    elif saying == _CONNECTION:
        if value == b"keep-alive":  # what most say who say anything
            found.says_keep_alive = True
            return
        for part in value.lower().split(b","):
            member = part.strip(b" \t")
            if member == b"close":
                found.says_close = True
            elif member == b"keep-alive":
                found.says_keep_alive = True
            elif member == b"upgrade":
                found.says_upgrade = True
    elif saying == _LENGTH:
        found.lengths = [value] if found.lengths is None else [*found.lengths, value]
    elif saying == _CODING:
        found.codings = [value] if found.codings is None else [*found.codings, value]
    elif saying == _UPGRADE:
        found.has_upgrade = True
    else:
        found.says_expect = True


def _check_codings(value: bytes) -> None:
    """Raise `HttpDecoderError` unless *value* says chunked, once and nothing else (RFC 9112 6.1)."""
    if value.lower() == b"chunked":
        return
    members = [member.strip(b" \t") for member in value.lower().split(b",")]
    if members[-1] == b"chunked" and all(member in _CODINGS for member in members[:-1]):
        raise HttpDecoderError("coding-not-done", f"Transfer-Encoding: {shown(value)}, done is chunked alone", 501)
    raise HttpDecoderError("transfer-encoding", f"Transfer-Encoding: {shown(value)}, allowed is chunked")


def _control_character(block: bytes) -> HttpDecoderError:
    """Tell which byte of *block* may stand in no field: of CR and LF, one without the other."""
    rest = block.replace(b"\r\n", b"").translate(None, FIELD_BYTES)
    byte = rest[0] if rest else 10
    reason = {10: "bare-lf", 13: "bare-cr"}.get(byte, "control-character")
    return HttpDecoderError(reason, f"byte {byte} in the header fields")
