"""The checklist of Http11Probe (MDA2AV, 2026), by its ids, against our server codec: what RFC 9110 and RFC 9112 want of a server.

Left out are those of its tests that ask for what a handler does: methods that are allowed, ranges, cookies, the date, WebSocket. Where
the probe lets a server choose between 400 and 2xx this table says which we have chosen.
"""

from typing import Any, Final

import pytest

from pyboot.components.netty.buffer.byte_buffer import ByteBuffer
from pyboot.components.netty.channel.embedded.channel import EmbeddedChannel
from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.components.netty.codec.http.aggregator import HttpObjectAggregator
from pyboot.components.netty.codec.http.server import HttpServerCodec
from pyboot.components.netty.wire.http.message import FullHttpRequest, FullHttpResponse

GET: Final = b"GET / HTTP/1.1\r\nHost: localhost:8080\r\n"
POST: Final = b"POST / HTTP/1.1\r\nHost: localhost:8080\r\n"
CHUNKED: Final = POST + b"Transfer-Encoding: chunked\r\n\r\n"

# Answered with 400, and the connection closed.
REFUSED: Final[dict[str, bytes]] = {
    "RFC9112-2.3-HTTP09-REQUEST": b"GET /\r\n",  # the line alone says it
    "SMUG-DUPLICATE-CL": POST + b"Content-Length: 5\r\nContent-Length: 10\r\n\r\nhelloworld",
    "SMUG-TE-XCHUNKED": POST + b"Transfer-Encoding: xchunked\r\nContent-Length: 5\r\n\r\nhello",
    "SMUG-TE-TRAILING-SPACE": POST + b"Transfer-Encoding: chunked \r\nContent-Length: 5\r\n\r\nhello",
    "SMUG-TE-SP-BEFORE-COLON": POST + b"Transfer-Encoding : chunked\r\nContent-Length: 5\r\n\r\nhello",
    "SMUG-CL-NEGATIVE": POST + b"Content-Length: -1\r\n\r\n",
    "SMUG-TE-DOUBLE-CHUNKED": POST + b"Transfer-Encoding: chunked, chunked\r\nContent-Length: 5\r\n\r\nhello",
    "SMUG-TE-CASE-MISMATCH": POST + b"Transfer-Encoding: Chunked\r\nContent-Length: 5\r\n\r\nhello",
    "SMUG-CL-COMMA-DIFFERENT": POST + b"Content-Length: 5, 10\r\n\r\nhello",
    "SMUG-TE-NOT-FINAL-CHUNKED": POST + b"Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n",
    "SMUG-TE-HTTP10": b"POST / HTTP/1.0\r\nHost: localhost:8080\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\nhello",
    "SMUG-CHUNK-BARE-SEMICOLON": CHUNKED + b"5;\r\nhello\r\n0\r\n\r\n",
    "SMUG-CHUNK-EXT-INVALID-TOKEN": CHUNKED + b"5;bad[=x\r\nhello\r\n0\r\n\r\n",
    "SMUG-CL-OCTAL": POST + b"Content-Length: 0o5\r\n\r\nhello",
    "SMUG-CHUNK-UNDERSCORE": CHUNKED + b"1_0\r\nhello world!!!!!\r\n0\r\n\r\n",
    "SMUG-TE-EMPTY-VALUE": POST + b"Transfer-Encoding: \r\nContent-Length: 5\r\n\r\nhello",
    "SMUG-TE-LEADING-COMMA": POST + b"Transfer-Encoding: , chunked\r\nContent-Length: 5\r\n\r\nhello",
    "SMUG-TE-DUPLICATE-HEADERS": POST + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\nContent-Length: 5\r\n\r\nhello",
    "SMUG-CHUNK-HEX-PREFIX": CHUNKED + b"0x5\r\nhello\r\n0\r\n\r\n",
    "SMUG-CHUNK-SIZE-PLUS": CHUNKED + b"+5\r\nhello\r\n0\r\n\r\n",
    "SMUG-CHUNK-SIZE-TRAILING-OWS": CHUNKED + b"5 \r\nhello\r\n0\r\n\r\n",
    "SMUG-CL-HEX-PREFIX": POST + b"Content-Length: 0x5\r\n\r\nhello",
    "SMUG-CL-INTERNAL-SPACE": POST + b"Content-Length: 1 0\r\n\r\nhello12345",
    "SMUG-CHUNK-LEADING-SP": CHUNKED + b" 5\r\nhello\r\n0\r\n\r\n",
    "SMUG-CHUNK-MISSING-TRAILING-CRLF": CHUNKED + b"5\r\nhello0\r\n\r\n",
    "SMUG-CHUNK-SPILL": CHUNKED + b"5\r\nhello!!\r\n0\r\n\r\n",
    "SMUG-TE-IDENTITY": POST + b"Transfer-Encoding: identity\r\nContent-Length: 5\r\n\r\nhello",
    "SMUG-CHUNK-NEGATIVE": CHUNKED + b"-1\r\nhello\r\n0\r\n\r\n",
    "SMUG-CL-COMMA-SAME": POST + b"Content-Length: 5, 5\r\n\r\nhello",
    "SMUG-CL-COMMA-TRIPLE": POST + b"Content-Length: 5, 5, 5\r\n\r\nhello",
    "SMUG-CHUNKED-WITH-PARAMS": POST + b"Transfer-Encoding: chunked;ext=val\r\nContent-Length: 5\r\n\r\nhello",
    "SMUG-TRAILER-CL": CHUNKED + b"5\r\nhello\r\n0\r\nContent-Length: 50\r\n\r\n",
    "SMUG-TRAILER-TE": CHUNKED + b"5\r\nhello\r\n0\r\nTransfer-Encoding: chunked\r\n\r\n",
    "SMUG-TRAILER-HOST": CHUNKED + b"5\r\nhello\r\n0\r\nHost: evil.example.com\r\n\r\n",
    "SMUG-TRAILER-AUTH": CHUNKED + b"5\r\nhello\r\n0\r\nAuthorization: Bearer evil\r\n\r\n",
    "SMUG-CL-UNDERSCORE": POST + b"Content-Length: 1_0\r\n\r\nhelloworld",
    "SMUG-CL-NEGATIVE-ZERO": POST + b"Content-Length: -0\r\n\r\n",
    "SMUG-TE-OBS-FOLD": POST + b"Transfer-Encoding:\r\n chunked\r\nContent-Length: 5\r\n\r\nhello",
    "SMUG-TE-TRAILING-COMMA": POST + b"Transfer-Encoding: chunked,\r\nContent-Length: 5\r\n\r\nhello",
    "SMUG-TE-TAB-BEFORE-VALUE": POST + b"Transfer-Encoding:\tchunked\r\nContent-Length: 5\r\n\r\nhello",
    "SMUG-ABSOLUTE-URI-HOST-MISMATCH": b"GET http://other.example.com/ HTTP/1.1\r\nHost: localhost:8080\r\n\r\n",
    "SMUG-MULTIPLE-HOST-COMMA": b"GET / HTTP/1.1\r\nHost: localhost:8080, other.example.com\r\n\r\n",
    "SMUG-TRAILER-CONTENT-TYPE": CHUNKED + b"5\r\nhello\r\n0\r\nContent-Type: text/evil\r\n\r\n",
    "MAL-NUL-IN-URL": b"GET /\x00test HTTP/1.1\r\nHost: localhost:8080\r\n\r\n",
    "MAL-CL-OVERFLOW": POST + b"Content-Length: 99999999999999999999\r\n\r\n",
    "MAL-WHITESPACE-ONLY-LINE": b"   \r\n\r\n",
    "MAL-CHUNK-SIZE-OVERFLOW": CHUNKED + b"FFFFFFFFFFFFFFFF0\r\nhello\r\n0\r\n\r\n",
    "MAL-CL-EMPTY": POST + b"Content-Length: \r\n\r\n",
    "RFC9112-2.2-BARE-LF-REQUEST-LINE": b"GET / HTTP/1.1\nHost: localhost:8080\r\n\r\n",
    "RFC9112-2.2-BARE-LF-HEADER": b"GET / HTTP/1.1\r\nHost: localhost:8080\nX-Test: value\r\n\r\n",
    "RFC9112-5.1-OBS-FOLD": GET + b"X-Test: value\r\n continued\r\n\r\n",
    "RFC9110-5.6.2-SP-BEFORE-COLON": GET + b"X-Test : value\r\n\r\n",
    "RFC9112-3-MULTI-SP-REQUEST-LINE": b"GET  / HTTP/1.1\r\nHost: localhost:8080\r\n\r\n",
    "RFC9112-7.1-MISSING-HOST": b"GET / HTTP/1.1\r\n\r\n",
    "RFC9112-5-EMPTY-HEADER-NAME": GET + b": empty-name\r\n\r\n",
    "RFC9112-3-CR-ONLY-LINE-ENDING": b"GET / HTTP/1.1\rHost: localhost:8080\r\n\r\n",
    "RFC9112-3-MISSING-TARGET": b"GET HTTP/1.1\r\nHost: localhost:8080\r\n\r\n",
    "RFC9112-3.2-FRAGMENT-IN-TARGET": b"GET /path#frag HTTP/1.1\r\nHost: localhost:8080\r\n\r\n",
    "RFC9112-5-INVALID-HEADER-NAME": GET + b"Bad[Name: value\r\n\r\n",
    "RFC9112-5-HEADER-NO-COLON": GET + b"NoColonHere\r\n\r\n",
    "RFC9110-5.4-DUPLICATE-HOST": GET + b"Host: other.example.com\r\n\r\n",
    "RFC9112-6.1-CL-NON-NUMERIC": POST + b"Content-Length: abc\r\n\r\n",
    "RFC9112-6.1-CL-PLUS-SIGN": POST + b"Content-Length: +5\r\n\r\nhello",
    "COMP-WHITESPACE-BEFORE-HEADERS": b"GET / HTTP/1.1\r\n \r\nHost: localhost:8080\r\n\r\n",
    "COMP-DUPLICATE-HOST-SAME": GET + b"Host: localhost:8080\r\n\r\n",
    "COMP-HOST-WITH-USERINFO": b"GET / HTTP/1.1\r\nHost: user@localhost:8080\r\n\r\n",
    "COMP-HOST-WITH-PATH": b"GET / HTTP/1.1\r\nHost: localhost:8080/path\r\n\r\n",
    "COMP-ASTERISK-WITH-GET": b"GET * HTTP/1.1\r\nHost: localhost:8080\r\n\r\n",
    "COMP-UNKNOWN-TE-501": POST + b"Transfer-Encoding: gzip\r\n\r\n",
    "COMP-HOST-EMPTY-VALUE": b"GET / HTTP/1.1\r\nHost: \r\n\r\n",
    "COMP-REQUEST-LINE-TAB": b"GET\t/ HTTP/1.1\r\nHost: localhost:8080\r\n\r\n",
    "COMP-VERSION-MISSING-MINOR": b"GET / HTTP/1\r\nHost: localhost:8080\r\n\r\n",
    "COMP-VERSION-LEADING-ZEROS": b"GET / HTTP/01.01\r\nHost: localhost:8080\r\n\r\n",
    "COMP-VERSION-WHITESPACE": b"GET / HTTP/ 1.1\r\nHost: localhost:8080\r\n\r\n",
    "COMP-TRACE-WITH-BODY": b"TRACE / HTTP/1.1\r\nHost: localhost:8080\r\nContent-Length: 5\r\n\r\nhello",
    "COMP-VERSION-CASE": b"GET / http/1.1\r\nHost: localhost:8080\r\n\r\n",
    "COMP-SPACE-IN-TARGET": b"GET /pa th HTTP/1.1\r\nHost: localhost:8080\r\n\r\n",
    "SMUG-CL-TE-BOTH": POST + b"Transfer-Encoding: chunked\r\nContent-Length: 28\r\n\r\nD\r\nhello-bananas\r\n0\r\n\r\n",
    "SMUG-CLTE-PIPELINE": POST + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "SMUG-TECL-PIPELINE": POST + b"Transfer-Encoding: chunked\r\nContent-Length: 30\r\n\r\n0\r\n\r\n",
    "SMUG-BARE-CR-HEADER-VALUE": POST + b"Content-Length: 5\r\nX-Test: val\rue\r\n\r\nhello",
    "SMUG-CHUNK-EXT-LF": CHUNKED + b"5;\nhello\r\n0\r\n\r\n",
    "SMUG-CHUNK-LF-TERM": CHUNKED + b"5\r\nhello\n0\r\n\r\n",
    "SMUG-CHUNK-EXT-CTRL": CHUNKED + b"5;\x00ext\r\nhello\r\n0\r\n\r\n",
    "SMUG-CHUNK-EXT-CR": CHUNKED + b"5;a\rX\r\nhello\r\n0\r\n\r\n",
    "SMUG-TE-VTAB": POST + b"Transfer-Encoding: \x0bchunked\r\nContent-Length: 5\r\n\r\nhello",
    "SMUG-TE-FORMFEED": POST + b"Transfer-Encoding: \x0cchunked\r\nContent-Length: 5\r\n\r\nhello",
    "SMUG-TE-NULL": POST + b"Transfer-Encoding: chunked\x00\r\nContent-Length: 5\r\n\r\nhello",
    "SMUG-CHUNK-LF-TRAILER": CHUNKED + b"5\r\nhello\r\n0\r\n\n",
    "SMUG-CHUNK-BARE-CR-TERM": CHUNKED + b"5\rhello\r\n0\r\n\r\n",
    "SMUG-CLTE-DESYNC": POST
    + b"Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nXGET / HTTP/1.1\r\nHost: localhost:8080\r\n\r\n",
    "SMUG-CLTE-SMUGGLED-GET": POST
    + b"Content-Length: 45\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET / HTTP/1.1\r\nHost: localhost:8080\r\n\r\n",
    "SMUG-CLTE-SMUGGLED-GET-CL-PLUS": POST
    + b"Content-Length: +45\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET / HTTP/1.1\r\nHost: localhost:8080\r\n\r\n",
    "SMUG-CLTE-SMUGGLED-GET-CL-NON-NUMERIC": POST
    + b"Content-Length: 45x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET / HTTP/1.1\r\nHost: localhost:8080\r\n\r\n",
    "SMUG-CLTE-SMUGGLED-GET-TE-OBS-FOLD": POST
    + b"Transfer-Encoding:\r\n chunked\r\nContent-Length: 45\r\n\r\n0\r\n\r\nGET / HTTP/1.1\r\nHost: localhost:8080\r\n\r\n",
    "SMUG-CLTE-SMUGGLED-GET-TE-TRAILING-SPACE": POST
    + b"Content-Length: 45\r\nTransfer-Encoding: chunked \r\n\r\n0\r\n\r\nGET / HTTP/1.1\r\nHost: localhost:8080\r\n\r\n",
    "SMUG-CLTE-SMUGGLED-GET-TE-LEADING-COMMA": POST
    + b"Content-Length: 45\r\nTransfer-Encoding: , chunked\r\n\r\n0\r\n\r\nGET / HTTP/1.1\r\nHost: localhost:8080\r\n\r\n",
    "SMUG-CLTE-SMUGGLED-GET-TE-CASE-MISMATCH": POST
    + b"Content-Length: 45\r\nTransfer-Encoding: Chunked\r\n\r\n0\r\n\r\nGET / HTTP/1.1\r\nHost: localhost:8080\r\n\r\n",
    "SMUG-TE-DUPLICATE-HEADERS-SMUGGLED-GET": POST
    + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\nContent-Length: 45\r\n\r\n0\r\n\r\n"
    + GET
    + b"\r\n",
    "SMUG-DUPLICATE-CL-SMUGGLED-GET": POST
    + b"Content-Length: 4\r\nContent-Length: 44\r\n\r\nPINGGET / HTTP/1.1\r\nHost: localhost:8080\r\n\r\n",
    "SMUG-OPTIONS-TE-OBS-FOLD": b"OPTIONS" + GET[3:] + b"Transfer-Encoding:\r\n chunked\r\nContent-Length: 5\r\n\r\nhello",
    "SMUG-CHUNK-INVALID-SIZE-DESYNC": CHUNKED + b"+0\r\n\r\nXGET / HTTP/1.1\r\nHost: localhost:8080\r\n\r\n",
    "MAL-CONTROL-CHARS-HEADER": GET + b"X-Test: abc\x07\x08\x0bdef\r\n\r\n",
    "MAL-NON-ASCII-HEADER-NAME": GET + b"X-T\xc3\xabst: value\r\n\r\n",
    "MAL-NON-ASCII-URL": b"GET /caf\xc3\xa9 HTTP/1.1\r\nHost: localhost:8080\r\n\r\n",
    "MAL-NUL-IN-HEADER-VALUE": GET + b"X-Test: val\x00ue\r\n\r\n",
    "MAL-URL-OVERLONG-UTF8": b"GET /\xc0\xaf HTTP/1.1\r\nHost: localhost:8080\r\n\r\n",
    "MAL-CHUNK-EXT-64K": CHUNKED + b"5;ext=" + b"a" * 65_536 + b"\r\nhello\r\n0\r\n\r\n",
    "MAL-BINARY-GARBAGE": bytes(range(255, -1, -1)),
}

