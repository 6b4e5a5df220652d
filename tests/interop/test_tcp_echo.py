"""A line server in a process of its own, and clients that are plain sockets: bursts, and signals in the middle of them."""

import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.slow

SERVER = """
import asyncio, logging, sys
from pyboot.components.netty import ChannelHandler, LineBasedFrameDecoder, ServerBootstrap, StringDecoder, StringEncoder
logging.basicConfig(level=logging.INFO, format="%(message)s")

class Plain(ChannelHandler):
    def channel_read(self, ctx, line):
        ctx.write_and_flush(line + "\\n")

class Coroutine(ChannelHandler):
    async def channel_read(self, ctx, line):
        if line.endswith("7"):
            await asyncio.sleep(0)
        await ctx.write_and_flush(line + "\\n")

def assemble(channel):
    handler = {"plain": Plain, "coroutine": Coroutine}[sys.argv[1]]()
    channel.pipeline().add_last(LineBasedFrameDecoder(1024), StringDecoder(), StringEncoder(), handler)

ServerBootstrap().child_handler(assemble).address("127.0.0.1", 0).grace()
"""
LINES = 10_000
BURST = b"".join(b"line %d\n" % number for number in range(LINES))


@pytest.fixture(params=["plain", "coroutine"])
def server(request: pytest.FixtureRequest, serve: Callable[..., Any], tmp_path: Path) -> Any:
    """A server that answers each line with itself, by a handler of either kind."""
    return serve(sys.executable, "-c", SERVER, request.param, cwd=tmp_path)


@pytest.fixture
def client(server: Any) -> Iterator[socket.socket]:
    """A plain socket."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as sock:
        yield sock


def read_to_the_end(sock: socket.socket, into: bytearray) -> None:
    """Everything until the peer ends."""
    while data := sock.recv(65_536):
        into += data


def test_ten_thousand_lines_in_one_burst_come_back_complete_and_in_order(client: socket.socket) -> None:
    """While they are still being sent."""
    received = bytearray()
    reading = threading.Thread(target=read_to_the_end, args=(client, received))
    reading.start()

    client.sendall(BURST)
    client.shutdown(socket.SHUT_WR)
    reading.join(30)

    assert BURST == received


def test_ten_thousand_lines_come_back_to_a_client_that_first_sends_and_then_reads(client: socket.socket) -> None:
    """The server keeps what it cannot deliver yet, and stops reading when that is too much."""
    sending = threading.Thread(target=client.sendall, args=(BURST * 3,))
    sending.start()
    sending.join(1.0)
    received = bytearray()
    while len(received) < 3 * len(BURST):
        received += client.recv(65_536)
    sending.join(30)

    assert BURST * 3 == received


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_in_a_burst_loses_no_line_already_answered(server: Any, client: socket.socket, number: signal.Signals) -> None:
    """What came back is a whole number of lines from the start, the end is orderly, and the exit code is 0."""
    received = bytearray()
    endless = threading.Thread(target=send_for_ever, args=(client,))
    endless.start()
    while len(received) < 100_000:
        received += client.recv(65_536)

    server.process.send_signal(number)
    read_to_the_end(client, received)
    endless.join(30)
    server.finish()

    assert 0 == server.process.returncode
    assert received.endswith(b"\n")
    lines = len(received.splitlines())
    assert (BURST * (lines // LINES + 1))[: len(received)] == received


def send_for_ever(sock: socket.socket) -> None:
    """Burst after burst, until the server wants no more."""
    try:
        while True:
            sock.sendall(BURST)
    except OSError:
        return


def test_a_server_under_load_ends_within_seconds_of_a_second_signal(server: Any, client: socket.socket) -> None:
    """A client that takes nothing does not keep it."""
    sending = threading.Thread(target=send_for_ever, args=(client,))
    sending.start()
    sending.join(0.5)

    server.process.send_signal(signal.SIGTERM)
    sending.join(0.2)
    server.process.send_signal(signal.SIGTERM)
    server.finish()
    sending.join(30)

    assert 0 == server.process.returncode
