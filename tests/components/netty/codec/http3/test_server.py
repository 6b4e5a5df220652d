"""The server of HTTP/3: the messages that handlers see, and what is told of wrong ones."""

import asyncio
import logging
from typing import Any

import pytest
from aioquic.buffer import encode_uint_var
from aioquic.h3.connection import encode_frame

from pyboot.components.netty import ChannelHandler
from pyboot.components.netty.codec.http3 import Http3Config, Http3ServerConnectionHandler, new_request_stream
from pyboot.components.netty.codec.http3.connection import CONNECTION, file_frame_head
from pyboot.components.netty.transport.quic import QuicConnectionClosed, QuicStreamResetError
from pyboot.components.netty.transport.shutdown import tell_draining
from pyboot.components.netty.wire.http.message import (
    DefaultHttpContent,
    DefaultLastHttpContent,
    FullHttpRequest,
    FullHttpResponse,
    HttpRequest,
    HttpResponse,
)
from pyboot.components.netty.wire.http.start_line import HttpVersion

from .conftest import Answer, Response


async def test_requests_come_as_from_http_1(web: Any) -> None:
    """The same objects; one without content in one."""
    seen: list[Any] = []

    class Watch(ChannelHandler[Any]):
        def channel_read(self, ctx: Any, msg: Any) -> None:
            seen.append(msg)
            ctx.write_and_flush(FullHttpResponse(200, b"hello", {"x-a": "1"}))

    channel = await web.connect(await web.serve(Watch))
    head, content = await web.get(channel, "/page?a=1")

    assert [FullHttpRequest("GET", "/page?a=1", b"", {"host": "localhost"}, HttpVersion.HTTP_3)] == seen
    assert HttpResponse(200, {"x-a": "1", "content-length": "5"}, HttpVersion.HTTP_3) == head
    assert DefaultLastHttpContent(b"hello") == content


async def test_content_goes_both_ways_in_pieces(web: Any) -> None:
    """With trailers behind it."""

    class Trailing(ChannelHandler[Any]):
        async def channel_read(self, ctx: Any, msg: Any) -> None:
            if isinstance(msg, HttpRequest):
                ctx.write(HttpResponse(200))
            elif isinstance(msg, DefaultLastHttpContent):
                ctx.write(DefaultHttpContent(msg.content))
                ctx.write_and_flush(DefaultLastHttpContent(b"", {"x-sum": msg.trailing_headers["x-count"]}))
            else:
                await ctx.write_and_flush(msg)

    channel = await web.connect(await web.serve(Trailing))
    sent = [HttpRequest("PUT", "/", {"host": "localhost"}), *(DefaultHttpContent(bytes([n]) * 50_000) for n in range(10))]
    messages = await web.ask(channel, *sent, DefaultLastHttpContent(b"end", {"x-count": "500003"}))

    assert b"".join(bytes([n]) * 50_000 for n in range(10)) + b"end" == b"".join(each.content for each in messages[1:])
    assert "500003" == messages[-1].trailing_headers["x-sum"]


async def test_many_requests_share_a_connection(web: Any) -> None:
    """More than the server allows at once: none is lost, and no answer is another's."""
    channel = await web.connect(await web.serve(max_streams=10))
    answers = await asyncio.gather(*(web.get(channel, f"/{number}") for number in range(50)))

    assert [b"GET /%d " % number for number in range(50)] == [answer[1].content for answer in answers]


async def test_a_response_to_head_has_no_content(web: Any) -> None:
    """And says how much there would be."""
    channel = await web.connect(await web.serve())
    (response,) = await web.get(channel, "/", "HEAD")

    assert isinstance(response, FullHttpResponse)
    assert "7" == response.headers["content-length"]


async def test_an_interim_response_comes_before(web: Any) -> None:
    """103, then the response; 204 and 304 have neither length nor content."""

    class Hints(ChannelHandler[Any]):
        def channel_read(self, ctx: Any, msg: Any) -> None:
            ctx.write(FullHttpResponse(103, b"", {"link": "</a.css>"}))
            ctx.write_and_flush(FullHttpResponse(204))

    channel = await web.connect(await web.serve(Hints))

    assert [103, 204] == [message.status for message in await web.get(channel)]