# Answered with another status, and closed: 414, 431, 505 or 413 of the aggregator.
REFUSED_OTHERWISE: Final[dict[str, bytes]] = {
    "MAL-LONG-METHOD": b"A" * 100_000 + b" / HTTP/1.1\r\n\r\n",
    "MAL-H2-PREFACE": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "RFC9112-2.3-INVALID-VERSION": b"GET / HTTP/9.9\r\nHost: localhost:8080\r\n\r\n",
    "COMP-HTTP12-VERSION": b"GET / HTTP/1.2\r\nHost: localhost:8080\r\n\r\n",
    "MAL-POST-CL-HUGE-NO-BODY": POST + b"Content-Length: 999999999\r\n\r\n",
    "MAL-LONG-URL": b"GET /" + b"A" * 100_000 + b" HTTP/1.1\r\nHost: localhost:8080\r\n\r\n",
    "MAL-LONG-HEADER-VALUE": GET + b"X-Big: " + b"B" * 100_000 + b"\r\n\r\n",
    "MAL-LONG-HEADER-NAME": GET + b"A" * 100_000 + b": val\r\n\r\n",
    "MAL-MANY-HEADERS": GET + b"".join(b"X-H-%d: value\r\n" % number for number in range(10_000)) + b"\r\n",
}

