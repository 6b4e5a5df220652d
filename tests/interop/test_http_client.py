"""The HTTP client with servers that are not ours: Python's own, OpenSSL's over TLS, and one behind socat; on both loops."""

import asyncio
import hashlib
import shutil
import socket
import threading
from asyncio.subprocess import DEVNULL
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import trustme

from pyboot.components.netty import HttpClient, HttpClientError

BIG = bytes(range(256)) * 32768  # 8 MiB


class Files(SimpleHTTPRequestHandler):
    """Serves a folder over HTTP/1.1, answers what is posted with its digest, and remembers its peers."""

    protocol_version = "HTTP/1.1"
    peers: set[Any] = set()  # of the class, as the server makes a handler for each connection

    def do_POST(self) -> None:  # the standard library's
        """The digest of the content."""
        content = self.rfile.read(int(self.headers["content-length"]))
        digest = hashlib.sha256(content).hexdigest().encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(digest)))
        self.end_headers()
        self.wfile.write(digest)

    def log_message(self, format: str, *args: Any) -> None:
        """Remember who asked."""
        self.peers.add(self.client_address)


@pytest.fixture
def files(tmp_path: Path) -> Iterator[int]:
    """Python's server, in a thread, over a folder; its port."""
    (tmp_path / "big").write_bytes(BIG)
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder/index.html").write_text("inside")
    Files.peers.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), lambda *arguments: Files(*arguments, directory=str(tmp_path)))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


async def test_pythons_own_server(files: int) -> None:
    """Files, folders that redirect, heads, posts of any form, over one connection."""

    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(BIG), 100_000):
            yield BIG[start : start + 100_000]

    expected = hashlib.sha256(BIG).hexdigest()
    async with HttpClient(base_url=f"http://127.0.0.1:{files}") as client:
        assert BIG == await (await client.get("/big")).read()
        assert (b"", str(len(BIG))) == (await (response := await client.head("/big")).read(), response.headers["content-length"])
        assert ("inside", 1) == (await (response := await client.get("/folder")).text(), len(response.history))
        assert expected == await (await client.post("/", content=BIG)).text()
        assert expected == await (await client.post("/", content=pieces(), headers={"content-length": len(BIG)})).text()
        assert 304 == (await client.get("/big", headers={"if-modified-since": "Fri, 31 Dec 2100 00:00:00 GMT"})).status
        async with client.stream("GET", "/big") as response:
            digest = hashlib.sha256()
            async for chunk in response:
                digest.update(chunk)
        assert expected == digest.hexdigest()
        assert (0, 1, 0) == client.statistics()
    assert 1 == len(Files.peers)


async def test_many_at_once(files: int) -> None:
    """Each gets its own answer."""
    async with HttpClient(base_url=f"http://127.0.0.1:{files}") as client:
        bodies = [b"%d" % number * number for number in range(1, 60)]
        answers = await asyncio.gather(*(client.post("/", content=body) for body in bodies))
        assert [hashlib.sha256(body).hexdigest() for body in bodies] == [await answer.text() for answer in answers]
        assert client.statistics().idle <= 20


async def test_openssls_own_server(tmp_path: Path) -> None:
    """HTTP/1.0 over TLS, its content until the end of the connection."""
    if shutil.which("openssl") is None:
        pytest.skip("the program openssl is not there")
    authority = trustme.CA()
    certificate = authority.issue_cert("localhost", "127.0.0.1")
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    certificate.private_key_and_cert_chain_pem.write_to_path(tmp_path / "server.pem")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = ("openssl", "s_server", "-www", "-accept", f"127.0.0.1:{port}", "-cert", str(tmp_path / "server.pem"))
    process = await asyncio.create_subprocess_exec(*command, stdin=DEVNULL, stdout=DEVNULL, stderr=DEVNULL)
    try:
        async with HttpClient(ca=tmp_path / "ca.pem") as client:
            response = await _as_soon_as_it_listens(client, f"https://127.0.0.1:{port}/")
            assert "s_server -www" in await response.text()
            assert 0 == client.statistics().idle
    finally:
        process.kill()
        await process.wait()


async def test_a_unix_socket_of_socat(files: int, tmp_path: Path) -> None:
    """A service that listens on a path."""
    if shutil.which("socat") is None:
        pytest.skip("the program socat is not there")
    path = str(tmp_path / "s")
    command = ("socat", f"UNIX-LISTEN:{path},fork", f"TCP:127.0.0.1:{files}")
    process = await asyncio.create_subprocess_exec(*command, stdin=DEVNULL, stdout=DEVNULL, stderr=DEVNULL)
    try:
        async with HttpClient(unix_socket=path) as client:
            response = await _as_soon_as_it_listens(client, "http://files.test/folder/")
            assert "inside" == await response.text()
            assert BIG == await (await client.get("http://files.test/big")).read()
    finally:
        process.terminate()
        await process.wait()


