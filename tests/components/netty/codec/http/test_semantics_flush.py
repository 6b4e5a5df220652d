"""When the responses to requests that came in one read leave: with one flush, and none of them waits for what it need not wait for."""

import asyncio
import random
from typing import Any

import pytest

from pyboot.components.netty.buffer.byte_buffer import ByteBuffer
from pyboot.components.netty.channel.config import ChannelConfig
from pyboot.components.netty.channel.embedded.channel import EmbeddedChannel
from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.components.netty.codec.http.server import HttpServerCodec
from pyboot.components.netty.option import ChannelOption, WriteBufferWaterMark
from pyboot.components.netty.wire.http.message import (
    EMPTY_LAST_CONTENT,
    DefaultHttpContent,
    FullHttpResponse,
    HttpResponse,
    LastHttpContent,
)

GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
OK = b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\n"


def asked(target: str) -> bytes:
    """A request for *target*."""
    return b"GET /%b HTTP/1.1\r\nHost: x\r\n\r\n" % target.encode()


class Flushes(ChannelHandler[Any]):
    """Counts the flushes that reach the network."""

    def __init__(self) -> None:
        self.count = 0

    def flush(self, ctx: Any) -> None:
        """One more."""
        self.count += 1
        ctx.flush()


class Plain(ChannelHandler[Any]):
    """Answers each request at once, with a flush of its own, and does what its target says."""

    def channel_read(self, ctx: Any, msg: Any) -> None:
        """Answers."""
        if not isinstance(msg, LastHttpContent):
            return
        if msg.uri == "/parts":
            ctx.write(HttpResponse(200))
            ctx.write_and_flush(DefaultHttpContent(b"part"))
            self.parts_sent(ctx)
            ctx.write_and_flush(EMPTY_LAST_CONTENT)
            return
        ctx.write_and_flush(FullHttpResponse(200, b"1"))
        if msg.uri == "/close":
            ctx.close()

    def parts_sent(self, ctx: Any) -> None:
        """Takes note of what has left."""
        self.left = ctx.channel.outbound_bytes()


class Coroutine(ChannelHandler[Any]):
    """The same as a coroutine, which waits for some requests."""

    def __init__(self) -> None:
        self.may = asyncio.Event()

    async def channel_read(self, ctx: Any, msg: Any) -> None:
        """Answers."""
        if isinstance(msg, LastHttpContent):
            if msg.uri == "/wait":
                await self.may.wait()
            ctx.write_and_flush(FullHttpResponse(200, b"1"))


@pytest.mark.parametrize("handler", [Plain, Coroutine])
def test_the_responses_of_one_read_leave_with_one_flush(handler: type[ChannelHandler[Any]]) -> None:
    """However often who answers asks for one."""
    flushes = Flushes()
    channel = EmbeddedChannel(flushes, HttpServerCodec(), handler())

    channel.receive(ByteBuffer(GET * 8))

    assert (OK + b"1") * 8 == channel.outbound_bytes()
    assert 1 == flushes.count


def test_no_response_waits_behind_a_handler_that_waits() -> None:
    """Those in front of it leave with the read, it and those behind it when it goes on."""
    channel = EmbeddedChannel(HttpServerCodec(), handler := Coroutine())

    channel.receive(ByteBuffer(GET * 2 + asked("wait") + GET))
    assert (OK + b"1") * 2 == channel.outbound_bytes()

    handler.may.set()
    channel.run_pending_tasks()
    assert (OK + b"1") * 2 == channel.outbound_bytes()


@pytest.mark.parametrize("cut", range(1, len(GET)))
def test_no_response_waits_for_a_request_that_is_not_whole(cut: int) -> None:
    """Wherever the next one is cut."""
    channel = EmbeddedChannel(HttpServerCodec(), Plain())

    channel.receive(ByteBuffer(GET + GET[:cut]))

    assert OK + b"1" == channel.outbound_bytes()


def test_a_part_of_a_response_leaves_when_it_is_told_to() -> None:
    """Another request behind it holds nothing up, and what was held in front of it leaves with it."""
    channel = EmbeddedChannel(HttpServerCodec(), handler := Plain())

    channel.receive(ByteBuffer(GET + asked("parts") + GET))

    head = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
    assert OK + b"1" + head + b"4\r\npart\r\n" == handler.left
    assert b"0\r\n\r\n" + OK + b"1" == channel.outbound_bytes()


def test_a_close_behind_a_response_delivers_it() -> None:
    """What was flushed before it, as any close does."""
    channel = EmbeddedChannel(HttpServerCodec(), Plain())

    channel.receive(ByteBuffer(GET + asked("close") + GET))

    assert (OK + b"1") * 2 == channel.outbound_bytes()
    assert not channel.is_open


def test_nothing_is_held_from_a_channel_without_room() -> None:
    """The flush that would make room is done."""
    flushes = Flushes()
    config = ChannelConfig()
    config.set(ChannelOption.WRITE_BUFFER_WATER_MARK, WriteBufferWaterMark(64, 128))
    channel = EmbeddedChannel(flushes, HttpServerCodec(), Plain(), config=config)

    channel.receive(ByteBuffer(GET * 8))

    assert (OK + b"1") * 8 == channel.outbound_bytes()
    assert flushes.count > 1


@pytest.mark.parametrize("seed", range(40))
def test_whatever_comes_all_that_is_flushed_has_left_when_the_read_is_over(seed: int) -> None:
    """Random requests, cut at random, of handlers that answer at once, in parts, or later."""
    draw = random.Random(seed)
    print("seed", seed)
    kinds = draw.choice([["", "parts"], ["", "wait"]])
    targets = [draw.choice(kinds) for _ in range(30)]
    stream = b"".join(map(asked, targets))
    handler: Plain | Coroutine = Plain() if "parts" in kinds else Coroutine()
    channel = EmbeddedChannel(HttpServerCodec(), handler)
    received = b""
    while stream:
        size = draw.randint(1, 200)
        channel.receive(ByteBuffer(stream[:size]))
        stream = stream[size:]
        assert not channel.outbound.has_unflushed()
        if isinstance(handler, Coroutine) and draw.random() < 0.3:
            handler.may.set()
            channel.run_pending_tasks()
            assert not channel.outbound.has_unflushed()
            handler.may.clear()
        received += channel.outbound_bytes()
    if isinstance(handler, Coroutine):
        handler.may.set()
        channel.run_pending_tasks()
        received += channel.outbound_bytes()
        assert (OK + b"1") * 30 == received
