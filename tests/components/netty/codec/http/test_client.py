"""The codecs of an HTTP client."""

from typing import Any

import pytest

from pyboot.components.netty.buffer.byte_buffer import ByteBuffer
from pyboot.components.netty.channel.embedded.channel import EmbeddedChannel
from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.components.netty.codec.http.client import HttpClientCodec, HttpRequestEncoder, HttpResponseDecoder
from pyboot.components.netty.errors import PrematureCloseError
from pyboot.components.netty.wire.http.errors import HttpDecoderError, HttpEncoderError
from pyboot.components.netty.wire.http.message import (
    EMPTY_LAST_CONTENT,
    DefaultHttpContent,
    DefaultLastHttpContent,
    FullHttpRequest,
    FullHttpResponse,
    HttpResponse,
)

HOST = {"Host": "x"}
GET = FullHttpRequest("GET", "/", headers=HOST)
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Errors(ChannelHandler[Any]):
    """Keeps errors."""

    def __init__(self) -> None:
        self.errors: list[Exception] = []

    def exception_caught(self, ctx: Any, error: Exception) -> None:
        """Keeps it."""
        self.errors.append(error)


def client(which: int, errors: Errors) -> EmbeddedChannel:
    """One with the codec, or one with its two halves; *errors* behind it."""
    codec = (HttpClientCodec(),) if which == 0 else (HttpResponseDecoder(), HttpRequestEncoder())
    return EmbeddedChannel(*codec, errors)


@pytest.mark.parametrize("which", [0, 1])
def test_each_response_is_read_by_what_its_request_was(which: int) -> None:
    """Pipelined, with an informational one between."""
    channel = client(which, Errors())
    channel.write_outbound(FullHttpRequest("HEAD", "/", headers=HOST), GET)
    assert b"HEAD / HTTP/1.1\r\nHost: x\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n" == channel.outbound_bytes()

    channel.write_inbound(ByteBuffer(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\n" + OK))

    assert [
        FullHttpResponse(200, headers={"Content-Length": "2"}),
        FullHttpResponse(103),
        HttpResponse(200, {"Content-Length": "2"}),
        DefaultLastHttpContent(b"ok"),
    ] == channel.inbound_messages()


@pytest.mark.parametrize("which", [0, 1])
def test_a_response_may_end_with_the_connection(which: int) -> None:
    """The end is its last content."""
    channel = client(which, caught := Errors())
    channel.write_outbound(GET)
    channel.write_inbound(ByteBuffer(b"HTTP/1.1 200 OK\r\n\r\nabc"))
    channel.finish_input()

    assert [HttpResponse(200), DefaultHttpContent(b"abc"), EMPTY_LAST_CONTENT] == channel.inbound_messages()
    assert [] == caught.errors


def test_content_that_we_have_cut_off_is_not_whole() -> None:
    """Where the end of the connection is the end of content, it must be the peer's."""
    channel = client(0, Errors())
    channel.write_outbound(GET)
    channel.write_inbound(ByteBuffer(b"HTTP/1.1 200 OK\r\n\r\nabc"))
    channel.close()
    channel.run_pending_tasks()

    assert [HttpResponse(200), DefaultHttpContent(b"abc")] == channel.inbound_messages()


@pytest.mark.parametrize("which", [0, 1])
def test_a_peer_that_owes_a_response_may_not_leave(which: int) -> None:
    """Before it, or within it."""
    for stream in (b"", OK[:-1], OK):
        channel = client(which, caught := Errors())
        channel.write_outbound(GET, GET)
        channel.write_inbound(ByteBuffer(stream))
        channel.finish_input()
        assert [PrematureCloseError] == [type(error) for error in caught.errors]


@pytest.mark.parametrize("which", [0, 1])
def test_a_tunnel_carries_bytes(which: int) -> None:
    """Both ways, from the byte behind the response on."""
    channel = client(which, Errors())
    channel.write_outbound(FullHttpRequest("CONNECT", "x:443", headers=HOST))
    channel.write_inbound(ByteBuffer(b"HTTP/1.1 200 OK\r\n\r\nraw"))
    channel.outbound_bytes()

    channel.write_outbound(b"bytes")
    channel.write_inbound(ByteBuffer(b"more"))

    head, *raw = channel.inbound_messages()
    assert (FullHttpResponse(200), [b"raw", b"more"], b"bytes") == (head, [bytes(each) for each in raw], channel.outbound_bytes())


def test_in_a_tunnel_another_client_may_begin() -> None:
    """The codec that opened it is removed; one that is added then knows nothing of its exchange."""
    channel = EmbeddedChannel(opener := HttpClientCodec())
    channel.write_outbound(FullHttpRequest("CONNECT", "x:80", headers=HOST))
    channel.write_inbound(ByteBuffer(b"HTTP/1.1 200 OK\r\n\r\n"))
    channel.pipeline().remove(opener)
    channel.outbound_bytes()

    channel.pipeline().add_last(HttpClientCodec())
    channel.write_outbound(GET)
    channel.write_inbound(ByteBuffer(OK))

    assert b"GET / HTTP/1.1\r\nHost: x\r\n\r\n" == channel.outbound_bytes()
    assert [FullHttpResponse, HttpResponse, DefaultLastHttpContent] == [type(each) for each in channel.inbound_messages()]


def test_whether_a_byte_of_another_response_has_come() -> None:
    """Asked for, or not."""
    channel = EmbeddedChannel(codec := HttpClientCodec())
    assert codec.is_between_responses
    channel.write_outbound(GET)
    assert not codec.is_between_responses
    channel.write_inbound(ByteBuffer(OK))
    assert codec.is_between_responses
    channel.write_inbound(ByteBuffer(b"H"))
    assert not codec.is_between_responses


@pytest.mark.parametrize("which", [0, 1])
def test_what_is_wrong_goes_to_exception_caught(which: int) -> None:
    """A response that nobody has asked for is; a request that would be none fails its write."""
    channel = client(which, caught := Errors())
    channel.write_inbound(ByteBuffer(OK))

    assert ["unasked"] == [error.reason for error in caught.errors if isinstance(error, HttpDecoderError)]
    with pytest.raises(HttpEncoderError, match="Host"):
        channel.write_outbound(FullHttpRequest("GET", "/"))
