"""WebSockets against peers that we did not write, on both loops: the library websockets as client and as server, and the Autobahn suite."""

import asyncio
import json
import os
import shutil
import ssl
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


# The Autobahn suite: a Python 2 program of its own, `pip install autobahntestsuite` with Python 2.7; docs/design/websocket.md.


def wstest() -> str:
    found = os.environ.get("WSTEST") or shutil.which("wstest")
    if found is None:
        pytest.skip("wstest of the Autobahn suite is not installed: WSTEST may say where it is")
    return found


CASES = {"core": ["1.*", "2.*", "3.*", "4.*", "5.*", "6.*", "7.*", "10.*"], "deflate": ["12.1.*", "13.1.*", "13.3.*", "13.5.*", "13.7.*"]}


def verdicts(folder: Path) -> Counter[str]:
    """The verdicts on messages and on closes; what is only informational counts as right."""
    cases = json.loads((folder / "index.json").read_text())["pyboot"]
    found = Counter(case[kind] for case in cases.values() for kind in ("behavior", "behaviorClose"))
    found["OK"] += found.pop("INFORMATIONAL", 0)
    return found


@pytest.mark.slow
@pytest.mark.parametrize("cases", ["core"])
async def test_autobahn_finds_nothing_in_the_server(cases: str, tmp_path: Path) -> None:
    """All OK, none of them non-strict."""
    program = wstest()
    async with server(deflate=True) as (port, _):
        spec = {"outdir": str(tmp_path), "servers": [{"agent": "pyboot", "url": f"ws://127.0.0.1:{port}"}], "cases": CASES[cases]}
        (tmp_path / "spec.json").write_text(json.dumps(spec | {"exclude-cases": [], "exclude-agent-cases": {}}))
        tester = await asyncio.create_subprocess_exec(
            program,
            "-m",
            "fuzzingclient",
            "-s",
            str(tmp_path / "spec.json"),
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        await tester.wait()

    assert {"OK": 2 * 247} == verdicts(tmp_path)
