"""A stream's frames as the messages of HTTP, both ways and both sides."""

from typing import Any

import pytest

from pyboot.components.netty.channel import EmbeddedChannel
from pyboot.components.netty.codec.http2.objects import Http2StreamFrameToHttpObjectCodec
from pyboot.components.netty.wire.http.errors import HttpEncoderError
from pyboot.components.netty.wire.http.message import (
    EMPTY_LAST_CONTENT,
    DefaultHttpContent,
    DefaultLastHttpContent,
    FullHttpRequest,
    FullHttpResponse,
    HttpRequest,
    HttpResponse,
)
from pyboot.components.netty.wire.http.start_line import HttpVersion
from pyboot.components.netty.wire.http2.frame import Http2DataFrame, Http2Headers, Http2HeadersFrame, Http2ResetFrame

V2 = HttpVersion.HTTP_2


class Taking(EmbeddedChannel):
    """A channel whose outbound messages are frames."""

    def add_outbound(self, msg: object, promise: Any) -> None:
        self.frames = [*getattr(self, "frames", []), msg]


def server() -> Taking:
    """A stream of a server."""
    return Taking(Http2StreamFrameToHttpObjectCodec(is_server=True))


def asked(method: str = "GET", **fields: str) -> Http2HeadersFrame:
    """A request's head, and its end."""
    return Http2HeadersFrame(Http2Headers(fields, method=method, scheme="https", authority="h", path="/x"), True)


def test_requests_come_as_messages() -> None:
    """Whole, or in parts with trailers; the authority stands in Host."""
    channel = server()
    channel.write_inbound(asked())
    assert FullHttpRequest("GET", "/x", headers={"host": "h"}, version=V2) == channel.read_inbound()
    head = Http2Headers({"a": "b"}, method="POST", scheme="https", authority="h", path="/x")
    channel.write_inbound(
        Http2HeadersFrame(head), Http2DataFrame(b"1"), Http2DataFrame(b""), Http2HeadersFrame(Http2Headers({"t": "1"}), True)
    )
    assert [
        HttpRequest("POST", "/x", {"host": "h", "a": "b"}, V2),
        DefaultHttpContent(b"1"),
        DefaultLastHttpContent(b"", {"t": "1"}),
    ] == channel.inbound_messages()


def written(*messages: Any, method: str = "GET") -> list[Any]:
    """The frames of a response to a request."""
    channel = server()
    channel.write_inbound(asked(method))
    channel.write_outbound(*messages)
    return channel.frames


def test_a_whole_response() -> None:
    """Its length is told, what belongs to a connection of HTTP/1 is not."""
    response = FullHttpResponse(200, b"hi", {"a": "b", "connection": "close, x-hop", "x-hop": "1", "keep-alive": "1"})
    assert [Http2HeadersFrame(Http2Headers({"a": "b", "content-length": "2"}, status=200)), Http2DataFrame(b"hi", True)] == written(
        response
    )
    assert [Http2HeadersFrame(Http2Headers(status=204), True)] == written(FullHttpResponse(204))


def test_a_response_in_parts() -> None:
    """Bytes are content too; trailers end the stream."""
    head = Http2HeadersFrame(Http2Headers(status=200))
    assert [head, Http2DataFrame(b"a"), Http2DataFrame(b"b"), Http2DataFrame(b"", True)] == written(
        HttpResponse(200, {"transfer-encoding": "chunked"}), DefaultHttpContent(b"a"), b"b", EMPTY_LAST_CONTENT
    )
    frames = written(HttpResponse(200), DefaultLastHttpContent(b"x", {"t": "1"}))
    assert [head, Http2DataFrame(b"x"), Http2HeadersFrame(Http2Headers({"t": "1"}), True)] == frames


def test_a_response_to_head_has_no_content() -> None:
    """Whatever a handler writes."""
    whole = written(FullHttpResponse(200, b"hi"), method="HEAD")
    assert [Http2HeadersFrame(Http2Headers({"content-length": "2"}, status=200), True)] == whole
    nothing = Http2DataFrame(b"")
    assert [Http2HeadersFrame(Http2Headers(status=200)), nothing, Http2DataFrame(b"", True)] == written(
        HttpResponse(200), b"abc", EMPTY_LAST_CONTENT, method="HEAD"
    )


def test_a_response_before_the_response_ends_nothing() -> None:
    """100 Continue, for a client that waits for it."""
    frames = written(FullHttpResponse(100), FullHttpResponse(204))
    assert [Http2HeadersFrame(Http2Headers(status=100)), Http2HeadersFrame(Http2Headers(status=204), True)] == frames


