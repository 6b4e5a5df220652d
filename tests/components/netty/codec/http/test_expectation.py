"""Answers to ``Expect``."""

from typing import Any

import pytest

from pyboot.components.netty.buffer.byte_buffer import ByteBuffer
from pyboot.components.netty.channel.embedded.channel import EmbeddedChannel
from pyboot.components.netty.codec.http.expectation import (
    CONTINUE,
    NOTHING,
    UNKNOWN,
    HttpServerExpectContinueHandler,
    expectation_of,
    refusal,
)
from pyboot.components.netty.codec.http.server import HttpServerCodec
from pyboot.components.netty.wire.http.message import DefaultLastHttpContent, FullHttpRequest, FullHttpResponse, HttpRequest
from pyboot.components.netty.wire.http.start_line import HttpVersion


@pytest.mark.parametrize(
    ("value", "version", "expected"),
    [
        (None, HttpVersion.HTTP_1_1, NOTHING),
        ("100-continue", HttpVersion.HTTP_1_1, CONTINUE),
        ("100-Continue", HttpVersion.HTTP_2, CONTINUE),
        ("100-continue", HttpVersion.HTTP_1_0, NOTHING),
        ("100-continue, x", HttpVersion.HTTP_1_1, UNKNOWN),
        ("x", HttpVersion.HTTP_1_1, UNKNOWN),
        ("x", HttpVersion.HTTP_1_0, NOTHING),
    ],
)
def test_one_expectation_is_known(value: str | None, version: HttpVersion, expected: int) -> None:
    """HTTP/1.0 has none."""
    assert expected == expectation_of(HttpRequest("POST", "/", None if value is None else {"Expect": value}, version))


def test_a_refusal_ends_the_connection_if_content_may_follow() -> None:
    """Nobody knows whether the client sends it."""
    assert FullHttpResponse(417, headers={"connection": "close"}) == refusal(HttpRequest("POST", "/"), 417)
    assert FullHttpResponse(417) == refusal(FullHttpRequest("GET", "/"), 417)


def receive(channel: EmbeddedChannel, stream: bytes) -> list[Any]:
    """The messages of *stream*."""
    before = len(channel.inbound_messages())
    channel.write_inbound(ByteBuffer(stream))
    channel.run_pending_tasks()
    return channel.inbound_messages()[before:]


def test_a_client_that_waits_is_told_to_go_on() -> None:
    """At once; the handlers do not see that it has asked, and get content as it comes."""
    channel = EmbeddedChannel(HttpServerCodec(), HttpServerExpectContinueHandler())

    head = receive(channel, b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n")
    assert [HttpRequest("POST", "/", {"Host": "x", "Content-Length": "2"})] == head
    assert b"HTTP/1.1 100 Continue\r\n\r\n" == channel.outbound_bytes()
    assert [DefaultLastHttpContent(b"ab")] == receive(channel, b"ab")
    channel.write_outbound(FullHttpResponse(200))

    assert [FullHttpRequest("GET", "/", headers={"Host": "x"})] == receive(
        channel, b"GET / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n\r\n"
    )
    assert b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n" == channel.outbound_bytes()


def test_another_expectation_is_refused() -> None:
    """Its content is dropped; a connection that had none goes on."""
    channel = EmbeddedChannel(HttpServerCodec(), HttpServerExpectContinueHandler())
    assert [] == receive(channel, b"GET / HTTP/1.1\r\nHost: x\r\nExpect: y\r\n\r\n")
    assert b"HTTP/1.1 417 Expectation Failed\r\ncontent-length: 0\r\n\r\n" == channel.outbound_bytes()
    assert 1 == len(receive(channel, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"))
    channel.write_outbound(FullHttpResponse(200))

    assert [] == receive(channel, b"POST / HTTP/1.1\r\nHost: x\r\nExpect: y\r\nContent-Length: 2\r\n\r\nab")
    assert not channel.is_open


def test_what_follows_a_refusal_by_another_codec_is_seen_again() -> None:
    """From the next head on."""
    channel = EmbeddedChannel(HttpServerExpectContinueHandler())
    first, second = HttpRequest("POST", "/a", {"Expect": "y"}), HttpRequest("POST", "/b")

    channel.write_inbound(first, DefaultLastHttpContent(b"dropped"), second, DefaultLastHttpContent(b"seen"))

    assert [second, DefaultLastHttpContent(b"seen")] == channel.inbound_messages()
