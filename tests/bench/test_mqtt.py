"""Claims: the codec of MQTT costs no more than Netty's own, and the example broker no more than so many times mosquitto, on one core.

All figures are processor time of the server, in one run and in turn, so that they say the same on a machine that is busy.
"""

import selectors
import shutil
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from pyboot.cli.bench.cache import build_once, run_tool
from pyboot.cli.bench.machine import Cores, pinned
from pyboot.cli.bench.peer import JARS, NETTY_JARS
from pyboot.components.netty.core import core_info

from .hello import _processor_seconds, _until_listening

pytestmark = pytest.mark.bench

ROOT = Path(__file__).resolve().parents[2]
ECHO = Path(__file__).parent / "mqtt_echo.py"
NETTY = Path(__file__).parent / "peers" / "MqttEcho.java"
BROKER = ROOT / "docs/examples/mqtt_broker"
SECONDS, ROUNDS = 0.5, 5
_JARS = [*NETTY_JARS, JARS / "netty-codec-mqtt.jar"]

type Cost = Callable[[int, int], float]


def require(peer: str) -> None:
    """Skip, with the reason, where *peer* or what measures it is missing here."""
    if not Path("/proc/self/schedstat").exists():
        pytest.skip("processor time is read from /proc/PID/task/*/schedstat, which Linux has")
    if core_info().form != "compiled":
        pytest.skip("the claim is of the compiled core")
    if peer == "netty":
        if shutil.which("java") is None or shutil.which("javac") is None:
            pytest.skip("no javac here; Debian: apt install default-jdk-headless libnetty-java")
        if missing := [jar.name for jar in _JARS if not jar.exists()]:
            pytest.skip(f"{JARS} has no {', '.join(missing)}; Debian: apt install libnetty-java")
    elif mosquitto() is None:
        pytest.skip("no mosquitto here; Debian: apt install mosquitto")


def mosquitto() -> str | None:
    """Where mosquitto is."""
    return shutil.which("mosquitto", path="/usr/local/sbin:/usr/sbin:/usr/local/bin:/usr/bin")


