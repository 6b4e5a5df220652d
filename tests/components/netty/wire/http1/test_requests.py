"""Requests that come in."""

import pytest

from pyboot.components.netty.wire.http.message import FullHttpRequest, HttpRequest, LastHttpContent
from pyboot.components.netty.wire.http.start_line import HttpVersion
from pyboot.components.netty.wire.http1.config import HttpDecoderConfig
from pyboot.components.netty.wire.http1.exchange import CONNECT, HEAD, HTTP_1_0, LAST, UPGRADE
from pyboot.components.netty.wire.http1.requests import HttpRequestReader

from .reading import error_of, read, single_bytes

GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


def refused(stream: bytes, **rules: bool) -> tuple[str, int]:
    """Why *stream* is refused, and with what status; the same byte by byte."""
    whole, cut = (error_of(HttpRequestReader(HttpDecoderConfig(**rules)), *chunks) for chunks in ([stream], single_bytes(stream)))
    assert (whole.reason, whole.status) == (cut.reason, cut.status)
    return whole.reason, whole.status


def test_a_request_without_content_is_one_message() -> None:
    """Whether it says so or not."""
    found = read(HttpRequestReader(), b"PURGE /a?b=%20 HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n" + GET)

    assert [FullHttpRequest, FullHttpRequest] == [type(each) for each in found]
    assert ("PURGE", "/a?b=%20", HttpVersion.HTTP_1_1) == (found[0].method, found[0].uri, found[0].version)


def test_a_request_with_content_is_a_head_and_its_content() -> None:
    """However short that is: what handlers see does not depend on how it was cut."""
    found = read(HttpRequestReader(), b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\na")

    assert [HttpRequest("GET", "/", {"Host": "x", "Content-Length": "1"})] == found[:1]
    assert b"a" == found[1].content


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b"GET  / HTTP/1.1", ("request-line", 400)),
        (b"GET /  HTTP/1.1", ("request-line", 400)),
        (b"GET / HTTP/1.1 ", ("request-line", 400)),
        (b"GET\t/ HTTP/1.1", ("request-line", 400)),
        (b"GET /", ("request-line", 400)),
        (b"GET", ("request-line", 400)),
        (b"GET / a HTTP/1.1", ("request-line", 400)),
        (b"G@T / HTTP/1.1", ("method", 400)),
        (b"GET /\x00 HTTP/1.1", ("target", 400)),
        (b"GET /\x7f HTTP/1.1", ("target", 400)),
        (b"GET /\xe9 HTTP/1.1", ("target", 400)),
        (b"GET /a#b HTTP/1.1", ("target", 400)),
        (b"GET / http/1.1", ("version", 400)),
        (b"GET / HTTP/1.10", ("version", 400)),
        (b"GET / HTTP/1,1", ("version", 400)),
        (b"GET / HTTP/01.1", ("version", 400)),
        (b"GET / HTTP/1", ("version", 400)),
        (b"GET / HTTP/ 1.1", ("request-line", 400)),
        (b"GET / HTTP/x.1", ("version", 400)),
        (b"GET / HTTPS/1.1", ("version", 400)),
        (b"GET / HTTP/2.0", ("version-not-done", 505)),
        (b"GET / HTTP/1.2", ("version-not-done", 505)),
        (b"GET / HTTP/0.9", ("version-not-done", 505)),
        (b"PRI * HTTP/2.0", ("version-not-done", 505)),
    ],
)
def test_a_request_line_is_three_words(line: bytes, expected: tuple[str, int]) -> None:
    """A method, a target and a version of ours, a space between."""
    assert expected == refused(line + b"\r\nHost: x\r\n\r\n")


