"""Claim: the container adds little to what a start costs anyway, in time and in memory."""

import asyncio
import os
import random
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from pyboot.boot import Component, Import, PyBootApplication, prepare
from pyboot.components.netty import core_info

pytestmark = pytest.mark.bench

ROOT = Path(__file__).resolve().parents[2]

# the most memory this process has had, in KiB; what getrusage tells begins with the parent's
MEMORY = """
def memory():
    with open("/proc/self/status") as status:
        return int(next(line for line in status if line.startswith("VmHWM")).split()[1])
"""

FLOOR = (
    MEMORY
    + """
import asyncio
import pydantic_settings, yaml
from dependency_injector import providers

class Settings(pydantic_settings.BaseSettings):
    port: int = 0

async def main():
    providers.Singleton(Settings)()
    yaml.compose("a: 1", Loader=yaml.CSafeLoader)
    server = await asyncio.start_server(lambda reader, writer: None, "127.0.0.1", 0)
    print("ready", memory(), flush=True)

asyncio.run(main())
"""
)

HELLO = (
    MEMORY
    + """
import asyncio
from pyboot.boot import ApplicationReadyEvent, Component, EventListener, Phase, PyBootApplication, Shutdown, run

@Component
class Server:
    phase = Phase.SERVERS

    def __init__(self, shutdown: Shutdown) -> None:
        self.shutdown = shutdown

    async def start(self) -> None:
        self.server = await asyncio.start_server(lambda reader, writer: None, "127.0.0.1", 0)

    async def stop(self) -> None:
        self.server.close()

    @EventListener
    def ready(self, event: ApplicationReadyEvent) -> None:
        print("ready", memory(), flush=True)
        self.shutdown.request()

@PyBootApplication
class App: ...

run(App, ["--pyboot.main.loop=asyncio", "--pyboot.autoconfigure.enabled=false"])
"""
)

FASTAPI = (
    MEMORY
    + """
import asyncio, uvicorn
from fastapi import FastAPI

app = FastAPI()

class Server(uvicorn.Server):
    async def startup(self, sockets=None):
        await super().startup(sockets)
        print("ready", memory(), flush=True)
        self.should_exit = True

Server(uvicorn.Config(app, port=0, log_level="error", loop="asyncio")).run()
"""
)


NETWORK = (
    MEMORY
    + """
from pyboot.boot import ApplicationReadyEvent, Component, EventListener, PyBootApplication, Service, Shutdown
from pyboot.netty import ChannelHandler, ChannelHandlerBean, NettyServer, NettyServers

@PyBootApplication
class App: ...

@Service
class Greeter:
    def greet(self, name): return f"hello {name}"

@NettyServer(port=0)
class GreetServer:
    pipeline = ["line", "string"]

@ChannelHandlerBean()
class GreetHandler(ChannelHandler):
    def __init__(self, greeter: Greeter) -> None:
        self.greeter = greeter

    async def channel_read(self, ctx, name):
        ctx.write_and_flush(self.greeter.greet(name) + "\\n")

@Component
class Listening:
    def __init__(self, servers: NettyServers, shutdown: Shutdown) -> None:
        self.servers, self.shutdown = servers, shutdown

    @EventListener
    def ready(self, event: ApplicationReadyEvent) -> None:
        assert self.servers.address("greet")
        print("ready", memory(), flush=True)
        self.shutdown.request()
"""
)

RUN = "import sys; sys.argv = ['pyboot', 'run', 'network']; from pyboot.cli.__main__ import main; main()"


def ready(script: Path) -> tuple[float, int]:
    """Seconds from the start of the process to its word, and its memory then."""
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"}
    environment["PYTHONDONTWRITEBYTECODE"] = ""  # or our modules would be compiled in each round, and installed ones in none
    began = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, str(script)], cwd=script.parent, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdout is not None
        word, memory = process.stdout.readline().split()
        seconds = time.perf_counter() - began
    assert ("ready", 0) == (word, process.returncode)
    return seconds, int(memory)


