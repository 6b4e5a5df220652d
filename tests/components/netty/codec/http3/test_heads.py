"""Heads: fields as messages and back, and what another reader could take otherwise."""

import pytest

from pyboot.components.netty.codec.http3 import heads
from pyboot.components.netty.wire.http.errors import HttpDecoderError, HttpEncoderError
from pyboot.components.netty.wire.http.message import HttpRequest, HttpResponse

GET = [(b":method", b"GET"), (b":scheme", b"https"), (b":authority", b"example.org"), (b":path", b"/a?b=c")]


def test_a_request_has_its_host_and_its_cookie_in_one() -> None:
    """As HTTP/1 writes them."""
    method, target, headers = heads.request_parts([*GET, (b"cookie", b"a=1"), (b"accept", b"*/*"), (b"cookie", b"b=2")])

    assert ("GET", "/a?b=c") == (method, target)
    assert [(b"host", b"example.org"), (b"accept", b"*/*"), (b"cookie", b"a=1; b=2")] == headers.raw_items()


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ([*GET, (b"connection", b"close")], "none of HTTP/3"),
        ([*GET, (b"transfer-encoding", b"chunked")], "none of HTTP/3"),
        ([*GET, (b"upgrade", b"websocket")], "none of HTTP/3"),
        ([*GET, (b"http2-settings", b"AAMAAABk")], "none of HTTP/3"),
        ([*GET, (b"te", b"gzip")], "te: 'gzip', allowed is trailers"),
        ([*GET, (b"a b", b"c")], "none of HTTP/3"),
        ([*GET, (b"content-length", b"2"), (b"content-length", b"2")], "content-length: '2', beside another"),
        ([*GET, (b"content-length", b"+2")], "content-length"),
        ([*GET, (b"content-length", b"1_0")], "content-length"),
        ([*GET, (b"content-length", b"")], "content-length"),
        ([*GET, (b"content-length", b"9" * 19)], "content-length"),
        ([GET[0], (b":scheme", b"h t"), *GET[2:]], "the scheme"),
        ([(b":method", b"CONNECT"), (b":authority", b"host:1"), (b":path", b"/")], "CONNECT of anything but"),
        ([(b":method", b"CONNECT"), (b":authority", b"host:1"), (b":scheme", b"https")], "CONNECT of anything but"),
        ([*GET, (b"host", b"other.org")], "beside the authority"),
        ([*GET[:2], (b"host", b"a"), (b"host", b"a"), GET[3]], "beside the authority"),
        ([*GET[:2], GET[3]], "the authority ''"),
        ([(b":method", b"G T"), *GET[1:]], "the method"),
        ([*GET[:3], (b":path", b"a")], "the path"),
        ([*GET[:3], (b":path", b"/a b")], "the path"),
        ([*GET[:3], (b":path", b"*")], "the path"),
        ([*GET[:2], (b":authority", b"user@host"), GET[3]], "the authority"),
        ([(b":method", b"CONNECT"), (b":authority", b"host")], "the authority"),
        ([(b":method", b"CONNECT"), (b":protocol", b"websocket"), *GET[1:]], "extended CONNECT"),
    ],
)
def test_what_could_be_read_otherwise_is_refused(fields: heads.Fields, text: str) -> None:
    """Smuggled requests, fields of HTTP/1's connections, names that split lines."""
    with pytest.raises(HttpDecoderError, match=text):
        heads.request_parts(fields)


def test_a_head_has_a_size() -> None:
    """Each field counts for 32 bytes more (RFC 9114 4.2.2)."""
    heads.check_size([(b"a", b"b" * 67)], 100, 1)
    with pytest.raises(HttpDecoderError, match="header fields of 101 bytes, limit 100"):
        heads.check_size([(b"a", b"b" * 68)], 100, 1)
    with pytest.raises(HttpDecoderError, match="2 header fields, limit 1"):
        heads.check_size([(b"a", b"b"), (b"a", b"b")], 1000, 1)
    heads.check_size([*GET, *[(b"cookie", b"a=1")] * 5, (b"a", b"b")], 1000, 2)


def test_what_belongs_to_a_connection_of_http_1_does_not_leave() -> None:
    """Handlers that were written for it say so, and nobody minds."""
    response = HttpResponse(200, {"Connection": "close", "Transfer-Encoding": "chunked", "X-A": " 1 ", "TE": "gzip"})
    request = HttpRequest("GET", "/", {"Host": "h:1", "Connection": "keep-alive, X-Hop", "X-Hop": "1", "Accept": "*/*"})

    assert [(b":status", b"200"), (b"x-a", b"1")] == heads.response_fields(response)
    assert [
        (b":method", b"GET"),
        (b":scheme", b"https"),
        (b":authority", b"h:1"),
        (b":path", b"/"),
        (b"accept", b"*/*"),
    ] == heads.request_fields(request, "https")
    connect = heads.request_fields(HttpRequest("CONNECT", "h:1", {"host": "h:1"}), "https")
    assert [(b":method", b"CONNECT"), (b":authority", b"h:1")] == connect


@pytest.mark.parametrize(
    "request_",
    [
        HttpRequest("GET", "/"),
        HttpRequest("GET", "nowhere", {"host": "h"}),
        HttpRequest("GET", "/ ", {"host": "h"}),
        HttpRequest("G T", "/", {"host": "h"}),
        HttpRequest("CONNECT", "h", {"host": "h"}),
    ],
)
def test_a_request_that_would_be_none_is_refused(request_: HttpRequest) -> None:
    """Before anything of it leaves."""
    with pytest.raises(HttpEncoderError):
        heads.request_fields(request_, "https")


def test_statuses() -> None:
    """Three digits, and no change of protocol."""
    assert 404 == heads.status_of([(b":status", b"404")])
    for wrong in (b"", b"20", b"2x0", b"101", b"600"):
        with pytest.raises(HttpDecoderError):
            heads.status_of([(b":status", wrong)])
    with pytest.raises(HttpEncoderError, match="101"):
        heads.response_fields(HttpResponse(101))
