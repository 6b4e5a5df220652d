"""What a start with the network imports: the codecs, handlers and transports that the application uses, and no others."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

HELLO = """
import sys
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
        self.shutdown.request()
"""

FORBIDDEN = (
    "rich", "typer", "click", "copier", "dependency_injector", "pydantic_settings", "difflib", "logging.handlers", "tomllib",
    "pyboot.testing", "pyboot.commons", "brotli", "zstandard", "msgpack", "google.protobuf", "pyboot.components.netty.server",
    "pyboot.components.netty.pool", "pyboot.components.netty.group", "pyboot.components.netty.channel.embedded.channel",
    "pyboot.components.netty.compat13.definitions", "pyboot.netty.client",
)  # fmt: skip
USED = {
    "codec": {"calling", "decoder", "encoder", "frames", "text"},
    "handler": {"tls", "tls.arguments"},
}  # of TLS, what a bootstrap takes


@pytest.mark.slow
def test_a_start_imports_the_codecs_and_handlers_of_its_servers_only(tmp_path: Path) -> None:
    """TLS, compression, JSON, filters and the like wait until somebody asks for them."""
    (tmp_path / "hello.py").write_text(HELLO)

    ran = subprocess.run(
        [sys.executable, "-m", "pyboot.cli", "run", "hello", "--pyboot.main.loop=asyncio"],
        cwd=tmp_path, capture_output=True, text=True, check=True, timeout=30,
        env={"PYTHONPATH": f"{ROOT}:{':'.join(path for path in sys.path if path)}"},
    )  # fmt: skip

    imported = set(ran.stdout.split())
    assert "pyboot.netty.servers" in imported
    assert [] == [name for name in FORBIDDEN if name in imported]
    for folder, used in USED.items():
        below = f"pyboot.components.netty.{folder}."
        assert set() == {name.removeprefix(below) for name in imported if name.startswith(below)} - used
