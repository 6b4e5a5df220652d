"""Claim: a WebSocket echo costs the server no more than with picows, and a fraction of what it costs with websockets, both on uvloop."""

import importlib.util
import selectors
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pyboot.components.netty.core import core_info
from pyboot.components.netty.wire.websocket.frame import TextWebSocketFrame
from pyboot.components.netty.wire.websocket.writer import WebSocketFrameWriter

pytestmark = pytest.mark.bench

PROGRAM = Path(__file__).parent / "websocket_echo.py"
CONNECTIONS, SECONDS, ROUNDS = 64, 0.5, 5
REQUEST = (
    b"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


@contextmanager
def serving(peer: str) -> Iterator[tuple[int, int]]:
    """The process of a server, by its number, and its port."""
    with subprocess.Popen([sys.executable, PROGRAM, peer], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield process.pid, int(process.stdout.readline())
        finally:
            process.kill()


def processor_seconds(pid: int) -> float:
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9


def cost(pid: int, port: int, size: int, in_flight: int) -> float:
    """The seconds of its processor that a server needs for one message; all that comes back is compared."""
    frame = TextWebSocketFrame("x" * size)
    sent = b"".join(WebSocketFrameWriter(masked=True).encode(frame)) * in_flight
    expected = b"".join(WebSocketFrameWriter(masked=False).encode(frame)) * in_flight
    clients = []
    for _ in range(CONNECTIONS):
        client = socket.create_connection(("127.0.0.1", port))
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        client.sendall(REQUEST)
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += client.recv(4096)
        clients.append(client)
    with selectors.DefaultSelector() as selector:
        for client in clients:
            selector.register(client, selectors.EVENT_READ, bytearray())
            client.sendall(sent)
        answered, began, end = 0, processor_seconds(pid), time.perf_counter() + SECONDS
        while time.perf_counter() < end:
            for key, _ in selector.select(1):
                heard: bytearray = key.data
                heard += key.fileobj.recv(1 << 20)  # type: ignore[union-attr]  # a socket
                if len(heard) >= len(expected):
                    assert expected == heard
                    heard.clear()
                    answered += in_flight
                    key.fileobj.sendall(sent)  # type: ignore[union-attr]  # as above
        spent = processor_seconds(pid) - began
    for client in clients:
        client.close()
    return spent / answered


# The least that is claimed, by size and number in flight: times what picows does with a second of the processor, and times websockets.
# One in flight is the system's own work for the most part, and picows goes past the loop's transport, into the socket.
CLAIMS = [(16, 1, 0.8, 1.4), (16, 64, 4.0, 10.0), (1024, 1, 0.8, 1.3), (1024, 64, 2.0, 6.0)]


@pytest.mark.parametrize(("size", "in_flight", "of_picows", "of_websockets"), CLAIMS)
@pytest.mark.parametrize("ours", ["pyboot", "pyboot-async"])
def test_an_echo(ours: str, size: int, in_flight: int, of_picows: float, of_websockets: float) -> None:
    """By processor time of the server, in one run and in turn; a coroutine handler does at least half of a plain one."""
    if core_info().form != "compiled":
        pytest.skip("the claim is of the compiled core")
    if importlib.util.find_spec("picows") is None:
        pytest.skip("picows is not installed: uv run --with picows pytest -m bench tests/bench/test_websocket.py")
    if not Path("/proc/self/schedstat").exists():
        pytest.skip("processor time is read from /proc/PID/schedstat, which Linux has")
    ratios: dict[str, list[float]] = {"picows": [], "websockets": []}
    with serving(ours) as mine, serving("picows") as picows, serving("websockets") as websockets:
        for server in (mine, picows, websockets):
            cost(*server, size, in_flight)  # warm
        for _ in range(ROUNDS):
            own = cost(*mine, size, in_flight)
            ratios["picows"].append(cost(*picows, size, in_flight) / own)
            ratios["websockets"].append(cost(*websockets, size, in_flight) / own)
    middle = {peer: statistics.median(each) for peer, each in ratios.items()}
    print(f"{ours}, {size} B, {in_flight} in flight: {middle['picows']:.2f} x picows, {middle['websockets']:.2f} x websockets")
    share = 1.0 if ours == "pyboot" else 0.5
    assert middle["picows"] >= of_picows * share
    assert middle["websockets"] >= of_websockets * share