# Served with 200.
SERVED: Final[dict[str, bytes]] = {
    "SMUG-CL-LEADING-ZEROS": POST + b"Content-Length: 005\r\n\r\nhello",
    "SMUG-CL-TRAILING-SPACE": POST + b"Content-Length: 5 \r\n\r\nhello",
    "SMUG-CL-EXTRA-LEADING-SP": POST + b"Content-Length:  5\r\n\r\nhello",
    "SMUG-TRANSFER_ENCODING": POST + b"Transfer_Encoding: chunked\r\nContent-Length: 5\r\n\r\nhello",
    "SMUG-HEAD-CL-BODY": b"HEAD / HTTP/1.1\r\nHost: localhost:8080\r\nContent-Length: 5\r\n\r\nhello",
    "SMUG-OPTIONS-CL-BODY": b"OPTIONS / HTTP/1.1\r\nHost: localhost:8080\r\nContent-Length: 5\r\n\r\nhello",
    "SMUG-CL-DOUBLE-ZERO": POST + b"Content-Length: 00\r\n\r\n",
    "MAL-CL-TAB-BEFORE-VALUE": POST + b"Content-Length:\t5\r\n\r\nhello",
    "MAL-URL-BACKSLASH": b"GET /path\\file HTTP/1.1\r\nHost: localhost:8080\r\n\r\n",
    "MAL-URL-PERCENT-NULL": b"GET /path%00.html HTTP/1.1\r\nHost: localhost:8080\r\n\r\n",
    "MAL-URL-PERCENT-CRLF": b"GET /path%0d%0aX-Injected:%20true HTTP/1.1\r\nHost: localhost:8080\r\n\r\n",
    "COMP-BASELINE": GET + b"\r\n",
    "COMP-OPTIONS-STAR": b"OPTIONS * HTTP/1.1\r\nHost: localhost:8080\r\n\r\n",
    "COMP-LEADING-CRLF": b"\r\n\r\nGET / HTTP/1.1\r\nHost: localhost:8080\r\n\r\n",
    "COMP-ABSOLUTE-FORM": b"GET http://localhost:8080/ HTTP/1.1\r\nHost: localhost:8080\r\n\r\n",
    "COMP-METHOD-CASE": b"get / HTTP/1.1\r\nHost: localhost:8080\r\n\r\n",
    "COMP-POST-CL-BODY": POST + b"Content-Length: 5\r\n\r\nhello",
    "COMP-POST-CL-ZERO": POST + b"Content-Length: 0\r\n\r\n",
    "COMP-POST-NO-CL-NO-TE": POST + b"\r\n",
    "COMP-CHUNKED-BODY": CHUNKED + b"5\r\nhello\r\n0\r\n\r\n",
    "COMP-CHUNKED-MULTI": CHUNKED + b"5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n",
    "COMP-CHUNKED-EMPTY": CHUNKED + b"0\r\n\r\n",
    "COMP-GET-WITH-CL-BODY": GET + b"Content-Length: 5\r\n\r\nhello",
    "COMP-CHUNKED-EXTENSION": CHUNKED + b"5;ext=value\r\nhello\r\n0\r\n\r\n",
    "COMP-CONNECTION-CLOSE": GET + b"Connection: close\r\n\r\n",
    "COMP-HTTP10-DEFAULT-CLOSE": b"GET / HTTP/1.0\r\nHost: localhost:8080\r\n\r\n",
    "COMP-HTTP10-NO-HOST": b"GET / HTTP/1.0\r\n\r\n",
    "COMP-CHUNKED-TRAILER-VALID": CHUNKED + b"5\r\nhello\r\n0\r\nX-Checksum: abc\r\n\r\n",
    "COMP-CHUNKED-HEX-UPPERCASE": CHUNKED + b"A\r\nhelloworld\r\n0\r\n\r\n",
    "COMP-HEAD-NO-BODY": b"HEAD / HTTP/1.1\r\nHost: localhost:8080\r\n\r\n",
    "COMP-NO-1XX-HTTP10": b"POST / HTTP/1.0\r\nHost: localhost:8080\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\nhello",
    "COMP-LONG-URL-OK": b"GET /" + b"a" * 7900 + b" HTTP/1.1\r\nHost: localhost:8080\r\n\r\n",
    "SMUG-PIPELINE-SAFE": (GET + b"\r\n") * 2,
}