@contextmanager
def serving(peer: str, folder: Path) -> Iterator[tuple[int, int]]:
    """The process of a server, by its number, and its port; all of it on one core."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    cwd = folder
    if peer == "netty":
        path = ":".join(map(str, _JARS))
        classes = build_once("java-mqtt", NETTY.read_bytes(), lambda to: run_tool("javac", "-cp", path, "-d", to, NETTY))
        options = ["-Xms512m", "-Xmx512m", "-Dio.netty.leakDetection.level=disabled"]
        command = ["java", *options, "-cp", f"{classes}:{path}", "MqttEcho"]
    elif peer == "mosquitto":
        settings = folder / "mosquitto.conf"
        settings.write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\nset_tcp_nodelay true\nuser root\nlog_type none\n")
        command = [str(mosquitto()), "-c", str(settings)]
    elif peer == "broker":
        command = [sys.executable, "app.py", f"--netty.servers.mqtt.port={port}", "--logging.level.root=ERROR"]
        cwd = BROKER
    else:
        command = [sys.executable, str(ECHO)]
    with pinned(Cores.choose().server):
        tells = peer in ("netty", "pyboot")
        process = subprocess.Popen(command, stdout=subprocess.PIPE if tells else subprocess.DEVNULL, text=True, cwd=cwd)
    with process:
        try:
            if process.stdout is not None:
                port = int(process.stdout.readline())
            _until_listening(port)
            yield process.pid, port
        finally:
            process.terminate()
            process.wait(20)


def publish(topic: bytes, payload: bytes, qos: int = 0, packet_id: int = 0) -> bytes:
    """PUBLISH of 3.1.1."""
    body = len(topic).to_bytes(2, "big") + topic + (packet_id.to_bytes(2, "big") if qos else b"") + payload
    size = bytes((len(body),)) if len(body) < 128 else bytes((len(body) & 127 | 128, len(body) >> 7))
    return bytes((0x30 | qos << 1,)) + size + body


def connected(port: int, name: str = "", subscribed: bytes = b"") -> socket.socket:
    """A socket to a server; with a *name*, a session of a broker is open, and *subscribed* is what it gets."""
    client = socket.create_connection(("127.0.0.1", port))
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    client.settimeout(30)
    if name:
        client.sendall(bytes((0x10, 12 + len(name))) + b"\0\x04MQTT\x04\x02\0\0" + len(name).to_bytes(2, "big") + name.encode())
        assert b"\x20\x02\0\0" == client.recv(4)
    if subscribed:
        client.sendall(bytes((0x82, 5 + len(subscribed))) + b"\0\x01" + len(subscribed).to_bytes(2, "big") + subscribed + b"\0")
        assert b"\x90\x03\0\x01\0" == client.recv(5)
    return client


def exchange(pid: int, clients: list[socket.socket], sent: bytes, expected: bytes, messages: int) -> float:
    """The seconds of its processor that a server needs for a message, of *clients* that send *sent* and get *expected*, again and again."""
    with selectors.DefaultSelector() as selector:
        for client in clients:
            selector.register(client, selectors.EVENT_READ, bytearray())
            client.sendall(sent)
        answered, began, end = 0, _processor_seconds(pid), time.perf_counter() + SECONDS
        while time.perf_counter() < end:
            for key, _ in selector.select(1):
                heard: bytearray = key.data
                heard += key.fileobj.recv(1 << 20)  # type: ignore[union-attr]  # a socket
                if len(heard) >= len(expected):
                    assert expected == heard
                    heard.clear()
                    answered += messages
                    key.fileobj.sendall(sent)  # type: ignore[union-attr]  # as above
        spent = _processor_seconds(pid) - began
    for client in clients:
        client.close()
    return spent / answered


def echo(size: int) -> Cost:
    """Messages of QoS 0 whose payload has *size* bytes, 64 in flight on each of 16 connections."""
    packets = publish(b"devices/17/temperature", b"x" * size) * 64
    return lambda pid, port: exchange(pid, [connected(port) for _ in range(16)], packets, packets, 64)


def acknowledged(pid: int, port: int) -> float:
    """Messages of QoS 1 to nobody, 20 in flight on each of 16 connections."""
    sent = b"".join(publish(b"devices/17/temperature", b"x" * 32, 1, number) for number in range(1, 21))
    expected = b"".join(b"\x40\x02" + number.to_bytes(2, "big") for number in range(1, 21))
    return exchange(pid, [connected(port, f"publisher-{number}") for number in range(16)], sent, expected, 20)


def fanned_out(pid: int, port: int) -> float:
    """Messages of QoS 0 that are delivered: of one publisher, 20 at a time, to 50 subscribers."""
    subscribers = [connected(port, f"subscriber-{number}", b"devices/#") for number in range(50)]
    publisher = connected(port, "publisher")
    packets = publish(b"devices/17/temperature", b"x" * 32) * 20
    delivered, began, end = 0, _processor_seconds(pid), time.perf_counter() + SECONDS
    while time.perf_counter() < end:
        publisher.sendall(packets)
        for subscriber in subscribers:
            heard = b""
            while len(heard) < len(packets):
                heard += subscriber.recv(len(packets) - len(heard))
            assert packets == heard
        delivered += 20 * len(subscribers)
    spent = _processor_seconds(pid) - began
    for client in (publisher, *subscribers):
        client.close()
    return spent / delivered


def times(title: str, cost: Cost, peers: Sequence[str], folder: Path) -> float:
    """How much more the second of *peers* costs than the first: the median of the rounds; it prints the rates of one core."""
    require(peers[1])
    found: dict[str, list[float]] = {peer: [] for peer in peers}
    with ExitStack() as stack:
        servers = {peer: stack.enter_context(serving(peer, folder)) for peer in peers}
        for peer, server in servers.items():
            for _ in range(10 if peer == "netty" else 1):
                cost(*server)  # warm: Java compiles while it runs
        for _ in range(ROUNDS):
            for peer, server in servers.items():
                found[peer].append(cost(*server))
    told = ", ".join(f"{peer} {1 / statistics.median(costs):,.0f}" for peer, costs in found.items())
    ratio = statistics.median(other / own for own, other in zip(found[peers[0]], found[peers[1]], strict=True))
    print(f"{title}: messages a second of one core: {told}; {ratio:.2f} times")
    return ratio


@pytest.mark.parametrize(("size", "wanted"), [(16, 1.0), (1024, 0.8)])
def test_the_codec_against_netty(size: int, wanted: float, tmp_path: Path) -> None:
    """Decoded, made anew, encoded."""
    assert times(f"echo of {size} B", echo(size), ("pyboot", "netty"), tmp_path) >= wanted


def test_fan_out_against_mosquitto(tmp_path: Path) -> None:
    """QoS 0, one publisher and fifty subscribers, by messages delivered."""
    assert times("QoS 0 fan-out", fanned_out, ("broker", "mosquitto"), tmp_path) >= 1.0


def test_publishing_against_mosquitto(tmp_path: Path) -> None:
    """QoS 1, with its acknowledgement, to nobody."""
    assert times("QoS 1 publish", acknowledged, ("broker", "mosquitto"), tmp_path) >= 0.3
