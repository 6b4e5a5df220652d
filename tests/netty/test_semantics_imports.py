"""What a start with the network imports: the codecs, handlers and transports that the application uses, and no others."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

HELLO = """
import sys
from pydantic import BaseModel
from pyboot.boot import ApplicationReadyEvent, Component, EventListener, PyBootApplication, Shutdown
from pyboot.netty import ChannelHandler, ChannelHandlerBean, NettyServer, NettyServers

@PyBootApplication
class App: ...

@NettyServer(port=0)
class GreetServer:
    pipeline = ["line", "string"]

@ChannelHandlerBean()
class GreetHandler(ChannelHandler): ...

@Component
class Listening:
    def __init__(self, servers: NettyServers, shutdown: Shutdown) -> None:
        self.servers, self.shutdown = servers, shutdown

    @EventListener
    def ready(self, event: ApplicationReadyEvent) -> None:
        assert self.servers.names == ["greet"]
        print(*sorted(sys.modules))
        print(*(model.__name__ for model in below(BaseModel) if model.__pydantic_complete__))
        self.shutdown.request()

def below(cls):
    return {each for kind in cls.__subclasses__() if kind.__module__.startswith("pyboot.") for each in (kind, *below(kind))}
"""

FORBIDDEN = (
    "rich", "typer", "click", "copier", "dependency_injector", "pydantic_settings", "difflib", "logging.handlers", "tomllib",
    "pyboot.testing", "pyboot.commons", "brotli", "zstandard", "msgpack", "google.protobuf", "pyboot.components.netty.server",
    "pyboot.components.netty.pool", "pyboot.components.netty.group", "pyboot.components.netty.channel.embedded.channel",
    "pyboot.components.netty.compat13.definitions", "pyboot.netty.client", "pyboot.netty.pipeline.schema",
)  # fmt: skip
USED = {
    "codec": {"calling", "decoder", "encoder", "frames", "text"},
    "handler": {"tls", "tls.arguments"},
}  # of TLS, what a bootstrap takes
MOST_MODULES = 255  # of ours: each costs a start a tenth of a millisecond, whatever is in it; the core of channels alone is sixty
CHECK = {"check", *(f"pipeline.{name}" for name in ("callbacks", "check", "flow", "forgotten", "kinds", "source"))}


NO_SERVER = """
import sys
from pyboot.boot import ApplicationRunner, Component, PyBootApplication

@PyBootApplication
class App: ...

@Component
class Job(ApplicationRunner):
    def run(self, arguments) -> None:
        print(*sorted(sys.modules))
"""


def lines_of(program: str, folder: Path) -> list[list[str]]:
    """What *program* prints when it is run as an application, line for line and word for word."""
    (folder / "hello.py").write_text(program)
    ran = subprocess.run(
        [sys.executable, "-m", "pyboot.cli", "run", "hello"],
        cwd=folder, capture_output=True, text=True, check=True, timeout=30,
        env={"PYTHONPATH": f"{ROOT}:{':'.join(path for path in sys.path if path)}"},
    )  # fmt: skip
    return [line.split() for line in ran.stdout.splitlines()]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> list[list[str]]:
    """What a server that has started tells: the modules that are imported, and the models whose validator is built."""
    return lines_of(HELLO, tmp_path_factory.mktemp("hello"))


@pytest.mark.slow
def test_a_start_imports_the_codecs_and_handlers_of_its_servers_only(told: list[list[str]]) -> None:
    """TLS, compression, JSON, filters and the like wait until somebody asks for them."""
    imported = set(told[0])

    assert "pyboot.netty.servers" in imported
    assert [] == [name for name in FORBIDDEN if name in imported]
    for folder, used in USED.items():
        below = f"pyboot.components.netty.{folder}."
        assert set() == {name.removeprefix(below) for name in imported if name.startswith(below)} - used


@pytest.mark.slow
def test_a_start_imports_few_modules(told: list[list[str]]) -> None:
    """One more for each start needs a reason: what only some applications use is imported where they use it."""
    # The room of the web asks by an entry point of its starter's, which this environment has and an application of this kind has not.
    ours = [name for name in told[0] if name.startswith("pyboot.") and not name.startswith("pyboot.web")]

    assert len(ours) <= MOST_MODULES, f"{len(ours)}: {' '.join(ours)}"


@pytest.mark.slow
def test_a_start_that_sets_nothing_builds_no_validator(told: list[list[str]]) -> None:
    """The first one that is built is a tenth of a small start: pydantic looks for its plugins."""
    assert [] == told[1]


@pytest.mark.slow
def test_only_a_start_with_servers_imports_the_check_of_pipelines(told: list[list[str]], tmp_path: Path) -> None:
    """It reads the sources of handlers, and a job that has none would pay for that."""
    check = {f"pyboot.netty.{name}" for name in CHECK}
    (without,) = lines_of(NO_SERVER, tmp_path)

    assert check <= set(told[0])
    assert "pyboot.netty.autoconfigure" in without
    assert set() == check & set(without)
