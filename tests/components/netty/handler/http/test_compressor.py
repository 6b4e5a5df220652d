"""HttpContentCompressor: Netty's HttpContentCompressorTest in Python's terms."""

import gzip
import io
import zlib
from typing import Any

import brotli
import pytest
import zstandard

from pyboot.components.netty.buffer.file_region import DefaultFileRegion
from pyboot.components.netty.channel.embedded.channel import EmbeddedChannel
from pyboot.components.netty.handler.http.compressor import HttpContentCompressor
from pyboot.components.netty.wire.http.message import (
    EMPTY_LAST_CONTENT,
    DefaultHttpContent,
    DefaultLastHttpContent,
    FullHttpRequest,
    FullHttpResponse,
    HttpContent,
    HttpResponse,
)
from pyboot.components.netty.wire.http.start_line import HttpVersion

TEXT = b"to be, or not to be, that is the question; " * 50
PLAIN = {"Content-Type": "text/plain"}
DECOMPRESS: dict[str, Any] = {
    "gzip": gzip.decompress,
    "deflate": zlib.decompress,
    "br": brotli.decompress,
    "zstd": lambda data: zstandard.ZstdDecompressor().decompressobj().decompress(data),
}


def request(accept: str | None = "gzip", method: str = "GET", version: HttpVersion = HttpVersion.HTTP_1_1) -> FullHttpRequest:
    """One whose client takes that."""
    return FullHttpRequest(method, "/", headers={} if accept is None else {"Accept-Encoding": accept}, version=version)


def answered(response: HttpResponse, *more: Any, asked: FullHttpRequest | None = None, handler: Any = None) -> list[Any]:
    """What leaves for the response to a request."""
    channel = EmbeddedChannel(handler or HttpContentCompressor())
    channel.write_inbound(request() if asked is None else asked)
    channel.write_outbound(response, *more)
    return channel.outbound_messages()


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd"])
def test_a_full_response_is_compressed_whole(coding: str) -> None:
    """With its length, and with what it depends on."""
    (response,) = answered(FullHttpResponse(200, TEXT, {**PLAIN, "ETag": '"a"'}), asked=request(coding))
    assert TEXT == DECOMPRESS[coding](response.content)
    fields = response.headers
    assert (coding, str(len(response.content)), "Accept-Encoding", 'W/"a"') == (
        fields["content-encoding"],
        fields["content-length"],
        fields["vary"],
        fields["etag"],
    )


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd"])
def test_a_response_in_pieces_is_compressed_as_they_come(coding: str) -> None:
    """Its length is nobody's to know; the trailers stay."""
    end = DefaultLastHttpContent(TEXT, {"X": "y"})
    pieces = (DefaultHttpContent(TEXT), TEXT, end)
    head, *contents = answered(HttpResponse(200, {**PLAIN, "Content-Length": 3 * len(TEXT)}), *pieces, asked=request(coding))
    assert (coding, None) == (head.headers.get("content-encoding"), head.headers.get("content-length"))
    assert all(isinstance(content, HttpContent) for content in contents)
    assert TEXT * 3 == DECOMPRESS[coding](b"".join(content.content for content in contents))
    assert "y" == contents[-1].trailing_headers["x"]


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd"])
def test_what_was_flushed_can_be_read(coding: str) -> None:
    """An event is of no use when the next one has come."""
    channel = EmbeddedChannel(HttpContentCompressor())
    channel.write_inbound(request(coding))
    channel.write_outbound(HttpResponse(200, PLAIN), DefaultHttpContent(b"data: one\n\n"))
    stream = b"".join(message.content for message in channel.outbound_messages() if isinstance(message, HttpContent))
    if coding == "br":
        assert b"data: one\n\n" == brotli.Decompressor().process(stream)
    elif coding == "zstd":
        assert b"data: one\n\n" == zstandard.ZstdDecompressor().decompressobj().decompress(stream)
    else:
        assert b"data: one\n\n" == zlib.decompressobj(32 + zlib.MAX_WBITS).decompress(stream)


