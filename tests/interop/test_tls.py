"""TLS with peers that are not ours: OpenSSL's own client and server, and Python's; on both loops."""

import asyncio
import os
import re
import shutil
import socket
import ssl
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import trustme

from pyboot.components.netty import Bootstrap, ChannelHandler, ChannelHandlerContext, EchoHandler, ServerBootstrap

MEBIBYTE = bytes(range(256)) * 4096

type Listen = Callable[..., Awaitable[int]]
type OpenSsl = Callable[..., Awaitable[Process]]


class Certificates:
    """Files for programs: of an authority, a server, a client."""

    def __init__(self, folder: Path) -> None:
        authority = trustme.CA()
        self.ca = self._write(folder / "ca.pem", authority.cert_pem)
        server, client = authority.issue_cert("localhost", "127.0.0.1"), authority.issue_cert("client@localhost")
        self.certfile = self._write(folder / "server.pem", *server.cert_chain_pems)
        self.keyfile = self._write(folder / "server.key", server.private_key_pem)
        self.client_certfile = self._write(folder / "client.pem", *client.cert_chain_pems)
        self.client_keyfile = self._write(folder / "client.key", client.private_key_pem)

    def _write(self, path: Path, *blobs: trustme.Blob) -> Path:
        path.write_bytes(b"".join(blob.bytes() for blob in blobs))
        path.chmod(0o600)
        return path


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """Made in this run."""
    return Certificates(tmp_path_factory.mktemp("tls"))


@pytest_asyncio.fixture
async def listen(certificates: Certificates) -> AsyncIterator[Listen]:
    """`await listen(...)`: an echo server with TLS, by its port; it ends with the test."""
    servers: list[ServerBootstrap] = []

    async def start(handler: Any = None, **tls: Any) -> int:
        chosen = {"ssl": True, "certfile": certificates.certfile, "keyfile": certificates.keyfile, **tls}
        server = ServerBootstrap(**chosen).child_handler(handler if handler is not None else EchoHandler())
        servers.append(server)
        port: int = (await server.bind("127.0.0.1", 0)).local_address()[1]
        return port

    yield start
    for server in servers:
        await server.shutdown_gracefully(0, 5)


@pytest_asyncio.fixture
async def openssl() -> AsyncIterator[OpenSsl]:
    """`await openssl("s_client", ...)`: the program, with pipes; it ends with the test."""
    processes: list[Process] = []

    async def start(*arguments: object) -> Process:
        process = await asyncio.create_subprocess_exec("openssl", *map(str, arguments), stdin=PIPE, stdout=PIPE, stderr=PIPE)
        processes.append(process)
        return process

    yield start
    for process in processes:
        if process.returncode is None:
            process.kill()
        await process.communicate()


@pytest.fixture
def free_port() -> int:
    """For a program that cannot choose one itself."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Hears(ChannelHandler[Any]):
    """Keeps what comes, and lets a test wait for it."""

    def __init__(self) -> None:
        self.heard = bytearray()
        self.events: list[str] = []
        self.news = asyncio.Event()

    def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
        self.heard += msg.take_bytes()
        self.news.set()

    def user_event_triggered(self, ctx: ChannelHandlerContext, event: Any) -> None:
        self.events.append(f"{type(event).__name__} {'done' if event.is_success else type(event.error).__name__}")
        self.news.set()

    def channel_inactive(self, ctx: ChannelHandlerContext) -> None:
        self.events.append("inactive")
        self.news.set()

    async def until(self, true: Callable[[], object]) -> None:
        """Wait until it holds."""
        async with asyncio.timeout(20):
            while not true():
                self.news.clear()
                await self.news.wait()


@pytest.mark.parametrize("version", ["-tls1_2", "-tls1_3"])
async def test_openssls_client(listen: Listen, openssl: OpenSsl, certificates: Certificates, version: str) -> None:
    """It checks our chain, talks, and hears our last word."""
    port = await listen()
    client = await openssl(
        "s_client", "-connect", f"127.0.0.1:{port}", "-CAfile", certificates.ca, "-verify_return_error", "-brief", version
    )
    assert client.stdin is not None
    assert client.stdout is not None
    client.stdin.write(b"hello\n")
    assert b"hello\n" == await asyncio.wait_for(client.stdout.readline(), 20)
    client.stdin.close()
    _, said = await asyncio.wait_for(client.communicate(), 20)

    assert b"Verification: OK" in said
    assert 0 == client.returncode


async def test_openssls_client_without_the_certificate_we_ask_for(listen: Listen, openssl: OpenSsl, certificates: Certificates) -> None:
    """The alert reaches it; asyncio's own servers close without one."""
    port = await listen(ca=certificates.ca)
    client = await openssl("s_client", "-connect", f"127.0.0.1:{port}", "-CAfile", certificates.ca, "-tls1_2", "-brief")
    _, said = await asyncio.wait_for(client.communicate(), 20)

    assert b"sslv3 alert handshake failure" in said or b"certificate required" in said


