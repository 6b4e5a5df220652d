"""`pyboot new`: what it makes works at once. Every combination of answers is rendered and run in tests/interop/test_projects.py."""

import json
import os
import pty
import select
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from pyboot.cli.commands.new import checked_name, list_questions, new_project
from pyboot.cli.errors import CommandError
from pyboot.cli.template import read_answers


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project as `pyboot new chat-server` makes it."""
    folder = tmp_path_factory.mktemp("projects")
    return new_project("chat-server", folder, {"description": 'Says "hello".'}).folder


def in_project(project: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Run a tool of this environment in the project's folder."""
    return subprocess.run([sys.executable, "-m", *command], cwd=project, capture_output=True, text=True, timeout=120, check=False)


def test_nothing_of_the_template_is_left_over(project: Path) -> None:
    """No suffix, no question and no bytecode of the template gets into the project."""
    made = sorted(path.relative_to(project).as_posix() for path in project.rglob("*") if path.is_file() and "__pycache__" not in path.parts)

    expected = [
        ".copier-answers.yml",
        ".dockerignore",
        ".env.example",
        ".github/workflows/ci.yml",
        ".gitignore",
        ".python-version",
        "Dockerfile",
        "README.md",
        "app/__init__.py",
        "app/__main__.py",
        "app/greeting.py",
        "app/handlers.py",
        "application-dev.yaml",
        "application-prod.yaml",
        "application.schema.json",
        "application.yaml",
        "deploy/chat-server.service",
        "pyproject.toml",
        "tests/test_app.py",
        "tests/test_handlers.py",
    ]
    assert expected == [name for name in made if "_cache/" not in name]


def test_the_answers_are_quoted(project: Path) -> None:
    """A quote in the description does not break the project's settings."""
    assert 'description = "Says \\"hello\\"."' in (project / "pyproject.toml").read_text()


def test_an_editor_knows_the_settings(project: Path) -> None:
    """The first line of each settings file names the schema, which is there."""
    first = {path.read_text().splitlines()[0] for path in project.glob("application*.yaml")}

    assert {"# yaml-language-server: $schema=application.schema.json"} == first
    assert "netty" in json.loads((project / "application.schema.json").read_text())["properties"]


@pytest.mark.slow
def test_the_project_runs(project: Path, serve) -> None:  # type: ignore[no-untyped-def]  # a fixture of conftest.py
    """`python -m app` serves, as `pyboot run app` does."""
    server = serve(sys.executable, "-m", "app", "--netty.port=0", cwd=project)

    assert 0 < server.port


@pytest.mark.parametrize("name", ["Chat", "chat_server", "-chat", "chat--server", "", "../chat", "9lives", "chat\\n"])
def test_a_name_that_cannot_name_a_project_is_refused(tmp_path: Path, name: str) -> None:
    """What was seen and what is allowed, before anything is written."""
    with pytest.raises(CommandError, match="cannot name a project"):
        new_project(name, tmp_path, {})

    assert [] == list(tmp_path.iterdir())
    with pytest.raises(CommandError):
        checked_name(name)


@pytest.mark.parametrize(
    "package", ["Chat", "chat-server", "9lives", "", "class", "json", "pyboot", "pydantic", "tests", "a.b", "../a", "a" * 41]
)
def test_a_name_that_cannot_name_a_package_is_refused(tmp_path: Path, package: str) -> None:
    """It would be no Python, or hide a module that the project needs; nothing is written."""
    with pytest.raises(CommandError, match="package"):
        new_project("chat", tmp_path, {"package": package})

    assert [] == [path for path in tmp_path.rglob("*") if path.is_file()]


@pytest.mark.parametrize("name", ["pytest", "pyboot-framework"])
def test_a_name_of_what_the_project_needs_is_refused(tmp_path: Path, name: str) -> None:
    """No installer could tell the two apart."""
    with pytest.raises(CommandError, match="something that the project needs"):
        new_project(name, tmp_path, {})


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    """Nothing of the user's is ever overwritten."""
    (tmp_path / "chat").mkdir()
    (tmp_path / "chat" / "notes.txt").write_text("mine")

    with pytest.raises(CommandError, match="not empty"):
        new_project("chat", tmp_path, {})

    assert ["notes.txt"] == [path.name for path in (tmp_path / "chat").iterdir()]


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    """A file stands where the folder should be."""
    (tmp_path / "place").write_text("mine")

    with pytest.raises(CommandError, match="cannot be written"):
        new_project("chat", tmp_path / "place", {})


