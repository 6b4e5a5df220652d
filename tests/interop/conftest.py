"""What tests of the whole share: both loops for the suite of socket behaviours, and the distributions as users install them."""

import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from pyboot.components.netty import loop_factory

ROOT = Path(__file__).resolve().parents[2]
LEFT_OUT = shutil.ignore_patterns(
    ".git", ".venv*", "build", "dist", "*.egg-info", "*.so", "__pycache__", ".*_cache", "uv.lock", "_compiled.json"
)


def pytest_asyncio_loop_factories(config: pytest.Config, item: pytest.Item) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """What is asked of every transport is asked on each loop; other programs here choose their own."""
    if item.path.name in (
        "test_dns.py",
        "test_grpc.py",
        "test_http2.py",
        "test_http3.py",
        "test_http_client.py",
        "test_http_files.py",
        "test_quic.py",
        "test_tcp_suite.py",
        "test_tls.py",
        "test_websocket.py",
    ):
        return {"uvloop": loop_factory("uvloop"), "asyncio": loop_factory("asyncio")}
    return {"asyncio": loop_factory("asyncio")}


def run_uv(*arguments: str, pure: bool = False) -> None:
    """Run uv as the README does; PYBOOT_PURE decides whether the core is compiled."""
    command = os.environ.get("UV") or shutil.which("uv")
    if command is None:
        pytest.skip("uv is not installed; the README's commands install it")
    environment = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"} | ({"PYBOOT_PURE": "1"} if pure else {})
    ran = subprocess.run([command, *arguments], env=environment, capture_output=True, text=True, timeout=1200, check=False)
    assert 0 == ran.returncode, f"uv {' '.join(arguments)}\n{ran.stdout}{ran.stderr}"


@pytest.fixture(scope="session")
def uv() -> Callable[..., None]:
    """Run uv: `uv("pip", "install", ...)`."""
    return run_uv


@pytest.fixture(scope="session")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the repository to build in, so that nothing is left in the real one."""
    return shutil.copytree(ROOT, tmp_path_factory.mktemp("sources") / "pyboot", ignore=LEFT_OUT)


@pytest.fixture(scope="session")
def built(sources: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every distribution of the repository: the sdists, and the wheels that are built from them."""
    folder = tmp_path_factory.mktemp("built")
    run_uv("build", "--all-packages", "--no-progress", "--out-dir", str(folder), str(sources))
    return folder


@pytest.fixture(scope="session")
def wheels(built: Path) -> list[Path]:
    """The wheels of the framework, of pyboot-netty and of the starters."""
    return sorted(built.glob("*.whl"))


@pytest.fixture(scope="session")
def new_environment() -> Callable[..., Path]:
    """Make a clean environment in a folder, with distributions in it, and return its folder of programs."""

    def make(folder: Path, *installed: str, pure: bool = False) -> Path:
        run_uv("venv", "--python", sys.executable, str(folder))
        run_uv("pip", "install", "--python", str(folder), *installed, pure=pure)
        return folder / "bin"

    return make


@pytest.fixture(scope="session")
def from_wheels(wheels: list[Path], new_environment: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Programs of an environment that has the wheels, with the extra that `pyboot new` needs; two that run at once share no port.

    So the starter of management, each of whose applications wants the same one, is not among them.
    """
    chosen = [wheel for wheel in wheels if "actuator" not in wheel.name]
    installed = [f"{wheel}[cli]" if "framework" in wheel.name else str(wheel) for wheel in chosen]
    return new_environment(tmp_path_factory.mktemp("installed"), *installed)


@pytest.fixture(scope="session")
def from_sources(sources: Path, new_environment: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Programs of an environment that has the sources, editable; uncompiled, to save the second compilation."""
    editable = ["-e", str(sources), "-e", str(sources / "starters/pyboot-netty")]
    return new_environment(tmp_path_factory.mktemp("editable"), *editable, pure=True)
