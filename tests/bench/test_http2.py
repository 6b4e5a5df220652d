"""Claim: a hello over HTTP/2 costs a fifth of what it costs hypercorn at most. Aim: no more than it costs Netty's own HTTP/2."""

import importlib.util
import re
import shutil
import statistics
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from pyboot.cli.bench.cache import build_once, run_tool
from pyboot.cli.bench.machine import Cores, pinned
from pyboot.cli.bench.peer import JARS, NETTY_JARS
from pyboot.components.netty.core import core_info

from .hello import _processor_seconds, _until_listening

pytestmark = pytest.mark.bench

PROGRAM = Path(__file__).parent / "http2_server.py"
NETTY = Path(__file__).parent / "peers" / "Http2Hello.java"
# Requests of a round: as many as take about a second, for h2load waits for each of hypercorn's.
EACH, OF_HYPERCORN, ROUNDS = 20_000, 1_000, 5
_JARS = [*NETTY_JARS, *(JARS / f"netty-codec-{name}.jar" for name in ("http", "http2"))]


def require(peer: str) -> None:
    """Skip, with the reason, where *peer* or what measures it is missing here."""
    if not Path("/proc/self/schedstat").exists():
        pytest.skip("processor time is read from /proc/PID/task/*/schedstat, which Linux has")
    if shutil.which("h2load") is None:
        pytest.skip("no h2load here; Debian: apt install nghttp2-client")
    if core_info().form != "compiled":
        pytest.skip("the claim is of the compiled core")
    if peer == "netty":
        if shutil.which("java") is None or shutil.which("javac") is None:
            pytest.skip("no javac here; Debian: apt install default-jdk-headless libnetty-java")
        if missing := [jar.name for jar in _JARS if not jar.exists()]:
            pytest.skip(f"{JARS} has no {', '.join(missing)}; Debian: apt install libnetty-java")
    elif importlib.util.find_spec(peer) is None:
        pytest.skip(f"{peer} is not installed")


@contextmanager
def serving(peer: str) -> Iterator[tuple[int, int]]:
    """The process of a server, by its number, and its port; all of it on one core."""
    if peer == "netty":
        path = ":".join(map(str, _JARS))
        classes = build_once("java-http2", NETTY.read_bytes(), lambda to: run_tool("javac", "-cp", path, "-d", to, NETTY))
        options = ["-Xms512m", "-Xmx512m", "-Dio.netty.leakDetection.level=disabled"]
        command = ["java", *options, "-cp", f"{classes}:{path}", "Http2Hello"]
    else:
        command = [sys.executable, str(PROGRAM), peer]
    with pinned(Cores.choose().server):
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=PROGRAM.parent)
    with process:
        try:
            assert process.stdout is not None
            port = int(process.stdout.readline())
            _until_listening(port)
            yield process.pid, port
        finally:
            process.terminate()
            process.wait(20)


def cost(pid: int, port: int, requests: int) -> float:
    """The seconds of its processor that a server needs for one request, of ten connections with a hundred streams each."""
    command = ["h2load", f"-n{requests}", "-c10", "-m100", "-t1", f"http://127.0.0.1:{port}/"]
    began = _processor_seconds(pid)
    with pinned(Cores.choose().load):
        told = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout
    spent = _processor_seconds(pid) - began
    assert f"{requests} succeeded, 0 failed, 0 errored, 0 timeout" in told, told
    assert re.search(rf"{requests} 2xx", told), told
    return spent / requests


def times(peers: Sequence[str]) -> float:
    """How much more the second of *peers* costs than the first, in one run and in turn: the median of the rounds."""
    require(peers[1])
    found: dict[str, list[float]] = {peer: [] for peer in peers}
    with ExitStack() as stack:
        servers = {peer: stack.enter_context(serving(peer)) for peer in peers}
        for peer, server in servers.items():
            cost(*server, {"netty": 20 * EACH, "hypercorn": OF_HYPERCORN}.get(peer, EACH // 4))  # warm: Java compiles while it runs
        for _ in range(ROUNDS):
            for peer, server in servers.items():
                found[peer].append(cost(*server, EACH if peer != "hypercorn" else OF_HYPERCORN))
    for peer, costs in found.items():
        print(f"{peer}: {statistics.median(costs) * 1e6:.1f} us a request")
    return statistics.median(other / own for own, other in zip(found[peers[0]], found[peers[1]], strict=True))


def test_against_hypercorn() -> None:
    """Five times is asked; it was fourteen, and half of that is held."""
    assert times(("pyboot", "hypercorn")) >= 7


def test_against_netty() -> None:
    """A fifth, at least: the aim, once, is not reached, and where the time goes is told in docs/design/http2.md."""
    assert times(("pyboot", "netty")) >= 0.2
