"""What a hello over HTTP costs a server: its own processor time for each request, while 64 connections of wrk ask it."""

import importlib.util
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from pyboot.cli.bench.cache import build_once, run_tool
from pyboot.cli.bench.machine import Cores, pinned
from pyboot.cli.bench.peer import JARS, NETTY_JARS
from pyboot.components.netty.core import core_info

PROGRAM = Path(__file__).parent / "http_server.py"
NETTY = Path(__file__).parent / "peers" / "HttpHello.java"
PIPELINED = Path(__file__).parent / "pipelined.lua"
CONNECTIONS, SECONDS, ROUNDS = 64, 1, 5
REQUEST = b"GET / HTTP/1.1\r\nHost: 127.0.0.1:8000\r\n\r\n"
BODY = b"Hello, World!"


def require(*peers: str) -> None:
    """Skip, with the reason, where a peer or what measures it is missing here."""
    if not Path("/proc/self/schedstat").exists():
        pytest.skip("processor time is read from /proc/PID/task/*/schedstat, which Linux has")
    if shutil.which("wrk") is None:
        pytest.skip("no wrk here, which asks faster than these servers answer; Debian: apt install wrk")
    if "netty" in peers:
        if shutil.which("java") is None or shutil.which("javac") is None:
            pytest.skip("no javac here; Debian: apt install default-jdk-headless libnetty-java")
        if missing := [jar.name for jar in _jars() if not jar.exists()]:
            pytest.skip(f"{JARS} has no {', '.join(missing)}; Debian: apt install libnetty-java")
    for package in {"uvicorn", "granian", "httptools"} & {*peers, *(["httptools"] if "uvicorn" in peers else [])}:
        if importlib.util.find_spec(package) is None:
            pytest.skip(f"{package} is not installed: uv run --with uvicorn --with httptools --with granian pytest -m bench tests/bench")
    if any(peer.startswith("pyboot") and not peer.endswith("pure") for peer in peers) and core_info().form != "compiled":
        pytest.skip("the claim is of the compiled core")


def ratios(peers: Sequence[str], depth: int) -> dict[str, float]:
    """How much more each of *peers* costs than the first, in one run and in turn: the median of the rounds."""
    require(*peers)
    found: dict[str, list[float]] = {peer: [] for peer in peers}
    with ExitStack() as stack:
        servers = {peer: stack.enter_context(serving(peer)) for peer in peers}
        for peer, server in servers.items():
            cost(*server, depth, 6 if peer == "netty" else SECONDS)  # warm: Java compiles while it runs
        for _ in range(ROUNDS):
            for peer, server in servers.items():
                found[peer].append(cost(*server, depth, SECONDS))
    first = found[peers[0]]
    middle = {peer: statistics.median(each / own for each, own in zip(costs, first, strict=True)) for peer, costs in found.items()}
    for peer, costs in found.items():
        print(f"{peer}, {depth} in flight: {statistics.median(costs) * 1e6:.2f} us, {middle[peer]:.2f} x {peers[0]}")
    return middle


@contextmanager
def serving(peer: str) -> Iterator[tuple[int, int]]:
    """The process of a server, by its number, and its port; all of it on one core."""
    command = _netty() if peer == "netty" else [sys.executable, str(PROGRAM), peer.removesuffix("-pure")]
    variables = {key: value for key, value in os.environ.items() if key != "PYBOOT_PURE"}
    if peer.endswith("-pure"):
        variables["PYBOOT_PURE"] = "1"
    with pinned(Cores.choose().server):
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=variables, cwd=PROGRAM.parent)
    with process:
        try:
            assert process.stdout is not None
            port = int(process.stdout.readline())
            _until_listening(port)
            yield process.pid, port
        finally:
            process.terminate()
            process.wait(20)


def _netty() -> list[str]:
    path = ":".join(map(str, _jars()))
    classes = build_once("java-http", NETTY.read_bytes(), lambda to: run_tool("javac", "-cp", path, "-d", to, NETTY))
    options = ["-Xms512m", "-Xmx512m", "-Dio.netty.leakDetection.level=disabled"]
    return ["java", *options, "-cp", f"{classes}:{path}", "HttpHello"]


def _jars() -> list[Path]:
    return [*NETTY_JARS, JARS / "netty-codec-http.jar"]


def _until_listening(port: int) -> None:
    end = time.monotonic() + 30
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            assert time.monotonic() < end, f"nobody listens on {port}"
            time.sleep(0.05)  # of servers that tell nobody when they listen
        else:
            return


def cost(pid: int, port: int, depth: int, seconds: int) -> float:
    """The seconds of its processor that a server needs for one request; one answer is looked at, of the others their status and end."""
    with socket.create_connection(("127.0.0.1", port)) as client:
        client.sendall(REQUEST)
        answer = b""
        while not answer.endswith(BODY):
            answer += client.recv(4096)
        assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    command = [
        "wrk",
        "-t1",
        f"-c{CONNECTIONS}",
        f"-d{seconds}s",
        *(["-s", str(PIPELINED)] if depth > 1 else []),
        f"http://127.0.0.1:{port}/",
    ]
    began = _processor_seconds(pid)
    with pinned(Cores.choose().load):
        told = subprocess.run([*command, "--", str(depth)], capture_output=True, text=True, check=True, timeout=60).stdout
    spent = _processor_seconds(pid) - began
    answered = re.search(r"(\d+) requests in", told)
    assert answered, told
    assert "Socket errors" not in told, told
    assert "Non-2xx" not in told, told
    return spent / int(answered[1])


def _processor_seconds(pid: int) -> float:
    """Of all threads of the process and of those that it has started."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    own = sum(int((task / "schedstat").read_text().split()[0]) for task in Path(f"/proc/{pid}/task").iterdir()) / 1e9
    return own + sum(_processor_seconds(int(child)) for child in children)
