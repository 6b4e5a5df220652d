"""Messages of HTTP."""

import pytest

from pyboot.components.netty.buffer.byte_buffer import ByteBuffer
from pyboot.components.netty.buffer.message import release, size_of
from pyboot.components.netty.wire.http.headers import HttpHeaders
from pyboot.components.netty.wire.http.message import (
    EMPTY_LAST_CONTENT,
    DefaultHttpContent,
    DefaultLastHttpContent,
    FullHttpRequest,
    FullHttpResponse,
    HttpContent,
    HttpMessage,
    HttpObject,
    HttpRequest,
    HttpResponse,
    LastHttpContent,
)
from pyboot.components.netty.wire.http.start_line import HttpResponseStatus, HttpVersion

KINDS = (HttpObject, HttpMessage, HttpRequest, HttpResponse, HttpContent, LastHttpContent)


@pytest.mark.parametrize(
    ("message", "kinds"),
    [
        (HttpRequest("GET", "/"), {HttpObject, HttpMessage, HttpRequest}),
        (HttpResponse(200), {HttpObject, HttpMessage, HttpResponse}),
        (DefaultHttpContent(b"a"), {HttpObject, HttpContent}),
        (DefaultLastHttpContent(b"a"), {HttpObject, HttpContent, LastHttpContent}),
        (FullHttpRequest("GET", "/"), {HttpObject, HttpMessage, HttpRequest, HttpContent, LastHttpContent}),
        (FullHttpResponse(200), {HttpObject, HttpMessage, HttpResponse, HttpContent, LastHttpContent}),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_message_is_what_it_can_be_asked_for(message: object, kinds: set[type]) -> None:
    """A full one is a head and a last content at once."""
    assert kinds == {kind for kind in KINDS if isinstance(message, kind)}


def test_a_message_says_what_it_was_made_of() -> None:
    """By place and by name."""
    request = FullHttpRequest("POST", "/a?b", b"body", {"Host": "x"}, HttpVersion.HTTP_1_0, {"t": "1"})
    response = FullHttpResponse(HttpResponseStatus.NOT_FOUND, "no \N{SNOWMAN}", headers={"A": "1"}, reason="Nope")

    assert ("POST", "/a?b", b"body", "x", HttpVersion.HTTP_1_0, "1") == (
        request.method,
        request.uri,
        request.content,
        request.headers["host"],
        request.version,
        request.trailing_headers["t"],
    )
    assert (404, b"no \xe2\x98\x83", "1", "Nope") == (response.status, response.content, response.headers["a"], response.reason)
    assert ("Not Found", "OK") == (HttpResponse(404).reason, HttpResponse(200).reason)


def test_messages_are_equal_in_what_they_say() -> None:
    """A full one is not its head, and each part counts."""
    same = [FullHttpRequest("GET", "/", b"a", {"x": "1"}) for _ in range(2)]
    others: list[object] = [
        FullHttpRequest("PUT", "/", b"a", {"x": "1"}),
        FullHttpRequest("GET", "/a", b"a", {"x": "1"}),
        FullHttpRequest("GET", "/", b"b", {"x": "1"}),
        FullHttpRequest("GET", "/", b"a", {"x": "2"}),
        FullHttpRequest("GET", "/", b"a", {"x": "1"}, HttpVersion.HTTP_1_0),
        FullHttpRequest("GET", "/", b"a", {"x": "1"}, trailing_headers={"t": "1"}),
        HttpRequest("GET", "/", {"x": "1"}),
        HttpResponse(200),
        7,
    ]

    assert same[0] == same[1]
    assert hash(same[0]) == hash(same[1])
    assert [] == [other for other in others if other == same[0]]
    assert FullHttpResponse(200, b"a") == FullHttpResponse(200, b"a") != FullHttpResponse(200, b"b")
    assert HttpResponse(200) == HttpResponse(200) != HttpResponse(201)
    assert FullHttpResponse(200) != HttpResponse(200)
    assert DefaultHttpContent(b"a") == DefaultHttpContent(b"a") != DefaultLastHttpContent(b"a")
    assert DefaultLastHttpContent(b"a") == DefaultLastHttpContent(b"a") != DefaultLastHttpContent(b"a", {"t": "1"})


def test_content_is_bytes_whatever_it_is_made_of() -> None:
    """A buffer is taken: its reference is given back."""
    buffer = ByteBuffer(b"in a buffer")

    assert b"in a buffer" == DefaultHttpContent(buffer).content
    assert 0 == buffer.ref_count
    assert [b"text", b"view", b"array"] == [DefaultHttpContent(each).content for each in ("text", memoryview(b"view"), bytearray(b"array"))]
    with pytest.raises(TypeError, match="list is no content"):
        DefaultHttpContent([1])


def test_a_message_counts_for_its_content_and_holds_no_reference() -> None:
    """Where bytes are counted it counts; where buffers are given back nothing happens to it."""
    message = FullHttpResponse(200, b"12345")
    release(message)

    assert [5, 3, 0] == [size_of(message), size_of(DefaultHttpContent(b"123")), size_of(HttpResponse(200))]


def test_trailers_are_there_when_asked_for() -> None:
    """And belong to one message, also where the end of all messages without any is one object."""
    last = DefaultLastHttpContent(b"")
    assert not last.has_trailers

    last.trailing_headers.add("t", "1")
    EMPTY_LAST_CONTENT.trailing_headers.add("t", "1")

    assert (True, False) == (last.has_trailers, EMPTY_LAST_CONTENT.has_trailers)


@pytest.mark.parametrize(
    ("version", "connection", "keeps"),
    [
        (HttpVersion.HTTP_1_1, None, True),
        (HttpVersion.HTTP_1_1, "close", False),
        (HttpVersion.HTTP_1_1, "Upgrade, CLOSE", False),
        (HttpVersion.HTTP_1_1, "keep-alive", True),
        (HttpVersion.HTTP_1_1, "keep-alive, close", False),
        (HttpVersion.HTTP_1_1, "closed", True),
        (HttpVersion.HTTP_1_0, None, False),
        (HttpVersion.HTTP_1_0, "Keep-Alive", True),
        (HttpVersion.HTTP_1_0, "keep-alive, close", False),
        (HttpVersion.HTTP_1_0, "upgrade", False),
    ],
)
def test_a_connection_is_kept_by_version_unless_a_field_says_else(version: HttpVersion, connection: str | None, keeps: bool) -> None:
    """``close`` wins wherever it stands."""
    headers = HttpHeaders() if connection is None else HttpHeaders({"Connection": connection})

    assert keeps is HttpRequest("GET", "/", headers, version).is_keep_alive()


@pytest.mark.parametrize("version", [HttpVersion.HTTP_1_0, HttpVersion.HTTP_1_1])
@pytest.mark.parametrize("before", [None, "close", "keep-alive", "upgrade", "close, upgrade"])
@pytest.mark.parametrize("keeps", [True, False])
def test_what_is_set_is_what_is_read(version: HttpVersion, before: str | None, keeps: bool) -> None:
    """The field is there only where the version does not say it, and other members of it stay."""
    response = HttpResponse(200, HttpHeaders() if before is None else {"Connection": before}, version)

    response.set_keep_alive(keeps)

    assert keeps is response.is_keep_alive()
    assert (before is not None and "upgrade" in before) is response.headers.contains_value("connection", "upgrade")
    if keeps and version is HttpVersion.HTTP_1_1 and before in (None, "close", "keep-alive"):
        assert "connection" not in response.headers


def test_a_head_says_how_long_its_content_is() -> None:
    """A number in digits and nothing else; or chunks."""
    lengths = ["12", "+1", "1_0", "\xb2", ""]

    assert [12, None, None, None, None] == [HttpRequest("GET", "/", {"content-length": each}).content_length() for each in lengths]
    assert HttpRequest("GET", "/").content_length() is None
    assert HttpRequest("GET", "/", {"Transfer-Encoding": "gzip, Chunked"}).is_transfer_encoding_chunked()


def test_a_message_shows_itself() -> None:
    """Long content only in part."""
    assert "<HttpRequest GET /a HTTP/1.1 [('Host', 'x')]>" == repr(HttpRequest("GET", "/a", {"Host": "x"}))
    assert "<HttpResponse HTTP/1.1 404 Not Found []>" == repr(HttpResponse(404))
    assert "<FullHttpResponse HTTP/1.1 200 OK [] b'a' [('t', '1')]>" == repr(FullHttpResponse(200, b"a", trailing_headers={"t": "1"}))
    assert "<FullHttpRequest GET / HTTP/1.1 [] b''>" == repr(FullHttpRequest("GET", "/"))
    assert f"DefaultHttpContent({b'a' * 64!r}... 100 bytes)" == repr(DefaultHttpContent(b"a" * 100))
    assert "DefaultLastHttpContent(b'')" == repr(EMPTY_LAST_CONTENT)