@pytest.mark.parametrize("first", [b"\x16\x03\x01", b" GET", b"\tGET", b"\x00", b"(", b"\xef\xbb\xbfGET", b"{"])
def test_what_is_no_request_at_all_is_refused_at_its_first_byte(first: bytes) -> None:
    """A TLS client on this port waits for nothing."""
    assert ("method", 400) == refused(first)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n", "request-line"),
        (b"PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n", "request-line"),
        (b"PRI * HTTP/2.0\r\n", "version-not-done"),
        (b"GET / HTTP/1.1 \r\nHost", "request-line"),
        (b"PING\r\n", "request-line"),
    ],
)
def test_a_first_line_is_judged_when_it_ends(line: bytes, reason: str) -> None:
    """Whoever sends another protocol's line waits for an answer: nothing more comes, and no head ends."""
    assert (reason,) == refused(line)[:1]


@pytest.mark.parametrize(
    "chunks", [(b"\r\n", b"PING\r\n"), (b"\r", b"\nPING\r\n"), (b"\r", b"\n", b"PING\r\n"), (b"\r\n\r", b"\nPING\r", b"\n")]
)
def test_a_first_line_behind_an_empty_one_is_judged_when_it_ends(chunks: tuple[bytes, ...]) -> None:
    """However the empty line is cut."""
    assert "request-line" == error_of(HttpRequestReader(), *chunks).reason


@pytest.mark.parametrize("chunks", [(b"\rG",), (b"\r", b"G"), (b"\r\n\r", b"G"), (b"\r", b"\r")])
def test_cr_alone_begins_no_request(chunks: tuple[bytes, ...]) -> None:
    """It is refused with the byte behind it."""
    assert "method" == error_of(HttpRequestReader(), *chunks).reason


@pytest.mark.parametrize("first", [b"AMQP\x00\x00\x09\x01", b"A" * 40 + b"\x00", b"GET\x00 / HTTP"])
def test_a_word_that_is_no_method_is_refused_before_its_line_ends(first: bytes) -> None:
    """In the chunk that it begins."""
    assert "method" == error_of(HttpRequestReader(), first).reason


def test_host_is_asked_for_and_can_be_done_without() -> None:
    """By HTTP/1.1 it is; HTTP/1.0 has none."""
    assert ("host-missing", 400) == refused(b"GET / HTTP/1.1\r\nA: b\r\n\r\n")
    assert ("host-missing", 400) == refused(b"GET / HTTP/1.1\r\n\r\n")
    assert 1 == len(read(HttpRequestReader(), b"GET / HTTP/1.0\r\n\r\n"))
    assert 1 == len(read(HttpRequestReader(HttpDecoderConfig(allow_missing_host=True)), b"GET / HTTP/1.1\r\n\r\n"))
    assert ("host-mismatch", 400) == refused(b"GET http://a/ HTTP/1.1\r\nHost: b\r\n\r\n")
    assert ("target-form", 400) == refused(b"GET * HTTP/1.1\r\nHost: b\r\n\r\n")


def test_a_raw_target_is_let_pass_where_it_is_allowed() -> None:
    """As text of ISO 8859-1, byte by byte what came; a table of lines that strict readers know is not asked."""
    lenient = HttpDecoderConfig(allow_raw_target=True)

    assert ["/\xc3\xa9"] == [each.uri for each in read(HttpRequestReader(lenient), b"GET /\xc3\xa9 HTTP/1.1\r\nHost: x\r\n\r\n")]
    assert ("target", 400) == refused(b"GET /\xc3\xa9 HTTP/1.1\r\nHost: x\r\n\r\n")


def test_content_of_1_0_has_a_length() -> None:
    """Chunks are not known there, and would be content to one and a request to another."""
    assert ("coding-in-1.0", 400) == refused(b"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n")


@pytest.mark.parametrize("method", [b"CONNECT x:1", b"TRACE /"])
def test_some_requests_have_no_content(method: bytes) -> None:
    """It would be taken for what follows."""
    assert ("content-not-allowed", 400) == refused(method + b" HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n")


