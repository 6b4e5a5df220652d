"""Files, forms and events over real sockets, with curl as the peer: what the handlers of HTTP do together, on both loops."""

import asyncio
import gzip
import logging
import shutil
import ssl
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import trustme

from pyboot.components.netty import (
    EMPTY_LAST_CONTENT,
    ChannelHandler,
    ChannelHandlerContext,
    CorsConfig,
    CorsHandler,
    FullHttpResponse,
    HttpAccessLogHandler,
    HttpContent,
    HttpContentCompressor,
    HttpContentDecompressor,
    HttpDecoderError,
    HttpPostRequestDecoder,
    HttpRequest,
    HttpServerCodec,
    HttpStaticFileHandler,
    ServerBootstrap,
    ServerSentEvent,
    ServerSentEventEncoder,
    SslHandler,
)

CURL = shutil.which("curl")
needs_curl = pytest.mark.skipif(CURL is None, reason="curl is not installed: apt-get install curl")
CONTENT = bytes(range(256)) * 4096 * 4  # 4 MiB

type Curl = Callable[..., Any]


class Site(ChannelHandler[Any]):
    """Takes uploads and tells what it got; streams three events."""

    def __init__(self) -> None:
        self.form: HttpPostRequestDecoder | None = None

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        if isinstance(msg, HttpRequest) and msg.uri == "/events":
            ctx.write(ServerSentEventEncoder.response())
            for number in range(3):
                ctx.write(ServerSentEvent(f"event {number}"))
            ctx.write_and_flush(EMPTY_LAST_CONTENT)
            return
        try:
            if isinstance(msg, HttpRequest):
                self.form = HttpPostRequestDecoder(msg) if msg.method == "POST" else None
            if self.form is not None and isinstance(msg, HttpContent):
                self.form.offer(msg)
        except HttpDecoderError as error:
            self.form = None
            ctx.write_and_flush(FullHttpResponse(error.status, f"{error}\n", {"connection": "close"}))
            return
        if self.form is not None and self.form.is_finished:
            told = " ".join(f"{part.name}={part.size}" for part in self.form.data)
            self.form.release()
            self.form = None
            ctx.write_and_flush(FullHttpResponse(200, told, {"content-type": "text/plain"}))


@pytest_asyncio.fixture
async def serve(tmp_path: Path) -> AsyncIterator[Callable[..., Any]]:
    """`await serve()`: a site on a free port, with all handlers in front of it; the base of its addresses."""
    bootstraps: list[ServerBootstrap] = []
    root = tmp_path / "root"
    root.mkdir()
    (root / "film.bin").write_bytes(CONTENT)
    (root / "page.txt").write_bytes(b"0123456789" * 1000)

    async def start(context: ssl.SSLContext | None = None) -> str:
        def pipeline(channel: Any) -> None:
            if context is not None:
                channel.pipeline().add_last(SslHandler(context=context, server_side=True))
            channel.pipeline().add_last(
                HttpServerCodec(),
                HttpAccessLogHandler(),
                HttpContentDecompressor(),
                HttpContentCompressor(["gzip"]),
                CorsHandler(CorsConfig(origins=("https://a.example",))),
                HttpStaticFileHandler(root, passes_on_missing=True),
                ServerSentEventEncoder(),
                Site(),
            )

        bootstrap = ServerBootstrap().child_handler(pipeline)
        bootstraps.append(bootstrap)
        server = await bootstrap.bind("127.0.0.1", 0)
        return f"{'http' if context is None else 'https'}://127.0.0.1:{server.local_address()[1]}"

    yield start
    for bootstrap in bootstraps:
        await bootstrap.shutdown_gracefully(0, 5)


