"""HTTP/3 with peers that others wrote: ngtcp2's client and server, libcurl and Chromium."""

import asyncio
import base64
import hashlib
import io
import shutil
import socket
from asyncio.subprocess import DEVNULL, PIPE, STDOUT
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import trustme
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import load_pem_x509_certificate

from pyboot.boot import PyBootApplication
from pyboot.components.netty import Bootstrap
from pyboot.components.netty.codec.http3 import Http3ClientConnectionHandler
from pyboot.components.netty.transport.quic import QuicChannel, QuicChannelOption, QuicClientConfig
from pyboot.netty import NettyServers
from pyboot.testing import running
from tests.components.netty.codec.http3.conftest import Web

SITE = "netty.servers.site"
LARGE = b"".join(b"%07d\n" % number for number in range(400_000))


class Files(NamedTuple):
    """A certificate, and a folder with a small and a large file."""

    ca: str
    certificate: str
    key: str
    root: Path
    chain: bytes


class Asked:
    """Keeps what the application was asked by pages."""

    versions: asyncio.Queue[str]


@PyBootApplication(scan=())
class App:
    """Serves files and an application."""


async def app(scope: Any, receive: Any, send: Any) -> None:
    """Tell the version and the length of what was posted; note what a page reports."""
    if scope["type"] != "http":
        return
    count = 0
    while True:
        event = await receive()
        count += len(event.get("body", b""))
        if not event.get("more_body"):
            break
    if scope["path"] == "/report":
        Asked.versions.put_nowait(scope["query_string"].decode())
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]})
    await send({"type": "http.response.body", "body": b"version %s, %d bytes" % (scope["http_version"].encode(), count)})


@pytest.fixture
def files(tmp_path: Path) -> Files:
    """Those of one test."""
    authority = trustme.CA()
    issued = authority.issue_cert("localhost", "127.0.0.1")
    paths = [str(tmp_path / name) for name in ("ca.pem", "cert.pem", "key.pem")]
    authority.cert_pem.write_to_path(paths[0])
    for number, pem in enumerate(issued.cert_chain_pems):
        pem.write_to_path(paths[1], append=number > 0)
    issued.private_key_pem.write_to_path(paths[2])
    (tmp_path / "key.pem").chmod(0o600)
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "small.txt").write_text("hello")
    (tmp_path / "files" / "large.bin").write_bytes(LARGE)
    return Files(*paths, tmp_path / "files", (tmp_path / "cert.pem").read_bytes())


@asynccontextmanager
async def site(files: Files, **told: object) -> AsyncIterator[int]:
    """The port of a server of *files* and the application, over TCP and QUIC."""
    properties = {
        "ssl.bundles.web.keystore.certificate": files.certificate,
        "ssl.bundles.web.keystore.private-key": files.key,
        f"{SITE}.asgi": f"{__name__}:app",
        f"{SITE}.http.static./files.root": str(files.root),
        f"{SITE}.tls.bundle": "web",
        f"{SITE}.http3.enabled": True,
        **{f"{SITE}.{name.replace('__', '.')}": value for name, value in told.items()},
    }
    async with running(App, properties=properties) as context:
        yield context.get(NettyServers).address("site")[1]


async def ran(program: str, *arguments: str) -> str:
    """What a program prints, which has to end well; the test is skipped without it."""
    found = shutil.which(program) or shutil.which(program, path="/usr/sbin")
    if found is None:
        pytest.skip(f"{program} is not installed: apt-get install ngtcp2-client ngtcp2-server")
    process = await asyncio.create_subprocess_exec(found, *arguments, stdout=PIPE, stderr=STDOUT)
    try:
        async with asyncio.timeout(60):
            out, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
    text = out.decode(errors="replace")
    assert 0 == process.returncode, text[-4000:]
    return text


@pytest.mark.parametrize(
    "more",
    [
        pytest.param([], id="as it is"),
        pytest.param(["--key-update=1ms"], id="key update"),
        pytest.param(["--change-local-addr=1ms"], id="migration"),
        pytest.param(["--change-local-addr=1ms", "--nat-rebinding"], id="NAT rebinding"),
        pytest.param(["--tx-loss=0.05", "--rx-loss=0.05"], id="loss"),
        pytest.param(["--ciphers=NORMAL:-VERS-ALL:+VERS-TLS1.3:-CIPHER-ALL:+CHACHA20-POLY1305"], id="ChaCha20"),
    ],
)
async def test_the_client_of_ngtcp2_gets_files(files: Files, tmp_path: Path, more: list[str]) -> None:
    """Whole, whatever it does under way."""
    kept = tmp_path / "kept"
    kept.mkdir()
    async with site(files) as port:
        urls = [f"https://localhost:{port}/files/{name}" for name in ("large.bin", "small.txt")]
        told = ["-q", "--exit-on-all-streams-close", f"--download={kept}", *more]
        await ran("gtlsclient", *told, "127.0.0.1", str(port), *urls)

    assert {"large.bin": LARGE, "small.txt": b"hello"} == {file.name: file.read_bytes() for file in kept.iterdir()}


async def test_the_client_of_ngtcp2_posts_and_comes_back_with_early_data(files: Files, tmp_path: Path) -> None:
    """With Retry too; 0-RTT where the server allows it, and only there."""
    told = ["--exit-on-all-streams-close", f"--session-file={tmp_path / 'session'}", f"--tp-file={tmp_path / 'parameters'}"]
    async with site(files, quic__early_data=True, quic__retry_above=0) as port:
        arguments = [*told, "127.0.0.1", str(port), f"https://localhost:{port}/post"]
        first = await ran("gtlsclient", f"--data={files.root / 'large.bin'}", *arguments)
        again = await ran("gtlsclient", *arguments)
        resumed = await ran("gtlsclient", *arguments)

    assert "Retry" in first
    assert "0RTT" not in first
    assert "0RTT" in again + resumed


