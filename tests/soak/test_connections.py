"""Connections by the thousand and by the million: those that fail in their handshake, those that come and go, those that stay."""

import asyncio
import signal
import socket
import ssl
import struct
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import pytest
import trustme

from pyboot.cli.bench.machine import allow_many_files
from pyboot.components.netty import EchoHandler, ServerBootstrap, SslHandler, loop_factory

from .conftest import Flatness, resident_bytes, sizes

pytest.importorskip("uvloop", reason="the loop that servers run on")

NO_LINGER = struct.pack("ii", 1, 0)  # no port of ours waits for its time to be over

HOLDING = """
import asyncio
from pyboot.cli.bench.machine import allow_many_files
from pyboot.components.netty import EchoHandler, ServerBootstrap
allow_many_files()
bootstrap = ServerBootstrap().child_handler(lambda channel: channel.pipeline().add_last(EchoHandler()))
bootstrap.address("127.0.0.1", 0).when_connect_success(lambda _, server: print(server.local_address()[1], flush=True))
bootstrap.grace(10)
"""


def client_hello(maximum: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3) -> bytes:
    """The first bytes of a client."""
    context = ssl.create_default_context()
    context.maximum_version = maximum
    out = ssl.MemoryBIO()
    shaking = context.wrap_bio(ssl.MemoryBIO(), out, server_hostname="server.test")
    with pytest.raises(ssl.SSLWantReadError):
        shaking.do_handshake()
    return out.read()


HELLO = client_hello()
FAILING = (
    b"GET / HTTP/1.1\r\n\r\n",  # no TLS at all
    HELLO[:9] + b"\x03\x00" + HELLO[11:60],  # a hello that is cut, and whose client resets
    HELLO,  # a client that resets when it has seen the server's part
    HELLO[:5] + b"\xff" + HELLO[6:],  # a message that is none
)


async def come_and_go(address: Any, first: bytes, *, waits: bool) -> None:
    """Connect, say something, hear what there is to hear, and reset."""
    loop = asyncio.get_running_loop()
    with socket.socket() as sock:
        sock.setblocking(False)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_LINGER)
        await loop.sock_connect(sock, address)
        if first:
            await loop.sock_sendall(sock, first)
        if waits:
            try:
                await loop.sock_recv(sock, 4096)
            except ConnectionError:
                return


async def storm(bootstrap: ServerBootstrap, size: int, flatness: Flatness, says: tuple[bytes, ...]) -> dict[str, int]:
    """Let *size* clients come and go, forty at a time; return what the server has counted of them."""
    server = await bootstrap.bind("127.0.0.1", 0)
    address = server.local_address()[:2]
    every = max(1, size // 40 // 40)
    for number in range(max(1, size // 40)):
        await asyncio.gather(*(come_and_go(address, says[each % len(says)], waits=each % len(says) != 1) for each in range(40)))
        if number % every == 0:
            while server.connections:  # noqa: ASYNC110  # the last ones are still to be noticed
                await asyncio.sleep(0)
            flatness.sample()
    await bootstrap.shutdown_gracefully(0, 5)
    flatness.sample()
    return server.peer_faults()


@sizes(400, 1_000_000)
def test_failed_handshakes_leave_nothing(size: int, tell: Callable[[str], None]) -> None:
    """A million, of four kinds: no TLS, a broken hello, a reset in the middle, a changed message."""
    authority = trustme.CA()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("server.test").configure_cert(context)
    bootstrap = ServerBootstrap().child_handler(
        lambda channel: channel.pipeline().add_last(SslHandler(context, server_side=True), EchoHandler())
    )
    flatness, began = Flatness(), time.monotonic()
    with asyncio.Runner(loop_factory=loop_factory("uvloop")) as runner:
        faults = runner.run(storm(bootstrap, size, flatness, FAILING))
    assert faults.get("SslHandshakeError", 0) >= size // 4, faults  # it is handshakes that have failed, not our set-up
    flatness.check(tell, f"{size} failed handshakes in {time.monotonic() - began:.0f} s")


@sizes(2_000, 500_000)
def test_connections_that_come_and_go_leave_nothing(size: int, tell: Callable[[str], None]) -> None:
    """Half a million: each says a word, hears it, and is reset; or says nothing."""
    bootstrap = ServerBootstrap().child_handler(lambda channel: channel.pipeline().add_last(EchoHandler()))
    flatness, began = Flatness(), time.monotonic()
    with asyncio.Runner(loop_factory=loop_factory("uvloop")) as runner:
        runner.run(storm(bootstrap, size, flatness, (b"word", b"")))
    flatness.check(tell, f"{size} connections in {time.monotonic() - began:.0f} s")


@sizes(500, 10_000)
def test_many_connections_are_served_and_ended_in_order(size: int, tell: Callable[[str], None]) -> None:
    """Ten thousand at once: each is answered, twice; SIGTERM ends them all, and the process with 0."""
    allow_many_files()
    with subprocess.Popen([sys.executable, "-c", HOLDING], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        before, began = resident_bytes(process.pid), time.monotonic()
        clients = []
        try:
            # A source has as many ports as there are; a queue of the kernel's takes as many as it takes: they come in small groups.
            for number in range(size):
                clients.append(socket.create_connection(("127.0.0.1", port), 60, (f"127.0.0.{1 + number // 5000}", 0)))
                clients[-1].sendall(b"word")
            for client in clients:
                assert b"word" == client.recv(4)
            came = time.monotonic() - began
            each = (resident_bytes(process.pid) - before) / size
            for client in clients:
                client.sendall(b"more")
            for client in clients:
                assert b"more" == client.recv(4)
            began = time.monotonic()
            process.send_signal(signal.SIGTERM)
            for client in clients:
                assert b"" == client.recv(1)
            assert 0 == process.wait(60)
            tell(f"{size} connections: came in {came:.1f} s, {each / 1024:.1f} KiB each, ended in {time.monotonic() - began:.1f} s")
            assert each < 25 * 1024
        finally:
            for client in clients:
                client.close()
            process.kill()
