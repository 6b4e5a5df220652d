"""The templates of earlier versions."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from pyboot.cli import history
from pyboot.cli.errors import CommandError
from pyboot.cli.history import (
    copy_template,
    difference,
    digest,
    files_of,
    freeze,
    frozen_numbers,
    git,
    number_of,
    version_of,
    write_template,
)
from pyboot.cli.template import template_folder


def test_a_frozen_template_is_changed_no_more() -> None:
    """Projects were made by it: whoever changes it gives it the next number, `template_version` in `app_template/copier.yml`."""
    number = number_of(template_folder())

    assert list(range(1, len(frozen_numbers()) + 1)) == frozen_numbers()
    assert number in (len(frozen_numbers()), len(frozen_numbers()) + 1)
    if number in frozen_numbers():
        assert b"" == difference(number, template_folder())


def test_each_frozen_template_can_be_had_again(tmp_path: Path) -> None:
    """The first one asked two questions."""
    for number in frozen_numbers():
        folder = tmp_path / str(number)
        folder.mkdir()
        write_template(number, folder)
        assert number == number_of(folder)

    assert ["app/greeting.py", "copier.yml"] == [name for name in ("app/greeting.py", "copier.yml") if (tmp_path / "1" / name).is_file()]
    assert "greet(self, name: str)" in (tmp_path / "1/app/greeting.py").read_text()


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A history without a version, and the template that will be its first."""
    monkeypatch.setattr(history, "PATCHES", tmp_path / "patches")
    (tmp_path / "patches").mkdir()
    template = tmp_path / "app_template"
    (template / "{{ a b }}").mkdir(parents=True)
    (template / "copier.yml").write_text("a: {type: str}\n")
    (template / "{{ a b }}/x.txt.jinja").write_text("first  \n\ttext")
    return template


def test_versions_are_frozen_one_after_the_other(empty: Path, tmp_path: Path) -> None:
    """What was changed, added and taken away comes again; to the letter, trailing blanks and all."""
    freeze(empty)
    first = digest(empty)
    (empty / "{{ a b }}/x.txt.jinja").unlink()
    (empty / "y.bin").write_bytes(bytes(range(256)))
    (empty / "copier.yml").write_text('template_version: {type: str, when: false, default: "2"}\n')
    assert f"2.dev0+{digest(empty)}" == version_of(empty)
    freeze(empty)
    assert "2" == version_of(empty)

    for number, expected in ((1, first), (2, digest(empty))):
        folder = tmp_path / f"again{number}"
        folder.mkdir()
        write_template(number, folder)
        assert expected == digest(folder)


def test_a_version_is_frozen_once(empty: Path) -> None:
    """The next state needs the next number."""
    freeze(empty)

    with pytest.raises(CommandError, match="has the number 1; frozen are 1"):
        freeze(empty)


def test_a_template_that_was_changed_after_it_was_frozen_is_told_apart(empty: Path) -> None:
    """So that the first test of this file can fail."""
    freeze(empty)
    (empty / "copier.yml").write_text("b: {type: str}\n")

    assert b"+b: {type: str}" in difference(1, empty)


def test_what_runs_leave_behind_is_no_part_of_a_template(empty: Path) -> None:
    """A digest does not change when the sample was run; what only looks like it is kept."""
    before = digest(empty)
    for name in ("app/__pycache__/x.pyc", ".ruff_cache/x", ".venv/x", ".mypy_cache/a/b"):
        (empty / name).parent.mkdir(parents=True)
        (empty / name).touch()
    assert before == digest(empty)

    (empty / ".github").mkdir()
    (empty / ".github/ci.yml").touch()
    (empty / ".gitignore").touch()

    assert {".github/ci.yml", ".gitignore"} <= {file.relative_to(empty).as_posix() for file in files_of(empty)}


def test_a_template_is_found_in_a_checkout_and_in_a_wheel(empty: Path, tmp_path: Path) -> None:
    """And in itself."""
    with zipfile.ZipFile(tmp_path / "pyboot.whl", "w") as wheel:
        for file in files_of(empty):
            wheel.write(file, f"pyboot/cli/app_template/{file.relative_to(empty).as_posix()}")

    for number, source in enumerate((empty, tmp_path, tmp_path / "pyboot.whl")):
        copy_template(source, tmp_path / f"copy{number}")
        assert digest(empty) == digest(tmp_path / f"copy{number}")


def test_a_place_without_a_template_is_told(tmp_path: Path) -> None:
    """With the places that have one."""
    with pytest.raises(CommandError, match="holds no template"):
        copy_template(tmp_path, tmp_path / "copy")


def test_without_git_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not the traceback."""
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(CommandError) as refused:
        git(tmp_path, "status")

    assert "Install git 2.24 or newer." == refused.value.action


def test_what_git_refuses_is_told_in_its_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The variables that a hook sets are not its business."""
    monkeypatch.setenv("GIT_DIR", "/nonexistent")
    git(tmp_path, "init", "-q")

    with pytest.raises(CommandError, match="git checkout nothing failed: error: pathspec 'nothing'"):
        git(tmp_path, "checkout", "nothing")


@pytest.mark.slow
def test_it_is_a_program_of_its_own() -> None:
    """What a release runs; here it refuses, or else it would write."""
    if number_of(template_folder()) not in frozen_numbers():
        assert (template_folder() / "copier.yml").is_file()
        return
    ended = subprocess.run([sys.executable, "-m", "pyboot.cli.history"], capture_output=True, text=True, check=False, timeout=30)

    assert "frozen are" in ended.stderr
