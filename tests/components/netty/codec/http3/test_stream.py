"""Http3Stream: files as content, and how the own side ends."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pyboot.components.netty import ChannelHandler, DefaultFileRegion
from pyboot.components.netty.codec.http3 import new_request_stream
from pyboot.components.netty.errors import OutboundOverflowError
from pyboot.components.netty.transport.quic import QuicStreamResetError
from pyboot.components.netty.wire.http.errors import HttpEncoderError
from pyboot.components.netty.wire.http.message import (
    EMPTY_LAST_CONTENT,
    DefaultHttpContent,
    DefaultLastHttpContent,
    FullHttpRequest,
    FullHttpResponse,
    HttpObject,
    HttpRequest,
    HttpResponse,
)

from .conftest import Response


async def test_a_file_is_content(web: Any, tmp_path: Path) -> None:
    """Between a head and an end, as over HTTP/1."""
    path = tmp_path / "file"
    path.write_bytes(bytes(range(256)) * 2000)

    class Files(ChannelHandler[Any]):
        def channel_read(self, ctx: Any, msg: Any) -> None:
            ctx.write(HttpResponse(200, {"content-length": "512000"}))
            ctx.write(DefaultFileRegion(str(path), 0, 512_000))
            ctx.write_and_flush(EMPTY_LAST_CONTENT)

    channel = await web.connect(await web.serve(Files))
    messages = await web.get(channel)

    assert path.read_bytes() == b"".join(message.content for message in messages[1:])


async def test_the_promise_of_a_message_is_kept(web: Any) -> None:
    """Once all of it was taken."""
    done: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

    class Promised(ChannelHandler[Any]):
        def channel_read(self, ctx: Any, msg: Any) -> None:
            promise = ctx.new_promise().add_listener(lambda promise: done.set_result(promise.is_success))
            ctx.write_and_flush(FullHttpResponse(200, bytes(100_000)), promise)

    channel = await web.connect(await web.serve(Promised))
    await web.get(channel)

    assert await asyncio.wait_for(done, 20)


def answering(*messages: HttpObject | bytes, errors: list[Exception]) -> Callable[[], ChannelHandler[Any]]:
    """Make handlers that write *messages*, and 500 behind one that is refused."""

    class Answering(ChannelHandler[Any]):
        def channel_read(self, ctx: Any, msg: Any) -> None:
            for message in messages:
                promise = ctx.new_promise()
                ctx.write_and_flush(message, promise)
                if promise.error is not None:
                    errors.append(promise.error)
                    if len(messages) == 1:
                        ctx.write_and_flush(FullHttpResponse(500))

    return Answering


async def test_a_length_that_is_wrong_is_refused_before_anything_is_sent(web: Any) -> None:
    """So that whoever serves may answer 500, as over HTTP/1."""
    errors: list[Exception] = []
    channel = await web.connect(await web.serve(answering(FullHttpResponse(200, b"a", {"content-length": "2"}), errors=errors)))
    assert 500 == (await web.get(channel))[0].status
    assert [HttpEncoderError] == [type(error) for error in errors]


@pytest.mark.parametrize("parts", [(b"more than five",), (b"four", EMPTY_LAST_CONTENT)])
async def test_content_of_another_length_than_was_said_resets_the_stream(web: Any, parts: tuple[Any, ...]) -> None:
    """And not the connection, as a client would that is sent such a message."""
    errors: list[Exception] = []
    handler = answering(HttpResponse(200, {"content-length": "5"}), *parts, errors=errors)
    channel = await web.connect(await web.serve(handler))
    with pytest.raises(QuicStreamResetError):
        await web.get(channel)
    assert ([HttpEncoderError], True) == ([type(error) for error in errors], channel.is_open)


async def test_what_speaks_of_no_content_says_no_length(web: Any) -> None:
    """RFC 9110 8.6."""
    channel = await web.connect(await web.serve(answering(FullHttpResponse(204, b"", {"content-length": "7"}), errors=[])))
    assert "content-length" not in (await web.get(channel))[0].headers


async def test_who_awaits_what_he_writes_waits_for_a_peer_that_does_not_read(web: Any) -> None:
    """And all of it arrives."""
    written = 0
    full = asyncio.Event()

    class Much(ChannelHandler[Any]):
        async def channel_read(self, ctx: Any, msg: Any) -> None:
            nonlocal written
            ctx.write(HttpResponse(200))
            for _ in range(800):
                taken = ctx.write_and_flush(DefaultHttpContent(bytes(10_000)))
                if not ctx.channel.is_writable:
                    full.set()
                await taken
                written += 10_000
            await ctx.write_and_flush(EMPTY_LAST_CONTENT)

    channel = await web.connect(await web.serve(Much), stream_window=100_000)
    stream = new_request_stream(channel, response := Response())
    stream.auto_read = False
    stream.write_and_flush(FullHttpRequest("GET", "/", b"", {"host": "localhost"}))
    await asyncio.wait_for(full.wait(), 20)
    await asyncio.sleep(0)
    assert written < 2_000_000
    stream.auto_read = True
    messages = await asyncio.wait_for(response.whole, 20)
    assert 8_000_000 == sum(len(message.content) for message in messages[1:])


async def test_what_is_past_the_limit_of_what_waits_is_refused(web: Any) -> None:
    """And told to whoever wrote it: the next that is written does not follow as if nothing were missing."""
    errors: list[BaseException | None] = []
    done = asyncio.Event()

    class Flood(ChannelHandler[Any]):
        def channel_read(self, ctx: Any, msg: Any) -> None:
            ctx.channel.config.write_buffer_limit, ctx.channel.config.high_water_mark = 100_000, 50_000
            ctx.write(HttpResponse(200))
            for size in (90_000, 20_000):
                ctx.write(DefaultHttpContent(bytes(size)), promise := ctx.new_promise())
                errors.append(promise.error)
            ctx.channel.reset(1)
            done.set()

        def exception_caught(self, ctx: Any, error: Exception) -> None:
            errors.append(error)

    channel = await web.connect(await web.serve(Flood))
    with pytest.raises(QuicStreamResetError):
        await web.get(channel)
    await asyncio.wait_for(done.wait(), 20)
    assert [type(None), OutboundOverflowError] == [type(error) for error in errors[:2]]


async def test_trailers_leave_without_what_belongs_to_a_connection_of_http_1(web: Any) -> None:
    """As heads do (RFC 9114 4.2): a peer resets a stream that has such a field."""

    class Trailers(ChannelHandler[Any]):
        def channel_read(self, ctx: Any, msg: Any) -> None:
            ctx.write(HttpResponse(200, {"connection": "x-hop", "x-hop": "1", "keep-alive": "5"}))
            said = {"connection": "x-own", "x-own": "1", "transfer-encoding": "chunked", "x-end": "2"}
            ctx.write_and_flush(DefaultLastHttpContent(b"text", said))

    channel = await web.connect(await web.serve(Trailers))
    head, content, last = await web.get(channel)
    assert ([], b"text", [("x-end", "2")]) == (head.headers.items(), content.content, last.trailing_headers.items())


@pytest.mark.parametrize("begun", [True, False])
async def test_a_response_whose_stream_is_closed_before_its_end_does_not_look_whole(web: Any, begun: bool) -> None:
    """It has no length, so an end in order would be the end of it; the stream is reset, as that of a handler that answers nothing."""

    class Half(ChannelHandler[Any]):
        def channel_read(self, ctx: Any, msg: Any) -> None:
            if begun:
                ctx.write(HttpResponse(200))
                ctx.write_and_flush(DefaultHttpContent(b"half of it"))
            ctx.close()

    channel = await web.connect(await web.serve(Half))
    with pytest.raises(QuicStreamResetError, match="0x10c"):
        await web.get(channel)


async def test_a_request_that_is_taken_back_before_its_end_does_not_look_whole(web: Any) -> None:
    """Its stream is reset."""
    seen: list[Any] = []
    ended = asyncio.Event()

    class Watch(ChannelHandler[Any]):
        def channel_read(self, ctx: Any, msg: Any) -> None:
            seen.append(msg)

        def exception_caught(self, ctx: Any, error: Exception) -> None:
            seen.append(error)
            ended.set()

    channel = await web.connect(await web.serve(Watch))
    stream = new_request_stream(channel, Response())
    stream.write_and_flush(HttpRequest("PUT", "/", {"host": "localhost"}))
    stream.write_and_flush(DefaultHttpContent(b"half of it"))
    await web.quic.eventually(lambda: len(seen) == 2)
    await stream.close()
    await asyncio.wait_for(ended.wait(), 20)

    assert [HttpRequest, DefaultHttpContent, QuicStreamResetError] == [type(each) for each in seen]
