"""The way of a message through any of the encoders."""

import pytest

from pyboot.components.netty.buffer.byte_buffer import ByteBuffer
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
