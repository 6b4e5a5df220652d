"""WebSockets against peers that we did not write, on both loops: the library websockets as client and as server, and the Autobahn suite."""

import asyncio
import json
import os
import shutil
import socket
import ssl
from asyncio.subprocess import DEVNULL, PIPE
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import trustme
import websockets
from websockets.asyncio.client import connect
from websockets.asyncio.server import serve

from pyboot.components.netty import (
    Bootstrap,
    ChannelHandler,
    CloseWebSocketFrame,
    DeflateOptions,
    FullHttpResponse,
    HandshakeComplete,
    HttpClientCodec,
    HttpRequest,
    HttpServerCodec,
    ServerBootstrap,
    TextWebSocketFrame,
    WebSocketClientProtocolHandler,
    WebSocketClosed,
    WebSocketConfig,
    WebSocketFrame,
    WebSocketServerProtocolHandler,
)

LARGE = 1 << 24


class Echo(ChannelHandler[Any]):
    """Sends back frames, and answers plain requests."""

    def __init__(self) -> None:
        self.told: list[Any] = []

    def channel_read(self, ctx: Any, msg: Any) -> Any:
        ctx.write(FullHttpResponse(200, b"plain") if isinstance(msg, HttpRequest) else msg)

    def channel_read_complete(self, ctx: Any) -> None:
        ctx.flush()

    def user_event_triggered(self, ctx: Any, event: object) -> None:
        self.told.append(event)


class AsyncEcho(Echo):
    """The same as a coroutine."""

    async def channel_read(self, ctx: Any, msg: Any) -> None:
        await ctx.write_and_flush(FullHttpResponse(200, b"plain") if isinstance(msg, HttpRequest) else msg)


def config(deflate: bool) -> WebSocketConfig:
    options = DeflateOptions(15, 15, min_bytes=0) if deflate else None
    return WebSocketConfig(max_frame_bytes=LARGE, max_message_bytes=LARGE, max_fragments=1 << 20, deflate=options)


@asynccontextmanager
async def server(echo: Callable[[], Echo] = Echo, *, deflate: bool = False, **tls: Any) -> AsyncIterator[tuple[int, list[Echo]]]:
    """A server on a free port, and the handlers of its connections."""
    handlers: list[Echo] = []

    def assemble(channel: Any) -> None:
        handlers.append(echo())
        opening = WebSocketServerProtocolHandler("/", starts_with=True, subprotocols=["v1"], config=config(deflate))
        channel.pipeline().add_last(HttpServerCodec(), opening, handlers[-1])

    bootstrap = ServerBootstrap(**tls).child_handler(assemble)
    listening = await bootstrap.bind("127.0.0.1", 0)
    try:
        yield listening.local_address()[1], handlers
    finally:
        await bootstrap.close()


@pytest.mark.parametrize("deflate", [False, True])
@pytest.mark.parametrize("echo", [Echo, AsyncEcho])
async def test_a_client_of_another_library_is_served(echo: Callable[[], Echo], deflate: bool) -> None:
    """Messages of all sizes and kinds, in fragments too, pings, and a close with its reason."""
    async with server(echo, deflate=deflate) as (port, handlers):
        compression = "deflate" if deflate else None
        async with connect(f"ws://127.0.0.1:{port}/a?b", subprotocols=["v1"], compression=compression, max_size=LARGE) as client:
            assert "v1" == client.subprotocol
            for message in ("", "hé", b"", bytes(125), bytes(126), bytes(65_536), "x" * 1_000_000, bytes(3_000_000)):
                await client.send(message)
                assert message == await client.recv()
            await client.send(["in ", "", "frag", "ments"])
            assert "in fragments" == await client.recv()
            await (await client.ping(b"lives"))
            await client.close(4000, "enough")
        assert 4000 == client.close_code
    event, closed = handlers[0].told
    assert isinstance(event, HandshakeComplete)
    assert ("/a?b", "v1", deflate) == (event.path, event.subprotocol, event.is_compressed)
    assert WebSocketClosed(4000, "enough") == closed


async def test_many_messages_in_flight_come_back_in_order() -> None:
    """None is lost, doubled or swapped."""
    async with server() as (port, _), connect(f"ws://127.0.0.1:{port}", compression=None) as client:
        messages = [f"{number}" * (number % 50) for number in range(5_000)]

        async def send() -> None:
            for message in messages:
                await client.send(message)

        sending = asyncio.ensure_future(send())
        assert messages == [await client.recv() for _ in messages]
        await sending


