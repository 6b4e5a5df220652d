"""Clients of HTTP/3 that say nothing, or say it drop by drop, over real sockets; and those beside them."""

import asyncio
from typing import Any

import pytest
from aioquic.buffer import encode_uint_var
from aioquic.h3.connection import encode_frame

from pyboot.components.netty import ChannelHandler, CloseReason, EmbeddedChannel
from pyboot.components.netty.codec.http3 import Http3ServerDeadlines, new_request_stream
from pyboot.components.netty.codec.http3.connection import CONNECTION
from pyboot.components.netty.errors import ChannelPipelineError
from pyboot.components.netty.transport.quic import QuicStreamResetError
from pyboot.components.netty.wire.http.message import DefaultHttpContent, HttpRequest, HttpResponse
from tests.components.netty.codec.http3.conftest import Answer, Response

SHORT = {"head_seconds": 0.2, "content_seconds": 0.4, "content_rate": 0}
POST = HttpRequest("POST", "/", {"host": "localhost"})


def drip(stream: Any, message: Any, seconds: float = 0.02) -> None:
    """Write *message* to *stream* again and again, as long as it is there."""
    if stream.is_active:
        stream.write_and_flush(message)
        stream.loop.call_later(seconds, drip, stream, message)


class Early(ChannelHandler[Any]):
    """Begins its answer before it knows the request."""

    def channel_read(self, ctx: Any, msg: Any) -> None:
        """Say that there will be one."""
        if isinstance(msg, HttpRequest):
            ctx.write_and_flush(HttpResponse(200))


class Busy(Answer):
    """Does not read on until it is told to."""

    ctx: Any = None

    def channel_read(self, ctx: Any, msg: Any) -> None:
        """Stop at the head."""
        if isinstance(msg, HttpRequest):
            type(self).ctx, ctx.channel.auto_read = ctx, False
        super().channel_read(ctx, msg)


async def test_a_head_that_drips_is_answered_and_others_go_on(web: Any) -> None:
    """408 and the end of its stream; requests of the same connection have their answers meanwhile and behind it."""
    server = await web.serve(times=SHORT)
    channel = await web.connect(server)
    collected = web.quic.collected()
    slow = channel.create_stream(collected)
    slow.write(encode_uint_var(1) + encode_uint_var(10_000))
    drip(slow, b"\x00")
    served = 0
    while not collected.ended.done():
        assert 200 == (await web.get(channel))[0].status
        served += 1

    assert b"408: the request has not come in time" in await collected.ended
    assert served > 1
    assert 200 == (await web.get(channel))[0].status
    assert {CloseReason.HEAD_TIMEOUT: 1} == server.peer_faults()
    await web.quic.eventually(lambda: not next(iter(server._children)).attr(CONNECTION).get().streams)


@pytest.mark.parametrize(
    ("times", "reason"),
    [
        ({"head_seconds": 0.1, "content_seconds": 0.3, "content_rate": 0}, CloseReason.CONTENT_TIMEOUT),
        ({"head_seconds": 0.1, "content_seconds": 0, "content_rate": 10_000}, CloseReason.CONTENT_RATE),
    ],
)
async def test_content_that_drips_is_not_enough(web: Any, times: dict[str, Any], reason: CloseReason) -> None:
    """It takes too long in all, or comes with too few bytes a second."""
    server = await web.serve(times=times)
    channel = await web.connect(server)
    response = Response()
    stream = new_request_stream(channel, response)
    stream.write_and_flush(POST)
    drip(stream, DefaultHttpContent(b"x"))
    head, content = await asyncio.wait_for(response.whole, 20)

    assert (408, b"408: the request has not come in time\n") == (head.status, content.content)
    assert {reason: 1} == server.peer_faults()
    assert 200 == (await web.get(channel))[0].status


async def test_content_that_comes_fast_enough_has_its_time(web: Any) -> None:
    """However small its pieces are."""
    server = await web.serve(times={"head_seconds": 0.1, "content_seconds": 0, "content_rate": 100})
    channel = await web.connect(server)
    response = Response()
    stream = new_request_stream(channel, response)
    stream.write_and_flush(POST)
    drip(stream, DefaultHttpContent(b"x" * 20))
    done, _ = await asyncio.wait([response.whole], timeout=1.0)

    assert not done
    assert stream.is_active
    assert {} == server.peer_faults()
    response.whole.cancel()
    stream.reset(0)


async def test_a_response_that_has_begun_is_broken_off(web: Any) -> None:
    """Nothing else could follow it: H3_REQUEST_CANCELLED."""
    channel = await web.connect(await web.serve(Early, times=SHORT))
    with pytest.raises(QuicStreamResetError, match="0x10c"):
        await web.ask(channel, POST)


async def test_content_that_we_do_not_read_is_not_the_peers_fault(web: Any) -> None:
    """Its time begins when this side reads on."""
    server = await web.serve(Busy, times=SHORT)
    channel = await web.connect(server)
    response = Response()
    stream = new_request_stream(channel, response)
    for message in (POST, DefaultHttpContent(bytes(100_000))):
        stream.write_and_flush(message)
    done, _ = await asyncio.wait([response.whole], timeout=1.0)
    assert not done
    Busy.ctx.channel.auto_read = True

    assert 408 == (await asyncio.wait_for(response.whole, 20))[0].status


@pytest.mark.parametrize(("asks", "reason"), [(False, CloseReason.FIRST_BYTE_TIMEOUT), (True, CloseReason.KEEP_ALIVE_TIMEOUT)])
async def test_a_connection_without_requests_ends(web: Any, asks: bool, reason: CloseReason) -> None:
    """With H3_NO_ERROR; a request that waits for its answer keeps it."""
    server = await web.serve(times={"first_byte_seconds": 0.2, "keep_alive_seconds": 0.2})
    channel = await web.connect(server)
    if asks:
        await web.get(channel)
    await asyncio.wait_for(channel.close_future, 20)

    assert 0x100 == channel.close_cause.code
    assert [reason] == list(server.peer_faults())


async def test_a_request_that_waits_for_its_answer_has_no_end(web: Any) -> None:
    """As of HTTP/1."""
    channel = await web.connect(await web.serve(lambda: ChannelHandler(), times={**SHORT, "keep_alive_seconds": 0.1}))
    answer = asyncio.ensure_future(web.get(channel))
    done, _ = await asyncio.wait([answer], timeout=1.0)

    assert not done
    assert channel.is_active
    answer.cancel()


async def test_a_refused_request_is_not_waited_for(web: Any) -> None:
    """A head past its limits has its answer already."""
    server = await web.serve(times=SHORT)
    channel = await web.connect(server)
    collected = web.quic.collected()
    stream = channel.create_stream(collected)
    stream.write_and_flush(encode_frame(1, b"\x00\x00" + b"\xd1" * 200))  # :method: GET, again and again
    await asyncio.wait_for(collected.closed, 20)

    assert [CloseReason.HEAD_TIMEOUT] != list(server.peer_faults())


def test_what_is_wrong_is_told() -> None:
    """A figure that means nothing, and a place without what is watched."""
    with pytest.raises(ValueError, match="allowed is 0, for no end, or more"):
        Http3ServerDeadlines(head_seconds=-1)
    with pytest.raises(ChannelPipelineError, match="behind an Http3ServerConnectionHandler"):
        EmbeddedChannel(Http3ServerDeadlines())