async def test_openssls_client_with_its_certificate(listen: Listen, openssl: OpenSsl, certificates: Certificates) -> None:
    """And a protocol above TLS that both speak."""
    port = await listen(ca=certificates.ca, alpn=["echo/1"])
    ours = ("-cert", certificates.client_certfile, "-key", certificates.client_keyfile, "-alpn", "echo/1")
    client = await openssl("s_client", "-connect", f"127.0.0.1:{port}", "-CAfile", certificates.ca, *ours, "-quiet", "-no_ign_eof")
    assert client.stdin is not None
    assert client.stdout is not None
    client.stdin.write(b"it is me\n")

    assert b"it is me\n" == await asyncio.wait_for(client.stdout.readline(), 20)


async def test_openssl_may_not_renegotiate(listen: Listen, openssl: OpenSsl, certificates: Certificates) -> None:
    """Nor speak an old version."""
    port = await listen()
    client = await openssl("s_client", "-connect", f"127.0.0.1:{port}", "-CAfile", certificates.ca, "-tls1_2")
    said, errors = await asyncio.wait_for(client.communicate(b"R\n"), 20)
    assert b"RENEGOTIATING" in said + errors
    assert b"no renegotiation" in said + errors

    old = await openssl("s_client", "-connect", f"127.0.0.1:{port}", "-tls1_1", "-cipher", "ALL:@SECLEVEL=0")
    _, errors = await asyncio.wait_for(old.communicate(), 20)
    assert b"alert protocol version" in errors


def groups_of_the_howto() -> str:
    """The file of OpenSSL's settings that `docs/howto/use-tls.md` shows."""
    page = Path(__file__).parents[2] / "docs" / "howto" / "use-tls.md"
    found = re.search(r"```ini\n(openssl_conf.*?)```", page.read_text(), re.DOTALL)
    assert found is not None
    return found[1]


