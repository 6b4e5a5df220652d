"""Exchanges over loopback: what a client and an application see of each other."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import ClientDisconnect

from pyboot.boot import PyBootApplication, ScopeStore
from pyboot.components.netty import ChannelHandler, EmbeddedChannel, HttpResponse, HttpServerCodec
from pyboot.components.netty.channel.fault import log_of
from pyboot.netty import NettyServers
from pyboot.testing import running
from pyboot.web import AsgiHandler, ClientDisconnectedError
from pyboot.web.asgi.lifespan import Lifespan
from pyboot.web.asgi.scope import Site

APPLICATION: list[Any] = []


async def app(scope: Any, receive: Any, send: Any) -> None:
    """Be whatever the test wants; a WebSocket is opened, and left alone."""
    if scope["type"] == "http":
        await APPLICATION[-1](scope, receive, send)
    elif scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.accept"})
        await receive()


@PyBootApplication(scan=())
class App:
    """Serves it."""


type Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@asynccontextmanager
async def talking(application: Any, **settings: object) -> AsyncIterator[Streams]:
    """A connection to a server of *application*."""
    APPLICATION.append(application)
    properties = {"netty.servers.web.asgi": "tests.web.asgi.test_exchange:app", **settings}
    async with running(App, properties=properties) as context:
        reader, writer = await asyncio.open_connection(*context.get(NettyServers).address("web"))
        yield reader, writer
    writer.close()


START = {"type": "http.response.start", "status": 200, "headers": [(b"date", b"now")]}
GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"


async def hello(scope: Any, receive: Any, send: Any) -> None:
    """Say hello."""
    await send(START)
    await send({"type": "http.response.body", "body": b"hello"})


HELLO = b"HTTP/1.1 200 OK\r\ndate: now\r\ncontent-length: 5\r\n\r\nhello"


async def test_the_bytes_of_an_answer() -> None:
    """Head and content, in one."""
    async with talking(hello) as (reader, writer):
        writer.write(GET)
        assert HELLO == await reader.readexactly(len(HELLO))


async def test_a_client_that_has_finished_sending_gets_its_answers_and_the_end() -> None:
    """As `printf … | nc` does; two pipelined requests."""
    async with talking(hello) as (reader, writer):
        writer.write(GET + GET)
        writer.write_eof()
        assert HELLO + HELLO == await reader.read()


async def test_content_is_continued_when_the_application_asks_for_it() -> None:
    """100 goes out at the first receive, and not before."""
    gate = asyncio.Event()

    async def echo(scope: Any, receive: Any, send: Any) -> None:
        await gate.wait()
        event = await receive()
        await send(START)
        await send({"type": "http.response.body", "body": event["body"]})

    async with talking(echo) as (reader, writer):
        writer.write(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n")
        waiting = asyncio.ensure_future(reader.readexactly(25))
        await asyncio.sleep(0)
        assert not waiting.done()
        gate.set()
        assert b"HTTP/1.1 100 Continue\r\n\r\n" == await waiting
        writer.write(b"abc")
        assert (await reader.readuntil(b"abc")).endswith(b"content-length: 3\r\n\r\nabc")


async def test_a_slow_reader_holds_the_application_up() -> None:
    """What it sends waits for the peer, and goes on when that reads."""
    sent, done = 0, asyncio.Event()

    async def stream(scope: Any, receive: Any, send: Any) -> None:
        nonlocal sent
        await send(START)
        for _ in range(400):
            await send({"type": "http.response.body", "body": b"x" * 65536, "more_body": True})
            sent += 1
        await send({"type": "http.response.body"})
        done.set()

    async with talking(stream) as (reader, writer):
        writer.write(GET)
        await reader.readuntil(b"\r\n\r\n")
        before = -1
        while before != sent:  # until nothing moves: the buffers of the system are full
            before = sent
            for _ in range(50):
                await asyncio.sleep(0)
        assert sent < 400
        while not done.is_set():
            await reader.read(1 << 20)


async def test_a_client_that_goes_away_is_told_to_who_waits_and_to_who_sends() -> None:
    """`http.disconnect`, and an error that is an OSError."""
    heard: asyncio.Queue[str] = asyncio.Queue()

    async def waits(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send(START)
        await send({"type": "http.response.body", "body": b"x", "more_body": True})
        heard.put_nowait((await receive())["type"])
        try:
            while True:
                await send({"type": "http.response.body", "body": b"x" * 65536, "more_body": True})
        except OSError as error:
            heard.put_nowait(type(error).__name__)
            raise

    async with talking(waits) as (reader, writer):
        writer.write(GET)
        await reader.readuntil(b"x\r\n")
        writer.transport.abort()
        assert "http.disconnect" == await heard.get()
        assert ClientDisconnectedError.__name__ == await heard.get()


async def test_a_file_is_sent(tmp_path: Path) -> None:
    """By its path, with the length that the application says."""
    (tmp_path / "a").write_bytes(b"y" * 200_000)

    async def sends(scope: Any, receive: Any, send: Any) -> None:
        await send({**START, "headers": [(b"content-length", b"200000")]})
        await send({"type": "http.response.pathsend", "path": str(tmp_path / "a")})

    async with talking(sends) as (reader, writer):
        for _ in range(2):
            writer.write(GET)
            await reader.readuntil(b"\r\n\r\n")
            assert b"y" * 200_000 == await reader.readexactly(200_000)


async def test_a_stop_finishes_what_is_running() -> None:
    """The answer says that it is the last; the connection ends behind it."""
    begun, gate = asyncio.Event(), asyncio.Event()

    async def slow(scope: Any, receive: Any, send: Any) -> None:
        begun.set()
        await gate.wait()
        await hello(scope, receive, send)

    async with talking(slow) as (reader, writer):
        writer.write(GET + GET)
        await begun.wait()
        answer = asyncio.ensure_future(reader.read())
        asyncio.get_running_loop().call_later(0.05, gate.set)  # while the server is being stopped

    first, _, rest = (await answer).partition(b"hello")
    assert b"HTTP/1.1 200 OK\r\n" == first[:17]
    assert b"connection: close" in first
    assert b"" == rest


UPGRADE = (
    b"GET /socket HTTP/1.1\r\nHost: here\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


async def test_what_one_connection_has_become_is_nothing_to_the_others() -> None:
    """A WebSocket beside them: a client that sends no more is told of, and a stop still says which answer is the last."""
    heard: asyncio.Queue[str] = asyncio.Queue()
    begun, gate = asyncio.Event(), asyncio.Event()

    async def both(scope: Any, receive: Any, send: Any) -> None:
        if scope["path"] == "/waits":
            await receive()
            heard.put_nowait((await receive())["type"])
        elif scope["path"] == "/":
            begun.set()
            await gate.wait()
        await hello(scope, receive, send)

    async with talking(both) as (reader, writer):
        address = writer.get_extra_info("peername")
        waiting_reader, waiting_writer = await asyncio.open_connection(*address)
        waiting_writer.write(GET)
        gate.set()
        assert HELLO == await waiting_reader.readexactly(len(HELLO))
        gate.clear()
        begun.clear()
        socket_reader, socket_writer = await asyncio.open_connection(*address)
        socket_writer.write(UPGRADE)
        assert b"HTTP/1.1 101" == (await socket_reader.readuntil(b"\r\n\r\n"))[:12]

        waiting_writer.write(GET.replace(b" / ", b" /waits "))
        waiting_writer.write_eof()
        assert "http.disconnect" == await heard.get()
        assert HELLO == await waiting_reader.read()

        writer.write(GET)
        await begun.wait()
        answer = asyncio.ensure_future(reader.read())
        asyncio.get_running_loop().call_later(0.05, gate.set)  # while the server is being stopped
        waiting_writer.close()
        socket_writer.close()

    assert b"connection: close" in await answer


async def test_many_requests_on_many_connections() -> None:
    """Each gets its own answer."""

    async def echo(scope: Any, receive: Any, send: Any) -> None:
        body, more = b"", True
        while more:
            event = await receive()
            body, more = body + event["body"], event["more_body"]
        await send(START)
        await send({"type": "http.response.body", "body": scope["path"].encode() + body})

    async with talking(echo) as (_, writer):
        address = writer.get_extra_info("peername")

        async def ask(number: int) -> None:
            reader, writer = await asyncio.open_connection(*address)
            for turn in range(10):
                content = b"z" * (number * 500)
                writer.write(b"POST /%d-%d HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n%s" % (number, turn, len(content), content))
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0])
                assert b"/%d-%d%s" % (number, turn, content) == await reader.readexactly(length)
            writer.close()

        await asyncio.gather(*map(ask, range(20)))


def body(content: Any, *, more_body: bool = False) -> dict[str, Any]:
    """What an application sends as content."""
    return {"type": "http.response.body", "body": content, "more_body": more_body}


def start(status: Any, *headers: tuple[bytes, bytes]) -> dict[str, Any]:
    """What an application begins with."""
    return {"type": "http.response.start", "status": status, "headers": [(b"date", b"now"), *headers]}


def written(channel: EmbeddedChannel) -> bytes:
    """All bytes that went out by now."""
    channel.run_pending_tasks()
    out = b""
    while (piece := channel.read_outbound()) is not None:
        out += bytes(piece)
    return out


REFUSED = [
    *[start(status) for status in (-1, 0, 99, 100, 101, 103, 199, 600, 999, 1000, None, "two hundred")],
    *[start(200, (b"content-length", length)) for length in (b"-1", b"+2", b"abc", b"2, 2", b"0x2")],
    start(200, (b"content-length", b"2"), (b"content-length", b"3")),
    start(200, (b"content-length", b"2"), (b"transfer-encoding", b"chunked")),
    *[start(200, (b"transfer-encoding", coding)) for coding in (b"gzip", b"identity", b"chunked, chunked")],
    *[start(200, (b"x", value)) for value in (b"a\r\nb: c", b"a\nb", b"a\0b")],
    *[start(200, (name, b"x")) for name in (b"", b"a b", b"a:", b"a\r\nb")],
]


@pytest.mark.parametrize("swallows", [False, True])
@pytest.mark.parametrize("is_stream", [False, True])
@pytest.mark.parametrize("begin", REFUSED, ids=lambda begin: f"{begin['status']} {begin['headers'][1:]}")
def test_what_an_encoder_refuses_is_answered_with_500_and_the_next_answer_belongs_to_the_next_request(
    begin: dict[str, Any], is_stream: bool, swallows: bool
) -> None:
    """A response taken for sent would leave its request without one, and the client would read the next as its own."""

    async def application(scope: Any, receive: Any, send: Any) -> None:
        messages = [START, body(b"next")] if scope["path"] == "/next" else [begin, body(b"hi", more_body=is_stream), body(b"")]
        for message in messages:
            try:
                await send(message)
            except (ValueError, TypeError, RuntimeError):
                if not swallows:
                    raise

    channel = EmbeddedChannel(HttpServerCodec(), AsgiHandler(application, Lifespan(application, "app"), Site(), ScopeStore()))
    channel.write_inbound(GET)
    assert b"HTTP/1.1 500 Internal Server Error" == written(channel).partition(b"\r\n")[0]
    channel.write_inbound(GET.replace(b"/ ", b"/next "))
    assert b"HTTP/1.1 200 OK\r\ndate: now\r\ncontent-length: 4\r\n\r\nnext" == written(channel)


@pytest.mark.parametrize(("length", "sent"), [(b"1", b"hi"), (b"5", b"hi")])
def test_a_whole_response_of_another_length_than_it_says_is_answered_with_500(length: bytes, sent: bytes) -> None:
    """Nothing of it was on its way."""

    async def application(scope: Any, receive: Any, send: Any) -> None:
        await send(start(200, (b"content-length", length)))
        await send(body(sent))

    channel = EmbeddedChannel(HttpServerCodec(), AsgiHandler(application, Lifespan(application, "app"), Site(), ScopeStore()))
    channel.write_inbound(GET)
    assert written(channel).startswith(b"HTTP/1.1 500 ")


@pytest.mark.parametrize("is_stream", [False, True])
@pytest.mark.parametrize("status", [204, 304])
def test_content_of_a_response_that_has_none_is_dropped(status: int, is_stream: bool) -> None:
    """As that of a response to HEAD; the same whether it comes whole or in parts."""

    async def application(scope: Any, receive: Any, send: Any) -> None:
        await send(start(status))
        await send(body(b"null", more_body=is_stream))
        if is_stream:
            await send(body(b""))

    channel = EmbeddedChannel(HttpServerCodec(), AsgiHandler(application, Lifespan(application, "app"), Site(), ScopeStore()))
    channel.write_inbound(GET)
    head, _, content = written(channel).partition(b"\r\n\r\n")
    assert (head.split()[1], content) == (str(status).encode(), b"")


@pytest.mark.parametrize("wrong", [5, "text", None, ["a"]])
def test_content_that_is_no_bytes_is_refused(wrong: Any) -> None:
    """A number most of all, which Python would make zeros of."""

    async def application(scope: Any, receive: Any, send: Any) -> None:
        await send(START)
        await send(body(wrong))

    channel = EmbeddedChannel(HttpServerCodec(), AsgiHandler(application, Lifespan(application, "app"), Site(), ScopeStore()))
    channel.write_inbound(GET)
    assert written(channel).startswith(b"HTTP/1.1 500 ")


def test_who_reads_content_behind_its_response_is_never_told_that_a_part_is_the_whole() -> None:
    """What came behind the response was dropped, so the end is that of the peer."""
    heard: list[Any] = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        await send(START)
        await send(body(b"early"))
        while not heard or heard[-1].get("more_body"):
            heard.append(await receive())

    channel = EmbeddedChannel(HttpServerCodec(), AsgiHandler(application, Lifespan(application, "app"), Site(), ScopeStore()))
    channel.write_inbound(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nabc")
    channel.write_inbound(b"def")
    written(channel)
    assert {"type": "http.disconnect"} == heard[-1]


async def test_a_file_that_is_not_there_may_be_answered_for_otherwise() -> None:
    """The head that was started is still to come."""

    async def application(scope: Any, receive: Any, send: Any) -> None:
        await send(START)
        try:
            await send({"type": "http.response.pathsend", "path": "/nowhere/at all"})
        except OSError:
            await send(body(b"hello"))

    async with talking(application) as (reader, writer):
        writer.write(GET)
        assert HELLO == await reader.readexactly(len(HELLO))


def test_a_stop_between_start_and_content_is_told_by_the_head() -> None:
    """The head leaves with the first of the content, and says then that it is the last."""
    gate = asyncio.Event()

    async def application(scope: Any, receive: Any, send: Any) -> None:
        await send(START)
        await gate.wait()
        await send(body(b"hello"))

    channel = EmbeddedChannel(HttpServerCodec(), AsgiHandler(application, Lifespan(application, "app"), Site(), ScopeStore()))
    channel.write_inbound(GET)
    channel.close()
    gate.set()
    assert b"connection: close" in written(channel).lower()


@pytest.mark.parametrize("is_stream", [False, True])
async def test_a_response_larger_than_a_channel_holds_is_sent_as_the_peer_takes_it(is_stream: bool) -> None:
    """Whole in one message, as most frameworks send theirs."""
    size = 9 * 1024 * 1024 + 1

    async def application(scope: Any, receive: Any, send: Any) -> None:
        await send(START)
        await send(body(b"x" * size, more_body=is_stream))
        if is_stream:
            await send(body(b""))

    async with talking(application) as (reader, writer):
        writer.write(GET.replace(b"Host", b"Connection: close\r\nHost"))
        head = await reader.readuntil(b"\r\n\r\n")
        content = await reader.read()
    assert (f"content-length: {size}".encode() in head) is not is_stream
    assert size == content.count(b"x")


class Broken(ChannelHandler[Any]):
    """A client that takes the head of a response, and leaves: writes hear of it before the channel does."""

    def write(self, ctx: Any, msg: Any, promise: Any) -> Any:
        if isinstance(msg, HttpResponse):
            return ctx.write(msg, promise)
        raise ConnectionResetError("the peer reads no more")


async def ends(send: Any) -> None:
    """Be done with it."""
    with contextlib.suppress(OSError):
        await send(body(b"some", more_body=True))


async def passes_on(send: Any) -> None:
    """Raise what was heard."""
    await send(body(b"some", more_body=True))


async def by_another_name(send: Any) -> None:
    """As Starlette's ``StreamingResponse``."""
    try:
        await send(body(b"some", more_body=True))
    except OSError:
        raise ClientDisconnect from None


