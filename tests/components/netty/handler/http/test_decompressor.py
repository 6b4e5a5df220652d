"""HttpContentDecompressor: Netty's HttpContentDecoderTest in Python's terms, and bombs."""

import gzip
import zlib
from typing import Any

import brotli
import pytest
import zstandard

from pyboot.components.netty.channel.embedded.channel import EmbeddedChannel
from pyboot.components.netty.handler.http.decompressor import HttpContentDecompressor
from pyboot.components.netty.wire.http.errors import HttpDecoderError
from pyboot.components.netty.wire.http.message import (
    EMPTY_LAST_CONTENT,
    DefaultHttpContent,
    DefaultLastHttpContent,
    FullHttpRequest,
    FullHttpResponse,
    HttpContent,
    HttpRequest,
    HttpResponse,
)

TEXT = b"to be, or not to be, that is the question; " * 50


def raw(data: bytes) -> bytes:
    """A bare deflate stream."""
    stream = zlib.compressobj(6, zlib.DEFLATED, -15)
    return stream.compress(data) + stream.flush()


COMPRESSED = [
    ("gzip", gzip.compress(TEXT)),
    ("x-gzip", gzip.compress(TEXT)),
    ("GZip", gzip.compress(TEXT)),
    ("deflate", zlib.compress(TEXT)),
    ("deflate", raw(TEXT)),
    ("br", brotli.compress(TEXT)),
    ("zstd", zstandard.ZstdCompressor().compress(TEXT)),
    ("identity, gzip", gzip.compress(TEXT)),
]


def passed(*messages: Any, handler: Any = None) -> list[Any]:
    """What comes through."""
    channel = EmbeddedChannel(handler or HttpContentDecompressor())
    channel.write_inbound(*messages)
    found = []
    while (message := channel.read_inbound()) is not None:
        found.append(message)
    return found


@pytest.mark.parametrize(("coding", "data"), COMPRESSED)
def test_content_comes_as_it_was(coding: str, data: bytes) -> None:
    """At every cut, of requests and responses; the trailers stay."""
    fields = {"Content-Encoding": coding, "Content-Length": len(data), "X": "y"}
    for message in (HttpRequest("POST", "/", fields), HttpResponse(200, fields)):
        for cut in range(0, len(data), 3):
            end = DefaultLastHttpContent(data[cut:], {"T": "u"})
            head, *contents = passed(message, DefaultHttpContent(data[:cut]), end)
            assert [("X", "y"), ("transfer-encoding", "chunked")] == head.headers.items()
            assert TEXT == b"".join(content.content for content in contents)
            assert "u" == contents[-1].trailing_headers["t"]
    assert "content-length" in message.headers


@pytest.mark.parametrize(("coding", "data"), COMPRESSED)
def test_a_full_message_stays_one(coding: str, data: bytes) -> None:
    """With the length that it has now."""
    for message in (
        FullHttpRequest("POST", "/", data, {"Content-Encoding": coding, "Content-Length": len(data)}),
        FullHttpResponse(200, data, {"Content-Encoding": coding, "Content-Length": len(data)}),
    ):
        (full,) = passed(message)
        assert (type(message), TEXT, [("content-length", str(len(TEXT)))]) == (type(full), full.content, full.headers.items())


@pytest.mark.parametrize("coding", [None, "identity", "lzma", "gzip, br", "gzip, gzip"])
def test_other_content_goes_through(coding: str | None) -> None:
    """What is not compressed, and what nobody here can read."""
    head = HttpResponse(200, {} if coding is None else {"Content-Encoding": coding})
    messages = [head, DefaultHttpContent(b"abc"), EMPTY_LAST_CONTENT]
    assert messages == passed(*messages)


def test_a_message_without_content_has_nothing_to_decompress() -> None:
    """It may say how it would be compressed: of HEAD, 304, or empty."""
    fields = {"Content-Encoding": "gzip"}
    assert [HttpResponse(304, fields), EMPTY_LAST_CONTENT] == passed(HttpResponse(304, fields), EMPTY_LAST_CONTENT)
    head, end = passed(HttpResponse(200, fields), EMPTY_LAST_CONTENT)
    assert EMPTY_LAST_CONTENT == end
    assert "content-encoding" not in head.headers


BOMBS = [
    ("gzip", gzip.compress(bytes(8 << 20))),
    ("deflate", zlib.compress(bytes(8 << 20))),
    ("br", brotli.compress(bytes(8 << 20))),
    ("zstd", zstandard.ZstdCompressor().compress(bytes(8 << 20))),
]


@pytest.mark.parametrize(("coding", "bomb"), BOMBS)
@pytest.mark.parametrize("limits", [(1 << 20, 1e9), (1 << 40, 10.0)], ids=["bytes", "ratio"])
def test_a_bomb_is_refused_for_every_coding(coding: str, bomb: bytes, limits: tuple[int, float]) -> None:
    """By what it gives in all, and by what it gives for what it is; no more than that was ever there."""
    channel = EmbeddedChannel(HttpContentDecompressor(*limits))
    with pytest.raises(HttpDecoderError) as caught:
        channel.write_inbound(HttpRequest("POST", "/", {"Content-Encoding": coding}), DefaultLastHttpContent(bomb))
    assert 413 == caught.value.status
    size = 0
    while (message := channel.read_inbound()) is not None:
        size += len(message.content) if isinstance(message, HttpContent) else 0
    assert size <= (1 << 20) + 65536
    (answer,) = channel.outbound_messages()
    assert (413, "close", False) == (answer.status, answer.headers["connection"], channel.is_open)


@pytest.mark.parametrize(
    ("coding", "data"),
    [("gzip", b"rubbish!"), ("gzip", gzip.compress(TEXT)[:-3]), ("deflate", b"\xff\xff\xff"), ("br", b"\xff" * 9), ("zstd", b"rubbish!")],
)
@pytest.mark.parametrize("is_full", [True, False])
def test_a_broken_stream_is_refused(coding: str, data: bytes, is_full: bool) -> None:
    """The request is answered 400 and nothing behind it is read."""
    fields = {"Content-Encoding": coding}
    messages = [FullHttpRequest("POST", "/", data, fields)] if is_full else [HttpRequest("POST", "/", fields), DefaultLastHttpContent(data)]
    channel = EmbeddedChannel(HttpContentDecompressor())
    with pytest.raises(HttpDecoderError) as caught:
        channel.write_inbound(*messages)
    assert (400, 400) == (caught.value.status, channel.outbound_messages()[0].status)


def test_a_broken_response_is_told_and_not_answered() -> None:
    """There is nobody to answer."""
    channel = EmbeddedChannel(HttpContentDecompressor())
    with pytest.raises(HttpDecoderError):
        channel.write_inbound(FullHttpResponse(200, b"rubbish!", {"Content-Encoding": "gzip"}))
    assert ([], False) == (channel.outbound_messages(), channel.is_open)
    with pytest.raises(ValueError, match="max_ratio 0"):
        HttpContentDecompressor(max_ratio=0)
