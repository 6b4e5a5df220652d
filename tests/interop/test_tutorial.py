"""The tutorial, as it is printed: its commands one after the other, in a checkout and in an environment of wheels.

Only ports are changed to free ones, and `pip install` is done before. What stands below a command is what it prints.
"""

import os
import re
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted((ROOT / "docs/tutorial").glob("getting-started*.md"))

type Step = tuple[str, str]  # a command, and what it prints


def blocks(page: Path) -> Iterator[list[Step]]:
    """Iterate over the commands of each block."""
    for block in re.findall(r"^```console\n(.*?)^```", page.read_text(), re.MULTILINE | re.DOTALL):
        steps = [part.partition("\n") for part in block.split("$ ")[1:]]
        yield [(command, printed) for command, _, printed in steps]


def commands(page: Path, *, from_wheels: bool) -> list[Step]:
    """The commands of one of the two ways that the page shows: the block of the other one, and `uv run`, are left out."""
    checkout, wheels, *others = blocks(page)
    assert "uv run pyboot new" in checkout[1][0]
    assert checkout[0][0] == "pip install uv"
    assert wheels[0][0].startswith("pip install 'pyboot-framework[cli]'")
    steps = [step for block in ([wheels] if from_wheels else [checkout], others) for entry in block for step in entry]
    return [(command.removeprefix("uv run ") if from_wheels else command, printed) for command, printed in steps]


def test_the_pages_print_the_same_commands() -> None:
    """In each language."""
    assert 2 == len(PAGES)
    assert list(blocks(PAGES[0])) == list(blocks(PAGES[1]))


class Reader:
    """Somebody who types what the page says."""

    def __init__(self, folder: Path, serve: Callable[..., Any], environment: dict[str, str]) -> None:
        self.folder = folder
        self.serve = serve
        self.environment = environment
        self.server: Any = None
        self.ran: list[str] = []

    def type(self, command: str, printed: str) -> None:
        """Type *command* and compare with what the page says that it prints."""
        self.ran.append(command)
        if command.startswith("pip install"):
            return
        if command.startswith("cd "):
            self.folder = (self.folder / command.removeprefix("cd ")).resolve()
            if "uv run" in " ".join(self.ran):
                self.run("uv sync")  # the first `uv run` there would do it: no server is waited for so long
        elif "pyboot run" in command:
            self.start(re.sub(r"9001", "0", command) if "9001" in command else f"{command} --port=0")
        elif "socat" in command:
            if shutil.which("socat"):
                assert printed == self.run(command.replace("9000", str(self.server.port)))
        else:
            self.run(command)

    def start(self, command: str) -> None:
        """Stop the server that runs, as Ctrl-C does, and start another one."""
        self.stop()
        self.server = self.serve("bash", "-c", f"exec {command}", cwd=self.folder)

    def stop(self) -> None:
        """Stop the server in order."""
        if self.server is not None:
            self.server.process.send_signal(signal.SIGINT)
            assert "Started" in self.server.finish()
            assert 0 == self.server.process.returncode

    def run(self, command: str) -> str:
        """Run *command* to its end, which is a good one."""
        ran = subprocess.run(
            ["bash", "-c", command], cwd=self.folder, env=self.environment, capture_output=True, text=True, timeout=550, check=False
        )
        assert 0 == ran.returncode, f"{command}\n{ran.stdout}{ran.stderr}"
        return ran.stdout


@pytest.fixture
def reader(tmp_path: Path, serve: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Reader]]:
    """Make somebody who reads on in a folder: `reader(folder, NAME=value)`; what serves in the end is stopped."""
    made: list[Reader] = []

    def make(folder: Path, **variables: str) -> Reader:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        monkeypatch.delenv("VIRTUAL_ENV", raising=False)
        made.append(Reader(folder, serve, dict(os.environ)))
        return made[-1]

    yield make
    for who in made:
        who.stop()


@pytest.mark.slow
def test_the_tutorial_works_in_a_checkout(sources: Path, reader: Callable[..., Reader], tmp_path: Path) -> None:
    """Everything by `uv run`, the core uncompiled to save the time; the project points at the checkout."""
    if shutil.which("uv") is None:
        pytest.skip("uv is not installed; the first command of the page installs it")
    checkout = shutil.copytree(sources, tmp_path / "pyboot", ignore=shutil.ignore_patterns("build", "*.egg-info"))
    shutil.copy(ROOT / ".python-version", tmp_path)  # for tools that look for one in the folders above
    person = reader(checkout, PYBOOT_PURE="1")

    for step in commands(PAGES[0], from_wheels=False):
        person.type(*step)

    assert 7 == len(person.ran), person.ran
    assert f'path = "{checkout}"' in (tmp_path / "chat-server/pyproject.toml").read_text()


@pytest.mark.slow
def test_the_tutorial_works_from_wheels(from_wheels: Path, reader: Callable[..., Reader], tmp_path: Path) -> None:
    """In an environment that pip has made, without uv."""
    person = reader(tmp_path, PATH=os.pathsep.join([str(from_wheels), os.environ["PATH"]]))

    for step in commands(PAGES[0], from_wheels=True):
        person.type(*step)

    assert 7 == len(person.ran), person.ran
