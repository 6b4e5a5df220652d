"""HttpRequestReader and the first line of a request."""

from __future__ import annotations

from typing import Final, final

from mypy_extensions import i64

from pyboot.components.netty.wire.http.errors import HttpDecoderError, shown
from pyboot.components.netty.wire.http.grammar import DIGITS, FIELD_BYTES, TARGET_BYTES, TOKEN_BYTES, is_token
from pyboot.components.netty.wire.http.headers import HttpHeaders
from pyboot.components.netty.wire.http.message import FullHttpRequest, HttpObject, HttpRequest
from pyboot.components.netty.wire.http.start_line import HttpVersion

from .config import HttpDecoderConfig
from .exchange import CONNECT, HEAD, HTTP_1_0, LAST, UPGRADE, Exchange
from .fields import CHUNKED_CONTENT, FIXED_CONTENT, FieldBlock
from .reader import HttpReader
from .state import HEAD_CHUNKED, HEAD_FIXED
from .target import check_target

__all__ = ["HttpRequestReader"]

_HTTP_1_0: Final = HttpVersion.HTTP_1_0
_HTTP_1_1: Final = HttpVersion.HTTP_1_1

# First lines that were read. Peers choose them, so the table has a bound, and none that is long gets in.
_KNOWN_LINES: Final[dict[bytes, _RequestLine]] = {}
_MOST_KNOWN: Final = 1024
_LONGEST_KNOWN: Final = 128

_RAW_TARGET_BYTES: Final = TARGET_BYTES + bytes(range(0x80, 0x100))


@final
class _RequestLine:
    """A first line, read."""

    def __init__(self, method: str, uri: str, version: HttpVersion) -> None:
        self.method = method
        self.uri = uri
        self.version = version
        self.is_1_0 = version is _HTTP_1_0
        self.is_path = uri[:1] == "/" and method != "CONNECT"
        facts: i64 = HTTP_1_0 if self.is_1_0 else 0
        if method == "HEAD":
            facts |= HEAD
        elif method == "CONNECT":
            facts |= CONNECT
        self.facts = facts
        self.has_no_content = method in ("CONNECT", "TRACE")


@final
class HttpRequestReader(HttpReader):
    """Reads requests: of a server. A request without content is one `FullHttpRequest`; others are a head, content and a last content.

    ::

        GET /users HTTP/1.1\\r\\n
        Host: example.org\\r\\n         -->   FullHttpRequest("GET", "/users", headers={"Host": "example.org"})
        \\r\\n

    Behind a request that may change the protocol (CONNECT, ``Connection: upgrade``) nothing is read until `resume` or `switch` was
    called; behind one that ends the connection nothing is read at all.
    """

    def __init__(self, config: HttpDecoderConfig | None = None, exchange: Exchange | None = None) -> None:
        super().__init__(config, exchange, of_requests=True)
        rules = config or HttpDecoderConfig()
        self._allow_missing_host = rules.allow_missing_host
        self._target_bytes = _RAW_TARGET_BYTES if rules.allow_raw_target else TARGET_BYTES
        self._is_strict = not rules.allow_raw_target

    def _read_head(self, line: bytes, block: FieldBlock) -> HttpObject:
        # hot path: once for each request.
        known = _KNOWN_LINES.get(line) if self._is_strict else None
        if known is None:
            known = self._read_line(line)
        if block.host is None and not known.is_1_0 and not self._allow_missing_host:
            raise HttpDecoderError("host-missing", "a request of HTTP/1.1 without Host")
        if not known.is_path:
            check_target(known.method, known.uri.encode("latin-1"), block.host)
        facts = known.facts
        if known.is_1_0:
            facts |= self._facts_of_1_0(block)
        elif block.says_upgrade:
            facts |= UPGRADE
        if block.says_close or block.must_close:
            facts |= LAST
        has_content = block.framing == CHUNKED_CONTENT or block.length > 0
        if has_content and known.has_no_content:
            raise HttpDecoderError("content-not-allowed", f"{known.method} with content")
        headers = HttpHeaders()
        headers.fields = block.fields
        headers.is_shared = True
        self.exchange.begin(facts)  # behind all that can fail: no response would end it
        self.is_last = facts & LAST != 0
        self.may_switch = facts & (CONNECT | UPGRADE) != 0
        if has_content:
            self._begin_content(HEAD_FIXED if block.framing == FIXED_CONTENT else HEAD_CHUNKED, block.length)
            return HttpRequest(known.method, known.uri, headers, known.version)
        if facts & (LAST | CONNECT | UPGRADE) != 0:
            self._end_message()
        return FullHttpRequest(known.method, known.uri, b"", headers, known.version)

    def _facts_of_1_0(self, block: FieldBlock) -> i64:
        if block.framing == CHUNKED_CONTENT:
            raise HttpDecoderError("coding-in-1.0", "Transfer-Encoding in a request of HTTP/1.0")
        return 0 if block.says_keep_alive else LAST

    def _read_line(self, line: bytes) -> _RequestLine:
        parts = line.split(b" ")
        if len(parts) != 3:
            raise _bad_line(line)
        method, target, version = parts
        if not is_token(method):
            raise HttpDecoderError("method", f"{shown(method)} is no method")
        if len(target) == 0 or len(target.translate(None, self._target_bytes)) > 0:
            raise HttpDecoderError("target", f"{shown(target)} is no target")
        if version == b"HTTP/1.1":
            made = _RequestLine(method.decode("ascii"), target.decode("latin-1"), _HTTP_1_1)
        elif version == b"HTTP/1.0":
            made = _RequestLine(method.decode("ascii"), target.decode("latin-1"), _HTTP_1_0)
        else:
            raise bad_version(version)
        if self._is_strict and len(line) <= _LONGEST_KNOWN and len(_KNOWN_LINES) < _MOST_KNOWN:
            _KNOWN_LINES[line] = made
        return made

    def _check_beginning(self, begun: bytes) -> None:
        if begun[0] not in TOKEN_BYTES:
            raise HttpDecoderError("method", f"byte {begun[0]} at the beginning of a request")
        word = begun.split(b" ", 1)[0]
        if b"\r" not in word and not is_token(word):
            raise HttpDecoderError("method", f"{shown(word)} is no method")

    def _check_line(self, line: bytes) -> None:
        if not self._is_strict or line not in _KNOWN_LINES:
            self._read_line(line)


def _bad_line(line: bytes) -> HttpDecoderError:
    if len(line.translate(None, FIELD_BYTES)) > 0:
        return HttpDecoderError("control-character", f"a control character in the request line {shown(line)}")
    return HttpDecoderError("request-line", f"request line {shown(line)}: allowed is a method, a target and a version with a space between")


def bad_version(version: bytes) -> HttpDecoderError:
    """The error for a *version* that is not read here: 505 if it is one of HTTP, 400 if it is none."""
    if len(version) == 8 and version.startswith(b"HTTP/") and version[6:7] == b"." and version[5:6] in DIGITS and version[7:8] in DIGITS:
        return HttpDecoderError("version-not-done", f"{version.decode('ascii')}, done are HTTP/1.1 and HTTP/1.0", 505)
    return HttpDecoderError("version", f"{shown(version)} is no version of HTTP")