def test_without_copier_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The extra is named, not the traceback."""
    monkeypatch.setitem(sys.modules, "copier", None)

    with pytest.raises(CommandError) as refused:
        new_project("chat", tmp_path, {})

    assert "pip install 'pyboot-framework[cli]'" == refused.value.action


def test_what_was_made_is_told_to_programs(tmp_path: Path) -> None:
    """Where it is, what was answered and which files there are."""
    facts = new_project("chat", tmp_path, read_answers(["kind=library", "docker=no"])).facts()

    assert str(tmp_path / "chat") == facts["folder"]
    assert ("library", False, "app") == tuple(facts["answers"][name] for name in ("kind", "docker", "package"))  # type: ignore[index]  # JSON
    assert "app/server.py" in facts["files"]  # type: ignore[operator]  # as above


def test_the_questions_are_listed() -> None:
    """For people, and for programs."""
    listed = json.loads(list_questions(as_json=True))

    assert ["package", "kind", "description", "docker", "ci", "license"] == list(listed)
    assert ["line", "rpc", "chat", "gateway", "rest", "job", "library", "bare"] == list(listed["kind"]["choices"])
    assert "\n  gateway  devices that stay connected" in list_questions()


class Terminal:
    """A terminal with a program on it, and somebody who types: each answer when its question is there."""

    def __init__(self, *command: str, cwd: Path) -> None:
        self.seen = ""
        self._screen, own = pty.openpty()
        on_terminal = [sys.executable, "-c", "import os, sys; os.login_tty(0); os.execv(sys.argv[1], sys.argv[1:])", *command]
        variables = os.environ | {"TERM": "xterm", "NO_COLOR": "1", "PROMPT_TOOLKIT_NO_CPR": "1"}
        self._process = subprocess.Popen(on_terminal, stdin=own, stdout=own, stderr=own, cwd=cwd, env=variables)
        os.close(own)

    def answer(self, question: str, keys: str) -> None:
        """Wait until *question* is on the screen, then type *keys*."""
        read_from = len(self.seen)
        while question not in self.seen[read_from:] and self._read():
            pass
        assert question in self.seen, self.seen
        os.write(self._screen, keys.encode())

    def end(self) -> int:
        """Read to the end and return the exit code."""
        while self._read():
            pass
        os.close(self._screen)
        return self._process.wait(timeout=60)

    def _read(self) -> bool:
        if not select.select([self._screen], [], [], 60)[0]:
            raise AssertionError(f"nothing more came: {self.seen}")
        try:
            data = os.read(self._screen, 65536)
        except OSError:  # Linux says so when the program has ended
            return False
        self.seen += data.decode(errors="replace")
        return bool(data)


@pytest.mark.slow
def test_on_a_terminal_it_asks(tmp_path: Path) -> None:
    """The name, then each question that the command line does not answer; Enter takes the default."""
    terminal = Terminal(sys.executable, "-m", "pyboot.cli", "new", "--kind", "chat", cwd=tmp_path)

    terminal.answer("Name of the project", "talk\r")
    terminal.answer("Name of its package", "\r")
    terminal.answer("What it does", "\r")
    terminal.answer("A Dockerfile?", "n")
    terminal.answer("Which continuous integration?", "\r")
    terminal.answer("Which licence?", "\x1b[B\r")

    assert 0 == terminal.end(), terminal.seen
    answers = (tmp_path / "talk/.copier-answers.yml").read_text()
    assert all(line in answers for line in ("kind: chat", "docker: false", "ci: github", "license: Apache-2.0"))


@pytest.mark.slow
@pytest.mark.parametrize("question", ["Name of the project", "Name of its package"])
def test_ctrl_c_at_a_question_makes_nothing(tmp_path: Path, question: str) -> None:
    """It ends as any program that was interrupted, without a traceback."""
    terminal = Terminal(sys.executable, "-m", "pyboot.cli", "new", *(["talk"] if "package" in question else []), cwd=tmp_path)

    # a signal that comes just before the interpreter waits for a line is heard with the next key
    terminal.answer(question, "\x03\r")

    assert 130 == terminal.end(), terminal.seen
    assert "Traceback" not in terminal.seen
    assert [] == list(tmp_path.iterdir())


@pytest.mark.slow
def test_a_project_with_the_management_room_passes_its_tests_and_answers(tmp_path: Path, serve) -> None:  # type: ignore[no-untyped-def]  # as above
    """It depends on the starter, has its settings as comments, and its tests take a free port."""
    project = new_project("with-actuator", tmp_path, {}, starters=["actuator"]).folder

    assert '"pyboot-starter-actuator"' in (project / "pyproject.toml").read_text()
    assert "# management:" in (project / "application.yaml").read_text()
    application = project / "app" / "__init__.py"
    application.write_text(  # the starter is no distribution of this environment: what its entry point would do
        application.read_text().replace(
            "@PyBootApplication",
            "from pyboot.actuator.autoconfigure import ActuatorAutoConfiguration\nfrom pyboot.boot import Import\n\n\n"
            "@Import(ActuatorAutoConfiguration)\n@PyBootApplication",
            1,
        )
    )
    with socket.create_server(("127.0.0.1", 0)) as taken:  # as an application that runs beside the tests
        with (project / "application.yaml").open("a") as settings:
            settings.write(f"\nmanagement.server.port: {taken.getsockname()[1]}\n")
        ran = in_project(project, "pytest", "-q", "-p", "no:cacheprovider")
        assert 0 == ran.returncode, ran.stdout
    server = serve(sys.executable, "-m", "app", "--netty.port=0", "--management.server.port=0", cwd=project)
    assert 0 < server.port


def test_a_starter_that_is_not_known_is_refused_before_anything_is_made(tmp_path: Path) -> None:
    """With what was meant."""
    with pytest.raises(CommandError, match="no starter 'actuatr'"):
        new_project("x-y", tmp_path, {}, starters=["actuatr"])

    assert [] == list(tmp_path.iterdir())
