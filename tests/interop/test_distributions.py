"""The distributions as users install them: wheels and editable, in a clean environment, beside pyboot-commons-coroutine."""

import re
import shutil
import socket
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.slow


@pytest.fixture(params=["from_wheels", "from_sources"])
def programs(request: pytest.FixtureRequest) -> Path:
    """Both ways to install."""
    folder: Path = request.getfixturevalue(request.param)
    return folder


def test_no_wheel_closes_the_namespace(wheels: list[Path]) -> None:
    """A `pyboot/__init__.py` in any of them would hide the other distributions."""
    closing = {"pyboot/__init__.py", "pyboot/components/__init__.py"}

    assert [] == [wheel.name for wheel in wheels if closing & set(zipfile.ZipFile(wheel).namelist())]


def test_the_wheel_holds_the_template_and_the_types(wheels: list[Path]) -> None:
    """What `pyboot new` renders, and what type checkers look for."""
    names = set(zipfile.ZipFile(next(wheel for wheel in wheels if wheel.name.startswith("pyboot_framework"))).namelist())

    assert {"pyboot/cli/app_template/copier.yml", "pyboot/cli/app_template/app/handlers.py", "pyboot/netty/py.typed"} <= names
    assert not [name for name in names if name.startswith(("tests/", "docs/", "app_template/"))]


def test_the_wheel_holds_the_page_of_the_management_room(wheels: list[Path]) -> None:
    """Each of its files as it lies in the sources: none is Python, so none is there by itself."""
    archive = zipfile.ZipFile(next(wheel for wheel in wheels if wheel.name.startswith("pyboot_framework")))
    files = sorted((ROOT / "pyboot/actuator/page/static").iterdir())

    assert {".html", ".css", ".js", ".svg"} == {each.suffix for each in files}
    for each in files:
        assert each.read_bytes() == archive.read(f"pyboot/actuator/page/static/{each.name}"), each.name


def test_the_distributions_have_their_names(built: Path) -> None:
    """One sdist and one wheel of each: the framework, the seed's name, the starters."""
    starters = {f"pyboot_starter_{each}" for each in ("actuator", "cluster", "cluster_redis", "netty", "test", "web")}
    names = {"pyboot_framework", "pyboot_netty", *starters}

    assert names == {archive.name.partition("-")[0] for archive in built.glob("*.whl")}
    assert names == {archive.name.partition("-")[0] for archive in built.glob("*.tar.gz")}


def test_the_extras_have_their_names(wheels: list[Path]) -> None:
    """What stands in brackets behind `pip install pyboot-framework`."""
    (wheel,) = (wheel for wheel in wheels if wheel.name.startswith("pyboot_framework"))
    archive = zipfile.ZipFile(wheel)
    (metadata,) = (archive.read(name).decode() for name in archive.namelist() if name.endswith(".dist-info/METADATA"))

    assert {"cli", "compression", "coroutine", "messages", "schedule"} <= set(re.findall(r"^Provides-Extra: (.+)$", metadata, re.MULTILINE))


def test_a_project_can_be_made_of_an_installed_sdist(built: Path, new_environment: Callable[..., Path], tmp_path: Path) -> None:
    """Whoever has no wheel builds one: everything that this takes is in the sdist, the template too."""
    (sdist,) = built.glob("pyboot_framework-*.tar.gz")
    programs = new_environment(tmp_path / "installed", f"{sdist}[cli]", pure=True)

    made = subprocess.run([programs / "pyboot", "new", "chat"], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)

    assert 0 == made.returncode, made.stderr
    assert (tmp_path / "chat/app/__init__.py").is_file()


def test_the_sample_serves_beside_the_published_family(programs: Path, serve: Callable[..., Any], tmp_path: Path) -> None:
    """`pyboot run` starts the template in an environment where pyboot-commons-coroutine is installed too."""
    shutil.copytree(ROOT / "app_template", tmp_path / "sample", ignore=shutil.ignore_patterns("__pycache__", ".*_cache"))

    server = serve(str(programs / "pyboot"), "run", "sample", "--port=0", cwd=tmp_path)

    assert 0 < server.port


@pytest.mark.parametrize(
    "program",
    [
        "import pyboot.commons.coroutine, pyboot.boot, pyboot.components.netty, pyboot.netty",
        "from pyboot_netty import PooledByteBufferAllocator; PooledByteBufferAllocator.DEFAULT.buffer(16).release()",
        "import pyboot; assert pyboot.__file__ is None",
    ],
)
def test_the_names_are_there(programs: Path, program: str, tmp_path: Path) -> None:
    """The namespace is shared, and the seed's import name works."""
    ran = subprocess.run([programs / "python", "-c", program], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)

    assert 0 == ran.returncode, ran.stderr


@pytest.mark.parametrize("script", ["echoserver", "hj212server"])
def test_the_scripts_of_the_published_package_are_there(programs: Path, script: str, serve: Callable[..., Any], tmp_path: Path) -> None:
    """Under their names, with their arguments."""
    server = serve(str(programs / script), "--host", "127.0.0.1", "--port", "0", "--log_level", "info", cwd=tmp_path)

    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as client:
        client.sendall(b"word")
        assert script == "hj212server" or b"word" == client.recv(4)