async def curl(*arguments: str) -> bytes:
    """What curl prints."""
    assert CURL is not None
    process = await asyncio.create_subprocess_exec(
        CURL, "-sS", "--max-time", "20", *arguments, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    out, errors = await process.communicate()
    assert b"" == errors
    return out


@needs_curl
async def test_curl_loads_files(serve: Any, caplog: pytest.LogCaptureFixture) -> None:
    """Whole, in part, compressed, only if changed, many over one connection."""
    caplog.set_level(logging.INFO, "pyboot.access")
    base = await serve()
    assert CONTENT == await curl(f"{base}/film.bin")
    assert CONTENT[5:15] == await curl("-r", "5-14", f"{base}/film.bin")
    assert b"0123456789" * 1000 == await curl("--compressed", f"{base}/page.txt")
    assert b"0123456789" * 1000 == gzip.decompress(await curl("-H", "Accept-Encoding: gzip", f"{base}/page.txt"))
    head = (await curl("-I", f"{base}/film.bin")).decode().lower()
    assert "content-length: 4194304\r\n" in head
    tag = next(line.partition(": ")[2] for line in head.splitlines() if line.startswith("etag"))
    assert b"304" == await curl("-o", "/dev/null", "-w", "%{http_code}", "-H", f"If-None-Match: {tag}", f"{base}/film.bin")
    assert CONTENT * 2 + b"0123456789" * 1000 == await curl(f"{base}/film.bin", f"{base}/film.bin", f"{base}/page.txt")
    lines = [record.getMessage() for record in caplog.records if record.name == "pyboot.access"]
    assert any('"GET /film.bin HTTP/1.1" 200 4194304' in line for line in lines)


@needs_curl
async def test_curl_uploads_forms(serve: Any, tmp_path: Path) -> None:
    """Files and fields, compressed ones too; what is no form is told so."""
    base = await serve()
    (tmp_path / "file").write_bytes(CONTENT)
    assert b"title=9 file=4194304" == await curl(
        "-F", "title=A picture", "-F", f"file=@{tmp_path / 'file'};type=image/png", f"{base}/upload"
    )
    assert b"a=1 b=3" == await curl("-d", "a=1&b=%C3%A4+", f"{base}/upload")
    (tmp_path / "form.gz").write_bytes(gzip.compress(b"a=1&b=2"))
    fields = ("-H", "Content-Encoding: gzip", "-H", "Content-Type: application/x-www-form-urlencoded")
    assert b"a=1 b=1" == await curl(*fields, "--data-binary", f"@{tmp_path / 'form.gz'}", f"{base}/upload")
    assert b"415" == await curl("-o", "/dev/null", "-w", "%{http_code}", "-H", "Content-Type: text/plain", "-d", "x", f"{base}/upload")


@needs_curl
async def test_curl_hears_events_and_is_asked_where_it_comes_from(serve: Any) -> None:
    """A stream of events, compressed if that is wanted; a preflight is answered."""
    base = await serve()
    assert b"data: event 0\n\ndata: event 1\n\ndata: event 2\n\n" == await curl("-N", "--compressed", f"{base}/events")
    preflight = ("-X", "OPTIONS", "-i", "-H", "Origin: https://a.example", "-H", "Access-Control-Request-Method: PUT")
    assert b"access-control-allow-origin: https://a.example\r\n" in (await curl(*preflight, f"{base}/upload")).lower()


@needs_curl
async def test_curl_loads_files_over_tls(serve: Any, tmp_path: Path) -> None:
    """Where they are read piece by piece."""
    authority = trustme.CA()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    base = await serve(context)
    assert CONTENT * 2 == await curl("--cacert", str(tmp_path / "ca.pem"), f"{base}/film.bin", f"{base}/film.bin")
    assert CONTENT == await curl("--cacert", str(tmp_path / "ca.pem"), "-H", "Connection: close", f"{base}/film.bin")
    assert CONTENT == await curl("--cacert", str(tmp_path / "ca.pem"), "--http1.0", f"{base}/film.bin")


async def test_requests_that_do_not_wait_are_answered_in_their_order(serve: Any) -> None:
    """Files, parts, preflights and uploads, all sent at once."""
    base = await serve()
    reader, writer = await asyncio.open_connection("127.0.0.1", int(base.rpartition(":")[2]))
    host = b"Host: x\r\n"
    asked = [
        b"GET /film.bin HTTP/1.1\r\n" + host + b"Range: bytes=%d-%d\r\n\r\n" % (at, at + 99_999) for at in range(0, 1_000_000, 100_000)
    ]
    preflight = b"OPTIONS / HTTP/1.1\r\n" + host + b"Origin: https://a.example\r\nAccess-Control-Request-Method: PUT\r\n\r\n"
    form = (
        b"POST / HTTP/1.1\r\n"
        + host
        + b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 3\r\nConnection: close\r\n\r\na=1"
    )
    writer.write(b"".join(asked) + preflight + form)
    received = await asyncio.wait_for(reader.read(), 20)
    content = b""
    statuses = []
    while received:
        head, _, received = received.partition(b"\r\n\r\n")
        lines = head.decode().lower().split("\r\n")
        statuses.append(int(lines[0].split()[1]))
        length = next((int(line.partition(": ")[2]) for line in lines if line.startswith("content-length")), 0)
        if statuses[-1] == 206:
            content += received[:length]
        received = received[length:]
    assert [206] * 10 + [204, 200] == statuses
    assert CONTENT[:1_000_000] == content
    writer.close()
