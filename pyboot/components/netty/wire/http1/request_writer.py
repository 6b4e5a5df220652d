"""HttpRequestWriter: requests to bytes, of a client."""

from __future__ import annotations

from typing import Final, final

from mypy_extensions import i64

from pyboot.components.netty.wire.http.errors import HttpEncoderError
from pyboot.components.netty.wire.http.message import FullHttpRequest, HttpContent, HttpRequest, LastHttpContent
from pyboot.components.netty.wire.http.start_line import HttpVersion

from .exchange import CONNECT, HEAD, HTTP_1_0, LAST, UPGRADE
from .state import CLOSE, HEAD_CHUNKED, HEAD_FIXED, IDLE
from .writer import JOINED_BYTES, FieldsSaid, HttpWriter, checked_target, checked_token, fields_said, length_line

__all__ = ["HttpRequestWriter"]

_HTTP_1_0: Final = HttpVersion.HTTP_1_0
_CHUNKED: Final = b"transfer-encoding: chunked\r\n"

# Requests whose content means something: without any they say so (RFC 9110 8.6); of the others nothing is said, and nothing follows.
_WITH_CONTENT: Final = ("POST", "PUT", "PATCH")


@final
class HttpRequestWriter(HttpWriter):
    """Writes requests, each of which begins an exchange.

    ::

        FullHttpRequest("POST", "/a", b"hello", {"Host": "x"})   -->   POST /a HTTP/1.1\\r\\n
                                                                       Host: x\\r\\n
                                                                       content-length: 5\\r\\n
                                                                       \\r\\n
                                                                       hello
    """

    def encode(self, msg: object) -> list[bytes]:
        # hot path: once for each message that leaves.
        if isinstance(msg, HttpRequest):
            return self._encode_head(msg)
        if isinstance(msg, HttpContent):
            return self.encode_content(msg.content, msg if isinstance(msg, LastHttpContent) else None)
        raise HttpEncoderError(f"{type(msg).__qualname__} is no request and no content")

    def _encode_head(self, request: HttpRequest) -> list[bytes]:
        if self.state != IDLE:
            raise HttpEncoderError("a request begins before the one in front of it has ended")
        method, is_1_0 = request.method, request.version is _HTTP_1_0
        if request.version > HttpVersion.HTTP_1_1:
            raise HttpEncoderError(f"a request of {request.version}: written are HTTP/1.1 and HTTP/1.0")
        hosts: i64 = 0
        for field in request.headers.fields:
            if field[0] == b"host":
                hosts += 1
        if hosts != 1 and not (is_1_0 and hosts == 0):
            raise HttpEncoderError(f"{hosts} fields Host, exactly one is asked for")
        version = b"HTTP/1.0" if is_1_0 else b"HTTP/1.1"
        line = b"%b %b %b\r\n" % (checked_token(method), checked_target(request.uri), version)
        said = fields_said(request.headers)
        if is_1_0 and said.is_chunked:
            raise HttpEncoderError("chunks in a request of HTTP/1.0")
        head = line + request.headers.encoded()
        if isinstance(request, FullHttpRequest):
            pieces = self._whole(head, method, request, said)
        else:
            pieces = [head + self._begin_content(method, is_1_0, said) + b"\r\n"]
        self.exchange.begin(_facts_of(method, is_1_0, said, request))
        if said.says_close or (is_1_0 and not said.says_keep_alive):
            self.must_close = True
        if self.state == IDLE:
            self._message_ended()
        return pieces

    def _whole(self, head: bytes, method: str, request: FullHttpRequest, said: FieldsSaid) -> list[bytes]:
        content = request.content
        size: i64 = len(content)
        if said.is_chunked:
            self.move(HEAD_CHUNKED)
            return [head + b"\r\n", *self.encode_content(content, request)]
        if said.length < 0:
            if size > 0 or method in _WITH_CONTENT:
                head += length_line(int(size))
        elif said.length != size:
            raise HttpEncoderError(f"Content-Length says {said.length}, the content has {size} bytes")
        return [b"".join([head, b"\r\n", content])] if size <= JOINED_BYTES else [head + b"\r\n", content]

    def _begin_content(self, method: str, is_1_0: bool, said: FieldsSaid) -> bytes:
        """Say how the content that follows will end; give what is to be added to the head."""
        if said.length >= 0 or (not said.is_chunked and (is_1_0 or method not in _WITH_CONTENT)):
            self.move(HEAD_FIXED)
            self._remaining = max(said.length, 0)
            return b""
        self.move(HEAD_CHUNKED)
        return b"" if said.is_chunked else _CHUNKED

    def _message_ended(self) -> None:
        if self.must_close and self.state == IDLE:
            self.move(CLOSE)


def _facts_of(method: str, is_1_0: bool, said: FieldsSaid, request: HttpRequest) -> i64:
    facts: i64 = HTTP_1_0 if is_1_0 else 0
    if method == "HEAD":
        facts |= HEAD
    elif method == "CONNECT":
        facts |= CONNECT
    if said.says_upgrade and "upgrade" in request.headers:
        facts |= UPGRADE
    if said.says_close:
        facts |= LAST
    return facts
