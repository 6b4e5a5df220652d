"""HttpResponseWriter: responses to bytes, of a server."""

from __future__ import annotations

from typing import Final, final

from mypy_extensions import i64

from pyboot.components.netty.wire.http.errors import HttpEncoderError
from pyboot.components.netty.wire.http.message import FullHttpResponse, HttpContent, HttpResponse, LastHttpContent
from pyboot.components.netty.wire.http.start_line import reason_phrase

from .exchange import CONNECT, HEAD, HTTP_1_0, LAST, UPGRADE
from .state import CLOSE, HEAD_CHUNKED, HEAD_EMPTY, HEAD_FIXED, HEAD_UNTIL_CLOSE, IDLE, SWITCH
from .writer import JOINED_BYTES, FieldsSaid, HttpWriter, checked_reason, fields_said, length_line

__all__ = ["HttpResponseWriter"]

_STATUS_LINES: Final = [b"HTTP/1.1 %d %b\r\n" % (status, reason_phrase(status).encode("ascii")) for status in range(600)]

_CLOSE: Final = b"connection: close\r\n"
_KEEP_ALIVE: Final = b"connection: keep-alive\r\n"
_CHUNKED: Final = b"transfer-encoding: chunked\r\n"


@final
class HttpResponseWriter(HttpWriter):
    """Writes responses to the requests of an exchange, in their order.

    ::

        FullHttpResponse(200, b"hello")     -->   HTTP/1.1 200 OK\\r\\n
                                                  content-length: 5\\r\\n
                                                  \\r\\n
                                                  hello
    """

    def encode(self, msg: object) -> list[bytes]:
        # hot path: once for each message that leaves.
        if isinstance(msg, HttpResponse):
            return self._encode_head(msg)
        if isinstance(msg, HttpContent):
            return self.encode_content(msg.content, msg if isinstance(msg, LastHttpContent) else None)
        raise HttpEncoderError(f"{type(msg).__qualname__} is no response and no content")

    def _encode_head(self, response: HttpResponse) -> list[bytes]:
        if self.state != IDLE:
            raise HttpEncoderError("a response begins before the one in front of it has ended")
        status: i64 = response.status
        if not 100 <= status <= 599:
            raise HttpEncoderError(f"status {status}, allowed are 100 to 599")
        reason = response._reason
        line = _STATUS_LINES[status] if reason is None else b"HTTP/1.1 %d %b\r\n" % (int(status), checked_reason(reason))
        facts = self._facts(status)
        said = fields_said(response.headers)
        full = response if isinstance(response, FullHttpResponse) else None
        if status < 200 or status == 204 or (facts & CONNECT != 0 and status < 300):
            return self._without_content(line, status, facts, response, full, said)
        connection = self._connection(facts, said)
        has_trailers = full is not None and full._trailers is not None
        if full is not None and status != 304 and facts & HEAD == 0 and not said.is_chunked and not has_trailers:
            # What most responses are.
            content = full.content
            if said.length < 0:
                connection += length_line(len(content))
            elif said.length != len(content):
                raise HttpEncoderError(f"Content-Length says {said.length}, the content has {len(content)} bytes")
            self._message_ended()
            parts = [line]
            response.headers.write_to(parts)
            parts.append(connection)
            parts.append(b"\r\n")
            if len(content) <= JOINED_BYTES:
                parts.append(content)
                return [b"".join(parts)]
            return [b"".join(parts), content]
        return self._framed(line, status, facts, response, full, said, connection)

    def _facts(self, status: i64) -> i64:
        if self.exchange.waiting > 0:
            return self.exchange.facts()
        if status < 400:
            raise HttpEncoderError(f"a response {status} to no request: all that came have their response")
        self.exchange.begin(LAST)  # a farewell: 408 to a client that said nothing, 400 to what was no request
        return LAST

    def _connection(self, facts: i64, said: FieldsSaid) -> bytes:
        """Tell what is to be added to say whether the connection goes on; remember if it does not."""
        if said.says_close:
            self._will_close()
            return b""
        if facts & LAST != 0 or (self.exchange.is_newest_last is not None and self.exchange.is_draining_behind_next()):
            self._will_close()
            return _CLOSE
        if facts & HTTP_1_0 != 0 and not said.says_keep_alive:
            return _KEEP_ALIVE
        return b""

    def _will_close(self) -> None:
        self.must_close = self.exchange.is_over = True

    def _without_content(
        self, line: bytes, status: i64, facts: i64, response: HttpResponse, full: FullHttpResponse | None, said: FieldsSaid
    ) -> list[bytes]:
        """Encode a response that has no content because of its status, and no field that speaks of one (RFC 9110 8.6, RFC 9112 6.1)."""
        if full is not None and len(full.content) > 0:
            raise HttpEncoderError(f"a response {status} has no content, this one has {len(full.content)} bytes")
        headers = response.headers
        if said.length >= 0 or said.is_chunked:
            headers = headers.copy()
            headers.remove("content-length")
            headers.remove("transfer-encoding")
        if status == 101 or (facts & CONNECT != 0 and 200 <= status < 300):
            if status == 101 and facts & UPGRADE == 0:
                raise HttpEncoderError("101 to a request that has not asked for another protocol")
            self.move(SWITCH)
            self.exchange.is_switched = True
            self.exchange.end()
            return [line + headers.encoded() + b"\r\n"]
        if status < 200:
            if facts & HTTP_1_0 != 0:
                return [b""]  # RFC 9110 15.2: such a client knows of none
            return [line + headers.encoded() + b"\r\n"]
        connection = self._connection(facts, said)
        if full is None:
            self.move(HEAD_EMPTY)
        else:
            self._message_ended()
        return [line + headers.encoded() + connection + b"\r\n"]

    def _framed(
        self,
        line: bytes,
        status: i64,
        facts: i64,
        response: HttpResponse,
        full: FullHttpResponse | None,
        said: FieldsSaid,
        connection: bytes,
    ) -> list[bytes]:
        """Encode a response whose content follows, or goes in chunks, or does not go at all because of the request."""
        headers = response.headers
        adds_length = full is not None and said.length < 0 and not said.is_chunked and len(full.content) > 0
        if facts & HEAD != 0 or status == 304:
            if status == 304 and full is not None and len(full.content) > 0:
                raise HttpEncoderError(f"a response 304 has no content, this one has {len(full.content)} bytes")
            if full is not None and adds_length:
                connection += length_line(len(full.content))
            if full is None:
                self.move(HEAD_EMPTY)
            else:
                self._message_ended()
            return [line + headers.encoded() + connection + b"\r\n"]
        if said.length >= 0:
            self.move(HEAD_FIXED)
            self._remaining = said.length
        elif facts & HTTP_1_0 != 0:
            if said.is_chunked:
                headers = headers.copy()
                headers.remove("transfer-encoding")
            if not self.must_close:
                self._will_close()
                if said.says_keep_alive:
                    headers = headers.copy()
                    headers.remove("connection")
                connection = _CLOSE
            self.move(HEAD_UNTIL_CLOSE)
        else:
            if not said.is_chunked:
                connection += _CHUNKED
            self.move(HEAD_CHUNKED)
        head = line + headers.encoded() + connection + b"\r\n"
        return [head] if full is None else [head, *self.encode_content(full.content, full)]

    def _message_ended(self) -> None:
        self.exchange.end()
        if self.must_close and self.state == IDLE:
            self.move(CLOSE)
