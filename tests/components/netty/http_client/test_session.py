"""Requests that share a connection of HTTP/2: who gets a stream, who waits, what is sent again."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from hpack import Encoder
from hyperframe.frame import DataFrame, Frame, GoAwayFrame, HeadersFrame, RstStreamFrame, SettingsFrame

from pyboot.components.netty import (
    ChannelHandler,
    ChannelHandlerContext,
    FullHttpRequest,
    FullHttpResponse,
    Http2Config,
    Http2FrameCodec,
    Http2OrHttpHandler,
    Http2StreamFrameToHttpObjectCodec,
    HttpClient,
    HttpConnectionLostError,
    HttpLimits,
    HttpObjectAggregator,
    HttpServerCodec,
    ServerBootstrap,
)
from pyboot.components.netty.http_client.session import HttpSession


class Answering(ChannelHandler[FullHttpRequest]):
    """Answers with what was sent, or with what was asked of, when it may."""

    waiting: list[Callable[[], object]] = []
    is_held = False

    def channel_read(self, ctx: ChannelHandlerContext, msg: FullHttpRequest) -> None:
        """Say what it was."""
        content = msg.content or f"{msg.version} {msg.uri}".encode()
        answer = lambda: ctx.write_and_flush(FullHttpResponse(200, content))  # noqa: E731  # for now or for later
        Answering.waiting.append(answer) if Answering.is_held and msg.uri != "/now" else answer()


class Serving:
    """A server of both, which counts its connections."""

    def __init__(self) -> None:
        """Begin with none."""
        self.connections = 0
        self.port = 0
        self.config = Http2Config()

    def fill(self, channel: Any) -> None:
        """Let the client choose."""
        self.connections += 1
        channel.pipeline().add_last(Http2OrHttpHandler(self.of_http1, self.of_stream, self.config))

    def of_http1(self, channel: Any) -> None:
        """HTTP/1.1."""
        channel.pipeline().add_last(HttpServerCodec(), HttpObjectAggregator(4_000_000), Answering())

    def of_stream(self, channel: Any) -> None:
        """HTTP/2."""
        channel.pipeline().add_last(Http2StreamFrameToHttpObjectCodec(is_server=True), HttpObjectAggregator(4_000_000), Answering())

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.port}"


@pytest.fixture
async def server() -> AsyncIterator[Serving]:
    """One that answers at once."""
    serving = Serving()
    Answering.is_held, Answering.waiting = False, []
    bootstrap = ServerBootstrap().child_handler(serving.fill)
    serving.port = (await bootstrap.bind("127.0.0.1", 0)).local_address()[1]
    yield serving
    await bootstrap.shutdown_gracefully(timeout_seconds=2)


async def test_requests_share_one_connection_from_the_first_on(server: Serving) -> None:
    """Fifty at once, then one more."""
    async with HttpClient(base_url=server.url, http2="prior-knowledge") as client:
        texts = await asyncio.gather(*((await_text(client, f"/{number}")) for number in range(50)))
        assert [f"HTTP/2 /{number}" for number in range(50)] == texts
        await rested(client)
        assert (1, (0, 1, 0)) == (server.connections, client.statistics())
        assert "HTTP/2 /again" == await await_text(client, "/again")
    assert 1 == server.connections


async def rested(client: HttpClient) -> None:
    """Wait until the streams are over, some turns behind their responses."""
    async with asyncio.timeout(20):
        while client.statistics().lent:  # noqa: ASYNC110  # nobody is told
            await asyncio.sleep(0)


async def test_who_finds_no_room_gets_another_connection_or_waits(server: Serving, caplog: pytest.LogCaptureFixture) -> None:
    """As many streams as the server allows, as many connections as the client's limits allow; none is refused."""
    server.config = Http2Config(max_concurrent_streams=10)
    limits = HttpLimits(max_connections_per_host=2)
    async with HttpClient(base_url=server.url, http2="prior-knowledge", limits=limits) as client:
        texts = await asyncio.gather(*((await_text(client, f"/{number}")) for number in range(50)))
        assert [f"HTTP/2 /{number}" for number in range(50)] == texts
    assert (2, []) == (server.connections, caplog.records)


async def await_text(client: HttpClient, url: str) -> str:
    """Get a page."""
    return await (await client.get(url)).text()


async def test_a_request_that_waits_holds_nobody_up(server: Serving) -> None:
    """Nor does one that is given up, whose stream alone is reset."""
    Answering.is_held = True
    async with HttpClient(base_url=server.url, http2="prior-knowledge") as client:
        held = asyncio.ensure_future(client.get("/later"))
        given_up = asyncio.ensure_future(client.get("/never"))
        assert "HTTP/2 /now" == await await_text(client, "/now")
        given_up.cancel()
        assert "HTTP/2 /now" == await await_text(client, "/now")
        Answering.waiting[0]()
        assert "HTTP/2 /later" == await (await held).text()
    assert 1 == server.connections


async def test_content_goes_and_comes_as_windows_allow(server: Serving) -> None:
    """Whole, or from an iterator; a megabyte, which no window has room for."""

    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(100):
            yield b"0123456789" * 1000

    async with HttpClient(base_url=server.url, http2="prior-knowledge") as client:
        assert b"x" * 1_000_000 == await (await client.post("/", content=b"x" * 1_000_000)).read()
        assert b"0123456789" * 100_000 == await (await client.post("/", content=pieces())).read()
        async with client.stream("POST", "/", content=b"y" * 1_000_000) as response:
            size = 0
            async for chunk in response:
                size += len(chunk)
        assert 1_000_000 == size


