"""Responses that come in."""

import pytest

from pyboot.components.netty.wire.http.errors import HttpDecoderError
from pyboot.components.netty.wire.http.message import EMPTY_LAST_CONTENT, DefaultHttpContent, FullHttpResponse, HttpResponse
from pyboot.components.netty.wire.http.start_line import HttpVersion
from pyboot.components.netty.wire.http1.exchange import CONNECT, HEAD, UPGRADE
from pyboot.components.netty.wire.http1.responses import HttpResponseReader
from pyboot.components.netty.wire.http1.state import STATES

from .reading import joined, read, single_bytes

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def reader_of(*facts: int) -> HttpResponseReader:
    """A reader whose requests with these *facts* wait."""
    reader = HttpResponseReader()
    for each in facts:
        reader.exchange.begin(each)
    return reader


def test_a_response_belongs_to_the_request_that_waits_longest() -> None:
    """One to HEAD has no content; an informational one ends nothing."""
    stream = (
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n"
        b"HTTP/1.1 100 Continue\r\n\r\n"
        b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + OK + b"HTTP/1.1 204 No Content\r\n\r\n"
        b"HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n"
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\nT: 1\r\n\r\n"
        b"HTTP/1.1 404\r\nContent-Length: 0\r\n\r\n"
    )
    expected = [
        FullHttpResponse(200, headers={"Content-Length": "100"}),
        FullHttpResponse(100),
        FullHttpResponse(103, headers={"Link": "x"}),
        HttpResponse(200, {"Content-Length": "2"}),
        (b"ok", []),
        FullHttpResponse(204),
        FullHttpResponse(304, headers={"Content-Length": "7"}),
        HttpResponse(200, {"Transfer-Encoding": "chunked"}),
        (b"ab", [("T", "1")]),
        FullHttpResponse(404, headers={"Content-Length": "0"}),
    ]
    for chunks in ([stream], single_bytes(stream), *([stream[:cut], stream[cut:]] for cut in range(len(stream)))):
        reader = reader_of(HEAD, 0, 0, 0, 0, 0)
        assert expected == joined(read(reader, *chunks))
        assert reader.is_between_frames()


def test_content_may_end_with_the_connection() -> None:
    """Where nothing says how long it is."""
    reader = reader_of(0)

    found = read(reader, b"HTTP/1.0 200 OK\r\n\r\nabc", b"def", ends=True)

    assert [
        HttpResponse(200, version=HttpVersion.HTTP_1_0),
        DefaultHttpContent(b"abc"),
        DefaultHttpContent(b"def"),
        EMPTY_LAST_CONTENT,
    ] == found
    assert (0, "CLOSED") == (reader.exchange.waiting, STATES[reader.state])


def test_the_stream_may_not_end_while_a_response_is_waited_for() -> None:
    """Nor in the middle of one whose end is known."""
    assert not reader_of(0).is_between_frames()
    for length in range(len(OK)):
        reader = reader_of(0)
        read(reader, OK[:length])
        assert not reader.is_between_frames()


@pytest.mark.parametrize(("facts", "status"), [(UPGRADE, b"101"), (CONNECT, b"200")])
def test_what_follows_a_change_of_the_protocol_is_not_read(facts: int, status: bytes) -> None:
    """It comes out as it came in."""
    reader = reader_of(facts)
    stream = b"HTTP/1.1 " + status + b" X\r\nContent-Length: 3\r\n\r\n"

    assert [FullHttpResponse(int(status), headers={"Content-Length": "3"}, reason="X"), b"raw", b"more"] == read(
        reader, stream + b"raw", b"more"
    )
    assert reader.exchange.is_switched


@pytest.mark.parametrize(
    ("stream", "reason"),
    [
        (b"HTTP/1.1 101 X\r\n\r\n", "switch"),
        (b"HTTP/1.1 99 X\r\n\r\n", "status-line"),
        (b"HTTP/1.1 099 X\r\n\r\n", "status"),
        (b"HTTP/1.1 600 X\r\n\r\n", "status"),
        (b"HTTP/1.1 2000 X\r\n\r\n", "status-line"),
        (b"HTTP/1.1  200 X\r\n\r\n", "status-line"),
        (b"HTTP/1.1 +20 X\r\n\r\n", "status-line"),
        (b"HTTP/1.1 200\tX\r\n\r\n", "status-line"),
        (b"HTTP/1.1 200 X\x00\r\n\r\n", "status-line"),
        (b"HTTP/2.0 200 X\r\n\r\n", "version-not-done"),
        (b"HTTX/1.1 200 X\r\n\r\n", "version"),
        (b"ICY 200 OK\r\n\r\n", "status-line"),
        (b"HTTP/1.1 200 X\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n", "content-length-count"),
        (b"HTTP/1.1 200 X\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", "length-and-coding"),
        (b"HTTP/1.0 200 X\r\nTransfer-Encoding: chunked\r\n\r\n", "coding-in-1.0"),
        (b"HTTP/1.1 200 X\r\nTransfer-Encoding: gzip\r\n\r\n", "transfer-encoding"),
    ],
)
def test_a_response_that_is_wrong_is_the_last(stream: bytes, reason: str) -> None:
    """Nothing behind it is read."""
    for chunks in ([stream + OK], single_bytes(stream + OK)):
        assert [reason] == [each for each in read(reader_of(0, 0), *chunks) if isinstance(each, str)]


def test_a_response_that_nobody_has_asked_for_is_an_error() -> None:
    """It would be taken for that to the next request."""
    assert ["unasked"] == read(reader_of(), OK)
    assert ["unasked"] == [each for each in read(reader_of(0), OK + OK) if isinstance(each, str)]


def test_nothing_is_read_behind_the_last_response() -> None:
    """One that closes, and one of HTTP/1.0 that does not keep."""
    for last in (b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", b"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n"):
        reader = reader_of(0, 0)
        assert 1 == len(read(reader, last + OK))
        assert "CLOSED" == STATES[reader.state]
    kept = b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n"
    assert 3 == len(read(reader_of(0, 0), kept + OK))


def test_what_is_no_response_at_all_is_refused_at_its_first_byte() -> None:
    """Of another protocol."""
    reader = reader_of(0)
    reader.feed(b"\x15")
    with pytest.raises(HttpDecoderError, match="H expected"):
        reader.next_frame()


def test_a_status_line_is_judged_when_it_ends() -> None:
    """Whatever follows it, or does not."""
    assert ["status-line"] == read(reader_of(0), b"HTTP/1.1 OK\r\n")
    assert ["version-not-done"] == read(reader_of(0), b"HTTP/1", b".7 200 OK\r", b"\nServer: x")