# Not whole: waited for, until a deadline closes.
AWAITED: Final[dict[str, bytes]] = {
    "MAL-INCOMPLETE-REQUEST": GET + b"X-Test: value",
    "COMP-POST-CL-UNDERSEND": POST + b"Content-Length: 10\r\n\r\nhello",
    "COMP-CHUNKED-NO-FINAL": CHUNKED + b"5\r\nhello\r\n",
    "MAL-EMPTY-REQUEST": b"",
}

STATUSES: Final = {
    "MAL-H2-PREFACE": b"505",
    "RFC9112-2.3-INVALID-VERSION": b"505",
    "COMP-HTTP12-VERSION": b"505",
    "MAL-POST-CL-HUGE-NO-BODY": b"413",
    "MAL-LONG-URL": b"414",
    "MAL-LONG-METHOD": b"414",
    "MAL-LONG-HEADER-VALUE": b"431",
    "MAL-LONG-HEADER-NAME": b"431",
    "MAL-MANY-HEADERS": b"431",
}


class Echo(ChannelHandler[FullHttpRequest]):
    """Answers with the content, and counts."""

    def __init__(self) -> None:
        self.requests = 0

    def channel_read(self, ctx: Any, msg: FullHttpRequest) -> None:
        """Answers."""
        self.requests += 1
        ctx.write_and_flush(FullHttpResponse(200, msg.content))


