"""`pyboot upgrade`: a project of an older template is brought up, with what its people have changed."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import copier
import pytest
from typer.testing import CliRunner

from pyboot.cli import history
from pyboot.cli.commands.new import new_project
from pyboot.cli.commands.upgrade import upgrade_project
from pyboot.cli.errors import CommandError
from pyboot.cli.history import git, version_of, write_template
from pyboot.cli.main import app
from pyboot.cli.template import template_folder

pytestmark = pytest.mark.slow


def commit(project: Path) -> None:
    """Everything, in the repository around *project*."""
    git(project, "add", "--all")
    git(project, "commit", "-q", "-m", "all")


@pytest.fixture(scope="session")
def first(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project as the first template made it, with a path of that time in its answers."""
    template = tmp_path_factory.mktemp("first") / "app_template"
    template.mkdir()
    write_template(1, template)
    project = template.parent / "chat"
    copier.run_copy(str(template), project, data={"project_name": "chat", "description": "Chats."}, defaults=True, quiet=True)
    return project


@pytest.fixture
def old(first: Path, tmp_path: Path) -> Path:
    """That project, committed."""
    project = shutil.copytree(first, tmp_path / "chat")
    git(project, "init", "-q")
    commit(project)
    return project


def test_a_project_of_the_first_template_is_brought_up(old: Path) -> None:
    """What is new is there, the answers of then hold, and it is left to be committed."""
    result = upgrade_project(old)

    assert ("1", version_of(template_folder()), ()) == (result.before, result.after, result.conflicts)
    assert {"Dockerfile", "application-prod.yaml", "pyproject.toml"} <= set(result.changed)
    assert "name: chat\n" in (old / "application.yaml").read_text()
    assert 'description = "Chats."' in (old / "pyproject.toml").read_text()
    assert json.loads((old / "application.schema.json").read_text())
    commit(old)
    ran = subprocess.run([sys.executable, "-m", "pytest", "-q"], cwd=old, capture_output=True, text=True, timeout=60, check=False)
    assert 0 == ran.returncode, ran.stdout
    assert version_of(template_folder()) == upgrade_project(old).before


def test_local_edits_are_kept(old: Path) -> None:
    """Changed, added and deleted, in files that the new template changes and in others."""
    (old / "app/greeting.py").write_text((old / "app/greeting.py").read_text().replace("hello", "hey"))
    (old / "application.yaml").write_text((old / "application.yaml").read_text().replace("port: 9000", "port: 9009"))
    (old / "app/mine.py").write_text("MINE = 1\n")
    (old / "tests/test_app.py").unlink()
    commit(old)

    result = upgrade_project(old)

    assert () == result.conflicts
    assert "hey {name}" in (old / "app/greeting.py").read_text()
    settings = (old / "application.yaml").read_text()
    assert settings.startswith("# yaml-language-server")
    assert "port: 9009" in settings
    assert "MINE = 1\n" == (old / "app/mine.py").read_text()
    assert not (old / "tests/test_app.py").exists()


def test_conflicts_are_told_and_both_versions_kept(old: Path) -> None:
    """Ends with 1, so that a script stops."""
    main = old / "app/__main__.py"
    main.write_text(main.read_text().replace("from app import App", "from app import App  # mine"))
    commit(old)

    ended = CliRunner().invoke(app, ["upgrade", str(old)])

    assert 1 == ended.exit_code
    assert "Both have changed these" in ended.stdout
    assert "  app/__main__.py" in ended.stdout.partition("Both have changed")[2]
    assert "<<<<<<< before updating\nfrom app import App  # mine\n=======\nfrom . import App\n>>>>>>> after updating\n" in main.read_text()


def test_a_dry_run_changes_nothing(old: Path) -> None:
    """It prints a patch."""
    ended = CliRunner().invoke(app, ["upgrade", str(old), "--dry-run"])

    assert 0 == ended.exit_code
    assert ended.stdout.startswith("diff --git a/")
    assert "" == git(old, "status", "--porcelain")


def test_it_tells_programs_what_it_did(old: Path) -> None:
    """And new questions can be answered."""
    ended = CliRunner().invoke(app, ["upgrade", str(old), "--json", "--data", "docker=no", "--data", "license=MIT"])

    facts = json.loads(ended.stdout)
    assert ("1", version_of(template_folder()), []) == (facts["from"], facts["to"], facts["conflicts"])
    assert "Dockerfile" not in facts["changed"]
    assert "LICENSE" in facts["changed"]