_SERVE = """
import asyncio, sys
from pyboot.components.netty import EchoHandler, ServerBootstrap

async def main():
    server = await ServerBootstrap(ssl=True, certfile=sys.argv[1], keyfile=sys.argv[2]).child_handler(EchoHandler()).bind("127.0.0.1", 0)
    print(server.local_address()[1], flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


@pytest.mark.skipif(shutil.which("openssl") is None, reason="there is no openssl to be the client")
async def test_openssls_client_gets_the_groups_of_the_howto_alone(openssl: OpenSsl, certificates: Certificates, tmp_path: Path) -> None:
    """With the settings that the page shows, X25519, P-256 and P-384 are taken, X448 and P-521 are not."""
    settings = tmp_path / "openssl.cnf"
    settings.write_text(groups_of_the_howto())
    files = (str(certificates.certfile), str(certificates.keyfile))
    environment = {**os.environ, "OPENSSL_CONF": str(settings)}
    server = await asyncio.create_subprocess_exec(sys.executable, "-c", _SERVE, *files, stdout=PIPE, env=environment)
    assert server.stdout is not None
    try:
        port = int(await asyncio.wait_for(server.stdout.readline(), 30))
        taken = {}
        for group in ("X25519", "P-256", "P-384", "X448", "P-521"):
            client = await openssl("s_client", "-connect", f"127.0.0.1:{port}", "-CAfile", certificates.ca, "-brief", "-groups", group)
            _, said = await asyncio.wait_for(client.communicate(b""), 20)
            taken[group] = client.returncode == 0 and b"Verification: OK" in said
    finally:
        server.kill()
        await server.wait()

    assert {"X25519": True, "P-256": True, "P-384": True, "X448": False, "P-521": False} == taken


async def test_a_graceful_shutdown_sends_close_notify(certificates: Certificates) -> None:
    """A peer that is told to go must be able to tell that from a cut."""
    server = ServerBootstrap(ssl=True, certfile=certificates.certfile, keyfile=certificates.keyfile).child_handler(EchoHandler())
    port = (await server.bind("127.0.0.1", 0)).local_address()[1]
    hears = Hears()
    channel = await Bootstrap(ssl=True, ca=certificates.ca).handler(hears).connect("127.0.0.1", port)
    await channel.write_and_flush(b"hello")
    await hears.until(lambda: b"hello" == hears.heard)
    await server.shutdown_gracefully(0, 5)
    await hears.until(lambda: "inactive" in hears.events)

    assert ["SslHandshakeCompletionEvent done", "SslCloseCompletionEvent done", "inactive"] == hears.events


async def serving(process: Process) -> None:
    """Wait until OpenSSL's server says that it listens."""
    assert process.stdout is not None
    async with asyncio.timeout(20):
        while (line := await process.stdout.readline()) and b"ACCEPT" not in line:
            pass
    assert line


@pytest.mark.parametrize("version", ["-tls1_2", "-tls1_3"])
async def test_openssls_server(openssl: OpenSsl, certificates: Certificates, free_port: int, version: str) -> None:
    """It turns each line round; its end is told as an end and not as a cut."""
    ours = ("-cert", certificates.certfile, "-key", certificates.keyfile, version, "-rev")
    server = await openssl("s_server", "-accept", f"127.0.0.1:{free_port}", *ours)
    await serving(server)
    hears = Hears()
    channel = await Bootstrap(ssl=True, ca=certificates.ca).handler(hears).connect("localhost", free_port)
    await channel.write_and_flush(b"hello\n")
    await hears.until(lambda: b"olleh\n" == hears.heard)
    await channel.write_and_flush(b"CLOSE\n")
    await hears.until(lambda: "inactive" in hears.events)

    assert ["SslHandshakeCompletionEvent done", "SslCloseCompletionEvent done", "inactive"] == hears.events


async def test_pythons_client_sends_and_gets_a_mebibyte(listen: Listen, certificates: Certificates) -> None:
    """Of asyncio, with its own TLS; and its last word is answered."""
    port = await listen()
    context = ssl.create_default_context(cafile=certificates.ca)
    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context)

    async def send() -> None:
        for start in range(0, len(MEBIBYTE), 10_000):
            writer.write(MEBIBYTE[start : start + 10_000])
            await writer.drain()

    sending = asyncio.create_task(send())
    assert MEBIBYTE == await asyncio.wait_for(reader.readexactly(len(MEBIBYTE)), 20)
    await sending
    writer.close()
    await asyncio.wait_for(writer.wait_closed(), 20)


async def test_pythons_client_byte_by_byte(listen: Listen, certificates: Certificates) -> None:
    """A record each, both ways."""
    port = await listen()
    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=ssl.create_default_context(cafile=certificates.ca))
    for byte in b"one byte at a time":
        writer.write(bytes((byte,)))
        assert bytes((byte,)) == await asyncio.wait_for(reader.readexactly(1), 20)
    writer.close()
    await writer.wait_closed()


