"""Responses that leave."""

from typing import Any

import pytest

from pyboot.components.netty.wire.http.errors import HttpEncoderError
from pyboot.components.netty.wire.http.message import (
    EMPTY_LAST_CONTENT,
    DefaultHttpContent,
    DefaultLastHttpContent,
    FullHttpRequest,
    FullHttpResponse,
    HttpResponse,
)
from pyboot.components.netty.wire.http1.exchange import CONNECT, HEAD, HTTP_1_0, LAST, UPGRADE
from pyboot.components.netty.wire.http1.response_writer import HttpResponseWriter
from pyboot.components.netty.wire.http1.state import STATES


def write(*messages: Any, facts: int = 0) -> bytes:
    """The bytes of *messages*, answers to one request of which *facts* are known."""
    return _write(writer_of(facts), *messages)


def writer_of(*facts: int) -> HttpResponseWriter:
    """A writer for requests of which *facts* are known."""
    writer = HttpResponseWriter()
    for each in facts:
        writer.exchange.begin(each)
    return writer


def _write(writer: HttpResponseWriter, *messages: Any) -> bytes:
    return b"".join(piece for each in messages for piece in writer.encode(each))


def test_a_full_response_gets_its_length() -> None:
    """Unless it has one."""
    assert b"HTTP/1.1 200 OK\r\nA: b\r\ncontent-length: 5\r\n\r\nhello" == write(FullHttpResponse(200, b"hello", {"A": "b"}))
    assert b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello" == write(FullHttpResponse(200, b"hello", {"Content-Length": 5}))
    assert b"HTTP/1.1 404 Nope\r\ncontent-length: 0\r\n\r\n" == write(FullHttpResponse(404, reason="Nope"))
    assert b"HTTP/1.1 599 Server Error\r\ncontent-length: 0\r\n\r\n" == write(FullHttpResponse(599))


def test_long_content_is_not_copied() -> None:
    """It is a piece of its own."""
    content = b"x" * 10_000
    pieces = writer_of(0).encode(FullHttpResponse(200, content))

    assert [b"HTTP/1.1 200 OK\r\ncontent-length: 10000\r\n\r\n", content] == pieces
    assert pieces[1] is content


def test_content_that_follows_goes_in_chunks_or_as_long_as_was_said() -> None:
    """To a client of HTTP/1.0 until the connection ends."""
    pieces = [DefaultHttpContent(b"ab"), DefaultHttpContent(b""), DefaultLastHttpContent(b"c", {"T": "1"})]

    assert b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\nT: 1\r\n\r\n" == write(
        HttpResponse(200), *pieces
    )
    chunked = HttpResponse(200, {"Transfer-Encoding": "chunked"})
    assert b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" == write(chunked, EMPTY_LAST_CONTENT)
    assert b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc" == write(HttpResponse(200, {"Content-Length": "3"}), *pieces)
    assert b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nabc" == write(chunked, *pieces, facts=HTTP_1_0)
    kept = HttpResponse(200, {"Connection": "keep-alive"})
    assert b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nabc" == write(kept, *pieces, facts=HTTP_1_0)
    full = FullHttpResponse(200, b"abc", trailing_headers={"T": "1"})
    assert b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nT: 1\r\n\r\n" == write(full)
    said = FullHttpResponse(200, b"abc", {"Content-Length": "3"}, trailing_headers={"T": "1"})
    assert b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc" == write(said)


def test_a_response_to_head_says_what_it_would_have() -> None:
    """And has none of it, whether it is full or not."""
    head = b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n"

    assert head == write(FullHttpResponse(200, b"hello"), facts=HEAD)
    assert head == write(HttpResponse(200, {"content-length": 5}), DefaultHttpContent(b"hello"), EMPTY_LAST_CONTENT, facts=HEAD)
    assert b"HTTP/1.1 200 OK\r\ncontent-length: 7\r\n\r\n" == write(FullHttpResponse(200, b"", {"content-length": 7}), facts=HEAD)
    assert b"HTTP/1.1 200 OK\r\n\r\n" == write(FullHttpResponse(200), facts=HEAD)


def test_some_statuses_have_no_content() -> None:
    """Nor a field that speaks of it, but for 304; content is refused, not lost."""
    fields = {"Content-Length": "0", "A": "b"}

    assert b"HTTP/1.1 204 No Content\r\nA: b\r\n\r\n" == write(FullHttpResponse(204, b"", fields))
    assert b"HTTP/1.1 204 No Content\r\nA: b\r\n\r\n" == write(HttpResponse(204, fields), EMPTY_LAST_CONTENT)
    assert b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n" == write(
        FullHttpResponse(100), FullHttpResponse(200)
    )
    assert b"HTTP/1.1 304 Not Modified\r\nContent-Length: 0\r\nA: b\r\n\r\n" == write(FullHttpResponse(304, b"", fields))
    assert b"HTTP/1.1 304 Not Modified\r\n\r\n" == write(HttpResponse(304), EMPTY_LAST_CONTENT)
    for status in (100, 204, 304):
        with pytest.raises(HttpEncoderError, match="has no content"):
            write(FullHttpResponse(status, b"a"))