def test_a_project_below_the_top_of_its_repository_is_brought_up(first: Path, tmp_path: Path) -> None:
    """What is not committed elsewhere in it is not its business."""
    git(tmp_path, "init", "-q")
    project = shutil.copytree(first, tmp_path / "servers/chat")
    commit(tmp_path)
    (tmp_path / "notes.txt").write_text("mine")

    result = upgrade_project(project)

    assert "servers/chat/Dockerfile" in result.changed
    assert (project / "Dockerfile").is_file()


def test_what_git_does_not_know_is_not_overwritten(old: Path) -> None:
    """Nothing is changed then."""
    (old / ".git/info/exclude").write_text("Dockerfile\n")
    (old / "Dockerfile").write_text("mine")

    with pytest.raises(CommandError, match="Dockerfile: already exists"):
        upgrade_project(old)

    assert "mine" == (old / "Dockerfile").read_text()
    assert "" == git(old, "status", "--porcelain")


def test_what_is_not_committed_is_told(old: Path) -> None:
    """By name."""
    (old / "notes.txt").write_text("mine")

    with pytest.raises(CommandError, match=r"not committed: notes\.txt"):
        upgrade_project(old)


def test_a_project_without_git_is_told(first: Path, tmp_path: Path) -> None:
    """With the commands that mend it; also where the repository has no commit."""
    project = shutil.copytree(first, tmp_path / "chat")
    with pytest.raises(CommandError, match="in no git repository") as refused:
        upgrade_project(project)
    assert "git init" in refused.value.action

    git(project, "init", "-q")
    with pytest.raises(CommandError, match="in no git repository"):
        upgrade_project(project)


@pytest.mark.parametrize(
    ("answers", "told"),
    [
        ("_src_path: gh:someone/other\n_commit: v3\n", "was made from gh:someone/other"),
        ("_src_path: pyboot-framework\n_commit: v999\n", "newer than this pyboot"),
        ("_src_path: pyboot-framework\n_commit: v1.dev0+01234567\n", "a state between two releases"),
        ("kind: line\n", "another template"),
        ("[", "cannot be read"),
        ("line", "holds no answers"),
    ],
)
def test_answers_that_it_cannot_use_are_told(old: Path, answers: str, told: str) -> None:
    """Without a traceback."""
    (old / ".copier-answers.yml").write_text(answers)
    commit(old)

    with pytest.raises(CommandError, match=told):
        upgrade_project(old)


def test_a_folder_that_is_no_project_is_told(tmp_path: Path) -> None:
    """It has no answers."""
    with pytest.raises(CommandError, match=r"has no \.copier-answers\.yml"):
        upgrade_project(tmp_path)


@pytest.fixture
def later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The template as it is, to be changed as a later version changes it."""
    template = shutil.copytree(template_folder(), tmp_path / "later" / "app_template")
    for module in ("template", "commands.upgrade"):
        monkeypatch.setattr(f"pyboot.cli.{module}.template_folder", lambda: template)
    return template


def made(folder: Path) -> Path:
    """A project, committed."""
    project = new_project("chat", folder, {"kind": "bare"}).folder
    git(project, "init", "-q")
    commit(project)
    return project


def test_a_state_between_two_releases_can_be_said(tmp_path: Path, later: Path) -> None:
    """The checkout or the wheel that made the project has it."""
    before = shutil.copytree(later, tmp_path / "before" / "app_template")
    project = made(tmp_path)
    (later / "copier.yml").write_text((later / "copier.yml").read_text() + "\nnew: {type: str, when: false}\n")
    (later / "project/.gitignore").write_text("later\n")

    if not history.version_of(later).isdecimal():
        with pytest.raises(CommandError, match="a state between two releases"):
            upgrade_project(project)
    result = upgrade_project(project, origin=before.parent)

    assert ".gitignore" in result.changed
    assert "later\n" == (project / ".gitignore").read_text()


def test_a_frozen_version_of_later_is_brought_up(tmp_path: Path, later: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the releases to come will do it."""
    monkeypatch.setattr(history, "PATCHES", shutil.copytree(history.PATCHES, tmp_path / "patches"))
    number = history.number_of(later)
    if number not in history.frozen_numbers():
        history.freeze(later)
    project = made(tmp_path)
    questions = (later / "copier.yml").read_text()
    (later / "copier.yml").write_text(questions.replace(f'when: false, default: "{number}"', f'when: false, default: "{number + 1}"'))
    (later / "project/.gitignore").write_text("later\n")
    history.freeze(later)

    result = upgrade_project(project)

    assert (str(number), str(number + 1)) == (result.before, result.after)
    assert {".copier-answers.yml", ".gitignore"} == set(result.changed)
