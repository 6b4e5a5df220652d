"""`pyboot new`: what it makes works at once."""

import subprocess
import sys
from pathlib import Path

import pytest

from pyboot.cli.commands.new import new_project, template_folder
from pyboot.cli.errors import CommandError


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project as `pyboot new chat-server` makes it."""
    folder = tmp_path_factory.mktemp("projects")
    new_project("chat-server", folder, 'Says "hello".')
    return folder / "chat-server"


def in_project(project: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Run a tool of this environment in the project's folder."""
    return subprocess.run([sys.executable, "-m", *command], cwd=project, capture_output=True, text=True, timeout=120, check=False)


def test_the_template_is_found_in_the_checkout() -> None:
    """`app_template` at the top of the repository is what is rendered."""
    assert (template_folder() / "copier.yml").is_file()


def test_nothing_of_the_template_is_left_over(project: Path) -> None:
    """No suffix, no question and no bytecode of the template gets into the project."""
    made = sorted(path.relative_to(project).as_posix() for path in project.rglob("*") if path.is_file() and "__pycache__" not in path.parts)

    expected = [
        ".copier-answers.yml",
        ".gitignore",
        ".python-version",
        "README.md",
        "app/__init__.py",
        "app/__main__.py",
        "app/greeting.py",
        "app/handlers.py",
        "application.yaml",
        "pyproject.toml",
        "tests/test_app.py",
        "tests/test_handlers.py",
    ]
    assert expected == [name for name in made if "_cache/" not in name]


def test_the_answers_are_quoted(project: Path) -> None:
    """A quote in the description does not break the project's settings."""
    assert 'description = "Says \\"hello\\"."' in (project / "pyproject.toml").read_text()


@pytest.mark.slow
def test_the_project_passes_its_own_tests(project: Path) -> None:
    """In memory and over a real socket."""
    ran = in_project(project, "pytest", "-q")

    assert 0 == ran.returncode, ran.stdout + ran.stderr
    assert "2 passed" in ran.stdout


@pytest.mark.slow
@pytest.mark.parametrize(
    "tool", [["ruff", "check"], ["ruff", "format", "--check"], ["mypy", "--python-executable", sys.executable]], ids=" ".join
)
def test_the_project_is_clean(project: Path, tool: list[str]) -> None:
    """The tools that the project is set up with find nothing."""
    ran = in_project(project, *tool)

    assert 0 == ran.returncode, ran.stdout + ran.stderr


@pytest.mark.slow
def test_the_project_runs(project: Path, serve) -> None:  # type: ignore[no-untyped-def]  # a fixture of conftest.py
    """`python -m app` serves, as `pyboot run app` does."""
    server = serve(sys.executable, "-m", "app", "--netty.port=0", cwd=project)

    assert 0 < server.port


@pytest.mark.parametrize("name", ["Chat", "chat_server", "-chat", "chat--server", "", "../chat", "9lives"])
def test_a_name_that_cannot_name_a_project_is_refused(tmp_path: Path, name: str) -> None:
    """What was seen and what is allowed, before anything is written."""
    with pytest.raises(CommandError, match="cannot name a project"):
        new_project(name, tmp_path)

    assert [] == list(tmp_path.iterdir())


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    """Nothing of the user's is ever overwritten."""
    (tmp_path / "chat").mkdir()
    (tmp_path / "chat" / "notes.txt").write_text("mine")

    with pytest.raises(CommandError, match="not empty"):
        new_project("chat", tmp_path)

    assert ["notes.txt"] == [path.name for path in (tmp_path / "chat").iterdir()]


def test_without_copier_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The extra is named, not the traceback."""
    monkeypatch.setitem(sys.modules, "copier", None)

    with pytest.raises(CommandError) as refused:
        new_project("chat", tmp_path)

    assert "pip install 'pyboot-framework[cli]'" == refused.value.action


def test_a_project_can_be_made_again_from_its_answers(tmp_path: Path) -> None:
    """`copier recopy`, as the reference says: what the template has is there again, and the answers are kept."""
    new_project("chat-server", tmp_path, "Chats.")
    project = tmp_path / "chat-server"
    written = (project / "README.md").read_text()
    (project / "README.md").write_text("older")

    ended = in_project(project, "copier", "recopy", "-f")

    assert (0, written) == (ended.returncode, (project / "README.md").read_text()), ended.stderr
