"""Hop-by-hop fields: what leaves, and what may come, of HTTP/2 and HTTP/3 alike."""

import pytest

from pyboot.components.netty.wire.http.headers import HttpHeaders
from pyboot.components.netty.wire.http.hop_by_hop import end_to_end, is_hop_by_hop


def left(*fields: tuple[str, str]) -> list[tuple[str, str]]:
    """What leaves of *fields*."""
    return [(key.decode(), value.decode()) for key, _, value in end_to_end(HttpHeaders(fields)).fields]


def test_headers_without_any_are_the_same_object() -> None:
    """They are most: nothing is copied."""
    headers = HttpHeaders({"Content-Type": "text/plain"})
    assert headers is end_to_end(headers)


def test_what_speaks_of_one_connection_stays() -> None:
    """With all that Connection names, in whatever case."""
    fields = [("Connection", "close, X-Hop"), ("x-hop", "1"), ("Keep-Alive", "5"), ("Upgrade", "h2c"), ("HTTP2-Settings", "AAMAAABk")]
    assert [("x-end", "2")] == left(*fields, ("Proxy-Connection", "close"), ("Transfer-Encoding", "chunked"), ("x-end", "2"))


@pytest.mark.parametrize(("said", "leaves"), [("trailers", True), ("gzip, Trailers", True), ("gzip", False), ("trailers;q=0.5", False)])
def test_te_says_trailers_or_nothing(said: str, leaves: bool) -> None:
    """As RFC 9113 8.2.2 and RFC 9114 4.2 allow; gRPC asks for it."""
    assert ([("te", "trailers")] if leaves else []) == left(("TE", said))


def test_what_may_come_is_what_may_leave() -> None:
    """The same list."""
    assert is_hop_by_hop(b"upgrade", b"h2c")
    assert is_hop_by_hop(b"http2-settings", b"AAMAAABk")
    assert is_hop_by_hop(b"te", b"gzip")
    assert not is_hop_by_hop(b"te", b"Trailers")
    assert not is_hop_by_hop(b"x-upgrade", b"h2c")