async def test_the_end_of_a_client_fails_what_is_under_way(server: Serving) -> None:
    """And nothing is left open."""
    Answering.is_held = True
    client = HttpClient(base_url=server.url, http2="prior-knowledge")
    held = asyncio.ensure_future(client.get("/later"))
    await await_text(client, "/now")
    await client.close()
    with pytest.raises(Exception, match="the client was closed"):
        await held


async def test_a_session_that_rests_too_long_is_closed(server: Serving) -> None:
    """As a connection of HTTP/1.1."""
    async with HttpClient(base_url=server.url, http2="prior-knowledge", limits=HttpLimits(idle_seconds=0)) as client:
        await await_text(client, "/")
        await rested(client)
        await await_text(client, "/")
        assert 2 == server.connections


async def test_a_session_whose_numbers_are_used_up_makes_room_for_another(server: Serving, monkeypatch: pytest.MonkeyPatch) -> None:
    """The last stream is answered, the next request has a new connection, and the old one is closed (RFC 9113 5.1.1)."""
    sessions: list[Any] = []
    begin = HttpSession.begin.__func__  # type: ignore[attr-defined]  # a class method

    def near_the_end(cls: Any, channel: Any, *args: Any, **told: Any) -> HttpSession:
        session: HttpSession = begin(cls, channel, *args, **told)
        if not sessions:
            channel.pipeline().get(Http2FrameCodec).machine.streams.next_of_ours = 2**31 - 1
        sessions.append(session)
        return session

    monkeypatch.setattr(HttpSession, "begin", classmethod(near_the_end))
    async with HttpClient(base_url=server.url, http2="prior-knowledge") as client:
        assert "HTTP/2 /last" == await await_text(client, "/last")
        await rested(client)
        assert "HTTP/2 /next" == await await_text(client, "/next")
        await asyncio.wait_for(sessions[0].channel.close_future, 20)
    assert 2 == server.connections


type Answer = Callable[["RawServer", int], Awaitable[None]]


class RawServer:
    """A server that does as it likes with each request, by its number among all."""

    def __init__(self, answer: Answer) -> None:
        """Take what it likes."""
        self.answer = answer
        self.asked = 0
        self.connections = 0
        self.port = 0
        self.writer: Any = None

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve a connection."""
        self.connections += 1
        self.writer = writer
        self.hpack = Encoder()
        try:
            await reader.readexactly(24)
            self.send(SettingsFrame(0, {}))
            while True:
                frame, size = Frame.parse_frame_header(memoryview(await reader.readexactly(9)))
                await reader.readexactly(size)
                if isinstance(frame, HeadersFrame):
                    self.asked += 1
                    await self.answer(self, frame.stream_id)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    def send(self, *frames: Frame) -> None:
        """Send them."""
        self.writer.write(b"".join(frame.serialize() for frame in frames))

    def respond(self, stream: int) -> None:
        """Say hello."""
        head = HeadersFrame(stream, self.hpack.encode([(":status", "200")]), flags=["END_HEADERS"])
        self.send(head, DataFrame(stream, b"hello", flags=["END_STREAM"]))


async def with_raw(answer: Answer, method: str = "POST") -> tuple[RawServer, str]:
    """Ask a server that does as it likes, once."""
    raw = RawServer(answer)
    listening = await asyncio.start_server(raw.serve, "127.0.0.1", 0)
    async with listening, HttpClient(http2="prior-knowledge") as client:
        port = listening.sockets[0].getsockname()[1]
        response = await client.request(method, f"http://127.0.0.1:{port}/", content=b"" if method == "POST" else None)
        return raw, await response.text()


async def test_a_stream_that_was_refused_is_asked_for_again() -> None:
    """On the same connection, and a POST too: the server has not looked at it (RFC 9113 8.7)."""

    async def refuse_first(raw: RawServer, stream: int) -> None:
        raw.send(RstStreamFrame(stream, 7)) if raw.asked == 1 else raw.respond(stream)

    raw, text = await with_raw(refuse_first)
    assert ("hello", 2, 1) == (text, raw.asked, raw.connections)


async def test_what_a_server_that_leaves_did_not_look_at_is_asked_of_the_next() -> None:
    """GOAWAY with an earlier last stream; what it did look at it answers."""

    async def leave_first(raw: RawServer, stream: int) -> None:
        if raw.asked == 1:
            raw.send(GoAwayFrame(0, 0))
        else:
            raw.send(GoAwayFrame(0, stream))
            raw.respond(stream)

    raw, text = await with_raw(leave_first)
    assert ("hello", 2, 2) == (text, raw.asked, raw.connections)


@pytest.mark.parametrize("code", [2, 8, 11])
async def test_what_may_have_been_done_is_not_asked_for_again(code: int) -> None:
    """A reset for another reason says nothing of what was done."""

    async def reset(raw: RawServer, stream: int) -> None:
        raw.send(RstStreamFrame(stream, code))

    with pytest.raises(HttpConnectionLostError, match="the peer has reset stream 1"):
        await with_raw(reset)