async def test_our_client_gets_files_of_the_server_of_ngtcp2(files: Files) -> None:
    """Small and large, several at once, one with Retry."""
    found = shutil.which("gtlsserver") or shutil.which("gtlsserver", path="/usr/sbin")
    if found is None:
        pytest.skip("gtlsserver is not installed: apt-get install ngtcp2-server")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    arguments = ["-q", "-V", f"--htdocs={files.root}", "127.0.0.1", str(port), files.key, files.certificate]
    process = await asyncio.create_subprocess_exec(found, *arguments, stdout=DEVNULL, stderr=DEVNULL)
    config = QuicClientConfig(alpn=["h3"], ca=files.ca)
    bootstrap = Bootstrap().channel(QuicChannel).option(QuicChannelOption.CONFIG, config)
    bootstrap.handler(lambda channel: channel.pipeline().add_last(Http3ClientConnectionHandler()))
    try:
        channel = await connected(bootstrap, port)
        answers = await asyncio.gather(*(Web(None).get(channel, f"/{name}") for name in ("large.bin", *["small.txt"] * 5)))  # type: ignore[arg-type]  # it only asks
    finally:
        await bootstrap.close()
        process.terminate()
        await process.wait()

    bodies = [b"".join(part.content for part in answer if hasattr(part, "content")) for answer in answers]
    assert [LARGE, *[b"hello"] * 5] == bodies


async def connected(bootstrap: Bootstrap, port: int) -> Any:
    """A connection to a server that may not listen yet: the network says so, and it is tried again."""
    async with asyncio.timeout(20):
        while True:
            try:
                return await bootstrap.connect("127.0.0.1", port)
            except ConnectionRefusedError:
                await asyncio.sleep(0.02)


async def test_libcurl_gets_and_posts(files: Files) -> None:
    """With `HTTP_VERSION_3ONLY`, which never falls back; and over TCP it is told where HTTP/3 is."""
    pycurl = pytest.importorskip("pycurl", reason="pycurl is not installed, whose wheel has libcurl with HTTP/3")

    def ask(port: int, path: str, version: int, data: bytes | None = None) -> tuple[int, bytes, str]:
        curl, body, heads = pycurl.Curl(), io.BytesIO(), io.BytesIO()
        told = {"URL": f"https://localhost:{port}{path}", "HTTP_VERSION": version, "CAINFO": files.ca, "TIMEOUT": 30}
        for name, value in {**told, "WRITEDATA": body, "HEADERFUNCTION": heads.write}.items():
            curl.setopt(getattr(pycurl, name), value)
        if data is not None:
            curl.setopt(pycurl.UPLOAD, 1)
            curl.setopt(pycurl.READDATA, io.BytesIO(data))
        curl.perform()
        used = curl.getinfo(pycurl.INFO_HTTP_VERSION)
        curl.close()
        return used, body.getvalue(), heads.getvalue().decode()

    only = pycurl.CURL_HTTP_VERSION_3ONLY
    async with site(files) as port:
        large = await asyncio.to_thread(ask, port, "/files/large.bin", only)
        posted = await asyncio.to_thread(ask, port, "/post", only, LARGE)
        over_tcp = await asyncio.to_thread(ask, port, "/", pycurl.CURL_HTTP_VERSION_1_1)

    assert (pycurl.CURL_HTTP_VERSION_3, LARGE) == large[:2]
    assert (pycurl.CURL_HTTP_VERSION_3, b"version 3, %d bytes" % len(LARGE)) == posted[:2]
    assert f'alt-svc: h3=":{port}"; ma=86400' in over_tcp[2].lower()


async def test_a_page_in_chromium_comes_over_http_3(files: Files, tmp_path: Path) -> None:
    """With all it loads: it reports what its own requests were carried by."""
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        pytest.skip("chromium is not installed: apt-get install chromium")
    page = """<!doctype html><script type="module">
const large = await (await fetch("/files/large.bin")).arrayBuffer();
const own = performance.getEntriesByType("navigation")[0].nextHopProtocol;
const [entry] = performance.getEntriesByName(location.origin + "/files/large.bin");
await fetch(`/report?${own},${entry.nextHopProtocol},${large.byteLength}`);
</script>"""
    (files.root / "page.html").write_text(page)
    certificate = load_pem_x509_certificate(files.chain)
    public = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    pin = base64.b64encode(hashlib.sha256(public).digest()).decode()
    Asked.versions = asyncio.Queue()  # of this test's loop
    async with site(files) as port:
        options = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"]
        options += ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--enable-quic"]
        options += [f"--user-data-dir={tmp_path / 'profile'}", f"--origin-to-force-quic-on=127.0.0.1:{port}"]
        options += [f"--ignore-certificate-errors-spki-list={pin}", "--remote-debugging-port=0"]
        url = f"https://127.0.0.1:{port}/files/page.html"
        process = await asyncio.create_subprocess_exec(browser, *options, url, stdout=DEVNULL, stderr=DEVNULL)
        try:
            async with asyncio.timeout(60):
                seen = await Asked.versions.get()
        finally:
            process.terminate()
            await process.wait()

    assert f"h3,h3,{len(LARGE)}" == seen