@asynccontextmanager
async def served(tmp_path: Path, *command: str) -> AsyncIterator[tuple[HttpClient, str]]:
    """A server of HTTP/2 of others: its *command*, with KEY, CERT and PORT filled in, and a client that believes it."""
    if shutil.which(command[0]) is None:
        pytest.skip(f"the program {command[0]} is not there")
    authority = trustme.CA()
    certificate = authority.issue_cert("localhost", "127.0.0.1")
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    certificate.private_key_pem.write_to_path(tmp_path / "key.pem")
    certificate.cert_chain_pems[0].write_to_path(tmp_path / "cert.pem")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    filled = {"KEY": str(tmp_path / "key.pem"), "CERT": str(tmp_path / "cert.pem"), "PORT": port, "ROOT": str(tmp_path)}
    arguments = [filled.get(each, each) for each in command]
    process = await asyncio.create_subprocess_exec(*arguments, stdin=DEVNULL, stdout=DEVNULL, stderr=DEVNULL)
    try:
        async with HttpClient(ca=tmp_path / "ca.pem", http2=True) as client:
            yield client, f"https://127.0.0.1:{port}"
    finally:
        process.kill()
        await process.wait()


async def test_nghttpd_serves_many_requests_on_one_connection(tmp_path: Path) -> None:
    """A hundred at once, eight megabytes, and content that goes there."""
    (tmp_path / "big").write_bytes(BIG)
    (tmp_path / "small").write_text("small")
    async with served(tmp_path, "nghttpd", "--echo-upload", "-d", "ROOT", "PORT", "KEY", "CERT") as (client, url):
        assert "small" == await (await _as_soon_as_it_listens(client, f"{url}/small")).text()
        responses = await asyncio.gather(*(client.get(f"{url}/small") for _ in range(100)))
        assert ["small"] * 100 == [await response.text() for response in responses]
        assert BIG == await (await client.get(f"{url}/big")).read()
        assert BIG[:1_000_000] == await (await client.post(f"{url}/", content=BIG[:1_000_000])).read()
        assert 404 == (await client.get(f"{url}/nothing")).status
        assert 1 == sum(client.statistics()[:2])


NODE = """
const http2 = require("http2"), fs = require("fs");
const both = process.argv[4] === "both";
const server = http2.createSecureServer({key: fs.readFileSync(process.argv[1]), cert: fs.readFileSync(process.argv[2]),
  allowHTTP1: both, settings: {maxConcurrentStreams: 20}});
if (both) {
  server.on("request", (request, response) => response.end(request.httpVersion));
} else {
  server.on("stream", (stream, headers) => {
    if (headers[":path"] === "/leave") { stream.session.goaway(0); }
    stream.respond({":status": 200}, {waitForTrailers: true});
    stream.on("wantTrailers", () => stream.sendTrailers({"x-check": "done"}));
    stream.pipe(stream);
  });
}
server.listen(+process.argv[3], "127.0.0.1");
"""


async def test_nodes_http2_server(tmp_path: Path) -> None:
    """Content both ways at once, trailers, more requests than it allows streams, and one that leaves between requests."""
    async with served(tmp_path, "node", "-e", NODE, "KEY", "CERT", "PORT", "h2") as (client, url):
        assert b"" == await (await _as_soon_as_it_listens(client, url)).read()
        response = await client.post(url, content=BIG[:1_000_000])
        assert (BIG[:1_000_000], "done") == (await response.read(), response.trailers.get("x-check"))
        responses = await asyncio.gather(*(client.post(url, content=str(number)) for number in range(100)))
        assert [str(number) for number in range(100)] == [await response.text() for response in responses]
        for number in range(5):
            assert "bye" == await (await client.post(f"{url}/leave", content="bye")).text(), number


async def test_a_server_that_does_not_agree_is_spoken_to_by_http_1(tmp_path: Path) -> None:
    """Of two clients of one server the one speaks HTTP/2, and the other what it always does."""
    async with served(tmp_path, "node", "-e", NODE, "KEY", "CERT", "PORT", "both") as (client, url):
        assert "2.0" == await (await _as_soon_as_it_listens(client, url)).text()
        async with HttpClient(ca=tmp_path / "ca.pem") as plain:
            assert "1.1" == await (await plain.get(url)).text()


async def test_openssls_own_server_agrees_on_nothing(tmp_path: Path) -> None:
    """HTTP/1.1 then, on connections of its own."""
    command = ("openssl", "s_server", "-www", "-accept", "PORT", "-key", "KEY", "-cert", "CERT")
    async with served(tmp_path, *command) as (client, url):
        response = await _as_soon_as_it_listens(client, url + "/")
        assert "s_server -www" in await response.text()


async def _as_soon_as_it_listens(client: HttpClient, url: str) -> Any:
    async with asyncio.timeout(20):
        while True:
            try:
                return await client.get(url)
            except HttpClientError as error:
                if not isinstance(error.__cause__, OSError):
                    raise
                await asyncio.sleep(0.02)