def test_an_informational_response_is_not_for_clients_of_1_0() -> None:
    """They know of none."""
    assert b"" == write(FullHttpResponse(100), facts=HTTP_1_0)


@pytest.mark.parametrize(
    ("facts", "said", "line", "closes"),
    [
        (0, None, b"", False),
        (0, "close", b"Connection: close\r\n", True),
        (LAST, None, b"connection: close\r\n", True),
        (LAST, "close", b"Connection: close\r\n", True),
        (HTTP_1_0, None, b"connection: keep-alive\r\n", False),
        (HTTP_1_0, "keep-alive", b"Connection: keep-alive\r\n", False),
        (HTTP_1_0 | LAST, None, b"connection: close\r\n", True),
    ],
)
def test_a_response_says_whether_the_connection_goes_on(facts: int, said: str | None, line: bytes, closes: bool) -> None:
    """Where the version does not; and nothing follows the last one."""
    writer = writer_of(facts, 0)
    response = FullHttpResponse(204, headers=None if said is None else {"Connection": said})

    assert b"HTTP/1.1 204 No Content\r\n" + line + b"\r\n" == _write(writer, response)
    assert (closes, "CLOSED" if closes else "IDLE") == (writer.must_close, STATES[writer.state])


def test_responses_belong_to_requests_in_their_order() -> None:
    """Each knows the request that waits longest; one to none is refused, unless it is a farewell."""
    writer = writer_of(HEAD, 0)

    assert b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\n" == _write(writer, FullHttpResponse(200, b"a"))
    assert b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\nb" == _write(writer, FullHttpResponse(200, b"b"))
    with pytest.raises(HttpEncoderError, match="to no request"):
        writer.encode(FullHttpResponse(200))
    assert b"HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 0\r\n\r\n" == _write(writer, FullHttpResponse(408))
    assert "CLOSED" == STATES[writer.state]
    with pytest.raises(HttpEncoderError):
        writer.encode(FullHttpResponse(408))


@pytest.mark.parametrize(("facts", "status", "line"), [(UPGRADE, 101, b"101 Switching Protocols"), (CONNECT, 200, b"200 OK")])
def test_a_change_of_the_protocol_is_the_last_of_http(facts: int, status: int, line: bytes) -> None:
    """It has no content and no length."""
    writer = writer_of(facts)

    assert b"HTTP/1.1 " + line + b"\r\n\r\n" == _write(writer, FullHttpResponse(status, headers={"Content-Length": "0"}))
    assert (True, "SWITCHED") == (writer.exchange.is_switched, STATES[writer.state])
    with pytest.raises(HttpEncoderError, match="has not asked"):
        write(FullHttpResponse(101))
    assert b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n" == write(FullHttpResponse(403), facts=facts)


def test_content_is_as_long_as_was_said_or_breaks_the_direction() -> None:
    """The peer would read the difference as the next response."""
    with pytest.raises(HttpEncoderError, match="says 3, the content has 2"):
        write(FullHttpResponse(200, b"ab", {"Content-Length": "3"}))
    for wrong, text in ((DefaultHttpContent(b"abcd"), "1 bytes more"), (DefaultLastHttpContent(b"ab"), "1 bytes less")):
        writer = writer_of(0)
        writer.encode(HttpResponse(200, {"Content-Length": "3"}))
        with pytest.raises(HttpEncoderError, match=text):
            writer.encode(wrong)
        assert "BROKEN" == STATES[writer.state]


def test_a_head_that_is_refused_changes_nothing() -> None:
    """Another one may take its place."""
    refused = [
        FullHttpResponse(99),
        FullHttpResponse(600),
        FullHttpResponse(200, reason="a\r\nb"),
        FullHttpResponse(200, headers={"Content-Length": "x"}),
        FullHttpRequest("GET", "/"),
        b"bytes",
        DefaultHttpContent(b"content before a head"),
    ]
    for wrong in refused:
        writer = writer_of(0)
        with pytest.raises(HttpEncoderError):
            writer.encode(wrong)
        assert b"HTTP/1.1 500 Internal Server Error\r\ncontent-length: 0\r\n\r\n" == _write(writer, FullHttpResponse(500))


def test_a_response_ends_before_the_next_begins() -> None:
    """As each message does."""
    writer = writer_of(0, 0)
    writer.encode(HttpResponse(200))

    with pytest.raises(HttpEncoderError, match="before the one in front"):
        writer.encode(FullHttpResponse(200))