async def test_pythons_blocking_client_hears_our_last_word(listen: Listen, certificates: Certificates) -> None:
    """`unwrap` waits for it, and raises where there is none."""
    port = await listen()
    context = ssl.create_default_context(cafile=certificates.ca)

    def talk() -> bytes:
        with socket.create_connection(("127.0.0.1", port), 20) as plain, context.wrap_socket(plain, server_hostname="localhost") as secured:
            secured.sendall(b"hello")
            heard = secured.recv(5)
            secured.unwrap().close()
            return heard

    assert b"hello" == await asyncio.to_thread(talk)


async def test_pythons_server_sends_and_gets_a_mebibyte(certificates: Certificates) -> None:
    """Ours is the client, which writes at its ease: awaiting a write waits for room."""

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
        writer.close()

    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificates.certfile, certificates.keyfile)
    server = await asyncio.start_server(echo, "127.0.0.1", 0, ssl=context)
    hears = Hears()
    channel = await Bootstrap(ssl=True, ca=certificates.ca).handler(hears).connect("127.0.0.1", server.sockets[0].getsockname()[1])
    for start in range(0, len(MEBIBYTE), 10_000):
        await channel.write(MEBIBYTE[start : start + 10_000])
    await hears.until(lambda: len(hears.heard) == len(MEBIBYTE))
    assert MEBIBYTE == hears.heard
    await channel.close()
    server.close()
    await server.wait_closed()


@pytest.mark.parametrize(
    "sent", [b"GET / HTTP/1.1\r\n\r\n", b"SSH-2.0-x\r\n", b"\x00\x00\x00\x00", b"PROXY TCP4 127.0.0.1 127.0.0.1 1 2\r\n"]
)
async def test_a_peer_that_speaks_something_else_is_left_at_once(listen: Listen, sent: bytes, caplog: pytest.LogCaptureFixture) -> None:
    """With one line in the log; the server goes on."""
    port = await listen()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(sent)
    assert b"" == await asyncio.wait_for(reader.read(), 1)
    writer.close()
    await writer.wait_closed()

    assert 1 == len([record for record in caplog.records if "which is no TLS" in record.getMessage()])
    assert [] == [record for record in caplog.records if record.exc_info]


async def test_a_peer_that_only_looks_is_no_news(listen: Listen, certificates: Certificates, caplog: pytest.LogCaptureFixture) -> None:
    """A probe of a balancer connects and leaves."""
    port = await listen()
    for _ in range(20):
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.close()
        await writer.wait_closed()
    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=ssl.create_default_context(cafile=certificates.ca))
    writer.write(b"still there")
    assert b"still there" == await asyncio.wait_for(reader.readexactly(11), 20)
    writer.close()
    await writer.wait_closed()

    assert [] == [record.getMessage() for record in caplog.records if record.levelname in ("WARNING", "ERROR")]


async def test_a_peer_that_is_still_sending_hears_why_it_is_refused(listen: Listen, certificates: Certificates) -> None:
    """In TLS 1.3 a client sends before it can know; a reset would take the alert away from it."""
    port = await listen(ca=certificates.ca)
    context = ssl.create_default_context(cafile=certificates.ca)

    def talk() -> str | None:
        with socket.create_connection(("127.0.0.1", port), 20) as plain, context.wrap_socket(plain, server_hostname="localhost") as secured:
            try:
                for _ in range(20):
                    secured.sendall(b"x" * 10_000)
                secured.recv(1)
            except ssl.SSLError as error:
                return error.reason
        return None

    assert ["TLSV13_ALERT_CERTIFICATE_REQUIRED"] * 5 == [await asyncio.to_thread(talk) for _ in range(5)]