@pytest.mark.parametrize(
    ("response", "asked"),
    [
        (FullHttpResponse(200, TEXT, PLAIN), request(None)),
        (FullHttpResponse(200, TEXT, PLAIN), request("gzip;q=0")),
        (FullHttpResponse(200, TEXT, PLAIN), request(version=HttpVersion.HTTP_1_0)),
        (FullHttpResponse(200, b"", {**PLAIN, "Content-Length": 5000}), request(method="HEAD")),
        (FullHttpResponse(200, TEXT, PLAIN), request(method="CONNECT")),
        (FullHttpResponse(204, b"", PLAIN), request()),
        (FullHttpResponse(304, b"", PLAIN), request()),
        (FullHttpResponse(101, b"", PLAIN), request()),
        (FullHttpResponse(100, b"", PLAIN), request()),
        (FullHttpResponse(206, TEXT, PLAIN), request()),
        (FullHttpResponse(200, TEXT, {**PLAIN, "Content-Range": "bytes 0-1/2"}), request()),
        (FullHttpResponse(200, TEXT, {**PLAIN, "Content-Encoding": "br"}), request()),
        (FullHttpResponse(200, TEXT, {**PLAIN, "Content-Encoding": "identity"}), request()),
        (FullHttpResponse(200, TEXT, {**PLAIN, "Cache-Control": "private, No-Transform"}), request()),
        (FullHttpResponse(200, TEXT, {"Content-Type": "image/png"}), request()),
        (FullHttpResponse(200, TEXT), request()),
        (FullHttpResponse(200, b"short", PLAIN), request()),
        (HttpResponse(200, {**PLAIN, "Content-Length": 5}), request()),
    ],
)
def test_what_goes_as_it_is(response: HttpResponse, asked: FullHttpRequest) -> None:
    """What has no content or a part of it, is compressed already, gains nothing, or must not be touched."""
    (left,) = answered(response, asked=asked)
    assert "gzip" != left.headers.get("content-encoding")
    assert getattr(response, "content", None) == getattr(left, "content", None)


def test_a_response_that_another_client_would_get_otherwise_says_so() -> None:
    """Once, beside what it depends on already."""
    (plain,) = answered(FullHttpResponse(200, TEXT, {**PLAIN, "Vary": "Origin"}), asked=request(None))
    assert ["Origin", "Accept-Encoding"] == plain.headers.get_all("vary")
    (said,) = answered(FullHttpResponse(200, TEXT, {**PLAIN, "Vary": "accept-encoding, Origin"}))
    assert ["accept-encoding, Origin"] == said.headers.get_all("vary")


def test_each_response_is_for_its_own_request() -> None:
    """However many wait; what comes before a response is for none."""
    channel = EmbeddedChannel(HttpContentCompressor())
    channel.write_inbound(request("gzip"), request(None), request("br"))
    response = FullHttpResponse(200, TEXT, PLAIN)
    channel.write_outbound(FullHttpResponse(103), response, HttpResponse(200, PLAIN), TEXT, EMPTY_LAST_CONTENT, response)
    codings = [message.headers.get("content-encoding") for message in channel.outbound_messages() if isinstance(message, HttpResponse)]
    assert [None, "gzip", None, "br"] == codings
    assert "content-encoding" not in response.headers


async def test_a_file_is_read_to_be_compressed() -> None:
    """In its place, and closed."""
    import asyncio

    channel = EmbeddedChannel(HttpContentCompressor(), loop=asyncio.get_running_loop())
    channel.write_inbound(request())
    file = io.BytesIO(TEXT)
    promise = channel.new_promise()
    channel.write(HttpResponse(200, {**PLAIN, "Content-Length": len(TEXT)}))
    channel.write(DefaultFileRegion(file))
    channel.write(EMPTY_LAST_CONTENT, promise)
    channel.flush()
    await promise
    contents = [message.content for message in channel.outbound_messages() if isinstance(message, HttpContent)]
    assert TEXT == gzip.decompress(b"".join(contents))
    assert file.closed


def test_mistakes_are_told_when_the_handler_is_made() -> None:
    """And not with the first response."""
    with pytest.raises(ValueError, match="content coding 'lzma'"):
        HttpContentCompressor(["lzma"])
    with pytest.raises(ValueError, match="level 10"):
        HttpContentCompressor(level=10)
    assert ("br", "zstd", "gzip", "deflate") == HttpContentCompressor().codings