def served(stream: bytes, *, cut: bool) -> tuple[list[bytes], bool, int]:
    """The statuses that *stream* is answered with, whether the channel is open then, and how many requests were seen."""
    echo = Echo()
    channel = EmbeddedChannel(HttpServerCodec(), HttpObjectAggregator(), echo)
    pieces = [stream[at : at + 1] for at in range(len(stream))] if cut else [stream]
    for piece in pieces:
        if channel.is_open:
            channel.write_inbound(ByteBuffer(piece))
    channel.run_pending_tasks()
    answers = channel.outbound_bytes().split(b"HTTP/1.1 ")[1:]
    return [answer[:3] for answer in answers if answer[:3].isdigit()], channel.is_open, echo.requests


def whole_and_cut(stream: bytes) -> list[bool]:
    """Both, or whole only where that would take long."""
    return [False, True] if len(stream) < 20_000 else [False]


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_wrong_is_answered_400_and_closed(name: str) -> None:
    """No handler sees it, whole and byte by byte; what is smuggled behind it is not read."""
    for cut in whole_and_cut(REFUSED[name]):
        assert ([b"400"], False, 0) == served(REFUSED[name], cut=cut)


@pytest.mark.parametrize("name", REFUSED_OTHERWISE)
def test_what_is_too_much_is_answered_with_what_fits_and_closed(name: str) -> None:
    """No handler sees it."""
    for cut in whole_and_cut(REFUSED_OTHERWISE[name]):
        assert ([STATUSES[name]], False, 0) == served(REFUSED_OTHERWISE[name], cut=cut)


@pytest.mark.parametrize("name", SERVED)
def test_what_is_right_is_served(name: str) -> None:
    """Once, or twice where two came."""
    for cut in whole_and_cut(SERVED[name]):
        statuses, _, requests = served(SERVED[name], cut=cut)
        assert [b"200"] * requests == statuses
        assert (2 if name == "SMUG-PIPELINE-SAFE" else 1) == requests


@pytest.mark.parametrize("name", AWAITED)
def test_what_is_not_whole_is_waited_for(name: str) -> None:
    """Nothing is answered, and nothing seen."""
    for cut in (False, True):
        assert ([], True, 0) == served(AWAITED[name], cut=cut)


def test_what_follows_content_of_no_bytes_is_the_next_request() -> None:
    """SMUG-CL0-BODY-POISON: and is refused, since it is none."""
    stream = POST + b"Content-Length: 0\r\n\r\nX" + GET + b"\r\n"

    # XGET is a method like any other; the client has written it.
    assert ([b"200", b"200"], True, 2) == served(stream, cut=False)
