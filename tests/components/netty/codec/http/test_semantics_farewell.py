"""A handler that raises: whoever waits for its response gets one, or the end of the connection, and nobody waits for ever."""

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import uvloop

from pyboot.components.netty.bootstrap import ServerBootstrap
from pyboot.components.netty.channel.channel import Channel
from pyboot.components.netty.channel.embedded.channel import EmbeddedChannel
from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.components.netty.codec.http.aggregator import HttpObjectAggregator
from pyboot.components.netty.codec.http.server import HttpServerCodec
from pyboot.components.netty.codec.websocket.server import WebSocketServerProtocolHandler
from pyboot.components.netty.errors import CorruptedFrameError, TooLongFrameError
from pyboot.components.netty.handler.http.access_log import HttpAccessLogHandler
from pyboot.components.netty.wire.http.message import FullHttpResponse, HttpRequest, HttpResponse, LastHttpContent

LOOPS = pytest.mark.parametrize("new_loop", [asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"])

FAREWELL = (
    b"HTTP/1.1 500 Internal Server Error\r\ncontent-type: text/plain\r\nconnection: close\r\ncontent-length: 27\r\n\r\n"
    b"500: the server has failed\n"
)
OK = b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\n1"
PART = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\npart\r\n"


def get(target: str) -> bytes:
    """A request for *target*."""
    return b"GET /%b HTTP/1.1\r\nHost: x\r\n\r\n" % target.encode()


def act(ctx: Any, target: str) -> None:
    """Do what *target* says, which may be to fail at some moment."""
    if target == "/part":
        ctx.write(HttpResponse(200))
        ctx.write_and_flush(b"part")
    if target == "/length":
        ctx.write_and_flush(FullHttpResponse(200, b"1", {"content-length": "7"}))  # which the encoder refuses
        return
    if target in ("/ok", "/later"):
        ctx.write_and_flush(FullHttpResponse(200, b"1"))
    if target == "/cancelled":
        raise asyncio.CancelledError
    if target != "/ok":
        raise KeyError(target)


class Plain(ChannelHandler[Any]):
    """Acts at once."""

    def channel_read(self, ctx: Any, msg: Any) -> None:
        """Acts."""
        if isinstance(msg, HttpRequest):
            act(ctx, msg.uri)


class Eager(ChannelHandler[Any]):
    """Is a coroutine that never waits."""

    async def channel_read(self, ctx: Any, msg: Any) -> None:
        """Acts."""
        if isinstance(msg, HttpRequest):
            act(ctx, msg.uri)


class Waiting(ChannelHandler[Any]):
    """Is a coroutine that waits before it acts."""

    async def channel_read(self, ctx: Any, msg: Any) -> None:
        """Acts in a later turn of the loop."""
        if isinstance(msg, HttpRequest):
            await asyncio.sleep(0)
            act(ctx, msg.uri)


HANDLERS = pytest.mark.parametrize("handler", [Plain, Eager, Waiting])


def over_sockets(new_loop: Callable[[], asyncio.AbstractEventLoop], handlers: Callable[[], list[Any]], *requests: bytes) -> bytes:
    """All that a client is sent, until the end, by a server of *handlers*."""

    async def main() -> bytes:
        bound = await ServerBootstrap().child_handler(lambda channel: channel.pipeline().add_last(*handlers())).bind("127.0.0.1", 0)
        reader, writer = await asyncio.open_connection(*bound.local_address()[:2])
        writer.write(b"".join(requests))
        answer = await asyncio.wait_for(reader.read(-1), 20)
        writer.close()
        await bound.close()
        return answer

    with asyncio.Runner(loop_factory=new_loop) as runner:
        return runner.run(main())


@LOOPS
@HANDLERS
@pytest.mark.parametrize(
    ("target", "answer"),
    [("fails", FAREWELL), ("cancelled", FAREWELL), ("length", FAREWELL), ("part", PART), ("later", OK)],
)
def test_a_client_gets_one_response_and_the_end(
    new_loop: Callable[[], asyncio.AbstractEventLoop], handler: type[Any], target: str, answer: bytes
) -> None:
    """500 where nothing had left; the end, which no client takes for a whole response, behind a part of one; no second response."""
    assert answer == over_sockets(new_loop, lambda: [HttpServerCodec(), handler()], get(target))


@LOOPS
@HANDLERS
def test_requests_behind_one_that_failed_get_no_response(new_loop: Callable[[], asyncio.AbstractEventLoop], handler: type[Any]) -> None:
    """And those in front of it theirs, in one read all."""
    answer = over_sockets(new_loop, lambda: [HttpServerCodec(), handler()], get("ok"), get("ok"), get("fails"), get("ok"), get("fails"))
    assert OK + OK + FAREWELL == answer


@LOOPS
def test_a_farewell_outlives_content_that_is_still_coming(new_loop: Callable[[], asyncio.AbstractEventLoop]) -> None:
    """A reset would take it away from a client that still sends."""
    upload = b"POST /fails HTTP/1.1\r\nHost: x\r\nContent-Length: 300000\r\n\r\n" + bytes(200_000)
    assert FAREWELL == over_sockets(new_loop, lambda: [HttpServerCodec(), Plain()], upload)


class Bare(EmbeddedChannel):
    """An embedded channel that treats what is left over as a real one does."""

    unhandled_error = Channel.unhandled_error


def test_a_response_that_the_end_would_end_is_cut_off() -> None:
    """HTTP/1.0 tells a whole response from half of one by nothing else."""
    aborted: list[bool] = []

    class Cut(Bare):
        def shut_now(self) -> None:
            aborted.append(True)
            super().shut_now()

    channel = Cut(HttpServerCodec(), Plain())
    channel.write_inbound(b"GET /part HTTP/1.0\r\n\r\n")
    channel.run_pending_tasks()
    assert [True] == aborted
    assert not channel.is_open


@pytest.mark.parametrize(
    ("error", "status"), [(CorruptedFrameError("no JSON"), b"400 Bad Request"), (TooLongFrameError(9, 5), b"413 ")], ids=["wrong", "long"]
)
def test_what_a_decoder_behind_the_codec_refuses_is_the_clients_fault(error: Exception, status: bytes) -> None:
    """So that is what it is told."""

    class Refuses(ChannelHandler[Any]):
        def channel_read(self, ctx: Any, msg: Any) -> None:
            raise error

    channel = Bare(HttpServerCodec(), Refuses())
    channel.write_inbound(get("x"))
    assert channel.outbound_bytes().startswith(b"HTTP/1.1 " + status)


def test_a_farewell_stands_in_the_access_log(caplog: pytest.LogCaptureFixture) -> None:
    """It passes the handlers on its way, as any response: CORS fields are added, content is compressed."""
    caplog.set_level(logging.INFO, "pyboot.access")
    channel = Bare(HttpServerCodec(), HttpAccessLogHandler(), HttpObjectAggregator(100), Plain())
    channel.write_inbound(get("fails"))
    channel.run_pending_tasks()
    assert ['"GET /fails HTTP/1.1" 500 27'] == [
        each.getMessage()[each.getMessage().index('"') :].partition(' "')[0] for each in caplog.records if each.name == "pyboot.access"
    ]


def test_nobody_gets_the_response_of_another() -> None:
    """The request that failed is not the oldest that waits: the connection ends without a farewell."""

    class Keeps(ChannelHandler[Any]):
        def channel_read(self, ctx: Any, msg: Any) -> None:
            if msg.uri == "/fails":
                raise KeyError

    channel = Bare(HttpServerCodec(), Keeps())
    channel.write_inbound(get("waits") + get("fails"))
    channel.run_pending_tasks()
    assert b"" == channel.outbound_bytes()
    assert not channel.is_open


def test_who_waits_for_nothing_is_told_nothing() -> None:
    """An event that fails between two requests closes the connection; no response belongs to no request."""

    class Fails(ChannelHandler[Any]):
        def user_event_triggered(self, ctx: Any, event: object) -> None:
            raise KeyError

    channel = Bare(HttpServerCodec(), Fails())
    channel.pipeline().fire_user_event_triggered("now")
    channel.run_pending_tasks()
    assert b"" == channel.outbound_bytes()
    assert not channel.is_open


@pytest.mark.parametrize("handler", [Plain, Eager])
def test_any_row_of_requests_is_answered_up_to_the_first_that_fails(handler: type[Any]) -> None:
    """Random rows, cut anywhere: the seed is printed."""
    seed = int(time.time())
    print("seed", seed)
    chance = random.Random(seed)
    answers = {"ok": OK, "fails": FAREWELL, "length": FAREWELL, "part": PART, "later": OK}
    for _ in range(200):
        row = chance.choices(list(answers), weights=[6, 1, 1, 1, 1], k=8)
        first = next((number for number, each in enumerate(row) if each != "ok"), len(row) - 1)
        channel = Bare(HttpServerCodec(), handler())
        stream = b"".join(map(get, row))
        cuts = sorted(chance.sample(range(1, len(stream)), chance.randrange(4)))
        for begin, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
            if channel.is_open:
                channel.write_inbound(stream[begin:end])
                channel.run_pending_tasks()
        assert b"".join(answers[each] for each in row[: first + 1]) == channel.outbound_bytes(), row


HANDSHAKE = (
    b"GET /chat HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)
TEXT = b"\x81\x82\0\0\0\0hi"  # masked with zeros
CLOSE = b"\x88\x82\0\0\0\0\x03\xf3"  # 1011, the answer


@LOOPS
@pytest.mark.parametrize("is_async", [False, True], ids=["plain", "async"])
@pytest.mark.parametrize("at", ["event", "message"])
def test_a_websocket_whose_handler_raises_is_closed_with_1011(
    new_loop: Callable[[], asyncio.AbstractEventLoop], is_async: bool, at: str
) -> None:
    """While it opens too; the connection ends once the peer has answered."""

    def fail(moment: str) -> None:
        if moment == at:
            raise KeyError(moment)

    class PlainChat(ChannelHandler[Any]):
        def channel_read(self, ctx: Any, msg: Any) -> Awaitable[None] | None:
            fail("message")
            return None

        def user_event_triggered(self, ctx: Any, event: object) -> Awaitable[None] | None:
            fail("event")
            return None

    class AsyncChat(ChannelHandler[Any]):
        async def channel_read(self, ctx: Any, msg: Any) -> None:
            await asyncio.sleep(0)
            fail("message")

        async def user_event_triggered(self, ctx: Any, event: object) -> None:
            await asyncio.sleep(0)
            fail("event")

    handlers = lambda: [HttpServerCodec(), WebSocketServerProtocolHandler("/chat"), (AsyncChat if is_async else PlainChat)()]  # noqa: E731
    answer = over_sockets(new_loop, handlers, HANDSHAKE, TEXT, CLOSE)
    assert b"\x88\x02\x03\xf3" == answer.partition(b"\r\n\r\n")[2]
    assert answer.startswith(b"HTTP/1.1 101 ")


def test_a_plain_request_without_a_handler_is_unhandled_no_error() -> None:
    """A message that nobody takes is told in the log; it is no failure of a handler."""
    channel = Bare(HttpServerCodec())
    channel.write_inbound(get("x"))
    assert isinstance(channel.read_inbound(), LastHttpContent)
    assert channel.is_open


@LOOPS
def test_a_response_that_was_refused_is_nobody_elses(new_loop: Callable[[], asyncio.AbstractEventLoop]) -> None:
    """Who handles the refusal writes another; the requests that came behind in the same read get their own."""

    class Mends(ChannelHandler[Any]):
        async def channel_read(self, ctx: Any, msg: Any) -> None:
            try:
                await ctx.write_and_flush(FullHttpResponse(200, msg.uri[1:], {"content-length": "7"} if msg.uri == "/a" else {}))
            except ValueError:
                await asyncio.sleep(0)
                await ctx.write_and_flush(FullHttpResponse(200, "m"))

    last = b"GET /c HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    answer = over_sockets(new_loop, lambda: [HttpServerCodec(), Mends()], get("a"), get("b"), last)
    assert b"mbc" == bytes(answer[at + 4] for at in range(len(answer)) if answer.startswith(b"\r\n\r\n", at))


def test_a_response_behind_the_farewell_finds_the_channel_closed(caplog: pytest.LogCaptureFixture) -> None:
    """It comes from a task that did not know; nobody is told of a fault."""
    channel = Bare(HttpServerCodec(), Plain())
    channel.write_inbound(get("fails"))
    caplog.clear()
    channel.pipeline().write_and_flush(FullHttpResponse(200, b"late"))
    channel.run_pending_tasks()
    assert FAREWELL == channel.outbound_bytes()
    assert [] == caplog.records