async def test_it_works_over_tls(tmp_path: Path) -> None:
    """As wss."""
    authority = trustme.CA()
    trusted = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    authority.configure_trust(trusted)
    certificate = tmp_path / "server.pem"
    certificate.write_bytes(authority.issue_cert("localhost").private_key_and_cert_chain_pem.bytes())
    certificate.chmod(0o600)
    async with (
        server(ssl=True, certfile=certificate, keyfile=certificate) as (port, _),
        connect(f"wss://localhost:{port}", ssl=trusted, host="127.0.0.1") as client,
    ):
        for message in ("secret", bytes(300_000)):
            await client.send(message)
            assert message == await client.recv()


async def test_a_port_is_shared_with_plain_requests() -> None:
    """By others, while WebSockets are open."""
    async with server() as (port, _), connect(f"ws://127.0.0.1:{port}") as client:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        assert (await reader.read()).endswith(b"\r\n\r\nplain")
        writer.close()
        await client.send("still here")
        assert "still here" == await client.recv()


async def test_a_server_that_closes_tells_why() -> None:
    """Its clients see the code, and so the end of a server is no failure."""

    class Closes(Echo):
        def channel_read(self, ctx: Any, msg: Any) -> None:
            ctx.channel.close() if msg.text == "plain" else ctx.write_and_flush(CloseWebSocketFrame(4001, "no"))

    async with server(Closes) as (port, handlers):
        for said, code in (("plain", 1001), ("said", 4001)):
            async with connect(f"ws://127.0.0.1:{port}") as client:
                await client.send(said)
                with pytest.raises(websockets.ConnectionClosed):
                    await client.recv()
                assert code == client.close_code
    assert [WebSocketClosed(1001, ""), WebSocketClosed(4001, "no")] == [handler.told[1] for handler in handlers]


class Talks(ChannelHandler[Any]):
    """A client that says what it was given, and notes what it hears; then it closes."""

    def __init__(self, *frames: WebSocketFrame) -> None:
        self.frames = frames
        self.heard: list[Any] = []

    def user_event_triggered(self, ctx: Any, event: object) -> None:
        if isinstance(event, HandshakeComplete):
            for frame in self.frames:
                ctx.write(frame)
            ctx.flush()
        else:
            self.heard.append(event)

    def channel_read(self, ctx: Any, msg: Any) -> None:
        self.heard.append(msg)
        if len(self.heard) == len(self.frames):
            ctx.channel.close()


@pytest.mark.parametrize("deflate", [False, True])
async def test_a_server_of_another_library_serves_us(deflate: bool) -> None:
    """What was said comes back, and the connection is ended by the server."""

    async def echo(connection: Any) -> None:
        async for message in connection:
            await connection.send(message)

    talks = Talks(TextWebSocketFrame("hé"), TextWebSocketFrame("x" * 100_000), TextWebSocketFrame(""))
    async with serve(echo, "127.0.0.1", 0, compression="deflate" if deflate else None) as serving:
        port = next(iter(serving.sockets)).getsockname()[1]

        def assemble(channel: Any) -> None:
            opening = WebSocketClientProtocolHandler(f"ws://127.0.0.1:{port}/", config=config(deflate))
            channel.pipeline().add_last(HttpClientCodec(), opening, talks)

        channel = await Bootstrap().handler(assemble).connect("127.0.0.1", port)
        async with asyncio.timeout(20):
            await channel.sync()

    assert [*talks.frames, WebSocketClosed(1000, "")] == talks.heard


