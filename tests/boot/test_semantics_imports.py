"""What a start imports: only what the application uses."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

HELLO = """
import asyncio, sys
from pyboot.boot import ApplicationReadyEvent, Component, EventListener, Phase, PyBootApplication, Shutdown, run

@Component
class Server:
    phase = Phase.SERVERS

    def __init__(self, shutdown: Shutdown) -> None:
        self.shutdown = shutdown

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    @EventListener
    def ready(self, event: ApplicationReadyEvent) -> None:
        print(*sorted(sys.modules))
        self.shutdown.request()

@PyBootApplication
class App: ...

run(App, ["--pyboot.main.loop=asyncio", "--pyboot.autoconfigure.enabled=false"])
"""

FORBIDDEN = (
    "rich", "typer", "click", "copier", "jinja2", "watchfiles", "pytest", "fastapi", "starlette", "flask", "aiohttp",
    "dependency_injector", "pydantic_settings", "dotenv", "difflib", "logging.handlers",
    "tomllib", "uvloop", "pyboot.components", "pyboot.netty", "pyboot.cli", "pyboot.testing",
)  # fmt: skip


@pytest.mark.slow
def test_g14_a_start_imports_nothing_that_it_does_not_use(tmp_path: Path) -> None:
    """Each of these is wanted by some feature, or by the library underneath; none by a start without it."""
    (tmp_path / "hello.py").write_text(HELLO)
    (tmp_path / "application.yaml").write_text("greeting: hello\n")

    ran = subprocess.run(
        [sys.executable, "hello.py"], cwd=tmp_path, env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=True, timeout=30
    )

    imported = set(ran.stdout.split())
    assert "pyboot.boot.application" in imported
    assert [] == [name for name in FORBIDDEN if name in imported]
