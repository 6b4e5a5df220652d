"""Claims: a command of Redis costs our server no more than Netty's codec, PING twice what it costs redis-server; our client costs a third.

All by processor time, in one run and in turn: redis-benchmark with sixteen commands in flight on each of fifty connections asks the
key-value server of docs/examples/redis_server, the same of Netty, and redis-server; our client and redis-py, its parser hiredis, ask
redis-server.
"""

import importlib.util
import shutil
import socket
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

HERE = Path(__file__).parent
EXAMPLE = HERE.parents[1] / "docs/examples/redis_server"
NETTY = HERE / "peers" / "RedisServer.java"
_JARS = [*NETTY_JARS, JARS / "netty-codec-redis.jar"]
COUNT, ROUNDS = 200_000, 5


def require(*programs: str) -> None:
    """Skip, with the reason, where a program or what measures it is missing here."""
    if not Path("/proc/self/schedstat").exists():
        pytest.skip("processor time is read from /proc/PID/task/*/schedstat, which Linux has")
    if core_info().form != "compiled":
        pytest.skip("the claim is of the compiled core")
    for program in programs:
        if shutil.which(program) is None:
            package = {"java": "default-jdk-headless", "javac": "default-jdk-headless"}.get(program, "redis-server redis-tools")
            pytest.skip(f"no {program} here; Debian: apt install {package}")
    if "java" in programs and (missing := [jar.name for jar in _JARS if not jar.exists()]):
        pytest.skip(f"{JARS} has no {', '.join(missing)}; Debian: apt install libnetty-java")


def command_of(peer: str) -> list[str]:
    """How the server is started, its port as the first line or the last argument."""
    if peer == "netty":
        path = ":".join(map(str, _JARS))
        classes = build_once("java-redis", NETTY.read_bytes(), lambda to: run_tool("javac", "-cp", path, "-d", to, NETTY))
        return ["java", "-Xms512m", "-Xmx512m", "-Dio.netty.leakDetection.level=disabled", "-cp", f"{classes}:{path}", "RedisServer"]
    if peer == "redis-server":
        return ["redis-server", "--save", "", "--bind", "127.0.0.1", "--dir", "/tmp", "--port", str(_free_port())]
    return [sys.executable, "server.py", "0"]


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextmanager
def serving(peer: str) -> Iterator[tuple[int, int]]:
    """The process of a server, by its number, and its port; all of it on one core."""
    command = command_of(peer)
    with pinned(Cores.choose().server):
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=EXAMPLE)
    with process:
        try:
            assert process.stdout is not None
            port = int(command[-1] if peer == "redis-server" else process.stdout.readline().rpartition(":")[2])
            _until_listening(port)
            yield process.pid, port
        finally:
            process.kill()
            process.wait(20)


def cost(pid: int, port: int, test: str, count: int) -> float:
    """The seconds of its processor that a server needs for one command."""
    command = ["redis-benchmark", "-p", str(port), "-t", test, "-n", str(count), "-P", "16", "-c", "50", "-q"]
    began = _processor_seconds(pid)
    with pinned(Cores.choose().load):
        told = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout
    spent = _processor_seconds(pid) - began
    assert "requests per second" in told, told
    assert "rror" not in told, told
    return spent / count


def times(test: str, peers: Sequence[str]) -> dict[str, float]:
    """How much more each of *peers* costs than the first: the median of the rounds."""
    found: dict[str, list[float]] = {peer: [] for peer in peers}
    with ExitStack() as stack:
        servers = {peer: stack.enter_context(serving(peer)) for peer in peers}
        for peer, server in servers.items():
            cost(*server, test, 10 * COUNT if peer == "netty" else COUNT // 4)  # warm: Java compiles while it runs
        for _ in range(ROUNDS):
            for peer, server in servers.items():
                found[peer].append(cost(*server, test, COUNT))
    own = found[peers[0]]
    middle = {peer: statistics.median(each / mine for each, mine in zip(costs, own, strict=True)) for peer, costs in found.items()}
    for peer, costs in found.items():
        print(f"{test}, {peer}: {statistics.median(costs) * 1e6:.2f} us a command, {middle[peer]:.2f} x {peers[0]}")
    return middle


@pytest.mark.parametrize("test", ["ping_mbulk", "set", "get"])
def test_a_server_against_netty_and_redis(test: str) -> None:
    """As cheap as Netty's codec in the same server, and PING at most twice what redis-server itself takes."""
    require("redis-benchmark", "redis-server", "java", "javac")
    middle = times(test, ("pyboot", "netty", "redis-server"))

    assert middle["netty"] >= 1.0
    if test == "ping_mbulk":
        assert middle["redis-server"] >= 0.5


@pytest.mark.parametrize("depth", [2, 100])
def test_a_client_against_redis_py(depth: int) -> None:
    """A third of the processor time, of pipelines of a hundred; of two in flight it is the system's own work for the most part."""
    require("redis-server")
    if importlib.util.find_spec("redis") is None or importlib.util.find_spec("hiredis") is None:
        pytest.skip("redis-py or hiredis is not installed")
    found: dict[str, list[float]] = {"pyboot": [], "redis-py": []}
    with serving("redis-server") as (_, port):
        for _ in range(ROUNDS):
            for peer, costs in found.items():
                command = [sys.executable, str(HERE / "redis_client_peer.py"), peer, str(port), str(depth), str(400 * depth)]
                with pinned(Cores.choose().load):
                    costs.append(float(subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout))
    ratio = statistics.median(other / own for own, other in zip(found["pyboot"], found["redis-py"], strict=True))
    for peer, costs in found.items():
        print(f"{depth} in flight, {peer}: {statistics.median(costs) * 1e6:.2f} us a command")
    print(f"{depth} in flight: redis-py costs {ratio:.2f} x ours")
    if depth == 100:
        assert ratio >= 3.0
