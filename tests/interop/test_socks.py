"""The example proxy with curl, ncat and python-socks; and our clients through it."""

import asyncio
import importlib.util
import shutil
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import trustme

from pyboot.components.netty import Bootstrap, ChannelHandler, ChannelHandlerContext
from pyboot.components.netty.handler.proxy import ProxyConnectError

EXAMPLE = Path(__file__).resolve().parents[2] / "docs/examples/proxy/proxy.py"
PATIENCE = 20
SITE = b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\nconnection: close\r\n\r\nhello"


def example() -> Any:
    """The module of the example."""
    specification = importlib.util.spec_from_file_location("proxy_example", EXAMPLE)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


async def site(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answers a request of HTTP with hello; echoes anything else, turned around, when it has ended."""
    first = await reader.read(65_536)
    if first.startswith(b"GET "):
        writer.write(SITE)
    else:
        writer.write((first + await reader.read())[::-1])
    await writer.drain()
    writer.close()


@asynccontextmanager
async def places(password: str | None = None, context: ssl.SSLContext | None = None) -> AsyncIterator[tuple[int, int]]:
    """The ports of a proxy, and of a site behind it."""
    proxy = example().new_proxy(password)
    server = await proxy.bind("127.0.0.1", 0)
    behind = await asyncio.start_server(site, "127.0.0.1", 0, ssl=context)
    try:
        yield server.local_address()[1], behind.sockets[0].getsockname()[1]
    finally:
        await proxy.shutdown_gracefully(0, 5)
        behind.close()
        await behind.wait_closed()


async def run(name: str, *arguments: str, given: bytes = b"") -> tuple[int, bytes]:
    """What a program says, and how it ends; skips where it is not installed."""
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed; .ci/run installs its package")
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(found, *arguments, stdin=pipe, stdout=pipe, stderr=asyncio.subprocess.STDOUT)
    async with asyncio.timeout(PATIENCE):
        said, _ = await process.communicate(given)
    assert process.returncode is not None
    return process.returncode, said


CURL: dict[str, Sequence[str]] = {
    "SOCKS 4": ("--socks4",),
    "SOCKS 4a": ("--socks4a",),
    "SOCKS 5": ("--socks5",),
    "SOCKS 5, the name goes to the proxy": ("--socks5-hostname",),
    "HTTP CONNECT": ("--proxytunnel", "--proxy"),
}


@pytest.mark.parametrize("how", CURL)
async def test_curl(how: str) -> None:
    """Each of its ways; `localhost` is a name."""
    async with places() as (proxy, port):
        *options, last = CURL[how]
        ended, said = await run("curl", "-sS", "--noproxy", "", *options, last, f"127.0.0.1:{proxy}", f"http://localhost:{port}/")
        assert (0, b"hello") == (ended, said)


@pytest.mark.parametrize(
    ("scheme", "wrong"), [("socks5h", 97), ("http", 56)]
)  # what curl says of a proxy that refuses, and of a tunnel that was not opened
async def test_curl_with_a_password(scheme: str, wrong: int) -> None:
    """The right one, and another."""
    async with places("me:you") as (proxy, port):
        for password, expected in ("you", 0), ("them", wrong):
            url = f"{scheme}://me:{password}@127.0.0.1:{proxy}"
            ended, said = await run("curl", "-sS", "--proxytunnel", "--noproxy", "", "-x", url, f"http://localhost:{port}/")
            assert expected == ended, said


@pytest.mark.parametrize("kind", ["socks4", "socks5", "http"])
async def test_ncat_and_half_closure(kind: str) -> None:
    """What it sends ends, and the answer comes then."""
    async with places() as (proxy, port):
        arguments = ("--proxy-type", kind, "--proxy", f"127.0.0.1:{proxy}", "127.0.0.1", str(port))
        assert (0, b"noitseuq") == await run("ncat", *arguments, given=b"question")


async def test_curl_is_told_why() -> None:
    """A port that nobody listens on."""
    async with places() as (proxy, _):
        ended, said = await run("curl", "-sS", "--noproxy", "", "--socks5-hostname", f"127.0.0.1:{proxy}", "http://127.0.0.1:1/")
        assert 97 == ended
        assert b"(5)" in said  # connection refused


@pytest.mark.parametrize("kind", ["socks4", "socks5", "http"])
async def test_python_socks(kind: str) -> None:
    """A client of Python's own."""
    socks = pytest.importorskip("python_socks.async_.asyncio", reason="python-socks is not installed: uv sync installs it")
    async with places() as (proxy, port):
        client = socks.Proxy.from_url(f"{kind}://127.0.0.1:{proxy}")
        sock = await asyncio.wait_for(client.connect("localhost", port), PATIENCE)
        reader, writer = await asyncio.open_connection(sock=sock)
        writer.write(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
        assert SITE == await asyncio.wait_for(reader.read(), PATIENCE)
        writer.close()
        await writer.wait_closed()


class Asking(ChannelHandler[Any]):
    """Asks as soon as the target is there, and keeps what it says."""

    def __init__(self) -> None:
        self.said = b""
        self.over = asyncio.Event()

    def channel_active(self, ctx: ChannelHandlerContext) -> None:
        """A request."""
        ctx.write_and_flush(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        """Some of the answer."""
        self.said += bytes(msg)

    def channel_inactive(self, ctx: ChannelHandlerContext) -> None:
        """All of it."""
        self.over.set()


@pytest.mark.parametrize("scheme", ["socks4", "socks5", "http"])
@pytest.mark.parametrize("secure", [False, True])
async def test_our_clients(scheme: str, secure: bool) -> None:
    """Through each kind of proxy; with TLS to the target inside."""
    authority, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    trusting = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    authority.configure_trust(trusting)
    password = "" if scheme == "socks4" else "me:you@"
    async with places(password.rstrip("@") or None, context if secure else None) as (proxy, port):
        asking = Asking()
        bootstrap = Bootstrap(ssl=trusting if secure else False).handler(lambda channel: channel.pipeline().add_last(asking))
        await asyncio.wait_for(bootstrap.proxy(f"{scheme}://{password}127.0.0.1:{proxy}").connect("localhost", port), PATIENCE)
        await asyncio.wait_for(asking.over.wait(), PATIENCE)
        assert SITE == asking.said


@pytest.mark.parametrize(
    ("url", "said"), [("socks5://me:them@", "does not believe"), ("socks5://", "none of the methods"), ("http://", "407")]
)
async def test_our_clients_are_told_why(url: str, said: str) -> None:
    """In the proxy's words."""
    async with places("me:you") as (proxy, port):
        bootstrap = Bootstrap().handler(lambda _: None).proxy(f"{url}127.0.0.1:{proxy}")
        with pytest.raises(ProxyConnectError, match=said):
            await asyncio.wait_for(bootstrap.connect("localhost", port), PATIENCE)
