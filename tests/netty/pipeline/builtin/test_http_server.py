"""The codec `http-server`, in settings and in pipelines."""

from pathlib import Path
from typing import Any

import pytest

from pyboot.components.netty import EmbeddedChannel
from pyboot.components.netty.codec.http.deadlines import HttpServerDeadlines
from pyboot.components.netty.handler.http.access_log import HttpAccessLogHandler
from pyboot.components.netty.handler.http.compressor import HttpContentCompressor
from pyboot.components.netty.handler.http.cors import CorsHandler
from pyboot.components.netty.handler.http.static_files import HttpStaticFileHandler
from pyboot.netty.errors import CodecOptionsError
from pyboot.netty.pipeline.builtin.http_server import HttpServerOptions
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


def handler(made: EmbeddedChannel, kind: type[Any]) -> Any:
    """The handler of *kind*."""
    found = made.pipeline().get(kind)
    assert found is not None
    return found


def test_what_is_not_asked_for_is_not_there() -> None:
    """The codec and its deadlines alone."""
    assert ["HttpServerCodec", "HttpServerDeadlines"] == [type(each.handler).__name__ for each in channel().pipeline().contexts()]


def test_times_reach_the_deadlines() -> None:
    """Each of them."""
    times = {"first-byte": "1s", "head": "2s", "content": "3s", "content-rate": "4B", "keepAlive": "5s"}
    made = handler(channel({"timeouts": times}), HttpServerDeadlines)

    assert ([1.0, 2.0, 3.0, 5.0], 4) == (list(made.seconds.values()), made.content_rate)


def test_what_is_asked_for_stands_in_its_order_with_its_options(tmp_path: Path) -> None:
    """Log, compression, CORS, files."""
    made = channel(
        {
            "access-log": {"format": "json", "logger": "x"},
            "compression": {"codings": ["gzip"], "min-size": "2KiB", "level": 9, "contentTypes": ["text/"]},
            "cors": {"origins": ["https://a.example"], "allow-credentials": True, "max-age": "1m", "allowed-methods": ["PUT"]},
            "static": {"assets": {"root": str(tmp_path), "lists-folders": True}},
        }
    )
    names = [type(each.handler).__name__ for each in made.pipeline().contexts()]
    assert ["HttpAccessLogHandler", "HttpContentCompressor", "CorsHandler", "HttpStaticFileHandler"] == names[2:]
    log, compressor = handler(made, HttpAccessLogHandler), handler(made, HttpContentCompressor)
    assert ("json", "x") == (log.format, log.logger.name)
    assert (("gzip",), 2048, ("text/",)) == (compressor.codings, compressor.min_bytes, compressor.content_types)
    (rules,) = handler(made, CorsHandler).configs
    assert (("https://a.example",), True, 60, ("PUT",)) == (rules.origins, rules.allow_credentials, rules.max_age, rules.allowed_methods)
    files = handler(made, HttpStaticFileHandler)
    assert (tmp_path.resolve(), "/assets/", True) == (files.root, files.prefix, files.lists_folders)


def test_options_of_websockets_become_their_config() -> None:
    """Each of them."""
    options = HttpServerOptions.model_validate(
        {"websocket": {"max_message_size": "2KiB", "compression": True, "ping_interval": "1s", "ping_timeout": "2s", "close_timeout": "4s"}}
    )
    config = options.websocket.config()

    assert (2048, 2048, 1.0, 2.0, 4.0) == (
        config.max_message_bytes,
        config.max_frame_bytes,
        config.ping_interval_seconds,
        config.ping_timeout_seconds,
        config.close_timeout_seconds,
    )
    assert config.deflate is not None
    assert HttpServerOptions().websocket.config().deflate is None


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"static": {"/a": {"root": "/no/such/folder"}}}, "static./a.root: there is no folder '/no/such/folder'"),
        ({"cors": {"origins": ["example.org"]}}, "allowed is a scheme with a host"),
        ({"compression": {"level": 10}}, "compression.level"),
        ({"timeouts": {"head": "soon"}}, "timeouts.head"),
        ({"access-log": {"formt": "json"}}, "access-log.formt"),
    ],
)
def test_what_cannot_be_is_refused_with_its_place(options: dict[str, Any], reason: str) -> None:
    """Before anything is bound."""
    with pytest.raises(CodecOptionsError) as raised:
        channel(options)

    assert reason in str(raised.value)


def test_what_it_does_not_know_is_refused() -> None:
    """With the nearest name."""
    with pytest.raises(CodecOptionsError, match="did you mean 'max-headers'"):
        channel({"max-header": 1})


@pytest.mark.parametrize("name", ["first_byte", "head", "content", "keep_alive"])
def test_a_time_below_nothing_is_refused(name: str) -> None:
    """Nothing is what stands for ever."""
    with pytest.raises(CodecOptionsError, match="a time below 0 is none"):
        CodecRegistry().codec("http-server", {"timeouts": {name: "-1s"}})


def test_the_limits_of_heads_hold_for_http_2_too() -> None:
    """One name for each, whichever version is spoken."""
    options = HttpServerOptions.model_validate({"max_headers": "2KiB", "max_header_fields": 7, "http2": {"enabled": True}})
    config = options._http2_config

    assert (2048, 7) == (config.max_headers, config.max_header_fields)
