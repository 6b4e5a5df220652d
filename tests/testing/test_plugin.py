"""The pytest plugin, as a project's tests use it: in a pytest of its own."""

import subprocess
import sys
from pathlib import Path

import pytest

APPLICATION = """
import pytest

from pyboot.boot import PyBootApplication
from pyboot.netty import ChannelHandler, ChannelHandlerBean, NettyServer


@PyBootApplication
class App: ...


@NettyServer(port=9)
class EchoServer:
    pipeline = ["line", "string"]


@ChannelHandlerBean(order=1)
class EchoHandler(ChannelHandler):
    def channel_read(self, ctx, msg):
        ctx.write_and_flush(msg + "!\\n")
"""
SETTINGS = """[pytest]
asyncio_mode = auto
asyncio_default_fixture_loop_scope = function
filterwarnings = error
"""
MARKED = """
@pytest.mark.pyboot(app=App)
async def test_it(application_context, server_streams):
    reader, writer = server_streams
    writer.write(b"ada\\n")
    assert await reader.readline() == b"ada!\\n"
    assert application_context.is_open
"""
UNMARKED = """
async def test_it(application_context): ...
"""


def run_pytest(folder: Path, source: str) -> subprocess.CompletedProcess[str]:
    """Run the tests in *source*, in a project that sets nothing but pytest-asyncio's mode."""
    (folder / "pytest.ini").write_text(SETTINGS)
    (folder / "test_project.py").write_text(source)
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "--strict-markers"], cwd=folder, capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.slow
def test_a_marked_test_gets_its_application_and_a_client(tmp_path: Path) -> None:
    """On a free port, although the decorator says 9."""
    ran = run_pytest(tmp_path, APPLICATION + MARKED)

    assert 0 == ran.returncode, ran.stdout + ran.stderr


@pytest.mark.slow
def test_without_the_mark_it_says_what_to_add(tmp_path: Path) -> None:
    """Not an application that nobody named."""
    ran = run_pytest(tmp_path, APPLICATION + UNMARKED)

    assert 1 == ran.returncode
    assert "add @pytest.mark.pyboot(app=App)" in ran.stdout


def test_the_plugin_imports_no_framework() -> None:
    """pytest imports it in every run of every project."""
    program = "import sys, pyboot.testing.plugin; print(sorted({n.split('.')[1] for n in sys.modules if n.startswith('pyboot.')}))"

    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=30)

    assert "['testing']\n" == ran.stdout