@pytest.mark.parametrize("deflate", [False, True])
async def test_the_websocket_of_browsers_is_served(deflate: bool, tmp_path: Path) -> None:
    """Node has the one that the WHATWG specifies, behind a flag."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed")
    program = tmp_path / "client.js"
    program.write_text(
        """
        const ws = new WebSocket(process.argv[2], ["v2", "v1"]);
        const said = ["", "hé", "x".repeat(100000)], heard = [];
        ws.onopen = () => said.forEach((each) => ws.send(each));
        ws.onmessage = ({data}) => { heard.push(data); if (heard.length === said.length) ws.close(4000, "done"); };
        ws.onclose = ({code, wasClean}) => console.log(JSON.stringify([ws.protocol, code, wasClean, `${heard}` === `${said}`]));
        """
    )
    async with server(deflate=deflate) as (port, handlers):
        client = await asyncio.create_subprocess_exec(
            node, "--experimental-websocket", str(program), f"ws://127.0.0.1:{port}/", stdout=PIPE, stderr=PIPE
        )
        told, failed = await client.communicate()
        if b"bad option" in failed:
            pytest.skip(f"this node knows no WebSocket: {failed.decode()}")

    assert ["v1", 4000, True, True] == json.loads(told), failed
    assert WebSocketClosed(4000, "done") == handlers[0].told[1]


# The Autobahn suite: a Python 2 program of its own, `pip install autobahntestsuite` with Python 2.7; docs/design/websocket.md.


def wstest() -> str:
    found = os.environ.get("WSTEST") or shutil.which("wstest")
    if found is None:
        pytest.skip("wstest of the Autobahn suite is not installed: WSTEST may say where it is")
    return found


CORE = [f"{group}.*" for group in (1, 2, 3, 4, 5, 6, 7, 10)]  # 247 cases; 12 and 13, compression, take minutes, and 9 is about speed


def verdicts(folder: Path) -> Counter[str]:
    """The verdicts on messages and on closes; what is only informational counts as right."""
    cases = json.loads((folder / "index.json").read_text())["pyboot"]
    found = Counter(case[kind] for case in cases.values() for kind in ("behavior", "behaviorClose"))
    found["OK"] += found.pop("INFORMATIONAL", 0)
    return found


async def start(program: str, mode: str, spec: dict[str, Any], folder: Path) -> asyncio.subprocess.Process:
    """Start the suite; what it says goes nowhere, for it is every error of the peer."""
    (folder / "spec.json").write_text(
        json.dumps({"outdir": str(folder), "cases": CORE, "exclude-cases": [], "exclude-agent-cases": {}} | spec)
    )
    return await asyncio.create_subprocess_exec(program, "-m", mode, "-s", str(folder / "spec.json"), stdout=DEVNULL, stderr=DEVNULL)


@pytest.mark.slow
async def test_autobahn_finds_nothing_in_the_server(tmp_path: Path) -> None:
    """All OK, none of them non-strict."""
    program = wstest()
    async with server(deflate=True) as (port, _):
        suite = await start(program, "fuzzingclient", {"servers": [{"agent": "pyboot", "url": f"ws://127.0.0.1:{port}"}]}, tmp_path)
        await suite.wait()

    assert {"OK": 2 * 247} == verdicts(tmp_path)


class Quiet(Echo):
    """An echo that keeps what it heard, and to which errors of the peer are none of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[Any] = []

    def channel_read(self, ctx: Any, msg: Any) -> None:
        self.heard.append(msg)
        ctx.write(msg)

    def exception_caught(self, ctx: Any, error: Exception) -> None:
        """The suite breaks the protocol, which is what it is for; the channel is closed already."""


@pytest.mark.slow
async def test_autobahn_finds_nothing_in_the_client(tmp_path: Path) -> None:
    """All OK, none of them non-strict."""
    program = wstest()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    suite = await start(program, "fuzzingserver", {"url": f"ws://127.0.0.1:{port}"}, tmp_path)

    async def visit(path: str) -> list[Any]:
        quiet = Quiet()

        def assemble(channel: Any) -> None:
            opening = WebSocketClientProtocolHandler(f"ws://127.0.0.1:{port}{path}", config=config(True))
            channel.pipeline().add_last(HttpClientCodec(), opening, quiet)

        channel = await Bootstrap().handler(assemble).connect("127.0.0.1", port)
        async with asyncio.timeout(60):
            await channel.sync()
        return quiet.heard

    try:
        async with asyncio.timeout(60):
            while True:
                try:
                    count = int((await visit("/getCaseCount"))[0].text)
                    break
                except OSError:
                    await asyncio.sleep(0.1)  # it says nowhere that it listens
        for number in range(1, count + 1):
            await visit(f"/runCase?case={number}&agent=pyboot")
        await visit("/updateReports?agent=pyboot")
    finally:
        suite.kill()
        await suite.wait()

    assert {"OK": 2 * 247} == verdicts(tmp_path)
