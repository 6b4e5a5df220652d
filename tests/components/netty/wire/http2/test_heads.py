"""Fields as heads, and heads as fields."""

import pytest

from pyboot.components.netty.wire.http.errors import HttpEncoderError
from pyboot.components.netty.wire.http2.frame import Http2Headers
from pyboot.components.netty.wire.http2.heads import MalformedHeadError, fields_of, request_head, response_head, trailers_head


def fields(*pairs: tuple[str, str]) -> list[tuple[bytes, bytes, bytes]]:
    """Fields as the decoder gives them."""
    return [(name.encode(), name.encode(), value.encode()) for name, value in pairs]


ASKED = [(":method", "GET"), (":scheme", "https"), (":path", "/a?b"), (":authority", "h:1")]


def test_a_request() -> None:
    """The crumbs of a cookie are one field (RFC 9113 8.2.3)."""
    head = request_head(fields(*ASKED, ("cookie", "a=1"), ("x", "y"), ("cookie", "b=2"), ("content-length", "7"), ("te", "trailers")))
    expected = {"x": "y", "content-length": "7", "te": "trailers", "cookie": "a=1; b=2"}
    assert (Http2Headers(expected, method="GET", scheme="https", path="/a?b", authority="h:1"), 7) == (head.headers, head.length)


def test_connect_has_an_authority_alone() -> None:
    """RFC 9113 8.5."""
    assert "h:443" == request_head(fields((":method", "CONNECT"), (":authority", "h:443"))).headers.authority
    with pytest.raises(MalformedHeadError):
        request_head(fields((":method", "CONNECT"), (":authority", "h:443"), (":path", "/")))


def without(name: str, *more: tuple[str, str]) -> list[tuple[str, str]]:
    """The request but for one pseudo-header field, with *more*."""
    return [*(pair for pair in ASKED if pair[0] != name), *more]


@pytest.mark.parametrize(
    "pairs",
    [
        without(":method"),
        without(":scheme"),
        without(":path"),
        without(":authority"),
        without(":path", (":path", "")),
        without(":path", (":path", "a")),
        without(":path", (":path", "*")),
        without(":path", (":path", "/a b")),
        without(":method", (":method", "G T")),
        without(":authority", (":authority", "user@h")),
        [*ASKED, (":path", "/")],
        [*ASKED, (":status", "200")],
        [*ASKED, ("x", "y"), (":path", "/")],
        [*without(":path"), ("x", "y"), (":path", "/")],
        [*ASKED, ("host", "other")],
        [*ASKED, ("host", "h:1"), ("host", "h:1")],
        [*ASKED, ("connection", "close")],
        [*ASKED, ("transfer-encoding", "chunked")],
        [*ASKED, ("upgrade", "h2c")],
        [*ASKED, ("http2-settings", "AAMAAABk")],
        [*ASKED, (":protocol", "websocket")],
        [*ASKED, ("te", "gzip")],
        [*ASKED, ("content-length", "+1")],
        [*ASKED, ("content-length", "1"), ("content-length", "1")],
    ],
)
def test_a_request_that_two_could_read_otherwise_is_malformed(pairs: list[tuple[str, str]]) -> None:
    """RFC 9113 8.2, 8.3: nothing is guessed."""
    with pytest.raises(MalformedHeadError):
        request_head(fields(*pairs))


@pytest.mark.parametrize(
    "pairs", [[], [(":status", "2000")], [(":status", "101")], [(":status", "abc")], [(":status", "200"), (":path", "/")]]
)
def test_a_response_has_a_status_and_nothing_of_a_request(pairs: list[tuple[str, str]]) -> None:
    """101 is none of HTTP/2 (RFC 9113 8.6)."""
    assert Http2Headers({"a": "b"}, status=404) == response_head(fields((":status", "404"), ("a", "b"))).headers
    with pytest.raises(MalformedHeadError):
        response_head(fields(*pairs))


def test_trailers_have_no_pseudo_header_fields() -> None:
    """RFC 9113 8.1."""
    assert Http2Headers({"a": "b"}) == trailers_head(fields(("a", "b"))).headers
    with pytest.raises(MalformedHeadError):
        trailers_head(fields((":status", "200")))


def test_what_is_sent_is_held_to_the_same() -> None:
    """A head that a peer would refuse raises where it is written."""
    assert fields((":status", "200"), ("a", "b")) == fields_of(Http2Headers({"a": "b"}, status=200))
    assert fields(*[ASKED[each] for each in (0, 1, 3, 2)]) == fields_of(
        Http2Headers(method="GET", scheme="https", path="/a?b", authority="h:1")
    )
    for bad in (Http2Headers(status=101), Http2Headers({"upgrade": "x"}, status=200), Http2Headers(method="GET", path="/a b")):
        with pytest.raises(HttpEncoderError):
            fields_of(bad)
