"""Requests that leave."""

from typing import Any

import pytest

from pyboot.components.netty.wire.http.errors import HttpEncoderError
from pyboot.components.netty.wire.http.message import (
    EMPTY_LAST_CONTENT,
    DefaultHttpContent,
    DefaultLastHttpContent,
    FullHttpRequest,
    FullHttpResponse,
    HttpRequest,
)
from pyboot.components.netty.wire.http.start_line import HttpVersion
from pyboot.components.netty.wire.http1.exchange import CONNECT, HEAD, HTTP_1_0, LAST, UPGRADE
from pyboot.components.netty.wire.http1.request_writer import HttpRequestWriter
from pyboot.components.netty.wire.http1.state import STATES

HOST = {"Host": "x"}


def write(*messages: Any) -> bytes:
    """The bytes of *messages*."""
    writer = HttpRequestWriter()
    return b"".join(piece for each in messages for piece in writer.encode(each))


def test_a_full_request_gets_its_length_where_it_means_something() -> None:
    """One that has content, and one whose method is about content."""
    assert b"GET /a?b HTTP/1.1\r\nHost: x\r\n\r\n" == write(FullHttpRequest("GET", "/a?b", headers=HOST))
    assert b"POST / HTTP/1.1\r\nHost: x\r\ncontent-length: 5\r\n\r\nhello" == write(FullHttpRequest("POST", "/", b"hello", HOST))
    assert b"PUT / HTTP/1.1\r\nHost: x\r\ncontent-length: 0\r\n\r\n" == write(FullHttpRequest("PUT", "/", headers=HOST))
    said = {"Host": "x", "Content-Length": "5"}
    assert b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello" == write(FullHttpRequest("GET", "/", b"hello", said))
    assert b"GET / HTTP/1.0\r\n\r\n" == write(FullHttpRequest("GET", "/", version=HttpVersion.HTTP_1_0))
    long = b"x" * 10_000
    assert long is HttpRequestWriter().encode(FullHttpRequest("PUT", "/", long, HOST))[1]


def test_content_that_follows_goes_in_chunks_or_as_long_as_was_said() -> None:
    """And there is none where a method wants none and nothing was said."""
    pieces = [DefaultHttpContent(b"ab"), DefaultLastHttpContent(b"c", {"T": "1"})]
    chunks = b"2\r\nab\r\n1\r\nc\r\n0\r\nT: 1\r\n\r\n"

    assert b"POST / HTTP/1.1\r\nHost: x\r\ntransfer-encoding: chunked\r\n\r\n" + chunks == write(HttpRequest("POST", "/", HOST), *pieces)
    chunked = HttpRequest("GET", "/", {"Host": "x", "Transfer-Encoding": "chunked"})
    assert b"GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks == write(chunked, *pieces)
    said = HttpRequest("PUT", "/", {"Host": "x", "Content-Length": "3"})
    assert b"PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc" == write(said, *pieces)
    assert b"GET / HTTP/1.1\r\nHost: x\r\n\r\n" == write(HttpRequest("GET", "/", HOST), EMPTY_LAST_CONTENT)
    with pytest.raises(HttpEncoderError, match="2 bytes more"):
        write(HttpRequest("GET", "/", HOST), *pieces)
    full = FullHttpRequest("POST", "/", b"abc", {"Host": "x", "Transfer-Encoding": "chunked"}, trailing_headers={"T": "1"})
    assert b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nT: 1\r\n\r\n" == write(full)


@pytest.mark.parametrize(
    ("request_", "facts"),
    [
        (FullHttpRequest("GET", "/", headers=HOST), 0),
        (FullHttpRequest("HEAD", "/", headers=HOST), HEAD),
        (FullHttpRequest("CONNECT", "x:1", headers=HOST), CONNECT),
        (FullHttpRequest("GET", "/", headers={"Host": "x", "Connection": "Upgrade", "Upgrade": "y"}), UPGRADE),
        (FullHttpRequest("GET", "/", headers={"Host": "x", "Connection": "close"}), LAST),
        (FullHttpRequest("GET", "/", version=HttpVersion.HTTP_1_0), HTTP_1_0),
    ],
)
def test_each_request_begins_an_exchange(request_: FullHttpRequest, facts: int) -> None:
    """Which knows what the response to it is read by."""
    writer = HttpRequestWriter()

    writer.encode(request_)

    assert (1, facts) == (writer.exchange.waiting, writer.exchange.facts())


def test_nothing_is_written_behind_the_last_request() -> None:
    """One that asks for the end of the connection, and one of HTTP/1.0 that does not ask for more."""
    for last in (
        FullHttpRequest("GET", "/", headers={"Host": "x", "Connection": "close"}),
        FullHttpRequest("GET", "/", version=HttpVersion.HTTP_1_0),
    ):
        writer = HttpRequestWriter()
        writer.encode(last)
        assert "CLOSED" == STATES[writer.state]
        with pytest.raises(HttpEncoderError):
            writer.encode(last)


@pytest.mark.parametrize(
    "wrong",
    [
        FullHttpRequest("GET", "/"),
        FullHttpRequest("GET", "/", headers={"Host": ["x", "x"]}),
        FullHttpRequest("G T", "/", headers=HOST),
        FullHttpRequest("GET", "/ HTTP/1.1\r\nA: b", headers=HOST),
        FullHttpRequest("GET", "", headers=HOST),
        FullHttpRequest("GET", "/\xe9", headers=HOST),
        FullHttpRequest("GET", "/", headers=HOST, version=HttpVersion.HTTP_2),
        FullHttpRequest("GET", "/", b"ab", {"Host": "x", "Content-Length": "3"}),
        FullHttpRequest("GET", "/", b"ab", {"Host": "x", "Transfer-Encoding": "chunked"}, HttpVersion.HTTP_1_0),
        FullHttpResponse(200),
        b"bytes",
        EMPTY_LAST_CONTENT,
    ],
)
def test_a_request_that_would_be_none_changes_nothing(wrong: Any) -> None:
    """Another one may take its place."""
    writer = HttpRequestWriter()

    with pytest.raises(HttpEncoderError):
        writer.encode(wrong)

    assert 0 == writer.exchange.waiting
    assert [b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"] == writer.encode(FullHttpRequest("GET", "/", headers=HOST))


def test_a_request_ends_before_the_next_begins() -> None:
    """As each message does."""
    writer = HttpRequestWriter()
    writer.encode(HttpRequest("POST", "/", HOST))

    with pytest.raises(HttpEncoderError, match="before the one in front"):
        writer.encode(FullHttpRequest("GET", "/", headers=HOST))
