"""Whether a connection goes on, where another codec stands in front."""

import pytest

from pyboot.components.netty.channel.embedded.channel import EmbeddedChannel
from pyboot.components.netty.codec.http.keep_alive import HttpServerKeepAliveHandler
from pyboot.components.netty.wire.http.message import (
    EMPTY_LAST_CONTENT,
    DefaultHttpContent,
    FullHttpRequest,
    FullHttpResponse,
    HttpResponse,
)
from pyboot.components.netty.wire.http.start_line import HttpVersion


def channel_with(*requests: FullHttpRequest) -> EmbeddedChannel:
    """A channel that *requests* came in through."""
    channel = EmbeddedChannel(HttpServerKeepAliveHandler())
    channel.write_inbound(*requests)
    return channel


@pytest.mark.parametrize(
    ("request_", "closes"),
    [
        (FullHttpRequest("GET", "/"), False),
        (FullHttpRequest("GET", "/", headers={"Connection": "close"}), True),
        (FullHttpRequest("GET", "/", version=HttpVersion.HTTP_1_0), True),
        (FullHttpRequest("GET", "/", version=HttpVersion.HTTP_1_0, headers={"Connection": "keep-alive"}), False),
    ],
)
def test_a_response_says_what_the_request_asks_for(request_: FullHttpRequest, closes: bool) -> None:
    """And the channel closes behind it, if it is so."""
    channel = channel_with(request_)
    response = FullHttpResponse(200)

    channel.write_outbound(response)

    assert closes is ("close" == response.headers.get("connection"))
    assert closes is not channel.is_open


@pytest.mark.parametrize(
    ("response", "closes"),
    [
        (HttpResponse(200), True),
        (HttpResponse(200, {"Content-Length": "0"}), False),
        (HttpResponse(200, {"Transfer-Encoding": "chunked"}), False),
        (HttpResponse(204), False),
        (HttpResponse(200, {"Content-Length": "0", "Connection": "close"}), True),
    ],
)
def test_a_response_whose_end_nobody_knows_ends_the_connection(response: HttpResponse, closes: bool) -> None:
    """With its last content, not before."""
    channel = channel_with(FullHttpRequest("GET", "/"))

    channel.write_outbound(response, DefaultHttpContent(b""))
    assert channel.is_open
    channel.write_outbound(EMPTY_LAST_CONTENT)

    assert closes is not channel.is_open
    assert closes is not response.is_keep_alive()


def test_only_the_last_of_several_responses_ends_the_connection() -> None:
    """An informational one is none."""
    channel = channel_with(
        FullHttpRequest("GET", "/"), FullHttpRequest("GET", "/", headers={"Connection": "close"}), FullHttpRequest("GET", "/")
    )
    first, second = FullHttpResponse(200), FullHttpResponse(200)

    channel.write_outbound(FullHttpResponse(100), first)
    assert (True, True) == (channel.is_open, first.is_keep_alive())
    channel.write_outbound(second)

    assert (False, False) == (channel.is_open, second.is_keep_alive())


def test_the_last_response_has_more_time_than_a_close() -> None:
    """The channel closes when it was delivered, however long a slow client takes."""
    channel = channel_with(FullHttpRequest("GET", "/", headers={"Connection": "close"}))
    channel.hold_network()
    channel.write_and_flush(FullHttpResponse(200))
    channel.advance_time(10 * channel.config.close_timeout)
    assert channel.is_open

    channel.release_network()
    channel.run_pending_tasks()
    assert not channel.is_open