async def test_a_response_before_the_end_of_the_request_stops_it(web: Any, quic: Any) -> None:
    """What is still to come of the request is of no use: its sender hears so, and has its response."""

    class Early(ChannelHandler[Any]):
        def channel_read(self, ctx: Any, msg: Any) -> None:
            if isinstance(msg, HttpRequest):
                ctx.write_and_flush(FullHttpResponse(413, b"too much"))

    channel = await web.connect(await web.serve(Early))
    request = HttpRequest("PUT", "/", {"host": "localhost"})
    messages = await web.ask(channel, request, DefaultHttpContent(bytes(10)))

    assert 413 == messages[0].status
    assert b"too much" == messages[1].content
    assert 200 == (await web.ask(await web.connect(await web.serve()), FullHttpRequest("GET", "/", b"", {"host": "h"})))[0].status


@pytest.mark.parametrize(
    ("headers", "status"),
    [({f"x-{number}": "1" for number in range(101)}, 431), ({"x": "y" * 5000, "z": "y" * 5000, "a": "y" * 7000}, 431)],
)
async def test_a_head_past_its_limits_is_answered(web: Any, headers: dict[str, str], status: int) -> None:
    """By the codec; no handler sees it, and the connection goes on."""
    channel = await web.connect(await web.serve())
    answer = await web.get(channel, **headers)

    assert status == answer[0].status
    assert 200 == (await web.get(channel))[0].status


async def test_a_malformed_message_resets_its_stream_alone(web: Any) -> None:
    """RFC 9114 4.1.2: H3_MESSAGE_ERROR."""
    channel = await web.connect(await web.serve())
    stream = new_request_stream(channel, response := Response())
    stream.write(HttpRequest("PUT", "/", {"host": "localhost", "content-length": "5"}))
    stream.pipeline().context("http3").write(file_frame_head(6) + b"six...")  # past what would refuse it
    stream.flush()
    stream.shutdown_output()
    with pytest.raises(QuicStreamResetError, match="0x10e"):
        await asyncio.wait_for(response.whole, 20)

    assert 200 == (await web.get(channel))[0].status


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("a frame of control on a request", encode_frame(4, b""), 0x105),
        ("content without a head", encode_frame(0, b"x"), 0x105),
        ("a head that QPACK does not know", encode_frame(1, b"\x02\x00\x80"), 0x200),
    ],
)
async def test_who_breaks_the_protocol_is_told_to_go(web: Any, quic: Any, name: str, data: bytes, code: int) -> None:
    """With the code of RFC 9114 8.1."""
    closed: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    class Closed(ChannelHandler[Any]):
        def user_event_triggered(self, ctx: Any, event: Any) -> None:
            if isinstance(event, QuicConnectionClosed):
                closed.set_result(event.code)

        def exception_caught(self, ctx: Any, error: Exception) -> None:
            pass

    server = await web.serve()
    channel = await web.connect(server, Closed())
    channel.create_stream(ChannelHandler()).write_and_flush(data)

    assert code == await asyncio.wait_for(closed, 20), name
    assert {"protocol-error": 1} == server.peer_faults()


async def test_a_head_that_says_to_be_long_is_not_waited_for(web: Any) -> None:
    """Its frame tells its size before it comes."""
    channel = await web.connect(await web.serve(config=Http3Config(max_headers=1000)))
    stream = channel.create_stream(ChannelHandler())
    stream.write_and_flush(encode_uint_var(1) + encode_uint_var(1_000_000) + bytes(10))
    await asyncio.wait_for(stream.close_future, 20)

    assert 200 == (await web.get(channel))[0].status


async def test_streams_that_are_over_leave_nothing(web: Any) -> None:
    """Neither in the machine nor in the table, however they ended."""
    from pyboot.components.netty.codec.http3.connection import CONNECTION

    server = await web.serve()
    channel = await web.connect(server)
    for _ in range(5):
        await web.get(channel)
    half = channel.create_stream(ChannelHandler())
    half.write_and_flush(encode_uint_var(1) + encode_uint_var(50) + bytes(10))
    await web.get(channel)
    half.reset(0)
    await web.get(channel)
    theirs = next(iter(server._children)).attr(CONNECTION).get()
    await web.quic.eventually(lambda: not theirs.streams)

    assert {} == theirs.streams
    assert [] == [stream_id for stream_id in theirs.machine._stream if stream_id % 4 == 0]


