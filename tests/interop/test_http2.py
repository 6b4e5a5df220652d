"""HTTP/2 against programs of others: nghttp, h2load, curl, h2spec and grpcio, each where it is installed."""

import asyncio
import hashlib
import re
import shutil
import ssl
from asyncio.subprocess import DEVNULL
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import trustme
from hyperframe.frame import DataFrame, GoAwayFrame, PingFrame, WindowUpdateFrame

from pyboot.boot import PyBootApplication
from pyboot.components.netty import (
    ChannelHandler,
    ChannelHandlerContext,
    FullHttpResponse,
    Http2DataFrame,
    Http2FrameCodec,
    Http2Headers,
    Http2HeadersFrame,
    Http2MultiplexHandler,
    Http2OrHttpHandler,
    Http2StreamFrameToHttpObjectCodec,
    HttpObjectAggregator,
    HttpServerCodec,
    ServerBootstrap,
    SslHandler,
)
from pyboot.netty import NettyServers
from pyboot.testing import running
from tests.components.netty.codec.http2.raw import ASKED, Raw

BIG = hashlib.shake_256(b"http2").digest(1_000_000)


class Answering(ChannelHandler[Any]):
    """Answers with what was sent, or with a megabyte."""

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        content = BIG if msg.uri == "/big" else msg.content or b"hello"
        ctx.write(FullHttpResponse(200, content, {"content-type": "text/plain"}))

    def channel_read_complete(self, ctx: ChannelHandlerContext) -> None:
        ctx.flush()


def of_http1(connection: Any) -> None:
    """Fill a connection of HTTP/1.1."""
    connection.pipeline().add_last(HttpServerCodec(), HttpObjectAggregator(4_000_000), Answering())


def of_stream(stream: Any) -> None:
    """Fill a stream of HTTP/2."""
    stream.pipeline().add_last(Http2StreamFrameToHttpObjectCodec(is_server=True), HttpObjectAggregator(4_000_000), Answering())


@pytest.fixture
async def port() -> AsyncIterator[int]:
    """The port of a server of both."""
    bootstrap = ServerBootstrap().child_handler(lambda channel: channel.pipeline().add_last(Http2OrHttpHandler(of_http1, of_stream)))
    server = await bootstrap.bind("127.0.0.1", 0)
    yield server.local_address()[1]
    await server.close()