@pytest.mark.parametrize(
    "messages",
    [
        (b"content",),
        (EMPTY_LAST_CONTENT,),
        (FullHttpResponse(200), FullHttpResponse(200)),
        (FullHttpResponse(200), b"more"),
        (FullHttpResponse(200, b"a", {"content-length": "2"}),),
        (FullHttpResponse(200, b"a", {"content-length": "a"}),),
        (HttpResponse(200, {"content-length": "1"}), b"more"),
        (HttpResponse(200, {"content-length": "9"}), b"less", EMPTY_LAST_CONTENT),
        (HttpRequest("GET", "/"),),
    ],
)
def test_what_is_out_of_turn_raises(messages: tuple[Any, ...]) -> None:
    """As of HTTP/1: no response is begun twice, none goes on behind its end."""
    with pytest.raises(HttpEncoderError):
        written(*messages)


def test_a_response_that_was_refused_leaves_room_for_another() -> None:
    """The 500 of whoever serves."""
    channel = server()
    channel.write_inbound(asked())
    with pytest.raises(HttpEncoderError):
        channel.write_outbound(FullHttpResponse(200, b"a", {"content-length": "2"}))
    channel.write_outbound(FullHttpResponse(500))
    assert [Http2HeadersFrame(Http2Headers({"content-length": "0"}, status=500), True)] == channel.frames


def test_content_of_another_length_than_was_said_resets_the_stream() -> None:
    """No part of it looks like a whole message."""
    channel = server()
    channel.write_inbound(asked())
    channel.write_outbound(HttpResponse(200, {"content-length": "5"}), b"four")
    with pytest.raises(HttpEncoderError, match="1 bytes less"):
        channel.write_outbound(EMPTY_LAST_CONTENT)
    assert [Http2DataFrame(b"four"), Http2ResetFrame(2)] == channel.frames[1:]


def test_what_speaks_of_no_content_says_no_length() -> None:
    """RFC 9110 8.6; and whatever is written behind such a head is dropped."""
    said = {"content-length": "7", "te": "gzip"}
    assert [Http2HeadersFrame(Http2Headers(status=103)), Http2HeadersFrame(Http2Headers(status=204), True)] == written(
        FullHttpResponse(103, b"", said), FullHttpResponse(204, b"", said)
    )
    head, nothing, end = written(HttpResponse(204, said), b"content", EMPTY_LAST_CONTENT)
    assert (Http2HeadersFrame(Http2Headers(status=204)), Http2DataFrame(b""), Http2DataFrame(b"", True)) == (head, nothing, end)
    assert [Http2HeadersFrame(Http2Headers({"content-length": "7"}, status=304), True)] == written(FullHttpResponse(304, b"", said))


def test_a_client_asks_and_is_answered() -> None:
    """Host becomes the authority; an informational response is one object."""
    channel = Taking(Http2StreamFrameToHttpObjectCodec(is_server=False, scheme="http"))
    channel.write_outbound(FullHttpRequest("POST", "/x", b"hi", {"Host": "h", "a": "b"}))
    head = Http2Headers({"a": "b", "content-length": "2"}, method="POST", scheme="http", authority="h", path="/x")
    assert [Http2HeadersFrame(head), Http2DataFrame(b"hi", True)] == channel.frames
    channel.write_inbound(
        Http2HeadersFrame(Http2Headers(status=103)), Http2HeadersFrame(Http2Headers(status=200)), Http2DataFrame(b"x", True)
    )
    assert [FullHttpResponse(103, version=V2), HttpResponse(200, version=V2), DefaultLastHttpContent(b"x")] == channel.inbound_messages()


@pytest.mark.parametrize(
    ("is_server", "message"),
    [
        (True, FullHttpResponse(200, b"hi", {"te": "trailers", "wrong": "1"})),
        (True, FullHttpResponse(200, b"", {"wrong": "1"})),
        (True, HttpResponse(200, {"wrong": "1"})),
        (False, FullHttpRequest("POST", "/", b"hi", {"host": "a", "wrong": "1"})),
        (False, HttpRequest("POST", "/", {"host": "a", "wrong": "1"})),
    ],
)
def test_a_head_that_is_refused_says_why_and_leaves_room_for_another(is_server: bool, message: Any) -> None:
    """Not that content came without one; nothing of the message is taken."""

    class Refusing(Taking):
        def add_outbound(self, msg: object, promise: Any) -> None:
            if isinstance(msg, Http2HeadersFrame) and "wrong" in msg.headers.headers:
                raise HttpEncoderError("this head is wrong")
            super().add_outbound(msg, promise)

    channel = Refusing(Http2StreamFrameToHttpObjectCodec(is_server=is_server))
    with pytest.raises(HttpEncoderError, match="this head is wrong"):
        channel.write_outbound(message)
    channel.write_outbound(FullHttpResponse(500) if is_server else FullHttpRequest("GET", "/", headers={"host": "a"}))
    assert [True] == [frame.end_stream for frame in channel.frames]