async def in_a_group(send: Any) -> None:
    """As a task group."""
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(by_another_name(send))


async def fails_behind(send: Any) -> None:
    """A mistake of its own, met while it cleans up."""
    try:
        await send(body(b"some", more_body=True))
    except OSError:
        raise ZeroDivisionError from None


@pytest.mark.parametrize(
    ("act", "is_ours"), [(ends, False), (passes_on, False), (by_another_name, False), (in_a_group, False), (fails_behind, True)]
)
def test_a_client_that_breaks_a_download_off_is_no_error_of_the_application(
    act: Any, is_ours: bool, caplog: pytest.LogCaptureFixture
) -> None:
    """It is counted, told at DEBUG, and nothing of the response looks whole; what fails behind it is told all the same."""

    async def application(scope: Any, receive: Any, send: Any) -> None:
        await send(START)
        await act(send)

    asgi = AsgiHandler(application, Lifespan(application, "app"), Site(), ScopeStore())
    channel = EmbeddedChannel(HttpServerCodec(), Broken(), asgi)
    with caplog.at_level(logging.DEBUG):
        channel.write_inbound(GET)
        channel.run_pending_tasks()
    levels = {record.levelno for record in caplog.records if "the application" in record.getMessage()}
    told = [record.getMessage() for record in caplog.records if "has broken the response to GET / off" in record.getMessage()]
    assert (({logging.ERROR} if is_ours else set()), 1, False) == (levels, len(told), channel.is_open)
    assert 1 == log_of(channel).counts["response-broken-off"]
