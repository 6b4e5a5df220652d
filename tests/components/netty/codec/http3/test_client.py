"""The client of HTTP/3: what it refuses to send, and what it makes of wrong answers."""

from typing import Any

import pytest

from pyboot.components.netty import ChannelHandler
from pyboot.components.netty.codec.http3 import new_request_stream
from pyboot.components.netty.errors import NotYetConnectedError
from pyboot.components.netty.wire.http.errors import HttpEncoderError
from pyboot.components.netty.wire.http.message import FullHttpRequest, FullHttpResponse, HttpRequest


async def test_content_has_its_length(web: Any) -> None:
    """Of a full request."""
    channel = await web.connect(await web.serve())
    answer = await web.ask(channel, FullHttpRequest("POST", "/a", b"words", {"host": "localhost"}))

    assert b"POST /a words" == answer[1].content


async def test_a_connection_that_speaks_no_http_is_told_so(quic: Any) -> None:
    """Before a stream is opened."""
    channel = await quic.connect(await quic.serve())
    with pytest.raises(NotYetConnectedError, match="Http3ClientConnectionHandler"):
        new_request_stream(channel, ChannelHandler())


async def test_what_would_be_no_request_fails_its_write(web: Any) -> None:
    """And nothing of it leaves; a stream has one request."""
    channel = await web.connect(await web.serve())
    stream = new_request_stream(channel, ChannelHandler())
    for wrong in (FullHttpResponse(200), FullHttpRequest("GET", "/"), b"content without a head"):
        with pytest.raises(HttpEncoderError):
            await stream.write_and_flush(wrong)
    await stream.write_and_flush(HttpRequest("GET", "/", {"host": "localhost"}))
    with pytest.raises(HttpEncoderError, match="one request"):
        await stream.write_and_flush(HttpRequest("GET", "/", {"host": "localhost"}))