async def run(program: str, *arguments: str, stdin: bytes | None = None, seconds: float = 60) -> bytes:
    """Run *program* and give what it says; skip where it is not installed."""
    command = shutil.which(program)
    if command is None:
        pytest.skip(f"{program} is not installed")
    process = await asyncio.create_subprocess_exec(
        command, *arguments, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    try:
        out, _ = await asyncio.wait_for(process.communicate(stdin), seconds)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return out


async def test_nghttp_gets_a_page(port: int) -> None:
    """With its tree of priorities, which is read and dropped."""
    assert b"hello" == await run("nghttp", f"http://127.0.0.1:{port}/")


async def test_curl_gets_and_puts_a_megabyte(port: int) -> None:
    """By prior knowledge, and by HTTP/1.1 on the same port."""
    if b"HTTP2" not in await run("curl", "--version"):
        pytest.skip("this curl does not speak HTTP/2")
    url = f"http://127.0.0.1:{port}/big"
    assert BIG == await run("curl", "-s", "--http2-prior-knowledge", url)
    assert BIG == await run("curl", "-s", "--http1.1", url)
    echoed = await run("curl", "-s", "--http2-prior-knowledge", "--data-binary", "@-", f"http://127.0.0.1:{port}/", stdin=BIG)
    assert BIG == echoed


async def test_h2load_loses_nothing(port: int) -> None:
    """Ten connections of a hundred streams each."""
    said = await run("h2load", "-n2000", "-c10", "-m100", f"http://127.0.0.1:{port}/")
    assert b"2000 succeeded, 0 failed, 0 errored, 0 timeout" in said


async def test_a_stop_loses_no_stream() -> None:
    """The client makes room for the rest of a megabyte, and has sent another request before it hears of the end."""
    bootstrap = ServerBootstrap().child_handler(lambda channel: channel.pipeline().add_last(Http2OrHttpHandler(of_http1, of_stream)))
    server = await bootstrap.bind("127.0.0.1", 0)
    async with Raw.connected(server.local_address()[1]) as client:
        client.ask(1, headers=[*ASKED[:2], (":path", "/big"), ASKED[3]])
        begun = await client.content(1, 65535)
        stop = asyncio.ensure_future(bootstrap.shutdown_gracefully(timeout_seconds=20))
        leaving = await client.until(GoAwayFrame)
        ping = await client.until(PingFrame)
        client.ask(3)  # it might have left before the good-bye came
        client.send(PingFrame(0, ping.opaque_data, flags=["ACK"]), WindowUpdateFrame(0, 2_000_000), WindowUpdateFrame(1, 2_000_000))
        last: list[int] = []
        contents = {1: begun, 3: b""}
        while (frame := await client.frame()) is not None:
            if isinstance(frame, GoAwayFrame):
                last.append(frame.last_stream_id)
            elif isinstance(frame, DataFrame):
                contents[frame.stream_id] += frame.data
        await stop
    assert 0 == stop.result()
    assert (2**31 - 1, [3]) == (leaving.last_stream_id, last)
    assert {1: BIG, 3: b"hello"} == contents


async def h2spec(server: ServerBootstrap, *options: str) -> list[str]:
    """Which of its 147 cases, the strict one included, *server* fails."""
    channel = await server.bind("127.0.0.1", 0)
    try:
        said = (await run("h2spec", "-h", "127.0.0.1", "-p", str(channel.local_address()[1]), "-S", "-o", "2", *options)).decode()
    finally:
        await channel.close()
    told = re.search(r"147 tests, (\d+) passed, 0 skipped, (\d+) failed", said)
    assert told is not None, said
    failed = sorted(set(re.findall(r"\N{MULTIPLICATION SIGN} \d+: (.+)", said)))
    assert (147 - len(failed), len(failed)) == (int(told[1]), int(told[2])), said
    return failed


@pytest.mark.slow
async def test_h2spec_finds_nothing_in_the_clear() -> None:
    """Where HTTP/2 alone is spoken: see the last of these for a port of both."""
    multiplexer = lambda: Http2MultiplexHandler(of_stream)  # noqa: E731  # one a connection
    server = ServerBootstrap().child_handler(lambda channel: channel.pipeline().add_last(Http2FrameCodec(is_server=True), multiplexer()))
    assert [] == await h2spec(server)


@pytest.mark.slow
async def test_h2spec_finds_nothing_over_tls() -> None:
    """On a port of both, where ALPN has decided."""
    authority, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    context.set_alpn_protocols(["h2", "http/1.1"])

    def of_connection(channel: Any) -> None:
        channel.pipeline().add_last(SslHandler(context=context, server_side=True), Http2OrHttpHandler(of_http1, of_stream))

    assert [] == await h2spec(ServerBootstrap().child_handler(of_connection), "-t", "-k")


@pytest.mark.slow
async def test_h2spec_gets_an_answer_of_http1_for_what_is_no_preface_in_the_clear() -> None:
    """On a port of both in the clear, what does not begin like HTTP/2 is HTTP/1.1, and its answer, 400, is no frame."""
    server = ServerBootstrap().child_handler(lambda channel: channel.pipeline().add_last(Http2OrHttpHandler(of_http1, of_stream)))
    assert ["Sends invalid connection preface"] == await h2spec(server)


class GrpcEcho(ChannelHandler[Any]):
    """A call whose messages go back as they came."""

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        if isinstance(msg, Http2HeadersFrame):
            ctx.write(Http2HeadersFrame(Http2Headers({"content-type": "application/grpc"}, status=200)))
        else:
            ctx.write(Http2DataFrame(msg.content))
        if msg.end_stream:
            ctx.write(Http2HeadersFrame(Http2Headers({"grpc-status": "0"}), end_stream=True))

    def channel_read_complete(self, ctx: ChannelHandlerContext) -> None:
        ctx.flush()


async def test_grpcio_calls_us() -> None:
    """Unary, with a megabyte, and a stream of messages both ways."""
    grpc = pytest.importorskip("grpc", reason="grpcio is not installed")
    multiplexer = lambda: Http2MultiplexHandler(lambda stream: stream.pipeline().add_last(GrpcEcho()))  # noqa: E731  # one a connection
    bootstrap = ServerBootstrap().child_handler(lambda channel: channel.pipeline().add_last(Http2FrameCodec(is_server=True), multiplexer()))
    server = await bootstrap.bind("127.0.0.1", 0)

    def call() -> tuple[bytes, int, list[int]]:
        with grpc.insecure_channel(f"127.0.0.1:{server.local_address()[1]}") as channel:
            unary, chat = channel.unary_unary("/demo.Echo/Say"), channel.stream_stream("/demo.Echo/Chat")
            return (
                unary(b"hello", timeout=20),
                len(unary(BIG, timeout=20)),
                [len(each) for each in chat(iter([BIG[:100_000]] * 30), timeout=20)],
            )

    assert (b"hello", 1_000_000, [100_000] * 30) == await asyncio.to_thread(call)
    await server.close()


@PyBootApplication(scan=())
class Site:
    """A server by its settings."""


async def site(scope: Any, receive: Any, send: Any) -> None:
    """Tell the version, the path, and who asks; its own page, which fetches another, on `/page`."""
    if scope["type"] != "http":
        return
    told = f"{scope['http_version']} {scope['path']}"
    if scope["path"] == "/seen":
        SEEN[-1].set_result([told, scope["query_string"].decode()])
    is_page = scope["path"] == "/page"
    kind = b"text/html" if is_page else b"text/plain"
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", kind)]})
    await send({"type": "http.response.body", "body": PAGE if is_page else told.encode()})


SEEN: list[asyncio.Future[list[str]]] = []  # the one of this test
PAGE = b"""<!doctype html><script type="module">
const all = await Promise.all([...Array(50).keys()].map(async n => (await fetch("/many?" + n)).text()));
await fetch("/seen?" + all.filter(text => text == "2 /many").length);
</script>"""


async def test_curl_and_nghttp_change_to_http2_where_the_settings_allow_it() -> None:
    """By an upgrade, which is off by default; HTTP/1.1 on the same port is served on."""
    if b"HTTP2" not in await run("curl", "--version"):
        pytest.skip("this curl does not speak HTTP/2")
    for allowed in (True, False):
        properties = {"netty.servers.web.asgi": f"{__name__}:site", "netty.servers.web.http2": {"enabled": True, "h2c": allowed}}
        async with running(Site, properties=properties) as context:
            host, port = context.get(NettyServers).address("web")
            url = f"http://{host}:{port}"
            spoken = b"2" if allowed else b"1.1"
            assert spoken + b" /a" + spoken + b" /b" == await run("curl", "-s", "--http2", f"{url}/a", f"{url}/b")
            assert b"1.1 /a" == await run("curl", "-s", "--http1.1", f"{url}/a")
            if allowed:
                assert b"2 /a" == await run("nghttp", "-u", f"{url}/a")
            else:
                assert b"2 /a" not in await run("nghttp", "-u", f"{url}/a")


@pytest.mark.slow
async def test_chromium_speaks_http2_over_tls(tmp_path: Path) -> None:
    """A page with fifty requests at once; the application sees version 2 of each."""
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        pytest.skip("chromium is not installed: apt-get install chromium")
    SEEN.append(asyncio.get_running_loop().create_future())
    certificate = trustme.CA().issue_cert("127.0.0.1")
    certificate.private_key_and_cert_chain_pem.write_to_path(tmp_path / "server.pem")
    (tmp_path / "server.pem").chmod(0o600)
    properties = {
        "ssl.bundles.web.keystore.certificate": str(tmp_path / "server.pem"),
        "ssl.bundles.web.keystore.private-key": str(tmp_path / "server.pem"),
        "netty.servers.web.asgi": f"{__name__}:site",
        "netty.servers.web.http2.enabled": True,
        "netty.servers.web.tls.bundle": "web",
    }
    async with running(Site, properties=properties) as context:
        host, port = context.get(NettyServers).address("web")
        options = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--ignore-certificate-errors"]
        rest = [f"--user-data-dir={tmp_path / 'profile'}", "--remote-debugging-port=0", f"https://{host}:{port}/page"]
        process = await asyncio.create_subprocess_exec(browser, *options, *rest, stdout=DEVNULL, stderr=DEVNULL)
        try:
            async with asyncio.timeout(120):
                seen = await SEEN[-1]
        finally:
            process.terminate()
            await process.wait()
    assert ["2 /seen", "50"] == seen