@pytest.mark.parametrize(
    ("head", "facts"),
    [
        (b"GET / HTTP/1.1\r\n", 0),
        (b"HEAD / HTTP/1.1\r\n", HEAD),
        (b"GET / HTTP/1.1\r\nConnection: close\r\n", LAST),
        (b"GET / HTTP/1.0\r\n", HTTP_1_0 | LAST),
        (b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n", HTTP_1_0),
        (b"GET / HTTP/1.0\r\nConnection: keep-alive, close\r\n", HTTP_1_0 | LAST),
        (b"GET / HTTP/1.0\r\nConnection: upgrade\r\nUpgrade: x\r\n", HTTP_1_0 | LAST),
        (b"GET / HTTP/1.1\r\nConnection: upgrade\r\nUpgrade: x\r\n", UPGRADE),
        (b"CONNECT x:1 HTTP/1.1\r\n", CONNECT),
    ],
)
def test_the_exchange_knows_what_the_response_must(head: bytes, facts: int) -> None:
    """And no more."""
    reader = HttpRequestReader()

    assert 1 == len(read(reader, head + b"Host: x\r\n\r\n"))
    assert (1, facts) == (reader.exchange.waiting, reader.exchange.facts())


def test_nothing_is_read_behind_the_last_request() -> None:
    """Bytes behind a request that ends the connection are nobody's."""
    for last in (b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", b"POST / HTTP/1.0\r\nContent-Length: 1\r\n\r\na"):
        reader = HttpRequestReader()
        found = read(reader, last + GET, GET)
        assert 1 == len([each for each in found if isinstance(each, HttpRequest)])
        assert reader.is_between_frames()


@pytest.mark.parametrize(
    "head",
    [
        b"CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: y\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: y\r\nContent-Length: 1\r\n\r\na",
    ],
)
def test_what_comes_behind_a_request_that_may_change_the_protocol_is_held(head: bytes) -> None:
    """Until it is known whose it is, and then it is that one's, to the byte."""
    for chunks in ([head + GET], single_bytes(head + GET)):
        for switches in (True, False):
            reader = HttpRequestReader()
            before = read(reader, *chunks)
            assert reader.is_held
            assert 1 == len([each for each in before if isinstance(each, HttpRequest)])

            reader.exchange.end()
            (reader.switch if switches else reader.resume)()

            found = read(reader, b"")
            assert ([GET] if switches else [FullHttpRequest("GET", "/", headers={"Host": "x"})]) == found
            assert switches is (read(reader, b"raw") == [b"raw"])


def test_no_more_requests_are_read_than_may_wait() -> None:
    """The others are read when a response has ended."""
    reader = HttpRequestReader(HttpDecoderConfig(max_pipelined=2))

    assert 2 == len(read(reader, GET * 5))
    assert reader.is_held
    assert reader.is_between_frames()
    reader.exchange.end()
    assert 1 == len(read(reader, b""))
    reader.exchange.end()
    reader.exchange.end()
    assert 2 == len(read(reader, b""))
    assert b"" == reader.unread()


def test_a_request_with_content_awaits_its_turn() -> None:
    """What is said of it before it is whole, 100 or 413, would else be said of the one before; one without content need not."""
    post = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\na"
    expecting = b"GET / HTTP/1.1\r\nHost: x\r\nExpect: y\r\n\r\n"
    for stream in (post, expecting):
        for chunks in ([GET + GET + stream + GET], single_bytes(GET + GET + stream + GET)):
            reader = HttpRequestReader()
            assert (2, True) == (len(read(reader, *chunks)), reader.is_held)
            reader.exchange.end()
            assert ([], True) == (read(reader, b""), reader.is_held)
            reader.exchange.end()
            assert [b"a", b""] == [each.content for each in read(reader, b"") if isinstance(each, LastHttpContent)] or stream is expecting
            assert b"" == reader.unread()


def test_more_lines_than_a_table_holds_are_read() -> None:
    """And long ones; a peer that makes them up fills a table that has a bound."""
    for number in range(3000):
        found = read(HttpRequestReader(), b"GET /%d HTTP/1.1\r\nHost: x\r\n\r\n" % number)
        assert [f"/{number}"] == [each.uri for each in found]
    long = b"/" + b"a" * 5000
    assert [long.decode()] == [each.uri for each in read(HttpRequestReader(), b"GET " + long + b" HTTP/1.1\r\nHost: x\r\n\r\n")]
