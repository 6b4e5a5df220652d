"""The way of a message through any of the encoders."""

import io

import pytest

from pyboot.components.netty.buffer.byte_buffer import ByteBuffer
from pyboot.components.netty.buffer.file_region import DefaultFileRegion
from pyboot.components.netty.channel.embedded.channel import EmbeddedChannel
from pyboot.components.netty.codec.http.server import HttpServerCodec
from pyboot.components.netty.wire.http.errors import HttpEncoderError
from pyboot.components.netty.wire.http.message import EMPTY_LAST_CONTENT, DefaultHttpContent, DefaultLastHttpContent, HttpResponse

GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


def asked() -> EmbeddedChannel:
    """A server channel with one request that waits for its response."""
    channel = EmbeddedChannel(HttpServerCodec())
    channel.write_inbound(ByteBuffer(GET))
    return channel


def test_bytes_and_buffers_are_content_of_the_head_in_front_of_them() -> None:
    """A buffer is given back."""
    channel = asked()
    buffer = ByteBuffer(b"in a buffer")

    channel.write_outbound(HttpResponse(200), b"bytes", buffer, memoryview(b"a view"), EMPTY_LAST_CONTENT)

    head = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
    assert head + b"5\r\nbytes\r\nb\r\nin a buffer\r\n6\r\na view\r\n0\r\n\r\n" == channel.outbound_bytes()
    assert 0 == buffer.ref_count


def test_no_bytes_pass_between_two_messages() -> None:
    """Empty ones do: somebody waits for their promise."""
    channel = asked()
    channel.write_outbound(b"")
    assert b"" == channel.outbound_bytes()

    with pytest.raises(HttpEncoderError, match="the head of a message comes first"):
        channel.write_outbound(b"bytes")


def test_content_that_does_not_fit_closes_the_channel() -> None:
    """Its write fails, and nothing of it leaves."""
    channel = asked()
    channel.write_outbound(HttpResponse(200, {"Content-Length": "3"}), DefaultHttpContent(b"ab"))

    with pytest.raises(HttpEncoderError, match="1 bytes more"):
        channel.write_outbound(DefaultLastHttpContent(b"cd"))

    assert b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab" == channel.outbound_bytes()
    assert not channel.is_open


def test_a_promise_ends_with_the_last_piece() -> None:
    """Of a message that leaves in several."""
    channel = asked()
    promise = channel.new_promise()

    channel.write(HttpResponse(200, {"Content-Length": "10000"}))
    channel.write(DefaultLastHttpContent(b"x" * 10_000), promise)
    assert not promise.is_done
    channel.flush()

    assert promise.is_success


FILE = b"0123456789"


@pytest.mark.parametrize(
    ("request_", "head", "sent"),
    [
        (GET, HttpResponse(200, {"content-length": 12}), b"HTTP/1.1 200 OK\r\ncontent-length: 12\r\n\r\n<0123456789>"),
        (
            GET,
            HttpResponse(200),
            b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\n<\r\na\r\n0123456789\r\n1\r\n>\r\n0\r\n\r\n",
        ),
        (b"GET / HTTP/1.0\r\n\r\n", HttpResponse(200), b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n<0123456789>"),
        (GET.replace(b"GET", b"HEAD"), HttpResponse(200, {"content-length": 12}), b"HTTP/1.1 200 OK\r\ncontent-length: 12\r\n\r\n"),
    ],
)
def test_a_file_is_content_too(request_: bytes, head: HttpResponse, sent: bytes) -> None:
    """In every framing; to HEAD it is closed unsent. Its promise is that of its bytes."""
    channel = EmbeddedChannel(HttpServerCodec())
    channel.write_inbound(ByteBuffer(request_))
    file = io.BytesIO(FILE)
    promise = channel.new_promise()
    channel.write(head)
    channel.write(b"<")
    channel.write(DefaultFileRegion(file), promise)
    channel.write(DefaultFileRegion(io.BytesIO()))
    channel.write(b">")
    channel.write_and_flush(EMPTY_LAST_CONTENT)
    assert sent == channel.outbound_bytes()
    assert promise.is_success
    assert file.closed


def test_a_file_that_does_not_fit_is_closed_and_so_is_the_channel() -> None:
    """As content that is longer than its head said."""
    channel = asked()
    file, second = io.BytesIO(FILE), io.BytesIO(FILE)
    channel.write_outbound(HttpResponse(200, {"content-length": 9}))
    with pytest.raises(HttpEncoderError, match="1 bytes more"):
        channel.write_outbound(DefaultFileRegion(file))
    assert (True, False) == (file.closed, channel.is_open)
    channel = asked()
    with pytest.raises(HttpEncoderError, match="the head of a message comes first"):
        channel.write_outbound(DefaultFileRegion(second))
    assert second.closed


@pytest.mark.parametrize("request_", [b"GET / HTTP/1.0\r\n\r\n", b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"])
def test_the_last_response_has_more_time_than_a_close(request_: bytes) -> None:
    """A film goes on to a slow client behind the close timeout; the channel closes when it was delivered."""
    channel = EmbeddedChannel(HttpServerCodec())
    channel.write_inbound(ByteBuffer(request_))
    channel.hold_network()
    channel.write(HttpResponse(200, {"content-length": 100_000, "connection": "close"}))
    channel.write(bytes(100_000))
    channel.write_and_flush(EMPTY_LAST_CONTENT)
    channel.advance_time(10 * channel.config.close_timeout)
    assert channel.is_open

    channel.release_network()
    channel.run_pending_tasks()
    assert channel.outbound_bytes().endswith(bytes(100_000))
    assert not channel.is_open
