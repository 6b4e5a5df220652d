"""The built-in codecs of HTTP/1.1."""

import logging

import pytest

from pyboot.components.netty import (
    EmbeddedChannel,
    FullHttpRequest,
    HttpClientCodec,
    HttpObjectAggregator,
    HttpRequest,
    HttpServerCodec,
    HttpServerExpectContinueHandler,
)
from pyboot.components.netty.codec.http.deadlines import HttpServerDeadlines
from pyboot.netty.errors import CodecOptionsError
from pyboot.netty.pipeline.registry import CodecRegistry

CODECS = CodecRegistry()


def types_of(name: str, options: dict[str, object] | None = None) -> list[type]:
    """The types of the handlers of the codec *name*."""
    made = CODECS.codec(name, options or {}).handlers()
    return [type(each) for each in (made if isinstance(made, tuple) else (made,))]


def test_names_make_the_handlers_that_they_say() -> None:
    """With what joins messages, unless content is to come as it is read."""
    assert [HttpServerCodec, HttpServerDeadlines, HttpObjectAggregator] == types_of("http")
    assert [HttpServerCodec, HttpServerDeadlines] == types_of("http", {"max-content": None})
    assert [HttpClientCodec, HttpObjectAggregator] == types_of("http-client")
    assert [HttpClientCodec] == types_of("http-client", {"max-content": None})
    assert [HttpObjectAggregator] == types_of("http-aggregator")
    assert [HttpServerExpectContinueHandler] == types_of("http-expect-continue")


def test_options_reach_the_handlers() -> None:
    """Limits, leniencies and the size of content; each connection has its own handlers."""
    codec = CODECS.codec("http", {"max-headers": "20", "max-content": "2", "allow-missing-host": True})
    first, second = EmbeddedChannel(*codec.handlers()), EmbeddedChannel(*codec.handlers())

    first.receive(b"GET / HTTP/1.1\r\n\r\n")
    assert [FullHttpRequest("GET", "/")] == first.inbound_messages()
    first.receive(b"")
    second.receive(b"GET / HTTP/1.1\r\nA: 678901234567890123\r\n\r\n")
    assert second.outbound_bytes().startswith(b"HTTP/1.1 431 ")
    third = EmbeddedChannel(*codec.handlers())
    third.receive(b"POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\n")
    assert third.outbound_bytes().startswith(b"HTTP/1.1 413 ")
    streamed = EmbeddedChannel(*CODECS.codec("http", {"max-content": None}).handlers())
    streamed.receive(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\n")
    assert [HttpRequest] == [type(each) for each in streamed.inbound_messages()]


def test_clients_have_the_times_of_every_server_of_http() -> None:
    """By default too: a client that says nothing, or nothing more, is not kept for ever."""

    def deadlines(options: dict[str, object]) -> HttpServerDeadlines:
        found = [each for each in CODECS.codec("http", options).handlers() if isinstance(each, HttpServerDeadlines)]
        return found[0]

    assert [30.0, 10.0, 300.0, 15.0] == list(deadlines({}).seconds.values())
    assert 256 == deadlines({}).content_rate
    assert 2.0 == deadlines({"timeouts": {"keep-alive": "2s", "first-byte": "0s"}}).seconds.popitem()[1]


def test_a_leniency_is_told_when_it_is_turned_on(caplog: pytest.LogCaptureFixture) -> None:
    """Once, and not for each connection; strict is silent."""
    with caplog.at_level(logging.WARNING):
        CODECS.codec("http", {}).handlers()
        assert [] == caplog.records
        codec = CODECS.codec("http", {"allow-obs-fold": True, "allow-missing-host": True})
        for _ in range(3):
            codec.handlers()

    assert ["HTTP lets pass what two parsers may read otherwise: allow_obs_fold, allow_missing_host"] == [
        record.message for record in caplog.records
    ]


def test_a_wrong_option_is_refused_when_the_pipeline_is_built() -> None:
    """And a leniency of requests is none of responses."""
    for name, options in (("http", {"max-headers": 0}), ("http-client", {"allow-missing-host": True}), ("http", {"max-pipelined": 0})):
        with pytest.raises(CodecOptionsError):
            CODECS.codec(name, options)