async def test_a_server_that_stops_answers_what_has_begun(web: Any, quic: Any) -> None:
    """GOAWAY, the response, and then the end: an orderly one."""
    begun, go_on = asyncio.Event(), asyncio.Event()

    class Slow(ChannelHandler[Any]):
        async def channel_read(self, ctx: Any, msg: Any) -> None:
            begun.set()
            await go_on.wait()
            ctx.write_and_flush(FullHttpResponse(200, b"late"))

    server = await web.serve(Slow)
    channel = await web.connect(server)
    answer = asyncio.ensure_future(web.get(channel))
    await asyncio.wait_for(begun.wait(), 20)
    next(iter(server._children)).close()
    go_on.set()

    assert b"late" == (await answer)[1].content
    await asyncio.wait_for(channel.close_future, 20)
    assert 0x100 == channel.close_cause.code


async def test_a_peer_hears_of_the_end_before_it_comes(web: Any) -> None:
    """GOAWAY of the last request there can be, so all are answered until the close names the last one (RFC 9114 5.2)."""
    server = await web.serve()
    channel = await web.connect(server)
    await web.get(channel)
    theirs = next(iter(server._children))
    said: list[bytes] = []
    control = theirs.attr(CONNECTION).get()._streams.control

    class Recorder(ChannelHandler[Any]):
        def write(self, ctx: Any, msg: Any, promise: Any) -> Any:
            said.append(bytes(msg))
            return ctx.write(msg, promise)

    control.pipeline().add_last(Recorder())
    tell_draining(theirs)
    assert b"GET /2 " == (await web.get(channel, "/2"))[1].content
    theirs.close()
    await asyncio.wait_for(channel.close_future, 20)

    assert [b"\x07\x08\xff\xff\xff\xff\xff\xff\xff\xfc", b"\x07\x01\x08"] == said


async def test_an_initializer_that_raises_ends_its_own_stream_alone(web: Any, caplog: pytest.LogCaptureFixture) -> None:
    """It is reset, so that nobody waits for it; the connection and its other streams go on."""
    made: list[Any] = []

    def fill(stream: Any) -> None:
        made.append(stream)
        if len(made) == 2:
            raise ZeroDivisionError("there is no such handler")
        stream.pipeline().add_last(Answer())

    def watched(channel: Any) -> None:
        channel.pipeline().add_last(Http3ServerConnectionHandler(fill))

    channel = await web.connect(await web.quic.serve(child=watched, alpn=["h3"]))
    assert 200 == (await web.get(channel))[0].status
    with pytest.raises(QuicStreamResetError):
        await web.get(channel)
    assert 200 == (await web.get(channel))[0].status
    assert not made[1].is_open
    assert 1 == len([record for record in caplog.records if record.levelno == logging.ERROR and record.exc_info])


async def test_the_end_of_a_connection_waits_for_a_response_that_has_begun(web: Any) -> None:
    """Whoever writes it, a coroutine or a callback of somebody else; then the connection closes."""
    begun: list[Any] = []

    class Slow(ChannelHandler[Any]):
        def channel_read(self, ctx: Any, msg: Any) -> None:
            ctx.write_and_flush(HttpResponse(200))
            begun.append(ctx)

    connections: list[Any] = []

    def watched(channel: Any) -> None:
        connections.append(channel)
        channel.pipeline().add_last(Http3ServerConnectionHandler(lambda stream: stream.pipeline().add_last(Slow())))

    channel = await web.connect(await web.quic.serve(child=watched, alpn=["h3"]))
    asking = asyncio.ensure_future(web.get(channel))
    await web.quic.eventually(lambda: begun)
    closing = asyncio.ensure_future(connections[0].close())
    await asyncio.sleep(0)
    begun[0].write_and_flush(DefaultLastHttpContent(b"whole"))

    assert b"whole" == (await asking)[1].content
    await asyncio.wait_for(closing, 20)
