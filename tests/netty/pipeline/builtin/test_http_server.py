"""The codec `http-server`, in settings and in pipelines."""

from typing import Any

import pytest

from pyboot.components.netty import EmbeddedChannel
from pyboot.netty.errors import CodecOptionsError
from pyboot.netty.pipeline.registry import CodecRegistry


def channel(options: dict[str, Any] | None = None) -> EmbeddedChannel:
    """A channel with the handlers of the codec."""
    return EmbeddedChannel(*CodecRegistry().codec("http-server", options).handlers())


def status(made: EmbeddedChannel, request: bytes) -> bytes:
    """The status that *request* is refused with, or nothing."""
    made.write_inbound(request)
    answer = made.read_outbound()
    return b"" if answer is None else bytes(answer)[9:12]


def test_it_reads_requests_without_options() -> None:
    """A request comes out."""
    made = channel()
    assert b"" == status(made, b"GET /a HTTP/1.1\r\nHost: b\r\n\r\n")

    assert "/a" == made.read_inbound().uri


@pytest.mark.parametrize(
    ("options", "request_bytes", "expected"),
    [
        ({"max-initial-line": 20}, b"GET /aaaaaaaaaaaaaa HTTP/1.1\r\nHost: b\r\n\r\n", b"414"),
        ({"max-header-line": 20}, b"GET / HTTP/1.1\r\nHost: b\r\nX-A: aaaaaaaaaaaaaaaaaaaa\r\n\r\n", b"431"),
        ({"max-headers": "20B"}, b"GET / HTTP/1.1\r\nHost: b\r\nX-A: aaaaa\r\nX-B: bbbbbbb\r\n\r\n", b"431"),
        ({"maxHeaderFields": 1}, b"GET / HTTP/1.1\r\nHost: b\r\nX-A: a\r\n\r\n", b"431"),
    ],
)
def test_each_limit_reaches_the_reader(options: dict[str, Any], request_bytes: bytes, expected: bytes) -> None:
    """What is beyond it is refused; without the option it is not."""
    assert expected == status(channel(options), request_bytes)
    assert b"" == status(channel(), request_bytes)


def test_pipelined_requests_wait_beyond_their_number() -> None:
    """The third is not read while two wait."""
    made = channel({"max-pipelined": 2})
    made.write_inbound(b"GET / HTTP/1.1\r\nHost: b\r\n\r\n" * 3)

    assert 2 == len(made.inbound_messages())


def test_what_it_does_not_know_is_refused() -> None:
    """With the nearest name."""
    with pytest.raises(CodecOptionsError, match="did you mean 'max-headers'"):
        channel({"max-header": 1})
