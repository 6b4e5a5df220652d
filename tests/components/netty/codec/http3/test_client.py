"""The client of HTTP/3: what it refuses to send, what it makes of wrong answers, and of a server that leaves."""

import asyncio
from typing import Any

import pytest
from aioquic.buffer import encode_uint_var
from aioquic.h3.connection import encode_frame

from pyboot.components.netty import ChannelHandler
from pyboot.components.netty.codec.http3 import Http3GoAway, Http3GoAwayError, Http3ServerConnectionHandler, new_request_stream
from pyboot.components.netty.codec.http3.connection import CONNECTION
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


class Held(ChannelHandler[Any]):
    """Answers a request when it is told to."""

    def __init__(self, waiting: list[Any]) -> None:
        self.waiting = waiting

    def channel_read(self, ctx: Any, msg: Any) -> None:
        self.waiting.append(ctx)


class Leaving:
    """A server that holds its answers and says GOAWAY as it is told, and one client of it, on which `streams` wait for their answers."""

    def __init__(self) -> None:
        self.waiting: list[Any] = []
        self.connections: list[Any] = []

    async def begin(self, web: Any, recorder: Any, **told: Any) -> Any:
        """Return the client's channel."""

        class Seen(ChannelHandler[Any]):
            def channel_active(_, ctx: Any) -> None:  # noqa: N805  # the handler is of no interest
                self.connections.append(ctx.channel.attr(CONNECTION).get())

        def fill(channel: Any) -> None:
            held = lambda stream: stream.pipeline().add_last(Held(self.waiting))  # noqa: E731  # as short as it is
            channel.pipeline().add_last(Http3ServerConnectionHandler(held), Seen())

        server = await web.quic.serve(child=fill, alpn=["h3"], **told)
        return await web.connect(server, recorder)

    def say(self, number: int) -> None:
        """Say GOAWAY with *number*."""
        self.connections[0]._streams.control.write_and_flush(encode_frame(7, encode_uint_var(number)))


async def test_a_server_that_leaves_is_asked_nothing_more(web: Any, recorder: Any) -> None:
    """What it has said it does not look at fails at once, and may be tried elsewhere; what it looks at is answered (RFC 9114 5.2)."""
    leaving = Leaving()
    channel = await leaving.begin(web, recorder)
    asking = [asyncio.ensure_future(web.get(channel, f"/{number}")) for number in range(3)]
    await web.quic.eventually(lambda: 3 == len(leaving.waiting))

    leaving.say(4)
    for lost in asking[1:]:
        with pytest.raises(Http3GoAwayError, match="from stream 4 on: open another connection"):
            await lost
    with pytest.raises(Http3GoAwayError):
        new_request_stream(channel, ChannelHandler())
    leaving.waiting[0].write_and_flush(FullHttpResponse(200, b"still"))

    assert b"still" == (await asking[0])[1].content
    assert [Http3GoAway(4)] == [event for event in recorder.user_events if isinstance(event, Http3GoAway)]
    assert channel.is_active


async def test_a_server_that_is_about_to_leave_answers_what_it_was_asked(web: Any, recorder: Any) -> None:
    """The first GOAWAY names no stream: what has left goes on, what has not, or waits for the peer to allow it, fails."""
    leaving = Leaving()
    channel = await leaving.begin(web, recorder, max_streams=1)
    silent = new_request_stream(channel, ChannelHandler())
    asking = asyncio.ensure_future(web.get(channel))  # behind the silent one, which is the only one that is allowed
    await web.quic.eventually(lambda: leaving.connections and asking.get_loop() is not None)
    leaving.say((1 << 62) - 4)

    with pytest.raises(Http3GoAwayError):
        await asking
    await web.quic.eventually(lambda: not silent.is_open)
    assert channel.is_active


@pytest.mark.parametrize(
    ("said", "code"), [([encode_uint_var(3)], 0x108), ([b"\x04", b"\x08"], 0x108), ([b"\x04\x04"], 0x106), ([b""], 0x106)]
)
async def test_a_good_bye_that_is_none_ends_the_connection(web: Any, recorder: Any, said: list[bytes], code: int) -> None:
    """A number that is no request's, one that is larger than before, and what is no number (RFC 9114 5.2, 7.1)."""
    leaving = Leaving()
    channel = await leaving.begin(web, recorder)
    await web.quic.eventually(lambda: leaving.connections)
    for payload in said:
        leaving.connections[0]._streams.control.write_and_flush(encode_frame(7, payload))
    await recorder.seen("channel_inactive")

    assert f"error {code:#x}" in str(channel.close_cause)