def compared(folder: Path, own: str, other: str, rounds: int = 11) -> tuple[float, float]:
    """How much time and memory *own* takes, as a multiple of *other*; the two take turns."""
    scripts = [folder / "own.py", folder / "other.py"]
    for script, text in zip(scripts, (own, other), strict=True):
        script.write_text(text)
        ready(script)
    pairs = [(ready(scripts[0]), ready(scripts[1])) for _ in range(rounds)]
    times = statistics.median(first[0] / second[0] for first, second in pairs)
    memory = statistics.median(first[1] / second[1] for first, second in pairs)
    print(f"time x {times:.2f}, memory x {memory:.2f}")
    return times, memory


def test_a_hello_server_is_ready_near_the_floor(tmp_path: Path) -> None:
    """The floor: asyncio, the providers, pydantic-settings, yaml, and listening."""
    (tmp_path / "application.yaml").write_text("greeting: hello\n")
    times, memory = compared(tmp_path, HELLO, FLOOR)

    assert times <= 1.3
    assert memory <= 1.2


def test_a_hello_server_is_ready_before_fastapi_on_uvicorn(tmp_path: Path) -> None:
    """Which is what a small server in Python is made of otherwise."""
    pytest.importorskip("fastapi", reason="fastapi is not installed beside this project")
    pytest.importorskip("uvicorn", reason="uvicorn is not installed beside this project")

    assert compared(tmp_path, HELLO, FASTAPI)[0] < 1


def test_a_hello_server_with_the_network_is_ready_near_the_floor(tmp_path: Path) -> None:
    """`pyboot run` with the container, the network library, its settings, codecs and handlers, listening."""
    if core_info().form != "compiled":
        pytest.skip(f"the claim is about the compiled core, and this one is pure: {core_info().reason}")
    (tmp_path / "application.yaml").write_text("greeting: hello\n")
    (tmp_path / "network.py").write_text(NETWORK)
    times, memory = compared(tmp_path, RUN, FLOOR)

    assert times <= 1.3
    assert memory <= 1.2


def test_a_hello_server_with_the_network_is_ready_before_fastapi_on_uvicorn(tmp_path: Path) -> None:
    """As above: the whole of `pyboot run` against the least that serves with FastAPI."""
    pytest.importorskip("fastapi", reason="fastapi is not installed beside this project")
    pytest.importorskip("uvicorn", reason="uvicorn is not installed beside this project")
    (tmp_path / "network.py").write_text(NETWORK)

    assert compared(tmp_path, RUN, FASTAPI)[0] < 1


def test_a_thousand_beans_start_in_twice_their_constructors_and_a_tenth_of_a_second() -> None:
    """Reading their hints, checking the graph, and making them."""
    kinds = _random_beans(1000)
    began = time.perf_counter()
    made: dict[type, object] = {}
    for kind in kinds:
        made[kind] = kind(*(made[need] for need in kind.needs))  # type: ignore[attr-defined]  # classes made below
    constructors = time.perf_counter() - began
    times = []
    for _ in range(5):

        class App: ...

        application = Import(*map(Component, kinds))(PyBootApplication(App))
        began = time.perf_counter()
        blueprint = prepare(application)
        asyncio.run(blueprint.context.refresh(blueprint.graph))
        times.append(time.perf_counter() - began)
    print(f"constructors {constructors * 1000:.1f} ms, start {min(times) * 1000:.1f} ms")

    assert min(times) <= 2 * constructors + 0.1


def _random_beans(count: int) -> list[type]:
    chance, kinds = random.Random(3), list[type]()
    for number in range(count):
        needs = chance.sample(kinds[-20:], k=min(len(kinds), 3))
        names = [f"need{index}" for index in range(len(needs))]
        scope: dict[str, Any] = {}
        exec(f"def __init__(self{''.join(f', {name}' for name in names)}): self.all = ({''.join(f'{name}, ' for name in names)})", scope)
        scope["__init__"].__annotations__.update(zip(names, needs, strict=True))
        kinds.append(type(f"Bean{number}", (), {"__init__": scope["__init__"], "needs": needs}))
    return kinds
