"""HttpResponseReader and the first line of a response."""

from __future__ import annotations

from typing import Final, final

from pyboot.components.netty.wire.http.errors import HttpDecoderError, shown
from pyboot.components.netty.wire.http.grammar import DIGITS, FIELD_BYTES
from pyboot.components.netty.wire.http.headers import HttpHeaders
from pyboot.components.netty.wire.http.message import FullHttpResponse, HttpObject, HttpResponse
from pyboot.components.netty.wire.http.start_line import HttpVersion

from .config import HttpDecoderConfig
from .exchange import CONNECT, HEAD, UPGRADE, Exchange
from .fields import CHUNKED_CONTENT, FIXED_CONTENT, FieldBlock
from .reader import HttpReader
from .requests import bad_version
from .state import HEAD_CHUNKED, HEAD_FIXED, HEAD_UNTIL_CLOSE, IDLE

__all__ = ["HttpResponseReader"]

_HTTP_1_0: Final = HttpVersion.HTTP_1_0
_HTTP_1_1: Final = HttpVersion.HTTP_1_1


@final
class HttpResponseReader(HttpReader):
    """Reads responses: of a client, whose requests stand in *exchange*. What has no content is one `FullHttpResponse`.

    ::

        HTTP/1.1 200 OK\\r\\n
        Content-Length: 5\\r\\n         -->   HttpResponse(200, ...), DefaultLastHttpContent(b"hello")
        \\r\\n
        hello

    How a response ends depends on its request: one to HEAD has no content, one of 2xx to CONNECT, and 101, are the last of HTTP here.
    An informational response (1xx) comes before the response, and ends nothing. One that nobody has asked for is an error.
    """

    def __init__(self, config: HttpDecoderConfig | None = None, exchange: Exchange | None = None) -> None:
        super().__init__(config, exchange, of_requests=False)

    def is_between_frames(self) -> bool:
        """True if the stream may end here: also no response is waited for."""
        return super().is_between_frames() and (self.state != IDLE or self.exchange.waiting == 0)

    def _read_head(self, line: bytes, block: FieldBlock) -> HttpObject:
        version, status, reason = _read_line(line)
        if self.exchange.waiting == 0:
            raise HttpDecoderError("unasked", f"a response {status} that nobody has asked for")
        facts = self.exchange.facts()
        headers = HttpHeaders()
        headers.fields = block.fields
        headers.is_shared = True
        if 100 <= status < 200 and status != 101:
            return FullHttpResponse(status, b"", headers, version, reason)
        if status == 101 or (facts & CONNECT != 0 and 200 <= status < 300):
            if facts & (CONNECT if status != 101 else UPGRADE) == 0:
                raise HttpDecoderError("switch", "a change of the protocol that nobody has asked for")
            self.exchange.end()
            self.switch()
            return FullHttpResponse(status, b"", headers, version, reason)
        if version is _HTTP_1_0:
            if block.framing == CHUNKED_CONTENT:
                raise HttpDecoderError("coding-in-1.0", "Transfer-Encoding in a response of HTTP/1.0")
            self.is_last = not block.says_keep_alive or block.says_close
        else:
            self.is_last = block.says_close or block.must_close
        if facts & HEAD != 0 or status == 204 or status == 304 or (block.framing == FIXED_CONTENT and block.length == 0):
            self._content_ended()
            return FullHttpResponse(status, b"", headers, version, reason)
        if block.framing == FIXED_CONTENT:
            self._begin_content(HEAD_FIXED, block.length)
        else:
            self._begin_content(HEAD_CHUNKED if block.framing == CHUNKED_CONTENT else HEAD_UNTIL_CLOSE, 0)
        return HttpResponse(status, headers, version, reason)

    def _content_ended(self) -> None:
        self.exchange.end()
        self._end_message()

    def _check_beginning(self, begun: bytes) -> None:
        if begun[0] != 72:
            raise HttpDecoderError("status-line", f"byte {begun[0]} at the beginning of a response, H expected")

    def _check_line(self, line: bytes) -> None:
        _read_line(line)


def _read_line(line: bytes) -> tuple[HttpVersion, int, str]:
    """Read a status line; the space behind the number may be left out with the reason, as some servers do."""
    version, status, rest = line[:8], line[9:12], line[12:]
    is_line = line[8:9] == b" " and len(status) == 3 and len(status.translate(None, DIGITS)) == 0 and rest[:1] in (b"", b" ")
    if not is_line or len(rest.translate(None, FIELD_BYTES)) > 0:
        raise HttpDecoderError("status-line", f"status line {shown(line)}: allowed is a version, three digits and a reason")
    number = int(status)
    if version not in (b"HTTP/1.1", b"HTTP/1.0"):
        raise bad_version(version)
    if not 100 <= number <= 599:
        raise HttpDecoderError("status", f"status {number}, allowed are 100 to 599")
    return _HTTP_1_1 if version == b"HTTP/1.1" else _HTTP_1_0, number, rest[1:].decode("latin-1")
